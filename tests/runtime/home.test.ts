/**
 * A home by itself, without workers: when it takes in what has come home, and what it does when a worker dies.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { OutOfMemoryError } from "../../mod.ts";
import { Slab, slotOf } from "../../src/heap/slab.ts";
import { add, store } from "../../src/memory/atomics.ts";
import { Area, Header, Memory, PAGE_BYTES } from "../../src/memory/layout.ts";
import { Cause } from "../../src/runtime/death.ts";
import { HomeDesk } from "../../src/runtime/home.ts";
import { Mourning, type Remembered } from "../../src/runtime/mourning.ts";
import type { Outlet } from "../../src/runtime/placing.ts";
import { Thread } from "../../src/runtime/thread.ts";
import { CodeWriter } from "../../src/task/code.ts";
import * as handles from "../../src/task/handle.ts";
import { setPlace } from "../../src/task/place.ts";
import * as state from "../../src/task/state.ts";
import { Keeper } from "../../src/value/commons.ts";

const WORKER = 1;

function newThread(bytes: number, number = 0, memory: Memory = Memory.create(1, bytes)): Thread {
  return new Thread(number, memory, () => {}, new Keeper(() => true, () => {}));
}

/** A home of which no task ever comes back, and how often it has looked whether one has. */
function newHome(thread: Thread, takeIn: () => number, offered: number[] = []): HomeDesk {
  const { memory, heap, number } = thread;
  const codes: CodeWriter = new CodeWriter(memory, heap, number, undefined, () => home.codesInUse());
  const home = new HomeDesk(thread, codes, () => {}, () => {});
  const outlet: Outlet = {
    offer: (record) => offered.push(record) > 0,
    takeIn,
    takeInAll() {},
    await() {},
    block() {},
  };
  home.outlet = outlet;
  return home;
}

const noop = () => {};
const spawn = (home: HomeDesk, ...args: unknown[]) => home.spawn("stealable", noop, args, new Map());

Deno.test("home: records are taken in some time while tasks are spawned, and rarely twice in a millisecond", () => {
  const TASKS = 100_000;
  let intakes = 0;
  const home = newHome(newThread(2 ** 20), () => {
    intakes++;
    return 0;
  });
  const begun = Date.now();
  for (let i = 0; i < TASKS; i++) spawn(home);
  const milliseconds = Date.now() - begun + 1;
  // Once for each, and once for each 16,384 tasks, whatever the clock says.
  const most = milliseconds + TASKS / 16_384;
  assert(intakes >= 5 && intakes <= most, `${intakes} times in ${milliseconds} ms`);
});

Deno.test("home: where room is short, records are taken in with every 32nd task", () => {
  const TASKS = 3200;
  let intakes = 0;
  const thread = newThread(16 * PAGE_BYTES);
  const home = newHome(thread, () => {
    intakes++;
    return 0;
  });
  spawn(home);
  const results = thread.heap.reserve(9 * PAGE_BYTES);
  intakes = 0;
  for (let i = 0; i < TASKS; i++) spawn(home);
  assertEquals(intakes, TASKS / 32);
  thread.heap.release(results);
});

Deno.test("home: arguments that find no room are tried again without what has come home", () => {
  const thread = newThread(16 * PAGE_BYTES);
  let results = thread.heap.reserve(12 * PAGE_BYTES);
  const home = newHome(thread, () => {
    if (results === 0) return 0;
    thread.heap.release(results);
    results = 0;
    return 1;
  });
  const large = "x".repeat(6 * PAGE_BYTES);
  spawn(home, large);
  spawn(home, large);
  assertThrows(() => spawn(home, large), OutOfMemoryError);
});

Deno.test("home: a task of a thread that was given up is adopted once there is room for it", () => {
  const main = newThread(16 * PAGE_BYTES);
  const { words, memory, heap, payload } = main;
  const [orphans, offered]: [number[], number[]] = [[], []];
  const home = newHome(main, () => 0, offered);
  spawn(newHome(newThread(0, WORKER, memory), () => 0, orphans), "x".repeat(6 * PAGE_BYTES), 7);
  const [orphan] = orphans as [number];
  const met = state.stateOf(words, orphan);
  const results = heap.reserve(6 * PAGE_BYTES);
  assertEquals([home.adopt(orphan, met, false), offered.length], [false, 0]);
  assertEquals(state.claim(words, orphan, WORKER, false), state.STALE);
  assertEquals(home.adopt(orphan, met, false), false, "it has another state since");
  const again = state.stateOf(words, orphan);
  assertEquals([state.phaseOf(again), state.isStealable(again), state.waits(again)], [state.QUEUED, true, true]);

  heap.release(results);
  assertEquals([home.adopt(orphan, again, false), offered.length], [true, 1]);
  assertEquals(state.claim(words, orphan, WORKER, true), state.STALE, "nobody runs it where it was");
  assertEquals(state.ended(state.stateOf(words, orphan)), false, "nor sees it end");
  const [adopted] = offered as [number];
  assert(state.claim(words, adopted, WORKER, true) > 0);
  assertEquals(payload.readArguments(adopted), ["x".repeat(6 * PAGE_BYTES), 7]);
  assertEquals(home.adopt(orphan, state.stateOf(words, orphan), true), false, "it is adopted once");
});

Deno.test("home: a task of a thread that was given up fails where there is never room for it", () => {
  const main = newThread(16 * PAGE_BYTES);
  const { words, memory, heap } = main;
  const [orphans, offered]: [number[], number[]] = [[], []];
  const home = newHome(main, () => 0, offered);
  spawn(newHome(newThread(0, WORKER, memory), () => 0, orphans), "x".repeat(6 * PAGE_BYTES));
  const [orphan] = orphans as [number];
  heap.reserve(6 * PAGE_BYTES);
  assertEquals([home.adopt(orphan, state.stateOf(words, orphan), true), offered.length], [true, 0]);
  assertEquals(state.claim(words, orphan, WORKER, true), state.STALE);
});

Deno.test("mourning: a record that is another task's as soon as it is home is left to that", async () => {
  const thread = newThread(2 ** 20);
  const { words, memory } = thread;
  const slab = new Slab<Remembered>(words, thread.heap, 0);
  const failed: unknown[] = [];
  let home = 0;
  const enter = (handle: handles.WorkerHandle<unknown>, record: number) => {
    slab.items[slotOf(words, record)] = handle;
    handles.enter(handle, record);
  };
  const [first, second] = [handles.make(1), handles.make(2)];
  const record = slab.take(false);
  handles.setHome({ idOf: () => 1 } as unknown as handles.Home);
  try {
    // The worker has ended the task, and died before it sent the record home.
    setPlace(words, record, 0, 0);
    enter(first, record);
    state.queue(words, record, true);
    const claimed = state.claim(words, record, WORKER, true);
    assert(state.finish(words, record, claimed, state.DONE));
    store(words, memory.area(WORKER, Area.DEATH), Cause.TERMINATED);
    store(words, memory.area(WORKER, Area.GONE), 1);
    add(words, Header.DEATHS, 1);
    const mourning = new Mourning({
      thread,
      slab,
      backlog: [],
      takeInAll() {},
      comeHome(came) {
        home++;
        handles.fulfil(first, "done");
        slab.give(came);
        // A task that waited enters.
        assertEquals(slab.take(false), came);
        enter(second, came);
        state.queue(words, came, true);
      },
      offer: () => true,
      fail: (handle) => failed.push(handle),
    });
    mourning.mourn();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assertEquals([home, failed, first.tryRecv(), handles.recordOf(second)], [1, [], "done", record]);
  } finally {
    handles.setHome(undefined);
  }
});
