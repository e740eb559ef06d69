/**
 * A home by itself, without workers: when it takes in what has come home, and what it does when a worker dies.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { OutOfMemoryError } from "../../mod.ts";
import { Slab, slotOf } from "../../src/heap/slab.ts";
import { add, load, store } from "../../src/memory/atomics.ts";
import { Area, Header, Memory, PAGE_BYTES } from "../../src/memory/layout.ts";
import { Adoption } from "../../src/runtime/adoption.ts";
import { Cause } from "../../src/runtime/death.ts";
import type { Engine } from "../../src/runtime/engine.ts";
import { HomeDesk } from "../../src/runtime/home.ts";
import { Mourning, type Remembered } from "../../src/runtime/mourning.ts";
import type { Outlet } from "../../src/runtime/placing.ts";
import { Thread } from "../../src/runtime/thread.ts";
import { CodeWriter } from "../../src/task/code.ts";
import * as handles from "../../src/task/handle.ts";
import { type Home, setHome } from "../../src/task/home.ts";
import { setPlace } from "../../src/task/place.ts";
import * as state from "../../src/task/state.ts";
import { Keeper } from "../../src/value/commons.ts";

const WORKER = 1;

function newThread(bytes: number, number = 0, memory: Memory = Memory.create(1, bytes)): Thread {
  return new Thread(number, memory, () => {}, new Keeper(() => {}));
}

/** A home of which no task ever comes back, and how often it has looked whether one has. */
function newHome(thread: Thread, takeIn: () => number, offered: number[] = []): HomeDesk {
  const { memory, heap, number } = thread;
  const codes: CodeWriter = new CodeWriter(memory, heap, number, undefined, () => home.codesInUse());
  const home = new HomeDesk(thread, codes, () => {}, () => {});
  const outlet: Outlet = {
    offer: (record) => offered.push(record) > 0,
    takeIn,
    mark: () => 0,
    hasTakenIn: () => true,
    await() {},
    turn: () => undefined,
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

/** An orphan of a worker that is gone, with these arguments, beside main that may adopt it. */
function newOrphan(...args: unknown[]) {
  const main = newThread(16 * PAGE_BYTES);
  const { words, memory, heap, payload } = main;
  const [orphans, offered]: [number[], number[]] = [[], []];
  const home = newHome(main, () => 0, offered);
  const spawner = newHome(newThread(0, WORKER, memory), () => 0, orphans);
  setHome(spawner);
  spawn(spawner, ...args);
  setHome(undefined);
  const [orphan] = orphans as [number];
  const reported: unknown[] = [];
  const report = (error: unknown) => reported.push(error);
  const adoption = (isHopeless: boolean) =>
    new Adoption({ home, thread: main, report } as unknown as Engine, WORKER, isHopeless, new Set());
  const now = () => state.stateOf(words, orphan);
  return { words, heap, payload, memory, orphan, offered, reported, adoption, now };
}

Deno.test("adoption: a task waits where it is until there is room, and runs once, with what it was given", () => {
  const { words, heap, payload, memory, orphan, offered, adoption, now } = newOrphan("x".repeat(6 * PAGE_BYTES), 7);
  const met = now();
  const results = heap.reserve(6 * PAGE_BYTES);
  assertEquals([adoption(false).adopt(orphan, met), offered.length], [false, 0]);
  assertEquals([state.phaseOf(now()), state.isStealable(now()), state.waits(now())], [state.QUEUED, true, true]);
  assertEquals(adoption(false).adopt(orphan, met), false, "it has another state since");

  heap.release(results);
  assertEquals([adoption(false).adopt(orphan, now()), offered.length], [true, 1]);
  assertEquals(state.claim(words, orphan, WORKER, true), state.STALE, "nobody runs it where it was");
  const [adopted] = offered as [number];
  assert(state.claim(words, adopted, WORKER, true) > 0);
  assertEquals(payload.readArguments(adopted), ["x".repeat(6 * PAGE_BYTES), 7]);
  assertEquals(adoption(false).adopt(orphan, now()), false, "it is adopted once");
  const counted = [Area.SPAWNED, Area.STARTED, Area.SETTLED].map((word) => load(words, memory.area(WORKER, word)));
  assertEquals(counted, [1, 1, 1]);
});

Deno.test("adoption: where nobody will be there and there is no room, a task is let go, and that is reported", () => {
  const { words, heap, orphan, offered, reported, adoption, now } = newOrphan("x".repeat(6 * PAGE_BYTES));
  heap.reserve(6 * PAGE_BYTES);
  assertEquals([adoption(true).adopt(orphan, now()), offered.length], [true, 0]);
  assertEquals(state.claim(words, orphan, WORKER, true), state.STALE);
  assertEquals(reported.map((error) => (error as Error).name), ["WorkerLostError"]);
});

Deno.test("adoption: where nobody will be there, a task with handles of its spawner is let go, and that is reported", () => {
  const { words, orphan, offered, reported, adoption, now } = newOrphan(handles.make(5));
  assertEquals(adoption(false).adopt(orphan, now()), false, "somebody may run it where it is");
  assertEquals([adoption(true).adopt(orphan, now()), offered.length], [true, 0]);
  assertEquals(state.claim(words, orphan, WORKER, true), state.STALE);
  assertEquals(reported.map((error) => (error as Error).name), ["WorkerLostError"]);
});

Deno.test("adoption: a task that somebody has begun is left to that", () => {
  const { words, orphan, offered, adoption, now } = newOrphan(1);
  const met = now();
  const claimed = state.claim(words, orphan, WORKER, true);
  assertEquals([adoption(true).adopt(orphan, met), offered.length], [false, 0]);
  assert(state.finish(words, orphan, claimed, state.DONE) !== state.STALE);
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
  setHome({ idOf: () => 1 } as unknown as Home);
  try {
    // The worker has ended the task, and died before it sent the record home.
    setPlace(words, record, 0, 0);
    enter(first, record);
    state.queue(words, record, true);
    const claimed = state.claim(words, record, WORKER, true);
    assert(state.finish(words, record, claimed, state.DONE) !== state.STALE);
    store(words, memory.area(WORKER, Area.DEATH), Cause.TERMINATED);
    store(words, memory.area(WORKER, Area.GONE), 1);
    add(words, Header.DEATHS, 1);
    const mourning = new Mourning({
      thread,
      slab,
      backlog: [],
      mark: () => 0,
      hasTakenIn: () => true,
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
      abandon: () => {},
      fail: (handle) => failed.push(handle),
    });
    mourning.mourn();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assertEquals([home, failed, first.tryRecv(), handles.recordOf(second)], [1, [], "done", record]);
  } finally {
    setHome(undefined);
  }
});

Deno.test("mourning: however many tasks are in flight, a death is dealt with in pieces, once what had come home is in", () => {
  const TASKS = 5000;
  const MOST = 2000;
  const thread = newThread(2 ** 22);
  const { words, memory } = thread;
  const slab = new Slab<Remembered>(words, thread.heap, 0);
  let isTakenIn = false;
  const offered: number[] = [];
  const mourning = new Mourning({
    thread,
    slab,
    backlog: [],
    mark: () => 7,
    hasTakenIn: (mark) => mark === 7 && isTakenIn,
    comeHome: () => {},
    offer: (record) => offered.push(record) > 0,
    abandon: () => {},
    fail: () => {},
  });
  const records = Array.from({ length: TASKS }, (_, id) => {
    const record = slab.take(false);
    slab.items[slotOf(words, record)] = handles.make(id);
    setPlace(words, record, 0, 0);
    state.queue(words, record, true);
    return record;
  });
  store(words, memory.area(WORKER, Area.DEATH), Cause.TERMINATED);
  add(words, Header.DEATHS, 1);
  assertEquals(
    [mourning.mourn(), mourning.mourn(), offered.length],
    [true, false, 0],
    "what has come home comes first",
  );
  isTakenIn = true;
  let pieces = 0;
  for (let before = 0; mourning.hasDeaths; before = offered.length, pieces++) {
    assert(pieces < TASKS, "it comes to an end");
    assertEquals(load(words, memory.area(0, Area.MOURNED)), 0);
    mourning.mourn();
    assert(offered.length - before <= MOST, `${offered.length - before} at a time`);
  }
  assert(pieces >= TASKS / MOST, `${pieces} pieces`);
  assertEquals(offered.toSorted((a, b) => a - b), records.toSorted((a, b) => a - b));
  assertEquals(load(words, memory.area(0, Area.MOURNED)), 1);
});
