/**
 * WorkerHandle: the view of a task from the thread that spawned it, its home.
 *
 * A handle is pending, or settled with a value or an error, or consumed. It settles once: when its record comes home,
 * or when a look finds that the task has ended, whichever is first. From then on it holds the outcome itself, and
 * the record goes its way without it.
 */

import { HandleConsumedError, LifecycleError } from "../errors.ts";
import { type Carried, type Carrier, CARRY, registerCarrier } from "../value/carry.ts";
import { type Blocking, notInTask, type Wait, type Waker } from "./wait.ts";

/** What a handle asks of the thread that it lives on; blocking takes in what comes home meanwhile. */
export interface Home extends Blocking {
  /** The thread's number. */
  readonly number: number;
  /** Settles the handle if its task has ended, and takes in what else has come home. */
  look(handle: WorkerHandle<unknown>): void;
  /** Somebody waits for this handle in async code. */
  await(): void;
  /** Whether a pending handle can only settle in a later turn of this thread's event loop. */
  needsTurn(handle: WorkerHandle<unknown>): boolean;
  /** Aborts the handle's task; says whether that changed anything. */
  abort(handle: WorkerHandle<unknown>, reason: unknown, force: boolean): boolean;
  /** Makes the handle known to other threads; whoever receives it joins it with the ticket that goes along. */
  export(handle: WorkerHandle<unknown>): number;
  /** Gives a handle on this thread for one that was sent here. */
  join(sent: SentHandle): WorkerHandle<unknown>;
}

/** A handle on its way. */
export interface SentHandle {
  readonly id: number;
  /** The thread that it lives on. */
  readonly home: number;
  readonly ticket: number;
}

/** The carrier kind of handles. */
const KIND = "handle";

registerCarrier(KIND, (sent: SentHandle) => home().join(sent));

/** Why a task failed, and whether anybody knows. */
export interface Failure {
  readonly error: unknown;
  seen: boolean;
}

/** Those who wait for a handle: in async code, and in tasks of an executor. */
interface Waiter {
  promise: Promise<unknown> | undefined;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  wakers: Set<Waker> | undefined;
}

function ignore(): void {}

/** The handle has a record in flight if its status is positive (the record), else it is one of these. */
export const VALUE = 0;
export const FAILURE = -1;
export const CONSUMED = -2;
/** Pending without a record: it waits at home. */
export const AT_HOME = -3;

let current: Home | undefined;

/** Names what the pending handles of this thread belong to; there are none while the runtime does not run. */
export function setHome(home: Home | undefined): void {
  current = home;
}

function home(): Home {
  if (current === undefined) throw new LifecycleError("Cannot use a handle here as the runtime is not running");
  return current;
}

let resolveNew: (value: unknown) => void;
let rejectNew: (error: unknown) => void;
// One function for all promises: a closure each would cost as much as the promise.
function capture(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  resolveNew = resolve;
  rejectNew = reject;
}

/** What the runtime may do with a handle, and users may not. */
export let make: (id: number, status: number) => WorkerHandle<unknown>;
export let statusOf: (handle: WorkerHandle<unknown>) => number;
/** Gives a pending handle the record that it waited for. */
export let enter: (handle: WorkerHandle<unknown>, record: number) => void;
/** Settles a pending handle with a value. Says whether anyone waited. */
export let fulfil: (handle: WorkerHandle<unknown>, value: unknown) => boolean;
/** Settles a pending handle with a failure. Says whether anyone is told of it: who waits in an executor has yet to look. */
export let fail: (handle: WorkerHandle<unknown>, failure: Failure) => boolean;

/** Wakes a waker once a handle has settled; at once if it has. */
let wakeWhenSettled: (handle: WorkerHandle<unknown>, waker: Waker) => void;

function wakeAll({ wakers }: Waiter): void {
  if (wakers !== undefined) { for (const waker of wakers) waker.wake(); }
}

/** What a task of an executor waits for, that waits for a handle. */
class Settling implements Wait {
  waker: Waker | undefined;

  constructor(readonly handle: WorkerHandle<unknown>) {}

  get what(): string {
    return `the result of task ${this.handle.id} of the pool`;
  }

  get source(): "thread" | "turn" {
    return current?.needsTurn(this.handle) ? "turn" : "thread";
  }

  get blocking(): Blocking | undefined {
    return current;
  }

  arm(waker: Waker): void {
    this.waker = waker;
    wakeWhenSettled(this.handle, waker);
  }
}

/**
 * A task's handle: look with {@linkcode tryRecv}, wait with {@linkcode recv}.
 *
 * Not thenable, on purpose: a synchronous frame loop polls it, async code awaits `recv()`, a task of an executor awaits
 * `yield* handle`. Dropping it neither
 * cancels the task nor leaks anything. It can be an argument or a result of another task, and is then awaited there.
 *
 * @typeParam T What the task gives.
 *
 * @example Wait in async code, or look from a loop
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(1).init();
 * const product = webble.spawn((a: number, b: number) => a * b, 6, 7);
 * while (product.tryRecv() === undefined); // sees the result in this turn
 * assertEquals(product.tryRecv(), 42);
 * assertEquals(await product.recv(), 42);
 * ```
 */
export class WorkerHandle<T> implements Carrier {
  /** A record in flight, or one of the statuses above. */
  #status: number;
  readonly #id: number;
  /** The value, the failure, or while pending the waiter, if there is one. */
  #held: unknown = undefined;

  private constructor(id: number, status: number) {
    this.#id = id;
    this.#status = status;
  }

  static {
    make = (id, status) => new WorkerHandle(id, status);
    statusOf = (handle) => handle.#status;
    enter = (handle, record) => {
      handle.#status = record;
    };
    wakeWhenSettled = (handle, waker) => {
      if (!handle.#isPending()) return waker.wake();
      handle.#held ??= { promise: undefined, resolve: ignore, reject: ignore, wakers: undefined } satisfies Waiter;
      const waiter = handle.#held as Waiter;
      (waiter.wakers ??= new Set()).add(waker);
      home().await();
    };
    fulfil = (handle, value) => {
      const waiter = handle.#held as Waiter | undefined;
      handle.#status = VALUE;
      handle.#held = value;
      if (waiter === undefined) return false;
      waiter.resolve(value);
      wakeAll(waiter);
      return true;
    };
    fail = (handle, failure) => {
      const waiter = handle.#held as Waiter | undefined;
      handle.#status = FAILURE;
      handle.#held = failure;
      if (waiter === undefined) return false;
      waiter.reject(failure.error);
      wakeAll(waiter);
      return waiter.promise !== undefined;
    };
  }

  /** The task's number, unique in this runtime. */
  get id(): number {
    return this.#id;
  }

  /** Whether the task has ended, or the handle is spent. */
  get finished(): boolean {
    return !this.#isPending();
  }

  /**
   * Looks for the result and leaves it in the handle. A loop around it sees the result without leaving the turn.
   *
   * @returns The result, or `undefined` while the task has not ended.
   * @throws What the task threw.
   * @throws {HandleConsumedError} The result was taken out before.
   */
  tryRecv(): T | undefined {
    return this.#isPending() ? undefined : this.#outcome();
  }

  /**
   * Takes the result out of the handle.
   *
   * @returns The result, or `undefined` while the task has not ended.
   * @throws What the task threw.
   * @throws {HandleConsumedError} The result was taken out before.
   */
  checkRelease(): T | undefined {
    if (this.#isPending()) return undefined;
    const value = this.#outcome();
    this.#consume();
    return value;
  }

  /**
   * Takes the result out of the handle if there is one, and spends the handle either way. The task itself goes on.
   *
   * @returns The result, or `undefined` if the task has not ended.
   * @throws What the task threw.
   * @throws {HandleConsumedError} The result was taken out before.
   */
  intoInner(): T | undefined {
    const pending = this.#isPending();
    try {
      return pending ? undefined : this.#outcome();
    } finally {
      const waiter = pending ? this.#waiter() : undefined;
      this.#consume();
      if (waiter !== undefined) {
        waiter.reject(this.#consumed());
        wakeAll(waiter);
      }
    }
  }

  /**
   * Waits for the result, and leaves it in the handle.
   *
   * @param options With `signal`, the wait can be given up; the task goes on.
   * @returns A promise of the result. It rejects with what the task threw, with `AbortError` if it was aborted, with the signal's
   * reason if the wait was given up, with `HandleConsumedError` if the result was taken out before.
   */
  recv(options?: { signal?: AbortSignal }): Promise<T> {
    if (!this.#isPending()) {
      try {
        return Promise.resolve(this.#outcome());
      } catch (error) {
        return Promise.reject(error);
      }
    }
    let waiter = this.#waiter();
    if (waiter?.promise === undefined) {
      const promise = new Promise(capture);
      this.#held = waiter = { promise, resolve: resolveNew, reject: rejectNew, wakers: waiter?.wakers };
    }
    home().await();
    // The promise was made for this handle's task, so what it gives is a T.
    const promise = waiter.promise as Promise<T>;
    return options?.signal === undefined ? promise : withSignal(promise, options.signal);
  }

  /**
   * Aborts the task. One that has not started never runs; in one that runs, `context().aborted` is true at once and
   * `signal` fires at the worker's next turn. This handle rejects with `AbortError`, whose `cause` is the reason.
   *
   * @param reason Why; given to the task as `signal.reason` where it can cross threads.
   * @param options With `force`, a task that runs and has not ended after a tenth of a second takes its worker with it:
   * that is replaced, and other tasks that it had are lost, with `WorkerLostError`. For a loop that looks at nothing.
   * @returns Whether it changed anything: `false` if the task had ended.
   */
  abort(reason?: unknown, options?: { force?: boolean }): boolean {
    return this.#isPending() && home().abort(this, reason, options?.force === true);
  }

  /**
   * Waits for the result in a task of an executor, and leaves it in the handle: `yield* handle`.
   *
   * @returns The result.
   * @throws What the task threw.
   * @throws {HandleConsumedError} The result was taken out before.
   */
  *[Symbol.iterator](): Generator<Wait, T, unknown> {
    if (this.#isPending()) {
      const settling = new Settling(this);
      try {
        do {
          yield settling;
          if (settling.waker === undefined) throw notInTask();
        } while (this.#isPending());
      } finally {
        if (settling.waker !== undefined) this.#forget(settling.waker);
      }
    }
    return this.#outcome();
  }

  /** @internal How a handle crosses threads. */
  [CARRY](): Carried {
    const data: SentHandle = { id: this.#id, home: home().number, ticket: home().export(this) };
    return { kind: KIND, data };
  }

  /** Whether the task has not ended, after a look. */
  #isPending(): boolean {
    if (this.#status > VALUE || this.#status === AT_HOME) home().look(this);
    return this.#status > VALUE || this.#status === AT_HOME;
  }

  #waiter(): Waiter | undefined {
    return this.#held as Waiter | undefined;
  }

  /** Who waited in an executor does so no more. */
  #forget(waker: Waker): void {
    if (this.#status <= VALUE && this.#status !== AT_HOME) return;
    const waiter = this.#waiter();
    if (waiter?.wakers?.delete(waker) && waiter.wakers.size === 0 && waiter.promise === undefined) {
      this.#held = undefined;
    }
  }

  #outcome(): T {
    if (this.#status === VALUE) return this.#held as T;
    if (this.#status === CONSUMED) throw this.#consumed();
    const failure = this.#held as Failure;
    failure.seen = true;
    throw failure.error;
  }

  #consume(): void {
    this.#status = CONSUMED;
    this.#held = undefined;
  }

  #consumed(): HandleConsumedError {
    return new HandleConsumedError(
      `Cannot use the handle of task ${this.#id} as its result was taken out already. ` +
        "Look with 'tryRecv()' or wait with 'recv()' to leave the result in the handle.",
    );
  }
}

/** Gives up waiting when the signal fires; the promise itself goes on. */
function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Whoever gave up does not want to hear of a failure either.
  promise.catch(() => {});
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}
