/**
 * Parks: a worker sent to sleep and woken again and again, and the memory that this takes.
 *
 * @module
 */

import { assert } from "@std/assert";
import * as webble from "@webble/runtime";
import { atRest } from "./rest.ts";

/** Cycles until memory is as large as it gets: code is compiled, and the collectors have run. */
const WARM_UP = 10_000;
const MOST_GROWTH = 30 * 2 ** 20;
/** Milliseconds for a thousand cycles, at most. */
const PATIENCE = 2000;

/** Parks and unparks a worker so many times. Gives how often it says that it slept, and the bytes grown by. */
export async function park(cycles: number): Promise<{ parks: number; grown: number }> {
  await using _runtime = await webble.builder().workers(1).init();
  const nothing = () => {};
  let baseline = 0;
  const end = performance.now() + PATIENCE * cycles / 1000;
  for (let cycle = 1; cycle <= cycles; cycle++) {
    webble.spawn(nothing);
    // The spawn has cleared the worker's bit; it sets it when it has run the task and lies down again.
    while (webble.idleSnapshot() !== 1 && performance.now() < end);
    // The main thread's event loop has its turns too.
    if (cycle % 500 === 0) await webble.yieldNow();
    if (cycle === WARM_UP) baseline = Deno.memoryUsage().rss;
  }
  const grown = Deno.memoryUsage().rss - baseline;
  const { parks } = webble.stats().workers[0]!;
  // Now and then one finds another task as it is about to lie down.
  assert(parks > 0.95 * cycles, `parked ${parks} times`);
  assert(grown < MOST_GROWTH, `grew by ${Math.round(grown / 2 ** 20)} MB`);
  await atRest(5000);
  return { parks, grown };
}
