/**
 * A page under a strict Content-Security-Policy: no blob, no eval.
 *
 * @module
 */

import { PageHome } from "../harness/page.ts";
import { policy } from "./cases/policy.ts";

const POLICY = "default-src 'self'; script-src 'self'; worker-src 'self'";

for (const one of policy) {
  Deno.test({
    name: `${one.name} (chromium, ${POLICY})`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using home = await PageHome.open({ "content-security-policy": POLICY });
      await home.run(one);
    },
  });
}
