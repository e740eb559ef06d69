/**
 * Wait: what a task of an executor yields while what it wants is not there, and what must be known of it.
 *
 * An {@linkcode Awaitable} is an object that a generator can `yield*`. Its iterator looks for what it wants; while that is
 * not there it yields a {@linkcode Wait} and, when it is resumed, looks again. So a wake promises nothing: it may come
 * early, late or twice, and nobody is harmed.
 *
 * ```ts ignore
 * *[Symbol.iterator](): Generator<Wait, T> {
 *   while (!this.isReady) yield this.wait;
 *   return this.take();
 * }
 * ```
 *
 * What an iterator holds while it waits it lets go in a `finally`: an evicted task is ended with the generator's `return`.
 */

/** Wakes one task of an executor. It can be called at any time, any number of times. */
export interface Waker {
  /** Queues the task, unless it is queued or has ended. It does not run within this call. */
  wake(): void;
}

/**
 * Who can bring what is waited for.
 *
 * - `"task"`: code of this executor's own tasks.
 * - `"turn"`: a later turn of this thread's event loop: a timer, a promise, a frame, a message.
 * - `"here"`: code on this thread: one of those tasks, or a later turn.
 * - `"thread"`: another thread, through shared memory, even while this one is blocked.
 * - `"nothing"`: nobody.
 */
export type WakeSource = "task" | "turn" | "here" | "thread" | "nothing";

/** Where this thread can block until another wakes it. One object for all that is woken by the same words. */
export interface Blocking {
  /**
   * Blocks this thread until something may have come, then takes it in and wakes those who wait for it.
   *
   * @param timeoutMs For so long at most; 0 only looks, and never blocks.
   */
  block(timeoutMs: number): void;
}

/** What a task waits for. */
export interface Wait {
  /** What it is, in words, for `tasks()` and errors: `a timer of 50 ms`. */
  readonly what: string;
  /** Who can bring it. */
  readonly source: WakeSource;
  /** Where to block for it; needed where the source is `"thread"` or `"here"`. */
  readonly blocking?: Blocking | undefined;
  /** Whether the wake comes first thing in a turn of the event loop, as a timer's or a frame's does. */
  readonly startsTurn?: boolean | undefined;
  /** The task that it is the end of, where it is one. */
  readonly task?: object | undefined;
  /** Has `waker` called once it is worth while to look again; at once, if that is so already. */
  arm(waker: Waker): void;
}

/**
 * What `yield*` waits for in a task of an executor.
 *
 * @typeParam T What it gives.
 */
export interface Awaitable<T> {
  /** Looks, and yields a {@linkcode Wait} for as long as there is nothing. */
  [Symbol.iterator](): Iterator<Wait, T, unknown>;
}

/**
 * What to say to those who iterate over what is to be awaited, as a loop or a spread does: they would do so for ever.
 *
 * @param what What it is.
 * @param instead What a loop is to be instead, if that could be wanted.
 */
export function notInTask(what = "a handle", instead?: string): TypeError {
  const noun = what.slice(2);
  return new TypeError(
    `Cannot iterate over ${what}: 'yield* ${noun}' waits for it in a task of an executor` +
      (instead === undefined ? "" : `, ${instead} elsewhere`),
  );
}
