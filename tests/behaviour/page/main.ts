/**
 * The page in which behaviour cases run: it holds them all, and runs the one that the harness names.
 *
 * @module
 */

import { casesFor, type Context } from "../../harness/case.ts";
import type { Outcome, PageGlobals } from "../../harness/page.ts";
import { all } from "../cases/mod.ts";
import { policy, policyWithBlobs } from "../cases/policy.ts";

const page = globalThis as unknown as PageGlobals;
const known = new Map(casesFor("chromium", [...all, ...policy, ...policyWithBlobs]).map((one) => [one.name, one]));

const context: Context = {
  home: "chromium",
  url: (fixture) => new URL(`../fixtures/${fixture}`, import.meta.url).href,
  bundle: (fixture, options) => page.makeBundle(fixture, options),
};

page.runCase = async (name): Promise<Outcome> => {
  try {
    const one = known.get(name);
    if (one === undefined) throw new Error(`The page knows no case "${name}"`);
    await one.run(context);
    return { ok: true };
  } catch (error) {
    if (!(error instanceof Error)) return { ok: false, name: "Thrown", message: String(error), stack: "" };
    const cause = error.cause === undefined ? "" : `\nCaused by: ${error.cause}`;
    return { ok: false, name: error.name, message: error.message + cause, stack: error.stack ?? "" };
  }
};
