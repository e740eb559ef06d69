/**
 * A worker's time, by a clock of the test's own.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Slice } from "../../src/runtime/slice.ts";

/** A slice, its clock, and the turns of the event loop that it has asked for. */
function newSlice() {
  const turns: (() => void)[] = [];
  const clock = { now: 100, looks: 0 };
  const slice = new Slice({ later: (turn) => turns.push(turn) }, () => {
    clock.looks++;
    return clock.now;
  });
  /** So many tasks of so many milliseconds; gives how often the clock was looked at. */
  const run = (tasks: number, each: number) => {
    const before = clock.looks;
    for (let i = 0; i < tasks; i++) {
      clock.now += each;
      slice.count();
    }
    return clock.looks - before;
  };
  return { slice, clock, turns, run };
}

Deno.test("slice: the clock is looked at after every eighth brief task, and after each long one", () => {
  const { slice, run } = newSlice();
  slice.begin();
  run(15, 0.001);
  assertEquals(run(80, 0.001), 10);
  assertEquals([slice.tasks, Math.round(1000 * slice.time)], [8, 8]);
  run(20, 2);
  assertEquals(run(10, 2), 10);
  assertEquals([slice.tasks, slice.time], [1, 2]);
});

Deno.test("slice: it is past after a millisecond, and begins anew when the event loop has had its turn", () => {
  const { slice, clock, run } = newSlice();
  assertEquals(slice.begin(), 100);
  run(9, 0.1);
  assertEquals(slice.isPast, false);
  run(20, 0.1);
  assertEquals(slice.isPast, true);
  assertEquals([slice.begin(), slice.isPast], [clock.now, false]);
});

Deno.test("slice: it goes on where the loop gets up by itself before the event loop has had a turn", () => {
  const { slice, clock, turns } = newSlice();
  slice.getUp();
  clock.now += 0.7;
  slice.getUp();
  assertEquals([slice.isPast, turns.length], [false, 1]);
  clock.now += 0.7;
  slice.getUp();
  assertEquals([slice.isPast, turns.length], [true, 1]);
  turns.pop()!();
  slice.getUp();
  assertEquals([slice.isPast, turns.length], [false, 1]);
});

Deno.test("slice: the inbox is due after a twentieth of a millisecond, for what there were of tasks", () => {
  const { slice, run } = newSlice();
  slice.begin();
  assertEquals([slice.takeIn(), slice.isIntakeDue], [1, false]);
  run(7, 0.001);
  assertEquals([slice.isIntakeDue, slice.takeIn()], [false, 8]);
  run(60, 0.001);
  assertEquals([slice.isIntakeDue, slice.takeIn() > 40, slice.isIntakeDue], [true, true, false]);
});
