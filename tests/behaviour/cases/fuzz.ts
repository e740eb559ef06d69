/**
 * Random programs, for a moment; `tests/fault/fuzz.ts` says what they are.
 *
 * @module
 */

import { fuzz } from "../../fault/fuzz.ts";
import { type Case, cases } from "../../harness/case.ts";

/** The cases. */
export const fuzzing: Case[] = cases("fuzz", {
  "random programs give what their plans say, and leave nothing behind": {
    only: "chromium",
    because: "in Deno the same runs for longer, in tests/fault/fuzz.test.ts",
    timeoutMs: 60_000,
    run: async () => {
      await fuzz({ seed: Math.floor(Math.random() * 2 ** 30), rounds: 100, ms: 3000 });
    },
  },
});
