/**
 * The behaviour cases in Deno, each a test of its own, checked for what it leaves open.
 *
 * @module
 */

import { BEHAVIOUR, Bundles } from "../harness/bundle.ts";
import { casesFor, type Context, withTimeout } from "../harness/case.ts";
import { all } from "./cases/mod.ts";

const bundles = new Bundles();
Deno.test.afterAll(() => bundles[Symbol.asyncDispose]());

const context: Context = {
  home: "deno",
  url: (fixture) => new URL(`fixtures/${fixture}`, BEHAVIOUR).href,
  bundle: async (fixture, options) => new URL(await bundles.make(fixture, options), BEHAVIOUR).href,
};

for (const one of casesFor("deno", all)) {
  Deno.test({
    name: one.name,
    sanitizeOps: true,
    sanitizeResources: true,
    sanitizeExit: true,
    fn: () => withTimeout(one.name, one.timeoutMs, () => one.run(context)),
  });
}
