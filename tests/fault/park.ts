/**
 * Parks: a worker sent to sleep and woken again and again, and the memory that this takes.
 *
 * @module
 */

import { assert } from "@std/assert";
import * as webble from "@webble/runtime";
import { atRest } from "./rest.ts";

/** Parks until memory is as large as it gets: code is compiled, and the collectors have run. */
const WARM_UP = 10_000;
const MOST_GROWTH = 30 * 2 ** 20;
/** Milliseconds for a thousand parks, at most. */
const PATIENCE = 2000;
/** Cycles in between two looks at how often the worker says that it slept: now and then it finds a task as it lies down. */
const ROUND = 500;

/** Parks and unparks a worker until it has slept so many times. Gives how often it says that it did, and the bytes grown by. */
export async function park(wanted: number): Promise<{ parks: number; grown: number }> {
  await using _runtime = await webble.builder().workers(1).init();
  const nothing = () => {};
  let baseline = 0;
  let parks = 0;
  const end = performance.now() + PATIENCE * wanted / 1000;
  while (parks < wanted) {
    for (let cycle = 0; cycle < ROUND; cycle++) {
      webble.spawn(nothing);
      // The spawn has cleared the worker's bit; it sets it when it has run the task and lies down again.
      while (webble.idleSnapshot() !== 1 && performance.now() < end);
    }
    // The main thread's event loop has its turns too.
    await webble.yieldNow();
    parks = webble.stats().workers[0]!.parks;
    assert(performance.now() < end, `parked only ${parks} times`);
    if (baseline === 0 && parks >= WARM_UP) baseline = Deno.memoryUsage().rss;
  }
  const grown = Deno.memoryUsage().rss - baseline;
  assert(grown < MOST_GROWTH, `grew by ${Math.round(grown / 2 ** 20)} MB`);
  await atRest(5000);
  return { parks, grown };
}
