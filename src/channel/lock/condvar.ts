/**
 * Condvar: to wait, without the mutex, until somebody says that what it guards has changed; see `notices.ts`.
 */

import { refuseWait } from "../../options.ts";
import { type Carried, type Carrier, CARRY } from "../../value/carry.ts";
import { carry, type Parts, type SharedParts } from "../parts.ts";
import { NOTHING } from "../waiting.ts";
import { type Guard, lockOf, refuseIfReleased, resume } from "./guard.ts";
import { LockBase } from "./lock_base.ts";
import { Arrived, createLock, OWN, registerLock, remember } from "./lock_memory.ts";
import { checkWait, type Wish } from "./lock_queue.ts";
import { Notices } from "./notices.ts";

const KIND = "condvar";
const CURSOR = OWN;

/** A condition variable on this thread. */
class Core extends LockBase {
  readonly notices: Notices;

  constructor(memory: SharedParts) {
    super(memory);
    this.notices = new Notices(this.line, CURSOR, (id) => this.presence.isGone(id));
  }

  suspects(): Iterable<number> {
    return this.notices.threads();
  }

  bury(id: number): void {
    this.notices.bury(id);
  }

  /** A notice is one waiter's own: there is nothing to pass on. */
  passOn(): void {}
}

/**
 * A condition variable: releases a mutex, waits until it is notified, and locks the mutex again.
 *
 * Check the condition in a loop, or use `waitWhile`: by the time the mutex is locked again it may have changed once more, and
 * now and then somebody is notified without a reason, as when a thread has died.
 *
 * It works on any thread, and arrives as the same condition variable where it is sent. No notice is lost: whoever
 * began to wait before `notifyOne` or `notifyAll` was called can have it.
 *
 * @example Wait until there is something to do
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(1).init();
 * const orders = new webble.channel.Mutex<string[]>([]);
 * const arrived = new webble.channel.Condvar();
 * const cook = webble.spawn(async (orders: webble.channel.Mutex<string[]>, arrived: webble.channel.Condvar) => {
 *   using guard = await orders.lock();
 *   await arrived.waitWhile(guard, (list) => list.length === 0);
 *   return guard.value[0];
 * }, orders, arrived);
 * {
 *   using guard = await orders.lock();
 *   guard.value = ["soup"];
 * }
 * arrived.notifyOne();
 * assertEquals(await cook.recv(), "soup");
 * ```
 */
export class Condvar implements Carrier {
  /** What structured clone needs to carry it; see `attach`. */
  readonly parts: Parts;
  readonly #core: Core;

  /** Makes a condition variable. */
  constructor();
  constructor(arrived?: unknown) {
    const memory = arrived instanceof Arrived ? arrived.memory : createLock(KIND, 0, "a condition variable");
    this.#core = new Core(memory);
    this.parts = { webble: KIND, memory: memory.buffer, numbers: [] };
    remember(KIND, memory, this);
  }

  /**
   * Releases the guard's lock, waits until it is notified, and locks it again for the same guard.
   *
   * @typeParam T The value's type.
   * @param guard Of a mutex, or of an `RwLock` that it writes to.
   * @param options A signal to give up with; the guard is locked again before the promise rejects.
   * @returns A promise that resolves once the guard is locked again. It rejects with `HandleConsumedError` where the guard was
   * released before, with `TypeError` where it is none that writes, and with `PoisonError` if somebody died with the lock
   * meanwhile; the guard is released then.
   */
  async wait<T>(guard: Guard<T>, options: { signal?: AbortSignal } = {}): Promise<void> {
    // Before the guard is released.
    const refused = refuseWait(options);
    if (refused !== undefined) return refused;
    options.signal?.throwIfAborted();
    const wish = this.#release(guard);
    try {
      await this.#core.queue.wait(wish, options.signal);
    } finally {
      await lockOf(guard).queue.wait(resume(guard));
    }
  }

  /**
   * Waits for as long as `condition` holds.
   *
   * @typeParam T The value's type.
   * @param guard Of a mutex, or of an `RwLock` that it writes to.
   * @param condition Looks at the value.
   * @param options A signal to give up with.
   * @returns A promise that resolves once the guard is locked, and the condition does not hold. It rejects as that of
   * {@linkcode wait} does.
   */
  async waitWhile<T>(
    guard: Guard<T>,
    condition: (value: T) => boolean,
    options: { signal?: AbortSignal } = {},
  ): Promise<void> {
    const refused = refuseWait(options);
    if (refused !== undefined) return refused;
    refuseIfReleased(guard);
    while (condition(guard.value)) await this.wait(guard, options);
  }

  /**
   * Releases the guard's lock, blocks this thread until it is notified, and locks it again for the same guard.
   *
   * @typeParam T The value's type.
   * @param guard Of a mutex, or of an `RwLock` that it writes to.
   * @param timeoutMs How long to wait at most for the notice.
   * @returns Whether it was notified; the guard is locked again either way.
   * @throws {PoisonError} Somebody died with the lock meanwhile; the guard is released.
   * @throws {HandleConsumedError} The guard was released before.
   * @throws {TypeError} This is a page's main thread, which must not block: use `wait()`; or `guard` is none that writes.
   * @throws {ShutdownError | WorkerLostError} This worker is to end: the runtime was shut down, or has given it up. The guard may
   * have been released.
   */
  waitSync<T>(guard: Guard<T>, timeoutMs = Infinity): boolean {
    checkWait(timeoutMs, "waitSync()", "await wait()");
    const wish = this.#release(guard);
    try {
      return this.#core.queue.waitSync(wish, timeoutMs, "waitSync()", "await wait()") !== NOTHING;
    } finally {
      lockOf(guard).queue.waitSync(resume(guard), Infinity, "waitSync()", "await wait()");
    }
  }

  /**
   * Notifies one who waits, in turn. Nothing happens if nobody does.
   *
   * @returns Whether there was one.
   */
  notifyOne(): boolean {
    const notified = this.#core.notices.notifyOne();
    this.#core.queue.poke();
    return notified;
  }

  /** Notifies all who wait. */
  notifyAll(): void {
    this.#core.notices.notifyAll();
    this.#core.queue.poke();
  }

  /** @internal How it crosses threads. */
  [CARRY](): Carried {
    return carry(this.parts, "Condvar");
  }

  /** Counts itself, then releases the lock; gives what to wait for. */
  #release<T>(guard: Guard<T>): Wish<true> {
    const { notices, presence } = this.#core;
    refuseIfReleased(guard);
    const id = presence.self;
    // Counted first, released second: whoever has the lock after this finds one who waits.
    notices.enter(id);
    guard.release();
    return {
      attempt: () => notices.take(id) || NOTHING,
      // What it was notified of is its own.
      cancel: () => notices.withdraw(id) ? undefined : true,
    };
  }
}

const Make = Condvar as new (arrived: Arrived) => Condvar;
registerLock(KIND, () => 0, (arrived) => new Make(arrived));
