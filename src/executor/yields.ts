/**
 * What a task can await besides handles: its fellow tasks, promises, and the environment's moments.
 */

import type { Awaitable, Wait, Waker } from "../task/wait.ts";
import { atFrame, type Cancel, type IdleTime, whenIdle } from "./environment.ts";

/** The most milliseconds that timers take. */
const MOST_MS = 2 ** 31 - 1;

const NOW: Wait = { what: "its next turn", source: "task", arm: (waker) => waker.wake() };
const YIELDED: IteratorResult<Wait, void> = { done: false, value: NOW };
const RESUMED: IteratorResult<Wait, void> = { done: true, value: undefined };

/** One turn for the others. By hand: a generator costs three times as much, and this is the most frequent of all. */
class OneTurn implements Awaitable<void>, Iterator<Wait, void, unknown> {
  #hasYielded = false;

  next(): IteratorResult<Wait, void> {
    if (this.#hasYielded) return RESUMED;
    this.#hasYielded = true;
    return YIELDED;
  }

  [Symbol.iterator](): Iterator<Wait, void, unknown> {
    return this.#hasYielded ? new OneTurn() : this;
  }
}

/**
 * Lets the other tasks go on that are queued and at least as urgent, then this one. Control stays with the executor.
 *
 * @returns To be awaited with `yield*`.
 *
 * @example Two tasks take turns
 * ```ts
 * import { executor } from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * const order: string[] = [];
 * for (const name of ["a", "b"]) {
 *   executor.spawn(function* () {
 *     for (let i = 0; i < 2; i++, yield* executor.yieldNow()) order.push(name + i);
 *   });
 * }
 * executor.run();
 * assertEquals(order, ["a0", "b0", "a1", "b1"]);
 * ```
 */
export function yieldNow(): Awaitable<void> {
  return new OneTurn();
}

const NEVER: Wait = { what: "nothing, for ever", source: "nothing", arm() {} };

/**
 * Never ready: the task waits until it is evicted.
 *
 * @returns To be awaited with `yield*`.
 *
 * @example A task that only an eviction ends
 * ```ts
 * import { executor } from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * const task = executor.spawn(() => executor.pending());
 * assertEquals(executor.run(), "stalled");
 * executor.evictAll();
 * assertEquals(task.status, "evicted");
 * ```
 */
export function* pending(): Generator<Wait, never, unknown> {
  for (;;) yield NEVER;
}

/** Something that the environment brings once. */
class Moment<T> implements Wait {
  readonly source = "turn";
  #waker: Waker | undefined;
  #given: { readonly value: T } | undefined;

  constructor(readonly what: string, readonly startsTurn: boolean) {}

  arm(waker: Waker): void {
    this.#waker = waker;
    if (this.#given !== undefined) waker.wake();
  }

  readonly bring = (value: T): void => {
    this.#given = { value };
    this.#waker?.wake();
  };

  /** Waits for it; `cancel` takes back what was asked for. */
  *received(cancel?: Cancel): Generator<Wait, T, unknown> {
    try {
      while (this.#given === undefined) yield this;
      return this.#given.value;
    } finally {
      cancel?.();
    }
  }
}

/**
 * Gives way to the environment for a time.
 *
 * @param ms Milliseconds, at least.
 * @returns To be awaited with `yield*`.
 * @throws {TypeError} `ms` is not a number.
 * @throws {RangeError} It is no number of milliseconds that a timer takes.
 *
 * @example Ten milliseconds later
 * ```ts
 * import { executor } from "@webble/runtime";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const task = executor.spawn(function* () {
 *   const start = performance.now();
 *   yield* executor.yieldTimeout(10);
 *   return performance.now() - start;
 * });
 * assertEquals(executor.run(), "yielded");
 * assert(await task.join() >= 9);
 * ```
 */
export function yieldTimeout(ms: number): Awaitable<void> {
  checkTime("yieldTimeout", "ms", ms);
  return resumable(function* () {
    const moment = new Moment<void>(`a timer of ${ms} ms`, true);
    const timer = setTimeout(moment.bring, ms);
    yield* moment.received(() => clearTimeout(timer));
  });
}

/**
 * Gives way to the environment until a promise has settled.
 *
 * @typeParam T What the promise gives.
 * @param promise A promise, or anything with `then`.
 * @returns To be awaited with `yield*`, which gives the promise's value, or throws the reason of its rejection.
 * @throws {TypeError} It is no promise.
 *
 * @example Wait for a promise
 * ```ts
 * import { executor } from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * const task = executor.spawn(function* () {
 *   const response = yield* executor.yieldAsync(fetch("data:,hello"));
 *   return yield* executor.yieldAsync(response.text());
 * });
 * executor.run();
 * assertEquals(await task.join(), "hello");
 * ```
 */
export function yieldAsync<T>(promise: PromiseLike<T>): Awaitable<T> {
  if (typeof (promise as Partial<PromiseLike<T>> | null | undefined)?.then !== "function") {
    throw new TypeError(
      `Cannot wait in 'yieldAsync' as 'promise' must be a promise: received ${
        promise === null ? "null" : typeof promise
      }. Use a value as it is`,
    );
  }
  return resumable(function* () {
    const moment = new Moment<{ readonly value: T } | { readonly error: unknown }>("a promise", false);
    // Through a promise of the engine's: what only has a 'then' may call back more than once, or throw.
    Promise.resolve(promise).then((value) => moment.bring({ value }), (error) => moment.bring({ error }));
    const settled = yield* moment.received();
    if ("error" in settled) throw settled.error;
    return settled.value;
  });
}

/**
 * Gives way to the environment until the next frame: the task goes on before it is drawn.
 *
 * Uses `requestAnimationFrame` in pages, and in workers that have it; elsewhere, as in Deno, a timer at 60 frames a second.
 * A page that is hidden draws no frames.
 *
 * @returns To be awaited with `yield*`, which gives the frame's time, as `performance.now()` counts.
 *
 * @example The time between two frames
 * ```ts
 * import { executor } from "@webble/runtime";
 * import { assert } from "@std/assert";
 *
 * const gap = executor.spawn(function* () {
 *   const first = yield* executor.yieldAnimationFrame();
 *   return (yield* executor.yieldAnimationFrame()) - first;
 * });
 * executor.run();
 * assert(await gap.join() > 0);
 * ```
 */
export function yieldAnimationFrame(): Awaitable<number> {
  return resumable(function* () {
    const moment = new Moment<number>("the next frame", true);
    return yield* moment.received(atFrame(moment.bring));
  });
}

/**
 * Gives way to the environment until it has nothing better to do.
 *
 * Uses `requestIdleCallback` in pages. Where there is none, as in workers, it is a `"background"` task of the Prioritized Task
 * Scheduling API, and without that, as in Deno, a turn of the event loop after the timers and messages that are due.
 *
 * @param timeoutMs Go on after so many milliseconds even so.
 * @returns To be awaited with `yield*`, which gives how much idle time there is.
 * @throws {TypeError} `timeoutMs` is not a number.
 * @throws {RangeError} It is no number of milliseconds that a timer takes.
 *
 * @example Work while there is time
 * ```ts
 * import { executor } from "@webble/runtime";
 * import { assert } from "@std/assert";
 *
 * const idle = executor.spawn(function* () {
 *   const time = yield* executor.yieldUntilIdle(100);
 *   return time.timeRemaining();
 * });
 * executor.run();
 * assert(await idle.join() >= 0);
 * ```
 */
export function yieldUntilIdle(timeoutMs?: number): Awaitable<IdleTime> {
  if (timeoutMs !== undefined) checkTime("yieldUntilIdle", "timeoutMs", timeoutMs);
  return resumable(function* () {
    const moment = new Moment<IdleTime>("idle time", true);
    return yield* moment.received(whenIdle(moment.bring, timeoutMs));
  });
}

/** What is asked of the environment is asked when the task awaits, not before. */
function resumable<T>(wait: () => Generator<Wait, T, unknown>): Awaitable<T> {
  return { [Symbol.iterator]: wait };
}

function checkTime(called: string, parameter: string, ms: number): void {
  if (typeof ms === "number" && ms >= 0 && ms <= MOST_MS) return;
  const rule = `Cannot wait in '${called}' as '${parameter}' must be a number of milliseconds from 0 to ${MOST_MS}`;
  if (typeof ms !== "number") throw new TypeError(`${rule}: received a value of type ${typeof ms}`);
  throw new RangeError(`${rule}: received ${ms}`);
}
