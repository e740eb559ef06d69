/**
 * The behaviour cases in Chromium, each a test of its own, in a page that the project's own dev server serves.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { casesFor } from "../harness/case.ts";
import { PageHome } from "../harness/page.ts";
import { all } from "./cases/mod.ts";

let home: PageHome | undefined;

// In the first test, not before it: where there is no browser, that is a failure with a name.
async function open(): Promise<PageHome> {
  return home ??= await PageHome.open();
}

Deno.test.afterAll(() => home?.[Symbol.asyncDispose]());

// Browser and server outlive the tests that they are opened in, so Deno's own checks cannot look at single tests.
const unchecked = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "chromium: the page is cross-origin isolated",
  ...unchecked,
  async fn() {
    const page = await (await open()).page();
    assertEquals(await page.evaluate(() => globalThis.crossOriginIsolated), true);
  },
});

for (const one of casesFor("chromium", all)) {
  Deno.test({ name: `${one.name} (chromium)`, ...unchecked, fn: async () => (await open()).run(one) });
}
