/**
 * The public functions. Each goes to the runtime of this thread, whichever copy of the library made it.
 */

import type { TaskContext } from "../task/context.ts";
import type { WorkerHandle } from "../task/handle.ts";
import type { Sendable, Settled, Task } from "../value/send.ts";
import { copy } from "./copy.ts";
import { type Lifecycle, runtime, type ThreadId } from "./runtime.ts";
import type { RuntimeStats } from "./stats.ts";

export { availableParallelism } from "./processors.ts";

/**
 * Runs `fn` on the least-loaded worker, which keeps the task until it settles.
 *
 * The right track for I/O and light work: the function may hold anything across an `await`. Tasks that are placed on
 * one worker start in order and interleave at their awaits. Arguments and result are copied between threads; see
 * {@linkcode Send} for what can be.
 *
 * A task runs once at most, whatever happens: where its worker dies the handle fails with {@linkcode WorkerLostError},
 * and whether the task may run again is for its spawner to say, by spawning it again.
 *
 * @typeParam A The parameters of `fn`.
 * @typeParam R What `fn` returns.
 * @param fn A function, sent by source, so that it sees its arguments and `webble`, not the scope around it; or a task
 * from `tasks()`. A parameter with a default needs its type where no argument is given for it: `(n: number = 3) => n`.
 * @param args Copied at the call. Wrap one in `transfer` to move it instead.
 * @returns A handle to look at or wait on. Dropping it does not cancel the task.
 * @throws {LifecycleError} The runtime is not running.
 * @throws {WorkerLostError} No worker is left: all have died, and did not start again.
 * @throws {NotSendError} An argument cannot cross threads; the message names its path.
 * @throws {OutOfMemoryError} The shared heap has no room for the arguments.
 * @throws {TypeError} `fn` cannot be shipped: it is native, bound, a method, a class or a generator.
 *
 * @example Sum on another thread
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(1).init();
 * const sum = webble.spawn((n: number) => {
 *   let total = 0;
 *   for (let i = 0; i < n; i++) total += i;
 *   return total;
 * }, 1000);
 * assertEquals(await sum.recv(), 499_500);
 * ```
 */
export function spawn<A extends unknown[], R>(fn: Task<A, R>, ...args: Sendable<A>): WorkerHandle<Settled<R>> {
  return runtime().spawn("pinned", fn, args, copy.aliases) as WorkerHandle<Settled<R>>;
}

/**
 * Runs `fn` on whichever worker is free first: the track for CPU-bound work in many pieces.
 *
 * Spawned on a worker it goes to that worker's own deque, from which idle workers steal; elsewhere to a queue that all
 * workers take from. One that has not begun outlives the worker that it waits on. Otherwise as {@linkcode spawn}.
 *
 * Arguments that are moved, or that only `postMessage` can carry, are posted to one worker at once: such a task goes with
 * them, to a worker that has nothing to do if there is one, and stays there. Of shared memory, and what consists of it, such as
 * a `Mutex`, that goes for the first of main's tasks that are sent with it, and for all of a worker's.
 *
 * @typeParam A The parameters of `fn`.
 * @typeParam R What `fn` returns.
 * @param fn A function, sent by source, or a task from `tasks()`.
 * @param args Copied at the call. Wrap one in `transfer` to move it instead.
 * @returns A handle to look at or wait on.
 * @throws {LifecycleError} The runtime is not running.
 * @throws {WorkerLostError} No worker is left: all have died, and did not start again.
 * @throws {NotSendError} An argument cannot cross threads; the message names its path.
 * @throws {OutOfMemoryError} The shared heap has no room for the arguments.
 * @throws {TypeError} `fn` cannot be shipped.
 *
 * @example Squares, wherever there is time
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(2).init();
 * const squares = [1, 2, 3].map((n) => webble.spawnStealable((n: number) => n * n, n));
 * assertEquals(await Promise.all(squares.map((square) => square.recv())), [1, 4, 9]);
 * ```
 */
export function spawnStealable<A extends unknown[], R>(
  fn: Task<A, R>,
  ...args: Sendable<A>
): WorkerHandle<Settled<R>> {
  return runtime().spawn("stealable", fn, args, copy.aliases) as WorkerHandle<Settled<R>>;
}

/**
 * Runs `fn` on the main thread, the one that called `init`: what touches the page goes there.
 *
 * @typeParam A The parameters of `fn`.
 * @typeParam R What `fn` returns.
 * @param fn A function, sent by source, or a task from `tasks()`.
 * @param args Copied at the call.
 * @returns A handle to look at or wait on.
 * @throws {LifecycleError} The runtime is not running.
 * @throws {NotSendError} An argument cannot cross threads; the message names its path.
 * @throws {OutOfMemoryError} The shared heap has no room for the arguments.
 * @throws {TypeError} `fn` cannot be shipped.
 *
 * @example A task asks main
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(1).init();
 * const where = webble.spawn(() => webble.onMain(() => webble.threadId()).recv());
 * assertEquals(await where.recv(), "main");
 * ```
 */
export function onMain<A extends unknown[], R>(fn: Task<A, R>, ...args: Sendable<A>): WorkerHandle<Settled<R>> {
  return runtime().spawn("main", fn, args, copy.aliases) as WorkerHandle<Settled<R>>;
}

/**
 * The context of the task that calls this: its id, and whether it was aborted.
 *
 * @returns A context that stays valid for as long as the task runs.
 * @throws {LifecycleError} Not called in a task, or after its first `await`.
 */
export function context(): TaskContext {
  return runtime().context();
}

/** Lets the event loop and other tasks run, then goes on. */
export function yieldNow(): Promise<void> {
  return runtime().yieldNow();
}

/**
 * Shuts the runtime down. What has not ended settles with `ShutdownError`; the memory is dropped.
 *
 * It does not wait for a task that loops for ever. In Deno the thread of such a task still keeps the program from
 * exiting by itself.
 *
 * @returns Resolves when the workers have left or were terminated; at once if the runtime is not running. Rejects with
 * `LifecycleError` on a worker, which cannot end its pool.
 */
export function shutdown(): Promise<void> {
  return runtime().shutdown();
}

/** Where the runtime is in its life. */
export function lifecycle(): Lifecycle {
  return runtime().lifecycle;
}

/** Whether the runtime has been shut down and not started again. */
export function isShutdown(): boolean {
  return runtime().lifecycle === "shutdown";
}

/** How many workers there are; 0 unless the runtime is running. */
export function numWorkers(): number {
  return runtime().workers;
}

/** This thread: `"main"`, a worker's index, or `undefined` outside the runtime. */
export function threadId(): ThreadId | undefined {
  return runtime().threadId;
}

/** How many tasks have been spawned and have not started. */
export function numTasksWaiting(): number {
  return runtime().stats().tasks.waiting;
}

/** For each worker, how many live pinned tasks it has. */
export function workerLoads(): number[] {
  return runtime().loads();
}

/** Which workers sleep: bit `i` is set when worker `i` is parked. */
export function idleSnapshot(): number {
  return runtime().idle();
}

/** Figures of the runtime, read from shared memory. */
export function stats(): RuntimeStats {
  return runtime().stats();
}
