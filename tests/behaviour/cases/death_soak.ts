/**
 * Mixed tasks while workers are killed, in a page.
 *
 * @module
 */

import { deaths, tell } from "../../fault/deaths.ts";
import { type Case, cases } from "../../harness/case.ts";

/** The cases. */
export const deathSoak: Case[] = cases("deaths", {
  "100,000 mixed tasks while a worker dies every 50 ms settle once, run once at most, and leave nothing": {
    timeoutMs: 60_000,
    freshPage: true,
    only: "chromium",
    because: "in Deno it is a test of its own, with more tasks",
    run: async () => {
      const seed = Math.floor(Math.random() * 2 ** 30);
      console.log(`seed ${seed}`);
      console.log(tell(await deaths({ seed, workers: 4, tasks: 100_000, every: 50 })));
    },
  },
});
