/**
 * Mixed tasks while workers are killed: a part of what `deno task soak --tasks 1000000` does. `WEBBLE_SEED` gives the
 * same tasks again.
 *
 * @module
 */

import { deaths, tell } from "./deaths.ts";

const TASKS = 200_000;

Deno.test(`deaths: ${TASKS} mixed tasks while a worker dies every 50 ms settle once, run once at most, and leave nothing`, async () => {
  const seed = Number(Deno.env.get("WEBBLE_SEED") ?? Math.floor(Math.random() * 2 ** 30));
  console.log(`seed ${seed}`);
  console.log(tell(await deaths({ seed, workers: 4, tasks: TASKS, every: 50 })));
});
