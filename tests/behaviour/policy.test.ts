/**
 * A page under a strict Content-Security-Policy: no eval, and no blob or blobs for workers only.
 *
 * @module
 */

import { PageHome } from "../harness/page.ts";
import { policy, policyWithBlobs } from "./cases/policy.ts";

const STRICT = "default-src 'self'; script-src 'self'; worker-src 'self'";
const BLOBS = "default-src 'self'; script-src 'self' blob:; worker-src 'self' blob:";

for (const [policies, cases] of [[STRICT, policy], [BLOBS, policyWithBlobs]] as const) {
  for (const one of cases) {
    Deno.test({
      name: `${one.name} (chromium, ${policies})`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        await using home = await PageHome.open({ "content-security-policy": policies });
        await home.run(one);
      },
    });
  }
}
