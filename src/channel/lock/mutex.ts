/**
 * Mutex: a value that one thread at a time may look at and change. Who has it is one word; see `lock_word.ts`.
 */

import { DeadlockError } from "../../errors.ts";
import { refuseWait } from "../../options.ts";
import { type Carried, type Carrier, CARRY } from "../../value/carry.ts";
import { carry, type Parts } from "../parts.ts";
import { turnDue } from "../presence.ts";
import { NOTHING } from "../waiting.ts";
import {
  createValueLock,
  type Guard,
  type Guardable,
  type LockOptions,
  registerValueLock,
  type RoomOptions,
  ValueLock,
} from "./guard.ts";
import { Arrived, remember } from "./lock_memory.ts";
import { checkWait, type Wish } from "./lock_queue.ts";

const KIND = "mutex";

/**
 * A value in shared memory that one thread at a time may look at and change.
 *
 * It works on any thread: in tasks, on the page, in workers of your own. Sent, it arrives as the same mutex. The value
 * is encoded in its memory, so it can be whatever can be sent without `postMessage`'s help.
 *
 * Whoever comes by may take it while it is free; but one that was woken for it four times in vain is next, in the order in
 * which threads began to wait. If a thread dies while it has the mutex, the others get `PoisonError` and do not hang: at
 * once if it is the pool's, within a second if it is a worker of your own. (A thread that blocks does not learn
 * of the death of a worker of your own; nor does Deno's main thread of any death while it blocks.)
 *
 * @typeParam T The value's type.
 *
 * @example A counter that all threads share
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(2).init();
 * const counter = new webble.channel.Mutex(0);
 * const tasks = Array.from({ length: 4 }, () =>
 *   webble.spawnStealable(async (counter: webble.channel.Mutex<number>) => {
 *     using guard = await counter.lock();
 *     guard.value++;
 *   }, counter));
 * for (const task of tasks) await task.recv();
 * using guard = await counter.lock();
 * assertEquals(guard.value, 4);
 * ```
 */
export class Mutex<T> implements Carrier {
  /** What structured clone needs to carry it; see `attach`. */
  readonly parts: Parts;
  readonly #core: ValueLock;
  /** For guards, which a condition variable may release for a while. */
  readonly #again = (evenPoisoned: boolean): Wish<Guard<T>> => this.#wish(evenPoisoned);

  /**
   * Makes a mutex.
   *
   * @param value What it guards at first.
   * @param options How much room there is for it.
   * @throws {NotSendError} Something in the value cannot cross threads, or only by `postMessage`.
   * @throws {TypeError} The room is no number.
   * @throws {RangeError} The room is no size, or the value does not fit.
   * @throws {OutOfMemoryError} The system has not so much memory.
   * @throws {IsolationError} Memory cannot be shared here.
   */
  constructor(value: Guardable<T>, options: RoomOptions = {}) {
    const memory = value instanceof Arrived ? value.memory : createValueLock(KIND, "a mutex", value, options.room);
    this.#core = new ValueLock(memory, "a mutex", "Mutex");
    this.parts = { webble: KIND, memory: memory.buffer, numbers: [] };
    if (!(value instanceof Arrived)) this.#core.cell.put(() => 0, value);
    remember(KIND, memory, this);
  }

  /**
   * Locks it, when its turn has come.
   *
   * @param options A signal to give up with.
   * @returns A promise of the guard. It rejects with `PoisonError` if somebody died with it.
   */
  lock(options: LockOptions = {}): Promise<Guard<T>> {
    const { queue } = this.#core;
    const refused = refuseWait(options);
    if (refused !== undefined) return refused;
    if (queue.isEmpty && options.signal?.aborted !== true && turnDue() === undefined) {
      try {
        const guard = this.#take(false, options.evenPoisoned);
        if (guard !== NOTHING) return Promise.resolve(guard);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return queue.wait(this.#wish(options.evenPoisoned), options.signal);
  }

  /**
   * Locks it, and blocks this thread until its turn has come. On workers, and on Deno's main thread.
   *
   * @param timeoutMs How long to wait at most.
   * @param options Whether to take it even if it is poisoned.
   * @returns The guard; `undefined` if the time was up.
   * @throws {PoisonError} Somebody died with it.
   * @throws {DeadlockError} This thread has it, and could not release it while it blocks.
   * @throws {TypeError} This is a page's main thread, which must not block: use `lock()`.
   * @throws {ShutdownError | WorkerLostError} This worker is to end: the runtime was shut down, or has given it up.
   */
  lockSync(timeoutMs: number, options?: Pick<LockOptions, "evenPoisoned">): Guard<T> | undefined;
  /**
   * Locks it, and blocks this thread until its turn has come.
   *
   * @returns The guard.
   */
  lockSync(): Guard<T>;
  lockSync(timeoutMs = Infinity, options: Pick<LockOptions, "evenPoisoned"> = {}): Guard<T> | undefined {
    const { word, queue, presence } = this.#core;
    checkWait(timeoutMs, "lockSync()", "await lock()");
    const free = this.#take(false, options.evenPoisoned);
    if (free !== NOTHING) return free;
    if (word.isHeldBy(presence.self)) {
      throw new DeadlockError(
        "Cannot wait in 'lockSync()' for a mutex that this thread has locked itself: it could not release it while it " +
          "blocks. Release the guard first, or use 'await lock()'.",
      );
    }
    const guard = queue.waitSync(this.#wish(options.evenPoisoned), timeoutMs, "lockSync()", "await lock()");
    return guard === NOTHING ? undefined : guard;
  }

  /**
   * Locks it if it is free, now.
   *
   * @param options Whether to take it even if it is poisoned.
   * @returns The guard; `undefined` if it is not free.
   * @throws {PoisonError} Somebody died with it.
   */
  tryLock(options: Pick<LockOptions, "evenPoisoned"> = {}): Guard<T> | undefined {
    const guard = this.#core.queue.once(this.#wish(options.evenPoisoned));
    return guard === NOTHING ? undefined : guard;
  }

  /** Whether somebody has it. It may not be so any more when this returns. */
  get isLocked(): boolean {
    return this.#core.word.owner !== 0;
  }

  /** Whether somebody died with it, and nobody has cleared that. */
  get isPoisoned(): boolean {
    return this.#core.isPoisoned;
  }

  /** Takes the value as it is: from now on it can be locked as before. */
  clearPoison(): void {
    this.#core.word.clearPoison();
  }

  /** @internal How it crosses threads. */
  [CARRY](): Carried {
    return carry(this.parts, "Mutex");
  }

  #take(hungry: boolean, evenPoisoned = false): Guard<T> | typeof NOTHING {
    const core = this.#core;
    const id = core.presence.self;
    return core.word.take(id, hungry) ? core.guardFor(id, evenPoisoned, this.#again) : NOTHING;
  }

  #wish(evenPoisoned?: boolean): Wish<Guard<T>> {
    return { attempt: (hungry) => this.#take(hungry, evenPoisoned) };
  }
}

registerValueLock(KIND, (arrived) => new Mutex<unknown>(arrived));
