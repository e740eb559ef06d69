/**
 * Head start by itself: what a worker that has not read the library takes, runs, finishes and hands over.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { load, store } from "../../src/memory/atomics.ts";
import { Area, Begun, Header, MAIN, Memory } from "../../src/memory/layout.ts";
import { type HeadStart, headStart } from "../../src/runtime/head_start.ts";
import { HomeDesk } from "../../src/runtime/home.ts";
import { loadOf } from "../../src/runtime/loads.ts";
import type { Outlet } from "../../src/runtime/placing.ts";
import { Thread } from "../../src/runtime/thread.ts";
import { NONE } from "../../src/sync/inbox.ts";
import { Injector } from "../../src/sync/injector.ts";
import { ringOf } from "../../src/sync/routes.ts";
import { CodeWriter } from "../../src/task/code.ts";
import type { Callable } from "../../src/task/compile.ts";
import type { WorkerHandle } from "../../src/task/handle.ts";
import { setHome } from "../../src/task/home.ts";
import * as state from "../../src/task/state.ts";
import { Keeper } from "../../src/value/commons.ts";

const WORKER = 1;

/** A main thread, and a worker of which there is nothing but its place in memory. */
class Stand implements Disposable {
  readonly memory: Memory = Memory.create(1, 2 ** 20);
  readonly #thread = new Thread(MAIN, this.memory, () => {}, new Keeper(() => {}));
  readonly #home: HomeDesk;
  /** How often the worker has asked for its lock, and how far it was then. */
  readonly locks: number[] = [];

  constructor() {
    const thread = this.#thread;
    const codes: CodeWriter = new CodeWriter(this.memory, thread.heap, MAIN, undefined, () => this.#home.codesInUse());
    this.#home = new HomeDesk(thread, codes, () => {}, () => {});
    const injector = new Injector(ringOf(this.memory, MAIN));
    const outlet: Outlet = {
      offer: (record) => injector.push(record),
      takeIn: () => 0,
      mark: () => 0,
      hasTakenIn: () => true,
      await() {},
      turn: () => undefined,
      block() {},
    };
    this.#home.outlet = outlet;
    setHome(this.#home);
  }

  [Symbol.dispose](): void {
    setHome(undefined);
  }

  spawn(track: "pinned" | "stealable", fn: Callable | object, ...args: unknown[]): WorkerHandle<unknown> {
    return this.#home.spawn(track, fn, args, new Map());
  }

  /** Takes in what has come home. */
  #takeIn(): void {
    const { inbox } = this.#thread;
    for (let record = inbox.take(); record !== NONE;) {
      const next = inbox.next(record);
      this.#home.comeHome(record);
      record = next;
    }
  }

  /**
   * The worker looks, and main takes in what has come home.
   *
   * @param known The last number of shared memory that the worker was told of.
   */
  look(known = 0): HeadStart | undefined {
    const begun = headStart(this.memory, WORKER, known, () => {
      this.locks.push(load(this.memory.words, this.memory.area(WORKER, Area.BEGUN)));
      return Promise.resolve(true);
    });
    this.#takeIn();
    return begun;
  }

  count(word: number): number {
    return load(this.memory.words, this.memory.area(WORKER, word));
  }

  stateOf(record: number): number {
    return state.stateOf(this.memory.words, record);
  }
}

const TRACKS = ["pinned", "stealable"] as const;

for (const track of TRACKS) {
  Deno.test(`head start: a plain ${track} task ends, and is counted`, async () => {
    using stand = new Stand();
    const sum = stand.spawn(
      track,
      (a: number, b: boolean, c: null, d: undefined) => [a, b, c, d].length + a,
      3,
      true,
      null,
      undefined,
    );
    const begun = stand.look();
    assertEquals(await sum.recv(), 7);
    assert(begun !== undefined);
    assertEquals([begun.chain, begun.claimed, begun.unfinished], [NONE, undefined, undefined]);
    assertEquals(await begun.held, true);
    assertEquals(stand.locks, [Begun.AHEAD], "asked for its lock when the task had run");
    assertEquals(stand.count(Area.BEGUN), Begun.YES);
    assertEquals([stand.count(Area.STARTED), stand.count(Area.EXECUTED)], [1, 1]);
    assertEquals(loadOf(stand.memory, WORKER), 0);
  });

  for (const value of [-0, NaN, 0.1, Infinity, true, false, null, undefined]) {
    Deno.test(`head start: a plain ${track} task gives ${Object.is(value, -0) ? "-0" : value} back`, async () => {
      using stand = new Stand();
      const same = stand.spawn(track, (value: unknown) => value, value);
      stand.look();
      assertStrictEquals(await same.recv(), value);
    });
  }

  Deno.test(`head start: what else a ${track} task gives is handed over`, async () => {
    const error = new Error("no");
    const given: [unknown, Callable][] = [
      ["text", () => "text"],
      [[1], () => [1]],
      [10n, () => 10n],
    ];
    for (const [outcome, fn] of given) {
      using stand = new Stand();
      stand.spawn(track, fn);
      const { unfinished } = stand.look()!;
      assertEquals([unfinished!.ok, unfinished!.outcome], [true, outcome]);
      assertEquals(state.phaseOf(stand.stateOf(unfinished!.record)), state.RUNNING);
      assertEquals(state.executorOf(stand.stateOf(unfinished!.record)), WORKER);
      assertEquals([stand.count(Area.STARTED), stand.count(Area.EXECUTED)], [1, 0]);
    }
    using promising = new Stand();
    promising.spawn(track, async () => await 5);
    assertEquals(await promising.look()!.unfinished!.outcome, 5);
    using throwing = new Stand();
    throwing.spawn(track, () => {
      throw new Error("no");
    });
    const { unfinished } = throwing.look()!;
    assertEquals([unfinished!.ok, (unfinished!.outcome as Error).message], [false, error.message]);
  });

  Deno.test(`head start: a ${track} task that was aborted goes home and does not run`, async () => {
    using stand = new Stand();
    const task = stand.spawn(track, () => 1);
    task.abort();
    const begun = stand.look();
    assertEquals(begun?.unfinished, undefined);
    assertEquals(begun?.claimed, undefined);
    assertEquals(stand.count(Area.EXECUTED), 0);
    assertEquals(await task.recv().then(() => "ran", (error) => error.name), "AbortError");
  });
}

Deno.test("head start: a stealable task is left to others while there is shared memory that this worker has not heard of", async () => {
  using stand = new Stand();
  const { words } = stand.memory;
  const task = stand.spawn("stealable", () => 1);
  store(words, Header.SHARED, 2);
  assertEquals(stand.look(1), undefined);
  assertEquals([stand.count(Area.BEGUN), stand.count(Area.STARTED)], [Begun.NOT, 0]);
  assert(stand.look(2) !== undefined);
  assertEquals(await task.recv(), 1);
});

/** What is left to the library, each with arguments. */
const NOT_PLAIN: [string, Callable | object, ...unknown[]][] = [
  ["names the library", () => typeof Reflect.get(globalThis, "webble")],
  ["closes its worker", () => close()],
  ["may reach what ends the worker", () => Deno.exit],
  ["reaches the globals by a function's constructor", () => (() => {}).constructor("return 1")()],
  ["listens to events", () => addEventListener("x", () => {})],
  ["takes more than scalars", (text: string) => text, "text"],
  ["takes an object", (object: object) => object, {}],
  ["takes more than a record holds", (...all: number[]) => all.length, 1, 2, 3, 4, 5],
];

for (const [what, fn, ...args] of NOT_PLAIN) {
  Deno.test(`head start: a pinned task that ${what} is handed over as it is`, () => {
    using stand = new Stand();
    stand.spawn("pinned", fn, ...args);
    stand.spawn("pinned", () => 1);
    const begun = stand.look()!;
    const { words } = stand.memory;
    assert(begun.chain !== NONE && words[begun.chain + 1] !== NONE, "both, in order");
    assertEquals(state.phaseOf(stand.stateOf(begun.chain)), state.QUEUED);
    assertEquals([begun.claimed, begun.unfinished], [undefined, undefined]);
    assertEquals([stand.count(Area.STARTED), stand.count(Area.BEGUN)], [0, Begun.YES]);
  });

  Deno.test(`head start: a stealable task that ${what} is claimed and handed over`, () => {
    using stand = new Stand();
    stand.spawn("stealable", fn, ...args);
    const begun = stand.look()!;
    assertEquals(state.phaseOf(stand.stateOf(begun.claimed!.record)), state.RUNNING);
    assertEquals(begun.unfinished, undefined);
    assertEquals([stand.count(Area.STARTED), stand.count(Area.EXECUTED)], [1, 0]);
  });
}

Deno.test("head start: of several pinned tasks the first runs, and the others are handed over in order", async () => {
  using stand = new Stand();
  const first = stand.spawn("pinned", () => 1);
  const others = [2, 3, 4].map((n) => stand.spawn("pinned", (n: number) => n, n));
  const stealable = stand.spawn("stealable", () => 5);
  const begun = stand.look()!;
  assertEquals(await first.recv(), 1);
  const order: number[] = [];
  for (let record = begun.chain; record !== NONE; record = stand.memory.words[record + 1]!) {
    assertEquals(state.phaseOf(stand.stateOf(record)), state.QUEUED);
    order.push(stand.memory.floats[(record + 8) >> 1]!);
  }
  assertEquals(order, [2, 3, 4]);
  for (const task of [...others, stealable]) assertEquals(task.finished, false);
});

Deno.test("head start: without a task nothing is taken, and no lock", () => {
  using stand = new Stand();
  assertEquals(stand.look(), undefined);
  assertEquals([stand.locks, stand.count(Area.BEGUN)], [[], Begun.NOT]);
});

for (const word of ["DEATHS", "STOP"] as const) {
  Deno.test(`head start: with ${word} set, all is left where it is`, () => {
    using stand = new Stand();
    const task = stand.spawn("pinned", () => 1);
    store(stand.memory.words, Header[word], 1);
    const begun = stand.look()!;
    assertEquals([begun.chain, begun.claimed, begun.unfinished], [NONE, undefined, undefined]);
    assertEquals(stand.count(Area.STARTED), 0);
    assertEquals(task.finished, false);
  });
}

Deno.test("head start: Deno gives a lock that is free as soon as it is asked for", async () => {
  const name = `lock ${crypto.randomUUID()}`;
  // It never gets to hear that it has the lock.
  const script = `onmessage = ({ data: { name, words } }) => {
    navigator.locks.request(name, () => new Promise(() => {}));
    postMessage(0);
    Atomics.wait(words, 0, 0);
  };`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(script)}`, { type: "module" });
  const words = new Int32Array(new SharedArrayBuffer(4));
  try {
    worker.postMessage({ name, words });
    await new Promise((resolve) => worker.onmessage = resolve);
    const { locks } = navigator as unknown as {
      locks: { request(name: string, options: object, granted: (lock: unknown) => unknown): Promise<unknown> };
    };
    assertEquals(await locks.request(name, { ifAvailable: true }, (lock) => lock), null);
  } finally {
    store(words, 0, 1);
    Atomics.notify(words, 0);
    worker.terminate();
  }
});
