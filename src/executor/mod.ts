/**
 * An explicit executor on one thread: nothing runs until it is told to.
 *
 * Tasks are generator functions, in which `yield*` awaits. A frame loop runs them with a budget, long work gives way to
 * frames, input and idle time by name, a test drives them step by step.
 *
 * The functions of this module act on the one executor that each thread has; {@linkcode Executor} makes others.
 *
 * @example A budget for each frame
 * ```ts
 * import { executor } from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * let sum = 0;
 * executor.spawn(function* () {
 *   for (let i = 0; i < 1000; i++) {
 *     sum += i;
 *     yield* executor.yieldNow();
 *   }
 * });
 * while (executor.run({ budgetMs: 4 }) !== "done") await new Promise((resolve) => setTimeout(resolve, 12));
 * assertEquals(sum, 499_500);
 * ```
 *
 * @module
 */

import { Executor } from "./executor.ts";
import type { RunOptions, SpawnOptions, Stop } from "./options.ts";
import type { TaskFunction, TaskHandle } from "./task.ts";

export type { Awaitable, Blocking, Wait, Waker, WakeSource } from "../task/wait.ts";
export type { IdleTime } from "./environment.ts";
export { Executor } from "./executor.ts";
export type { RunOptions, SpawnOptions, Stop } from "./options.ts";
export type { Priority } from "./queue.ts";
export { type TaskFunction, TaskHandle, type TaskStats, type TaskStatus } from "./task.ts";
export { pending, yieldAnimationFrame, yieldAsync, yieldNow, yieldTimeout, yieldUntilIdle } from "./yields.ts";

/** Shared by the copies of the library on a thread; the number changes with what the methods mean. */
const KEY = Symbol.for("@webble/runtime/executor/1");

/** This thread's executor, made by whichever copy of the library asks first. */
function own(): Executor {
  const realm = globalThis as { [KEY]?: Executor };
  if (realm[KEY] === undefined) Object.defineProperty(realm, KEY, { value: new Executor() });
  return realm[KEY]!;
}

/**
 * Adds a task to this thread's executor. It begins when that runs.
 *
 * @typeParam T What the task gives.
 * @param fn A generator function; in it, `yield*` awaits: a handle of another task, a `WorkerHandle`, a channel's receiver, or
 * what the yield functions give.
 * @param options Its name and priority.
 * @returns The task's handle.
 * @throws {TypeError} `fn` is not a generator function, or the priority is none.
 * @throws {RangeError} As many tasks live as there are numbers for them, 2^31.
 *
 * @example A task that waits for a worker
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(1).init();
 * const task = webble.executor.spawn(function* () {
 *   const product = yield* webble.spawn((a: number, b: number) => a * b, 6, 7);
 *   return `${product}!`;
 * });
 * webble.executor.run(); // to where it waits, from where it goes on by itself
 * assertEquals(await task.join(), "42!");
 * ```
 */
export function spawn<T>(fn: TaskFunction<T>, options?: SpawnOptions): TaskHandle<T> {
  return own().spawn(fn, options);
}

/**
 * Runs the tasks of this thread's executor, the most urgent first, until there is a reason to stop: the task `until` has
 * ended, or without one all have; the budget is spent; or tasks wait for the environment or for other threads. In that last
 * case the run goes on by itself when they are woken, with what is left of its budget.
 *
 * @param until The task to run to its end, or options; without them, all tasks.
 * @returns Why it stopped.
 * @throws {LifecycleError} It was called by a task of this executor.
 * @throws {TypeError} `until` is not a task of this executor.
 * @throws {RangeError} A budget is not from 0, or `maxPolls` no integer.
 *
 * @example One task to its end, the others stay
 * ```ts
 * import { executor } from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * const first = executor.spawn(function* () {
 *   yield* executor.yieldNow();
 * });
 * executor.spawn(() => executor.pending());
 * assertEquals(executor.run(first), "done");
 * assertEquals(executor.tasksCount(), 1);
 * executor.evictAll();
 * ```
 */
export function run(until?: TaskHandle<unknown> | RunOptions): Stop {
  return own().run(until);
}

/**
 * Runs a task to its end on this thread's executor, and others while it waits, without giving way to the environment.
 *
 * While nothing can go on it blocks the thread until another thread wakes a task. A page's main thread must not sleep: it
 * spins, for a second at most. A deadlock of several threads is not found: workers that all block on stealable tasks leave
 * nobody to run them. See {@linkcode Executor.blockOn}.
 *
 * @typeParam T What the task gives.
 * @param fn A generator function.
 * @param options Its name and priority.
 * @returns What the task gives.
 * @throws What the task threw.
 * @throws {DeadlockError} Nothing can ever wake the task; or this is a page's main thread, and it has waited for a second.
 * @throws {JoinError} The task was evicted.
 * @throws {ShutdownError | WorkerLostError} This worker is to end: the runtime was shut down, or has given it up.
 * @throws {LifecycleError} It was called by a task of this executor.
 * @throws {TypeError} `fn` is not a generator function, or the priority is none.
 *
 * @example Block until a worker has an answer
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(1).init();
 * const answer = webble.spawn((a: number, b: number) => a * b, 6, 7);
 * assertEquals(webble.executor.blockOn(() => answer), 42);
 * assertThrows(() => webble.executor.blockOn(() => webble.executor.pending()), webble.DeadlockError);
 * ```
 */
export function blockOn<T>(fn: TaskFunction<T>, options?: SpawnOptions): T {
  return own().blockOn(fn, options);
}

/**
 * The tasks of this thread's executor that have not ended, in the order in which they were spawned.
 *
 * @returns Their handles, which tell what each waits for and what it has cost this thread.
 *
 * @example Find what janks
 * ```ts
 * import { executor } from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * executor.spawn(() => executor.pending(), { name: "idles" });
 * executor.run();
 * const [worst] = executor.tasks().sort((a, b) => b.stats.longestMs - a.stats.longestMs);
 * assertEquals([worst?.name, worst?.stats.polls, worst?.waitsFor], ["idles", 1, "nothing, for ever"]);
 * executor.evictAll();
 * ```
 */
export function tasks(): TaskHandle<unknown>[] {
  return own().tasks();
}

/** How many tasks of this thread's executor have not ended. */
export function tasksCount(): number {
  return own().tasksCount();
}

/** The tasks of this thread's executor that can go on, in the order in which they will. */
export function queuedTasks(): TaskHandle<unknown>[] {
  return own().queuedTasks();
}

/** How many tasks of this thread's executor can go on; the one that runs is not among them. */
export function queuedTasksCount(): number {
  return own().queuedTasksCount();
}

/**
 * Drops every task of this thread's executor. Their handles reject with `JoinError`, their `finally` blocks run, and later
 * wakes do nothing.
 *
 * @example
 * ```ts
 * import { executor, JoinError } from "@webble/runtime";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const task = executor.spawn(() => executor.yieldTimeout(60_000));
 * assertEquals(executor.run(), "yielded");
 * executor.evictAll();
 * await assertRejects(() => task.join(), JoinError);
 * ```
 */
export function evictAll(): void {
  own().evictAll();
}
