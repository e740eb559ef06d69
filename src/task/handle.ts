/**
 * WorkerHandle: the view of a task from the thread that spawned it, its home.
 *
 * A handle is pending, or settled with a value or an error, or consumed. It settles once: when its record comes home,
 * or when a look finds that the task has ended, whichever is first. From then on it holds the outcome itself, and
 * the record goes its way without it.
 */

import { HandleConsumedError } from "../errors.ts";
import { refuseWait } from "../options.ts";
import { type Carried, type Carrier, CARRY, registerCarrier } from "../value/carry.ts";
import { home, homeIfAny, type SentHandle } from "./home.ts";
import { type Blocking, notInTask, type Wait, type Waker } from "./wait.ts";
import {
  ignore,
  Rejection,
  type Resolve,
  tell,
  type Waiting,
  withoutWaiting,
  withSignal,
  withWaiting,
} from "./waiters.ts";

/** The carrier kind of handles. */
const KIND = "handle";

registerCarrier(KIND, (sent: SentHandle) => home().join(sent));

/** Why a task failed, and whether anybody knows. */
export interface Failure {
  readonly error: unknown;
  seen: boolean;
}

/**
 * What a handle is: the kinds. All are settled but PENDING.
 *
 * The status of a handle is one number, so that a handle is two words of its own and a program can have very many: the
 * record in flight, which is positive, or where there is none one of these with the task's number, `-(4 * id + kind)`.
 */
const VALUE = 0;
const FAILURE = 1;
const CONSUMED = 2;
const PENDING = 3;
/** What a consumed handle holds that was spent while it was pending. */
const SPENT_BEFORE = Symbol();

let resolveNew: Resolve;
// One function for all promises: a closure each would cost as much as the promise.
function capture(resolve: Resolve): void {
  resolveNew = resolve;
}

/** What the runtime may do with a handle, and users may not: to make a pending one, without a record. */
export let make: (id: number) => WorkerHandle<unknown>;
/** The record that a handle has in flight; 0 for none. */
export let recordOf: (handle: WorkerHandle<unknown>) => number;
/** Whether the handle's task has not ended, as far as the handle knows. */
export let isPending: (handle: WorkerHandle<unknown>) => boolean;
/** Gives a pending handle the record that it waited for. */
export let enter: (handle: WorkerHandle<unknown>, record: number) => void;
/** Takes that record from it again. */
export let leave: (handle: WorkerHandle<unknown>) => void;
/** Settles a pending handle with a value. Says whether anyone waited. */
export let fulfil: (handle: WorkerHandle<unknown>, value: unknown) => boolean;
/** Settles a pending handle with a failure. Says whether anyone is told of it: who waits in an executor has yet to look. */
export let fail: (handle: WorkerHandle<unknown>, failure: Failure) => boolean;

/** Wakes a waker once a handle has settled, in that very moment; at once if it has, as far as the handle knows. */
export let wakeWhenSettled: (handle: WorkerHandle<unknown>, waker: Waker) => void;

/** What a task of an executor waits for, that waits for a handle. */
class HandleWait implements Wait {
  waker: Waker | undefined;

  constructor(readonly handle: WorkerHandle<unknown>) {}

  get what(): string {
    return `the result of task ${this.handle.id} of the pool`;
  }

  get source(): "thread" | "turn" {
    return homeIfAny()?.needsTurn(this.handle) ? "turn" : "thread";
  }

  get blocking(): Blocking | undefined {
    return homeIfAny();
  }

  arm(waker: Waker): void {
    this.waker = waker;
    // After a look.
    if (this.handle.finished) waker.wake();
    else wakeWhenSettled(this.handle, waker);
  }
}

/**
 * A task's handle: look with {@linkcode tryRecv}, wait with {@linkcode recv}.
 *
 * Not thenable, on purpose: a synchronous frame loop polls it, async code awaits `recv()`, a task of an executor awaits
 * `yield* handle`. Dropping it neither cancels the task nor leaks anything. It can be an argument or a result of another
 * task, and is then awaited there.
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
  /** A record in flight, or the kind and the task's number; see above. */
  #status: number;
  /** The value or the failure; while pending the {@linkcode Resolve} of who waits, or several in an array. */
  #held: unknown = undefined;

  private constructor(status: number) {
    this.#status = status;
  }

  static {
    make = (id) => new WorkerHandle(-(4 * id + PENDING));
    recordOf = (handle) => handle.#status > 0 ? handle.#status : 0;
    isPending = (handle) => this.#kind(handle) === PENDING;
    enter = (handle, record) => {
      handle.#status = record;
    };
    leave = (handle) => this.#become(handle, PENDING, handle.#held);
    wakeWhenSettled = (handle, waker) => {
      if (this.#kind(handle) !== PENDING) return waker.wake();
      this.#wait(handle, waker);
    };
    fulfil = (handle, value) => {
      const held = handle.#held;
      this.#become(handle, VALUE, value);
      if (held === undefined) return false;
      if (typeof held === "function") held(value);
      else tell(held, () => value);
      return true;
    };
    fail = (handle, failure) => {
      const held = handle.#held;
      this.#become(handle, FAILURE, failure);
      return tell(held, () => new Rejection(failure.error));
    };
  }

  /** The task's number, unique in this runtime. */
  get id(): number {
    return this.#status > 0 ? home().idOf(this.#status) : Math.floor(-this.#status / 4);
  }

  /**
   * Whether the task has ended, or the handle is spent.
   *
   * A result that in part only `postMessage` carries (a port, a stream, …) comes in two parts: until both are here the
   * task has not ended, as far as the handle is concerned.
   */
  get finished(): boolean {
    return !WorkerHandle.#isPending(this);
  }

  /**
   * Looks for the result and leaves it in the handle. A loop around it sees the result without leaving the turn.
   *
   * @returns The result, or `undefined` while the task has not ended.
   * @throws What the task threw.
   * @throws {HandleConsumedError} The handle was spent before.
   * @throws {ShutdownError | WorkerLostError} The task has not ended, and this worker is to end before it.
   */
  tryRecv(): T | undefined {
    if (!WorkerHandle.#isPending(this)) return WorkerHandle.#outcome(this);
    home().refuseIfStopping();
    return undefined;
  }

  /**
   * Takes the result out of the handle.
   *
   * @returns The result, or `undefined` while the task has not ended.
   * @throws What the task threw.
   * @throws {HandleConsumedError} The handle was spent before.
   * @throws {ShutdownError | WorkerLostError} The task has not ended, and this worker is to end before it.
   */
  checkRelease(): T | undefined {
    if (WorkerHandle.#isPending(this)) {
      home().refuseIfStopping();
      return undefined;
    }
    const value = WorkerHandle.#outcome(this);
    WorkerHandle.#become(this, CONSUMED, undefined);
    return value;
  }

  /**
   * Takes the result out of the handle if there is one, and spends the handle either way. The task itself goes on.
   *
   * @returns The result, or `undefined` if the task has not ended.
   * @throws What the task threw.
   * @throws {HandleConsumedError} The handle was spent before.
   */
  intoInner(): T | undefined {
    if (WorkerHandle.#kind(this) === CONSUMED) throw WorkerHandle.#consumed(this);
    const pending = WorkerHandle.#isPending(this);
    try {
      return pending ? undefined : WorkerHandle.#outcome(this);
    } finally {
      const held = pending ? this.#held : undefined;
      WorkerHandle.#become(this, CONSUMED, pending ? SPENT_BEFORE : undefined);
      tell(held, () => new Rejection(WorkerHandle.#consumed(this)));
    }
  }

  /**
   * Waits for the result, and leaves it in the handle.
   *
   * @param options With `signal`, the wait can be given up; the task goes on.
   * @returns A promise of the result. It rejects with what the task threw, with `AbortError` if it was aborted, with the signal's
   * reason if the wait was given up, with `HandleConsumedError` if the handle was spent before, and with `TypeError` if the signal is
   * none.
   */
  recv(options?: { signal?: AbortSignal }): Promise<T> {
    const refused = refuseWait(options);
    if (refused !== undefined) return refused;
    const signal = options?.signal ?? undefined;
    if (WorkerHandle.#kind(this) === PENDING) home().look(this, true);
    if (WorkerHandle.#kind(this) !== PENDING) {
      const turn = homeIfAny()?.turn();
      try {
        const value = WorkerHandle.#outcome(this);
        return turn === undefined ? Promise.resolve(value) : turn.then(() => value);
      } catch (error) {
        return turn === undefined ? Promise.reject(error) : turn.then(() => Promise.reject(error));
      }
    }
    if (signal?.aborted) return Promise.reject(signal.reason);
    // Made for this handle's task, so what it gives is a T.
    const promise = new Promise(capture) as Promise<T>;
    const resolve = resolveNew;
    WorkerHandle.#wait(this, resolve);
    return signal === undefined ? promise : withSignal(promise, signal, () => WorkerHandle.#giveUp(this, resolve));
  }

  /**
   * Aborts the task. One that has not started never runs; in one that runs, `context().aborted` is true at once and
   * `signal` fires at the worker's next turn. This handle rejects with `AbortError`, whose `cause` is the reason.
   *
   * One that has ended is not aborted, even if part of its result is still on its way: the handle settles when that is
   * here. An abort settles the handle, so a second one changes nothing: ask for `force` the first time.
   *
   * @param reason Why; given to the task as `signal.reason` where it can cross threads.
   * @param options With `force`, a task that runs and has not ended after a tenth of a second takes its worker with it:
   * that is replaced, and other tasks that it had are lost, with `WorkerLostError`. For a loop that looks at nothing.
   * @returns Whether it changed anything: `false` if the task had ended.
   *
   * @example A deadline: stop waiting after a while, then make sure that the task ends
   * ```ts
   * import * as webble from "@webble/runtime";
   * import { assertEquals } from "@std/assert";
   *
   * await using _runtime = await webble.builder().workers(1).init();
   *
   * async function within<T>(ms: number, task: webble.WorkerHandle<T>): Promise<T> {
   *   const signal = AbortSignal.timeout(ms);
   *   try {
   *     return await task.recv({ signal });
   *   } catch (error) {
   *     // At once where the task looks at `context()`; else with its worker, after a tenth of a second.
   *     if (signal.aborted) task.abort(signal.reason, { force: true });
   *     throw error;
   *   }
   * }
   *
   * const endless = webble.spawn(() => {
   *   const context = webble.context();
   *   while (!context.aborted);
   * });
   * const error = await within(20, endless).catch((error) => error);
   * assertEquals([error.name, endless.finished], ["TimeoutError", true]);
   * ```
   */
  abort(reason?: unknown, options?: { force?: boolean }): boolean {
    return WorkerHandle.#isPending(this) && home().abort(this, reason, options?.force === true);
  }

  /**
   * Waits for the result in a task of an executor, and leaves it in the handle: `yield* handle`.
   *
   * @returns The result.
   * @throws What the task threw.
   * @throws {HandleConsumedError} The handle was spent before.
   */
  *[Symbol.iterator](): Generator<Wait, T, unknown> {
    if (WorkerHandle.#isPending(this)) {
      const wait = new HandleWait(this);
      try {
        do {
          yield wait;
          if (wait.waker === undefined) throw notInTask();
        } while (WorkerHandle.#isPending(this));
      } finally {
        if (wait.waker !== undefined) WorkerHandle.#forget(this, wait.waker);
      }
    }
    return WorkerHandle.#outcome(this);
  }

  /** @internal How a handle crosses threads. */
  [CARRY](): Carried {
    const from = home();
    const ticket = from.export(this);
    const data: SentHandle = { id: this.id, home: from.number, ticket };
    const cancel = () => from.cancelExport(ticket);
    return { kind: KIND, data, undo: cancel, abandon: cancel, bound: "WorkerHandle" };
  }

  // Static, as private methods would cost each handle a word.

  /** Whether the task has not ended, after a look. */
  static #isPending(handle: WorkerHandle<unknown>): boolean {
    if (this.#kind(handle) === PENDING) home().look(handle, false);
    return this.#kind(handle) === PENDING;
  }

  /** One of the kinds above: PENDING for all that are pending. */
  static #kind(handle: WorkerHandle<unknown>): number {
    return handle.#status > 0 ? PENDING : -handle.#status & 3;
  }

  static #become(handle: WorkerHandle<unknown>, kind: number, held: unknown): void {
    handle.#status = -(4 * handle.id + kind);
    handle.#held = held;
  }

  static #wait(handle: WorkerHandle<unknown>, waiting: Waiting): void {
    handle.#held = withWaiting(handle.#held, waiting);
    home().await();
  }

  /** Who waited in an executor does so no more. */
  static #forget(handle: WorkerHandle<unknown>, waker: Waker): void {
    if (this.#kind(handle) !== PENDING) return;
    handle.#held = withoutWaiting(handle.#held, waker);
  }

  /** A promise of `recv` is not waited for any more. Somebody has cared for a failure, all the same. */
  static #giveUp(handle: WorkerHandle<unknown>, resolve: Resolve): void {
    if (this.#kind(handle) !== PENDING) return;
    handle.#held = withWaiting(withoutWaiting(handle.#held, resolve), ignore);
  }

  static #outcome<T>(handle: WorkerHandle<T>): T {
    const kind = this.#kind(handle);
    if (kind === VALUE) return handle.#held as T;
    if (kind === CONSUMED) throw this.#consumed(handle);
    const failure = handle.#held as Failure;
    failure.seen = true;
    throw failure.error;
  }

  static #consumed(handle: WorkerHandle<unknown>): HandleConsumedError {
    return new HandleConsumedError(
      `Cannot use the handle of task ${handle.id} as ${
        handle.#held === SPENT_BEFORE
          ? "'intoInner()' spent it before the task had ended"
          : "its result was taken out already"
      }. ` +
        "Look with 'tryRecv()' or wait with 'recv()' to leave the result in the handle.",
    );
  }
}
