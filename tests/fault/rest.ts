/**
 * Rest: when all tasks have ended, nothing of them is left.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import * as webble from "@webble/runtime";

/** How often in a row the figures must say so: they are read one by one, while tasks go on. */
const TIMES = 5;

function left(): { tasks: webble.RuntimeStats["tasks"]; used: number; loads: number[] } {
  const { tasks, heap } = webble.stats();
  return { tasks, used: heap.used, loads: webble.workerLoads() };
}

/**
 * Waits until the tasks that nobody waits for have ended, too.
 *
 * @throws {AssertionError} Tasks, loads or memory are left after `ms` milliseconds.
 */
export async function atRest(ms: number): Promise<void> {
  const nothing = { tasks: { live: 0, waiting: 0 }, used: 0, loads: webble.workerLoads().map(() => 0) };
  const end = performance.now() + ms;
  for (let times = 0; times < TIMES && performance.now() < end;) {
    times = JSON.stringify(left()) === JSON.stringify(nothing) ? times + 1 : 0;
    await webble.yieldNow();
  }
  assertEquals(left(), nothing);
}
