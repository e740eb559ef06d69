/**
 * A hundred thousand times to sleep and up again: what waits leaves no memory behind. No more, as each takes two threads
 * a tenth of a millisecond; what a wait could leave behind, a timer, would show as 75 MB.
 *
 * @module
 */

import { assert } from "@std/assert";
import * as webble from "@webble/runtime";
import { atRest } from "./rest.ts";

const CYCLES = 100_000;
/** Cycles until memory is as large as it gets: code is compiled, and the collectors have run. */
const WARM_UP = 10_000;
const MOST_GROWTH = 30 * 2 ** 20;

Deno.test("park: 100,000 parks and unparks of a worker take no memory", async () => {
  await using _runtime = await webble.builder().workers(1).init();
  const nothing = () => {};
  const parks = () => webble.stats().workers[0]!.parks;
  let baseline = 0;
  const end = performance.now() + 60_000;
  for (let cycle = 1; cycle <= CYCLES; cycle++) {
    webble.spawn(nothing);
    // The spawn has cleared the worker's bit; it sets it when it has run the task and lies down again.
    while (webble.idleSnapshot() !== 1 && performance.now() < end);
    // The main thread's event loop has its turns too.
    if (cycle % 500 === 0) await webble.yieldNow();
    if (cycle === WARM_UP) baseline = Deno.memoryUsage().rss;
  }
  const grown = Deno.memoryUsage().rss - baseline;
  // Now and then one finds another task as it is about to lie down.
  assert(parks() > 0.95 * CYCLES, `parked ${parks()} times`);
  assert(grown < MOST_GROWTH, `grew by ${Math.round(grown / 2 ** 20)} MB`);
  await atRest(5000);
});
