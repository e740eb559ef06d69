/**
 * Streams of tasks: a generator runs on a worker, and what it yields comes out here.
 */

import { copy } from "../runtime/copy.ts";
import { runtime } from "../runtime/runtime.ts";
import { Turns } from "../runtime/turns.ts";
import { ALIASED, type Aliases } from "../task/aliases.ts";
import { notStreamed, setGeneratorRunner, toStream } from "../task/generator.ts";
import type { WorkerHandle } from "../task/handle.ts";
import { STAY } from "../value/carry.ts";
import type { Sendable, TaskReference } from "../value/send.ts";
import { ChannelClosedError } from "../errors.ts";
import type { Receiver } from "./receiver.ts";
import { Sender } from "./sender.ts";
import { spsc } from "./spsc.ts";

/** How much can be under way. */
const BYTES = 1 << 20;
/** Milliseconds that a generator goes on before the worker's event loop has its turn. */
const SLICE = 8;

setGeneratorRunner(async (code, args) => {
  const sender = args[args.length - 1];
  if (!(sender instanceof Sender)) throw notStreamed();
  const turns = new Turns();
  // Called, and called for the first time, before anything is awaited: so `context()` works in it.
  const iterator = code(...args.slice(0, -1)) as Iterator<unknown> | AsyncIterator<unknown>;
  let left = true;
  try {
    for (let begun = performance.now();;) {
      const next = iterator.next();
      const { done, value } = next instanceof Promise ? await next : next as IteratorResult<unknown>;
      if (done) {
        left = false;
        return value;
      }
      if (!sender.trySend(value)) await sender.sendAsync(value);
      if (performance.now() - begun > SLICE) {
        await new Promise<void>((resolve) => turns.later(resolve));
        begun = performance.now();
      }
    }
  } catch (error) {
    // Nobody wants more: no error of the task.
    if (!(error instanceof ChannelClosedError && sender.closed)) throw error;
    return undefined;
  } finally {
    // Runs the generator's own `finally`. One that threw has run it.
    if (left) await iterator.return?.();
    sender.close();
    turns.close();
  }
});

/** A generator function, or a task reference to one. */
export type StreamTask<A extends unknown[], T, R> =
  | ((...args: A) => Generator<T, R, undefined> | AsyncGenerator<T, R, undefined>)
  | TaskReference<A, Generator<T, R, undefined> | AsyncGenerator<T, R, undefined>>;

/**
 * What a generator yields on another thread, as it comes; see {@linkcode stream}. It can be gone through once.
 *
 * @typeParam T What is yielded.
 * @typeParam R What is returned.
 */
export class TaskStream<T, R> implements AsyncIterable<T> {
  /** The task: to abort it, or to wait for what it returns. */
  readonly task: WorkerHandle<R>;
  readonly #receiver: Receiver<T>;
  #hasEnded = false;

  /** @internal Use {@linkcode stream}. */
  constructor(task: WorkerHandle<R>, receiver: Receiver<T>) {
    this.task = task;
    this.#receiver = receiver;
    // Not kept alive by its task: where it is dropped, its receiver closes, and with that the generator ends. And only woken,
    // which is no look at the outcome: a failure that nobody looks at is reported.
    const stream = new WeakRef(this);
    runtime().whenSettled(task, {
      wake() {
        const live = stream.deref();
        if (live !== undefined) live.#end();
      },
    });
  }

  /**
   * Gives what is yielded. After the last it ends, or throws what the generator threw. Leaving the loop ends the
   * generator, too: its `finally` runs.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, R> {
    const values = this.#receiver[Symbol.asyncIterator]();
    const iterator: AsyncIterableIterator<T, R> = {
      next: async () => {
        this.#endIfEmpty();
        const { done, value } = await values.next();
        return done ? { done, value: await this.task.recv() } : { done: false, value };
      },
      return: (value) => {
        this.#receiver.close();
        return Promise.resolve({ done: true, value: value as R });
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /**
   * The same as a stream of the platform.
   *
   * @returns The stream. Cancelling it ends the generator.
   */
  readable(): ReadableStream<T> {
    const values = this[Symbol.asyncIterator]();
    return new ReadableStream<T>({
      pull: async (controller) => {
        const { done, value } = await values.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => this.#receiver.close(),
    }, { highWaterMark: 0 });
  }

  /** @internal Why it cannot be sent. */
  get [STAY](): string {
    return "a TaskStream, which only the thread that called 'stream()' can read. Send what it yields.";
  }

  #end(): void {
    this.#hasEnded = true;
    this.#endIfEmpty();
  }

  /** A task that never ran, or whose worker died, has closed nothing. */
  #endIfEmpty(): void {
    if (this.#hasEnded && this.#receiver.used === 0) this.#receiver.close();
  }
}

/**
 * Runs a generator on the least-loaded worker, and gives what it yields: progress, partial results, rows.
 *
 * The generator is as far ahead as a megabyte of values allows, then it waits; a single value may be no larger, and
 * fails the generator with `RangeError`: yield it in pieces. It may be asynchronous.
 *
 * @typeParam A The parameters of `fn`.
 * @typeParam T What it yields: anything that a channel can carry.
 * @typeParam R What it returns.
 * @param fn A generator function, sent by source, so that it sees its arguments and `webble`, not the scope around it; or
 * a task from `tasks()`.
 * @param args Copied at the call.
 * @returns What it yields, to be gone through with `for await`.
 * @throws {LifecycleError} The runtime is not running.
 * @throws {NotSendError} An argument cannot cross threads; the message names its path.
 * @throws {TypeError} `fn` is no generator function, or cannot be shipped.
 * @throws {OutOfMemoryError} The shared heap has no room for the arguments, or the system none for the channel.
 * @throws {WorkerLostError} No worker is left.
 *
 * @example Primes, as they are found
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(1).init();
 * const primes = webble.channel.stream(function* (most: number) {
 *   for (let n = 2; n <= most; n++) {
 *     let isPrime = true;
 *     for (let d = 2; d * d <= n; d++) if (n % d === 0) isPrime = false;
 *     if (isPrime) yield n;
 *   }
 *   return "done";
 * }, 20);
 * assertEquals(await Array.fromAsync(primes), [2, 3, 5, 7, 11, 13, 17, 19]);
 * assertEquals(await primes.task.recv(), "done");
 * ```
 */
export function stream<A extends unknown[], T, R>(
  fn: StreamTask<A, T, R>,
  ...args: Sendable<A>
): TaskStream<T, Awaited<R>> {
  return streamFor(copy.aliases, fn, args) as TaskStream<T, Awaited<R>>;
}

/** Streams a generator that was written where the library has these aliases. */
function streamFor(aliases: Aliases, fn: unknown, args: readonly unknown[]): TaskStream<unknown, unknown> {
  const [sender, receiver] = spsc<unknown>(BYTES).split();
  return new TaskStream(runtime().spawn("pinned", toStream(fn), [...args, sender], aliases), receiver);
}

// For shipped closures; see `Runtime.apiFor`.
Object.defineProperty(stream, ALIASED, {
  value: (aliases: Aliases) => (fn: unknown, ...args: unknown[]) => streamFor(aliases, fn, args),
});
