/**
 * RwLock: a value that many may read at a time, or one change; see `rw_word.ts` for how.
 */

import { DeadlockError } from "../../errors.ts";
import { refuseWait } from "../../options.ts";
import { type Carried, type Carrier, CARRY, STAY } from "../../value/carry.ts";
import { carry, type Parts, type SharedParts } from "../parts.ts";
import { NOTHING } from "../waiting.ts";
import {
  createValueLock,
  type Guard,
  type Guardable,
  type LockOptions,
  poisonError,
  registerValueLock,
  releasedError,
  type RoomOptions,
  ValueLock,
} from "./guard.ts";
import { Arrived, remember } from "./lock_memory.ts";
import type { Wish } from "./lock_queue.ts";
import { SECOND, STARTING } from "./lock_word.ts";
import { RwWord } from "./rw_word.ts";

const KIND = "rwlock";

/** An RwLock on this thread, without its value's type. */
class Core extends ValueLock {
  readonly rw: RwWord;

  constructor(memory: SharedParts) {
    super(memory, "an RwLock", "RwLock");
    this.rw = new RwWord(this.word);
  }

  override *suspects(): Iterable<number> {
    yield* super.suspects();
    yield* this.rw.readers();
  }

  override bury(id: number): void {
    this.rw.bury(id);
  }
}

let makeReadGuard: <T>(core: Core, poisoned: boolean) => ReadGuard<T>;

/**
 * A lock that this thread reads, with others perhaps: look at the value, and release it; best with `using`.
 *
 * It belongs to the thread that locked it, and cannot be sent. One that is never released keeps writers waiting for
 * as long as its thread lives.
 *
 * @typeParam T The value's type.
 */
export class ReadGuard<T> implements Disposable {
  readonly #core: Core;
  readonly #poisoned: boolean;
  #held = true;

  private constructor(core: Core, poisoned: boolean) {
    this.#core = core;
    this.#poisoned = poisoned;
  }

  static {
    makeReadGuard = (core, poisoned) => new ReadGuard(core, poisoned);
  }

  /**
   * The value: a copy, made at each look.
   *
   * @throws {HandleConsumedError} The guard was released.
   */
  get value(): T {
    this.#refuseIfReleased("read");
    const { word, cell } = this.#core;
    return cell.get((word.state & SECOND) !== 0 ? 1 : 0) as T;
  }

  /** Whether this guard was released. */
  get released(): boolean {
    return !this.#held;
  }

  /** Whether somebody had died while writing when it was locked: only where that was asked for. */
  get poisoned(): boolean {
    return this.#poisoned;
  }

  /**
   * Releases the lock.
   *
   * @throws {HandleConsumedError} It was released before.
   */
  release(): void {
    this.#refuseIfReleased("release");
    this[Symbol.dispose]();
  }

  /** Releases the lock, if this has not been done. */
  [Symbol.dispose](): void {
    if (!this.#held) return;
    this.#held = false;
    this.#core.rw.leave(this.#core.presence.self);
  }

  /** @internal Why it cannot be sent. */
  get [STAY](): string {
    return "a ReadGuard, which belongs to the thread that locked it. Send the lock itself, and lock it there.";
  }

  #refuseIfReleased(verb: string): void {
    if (!this.#held) throw releasedError(verb);
  }
}

/**
 * A value in shared memory that many threads may read at a time, or one change.
 *
 * As with {@linkcode Mutex}, it works on any thread, and arrives as the same lock where it is sent. A writer that waits
 * keeps new readers from coming, so it does not starve; a reader that was woken in vain four times goes before the next
 * writer. A thread that dies while it writes poisons the lock; one that dies while it reads just reads no more.
 *
 * A task that reads must not wait to read once more before it has released: a writer may have come between.
 *
 * @typeParam T The value's type.
 *
 * @example Many readers, a writer now and then
 * ```ts
 * import { channel } from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * const prices = new channel.RwLock(new Map([["tea", 3]]));
 * {
 *   using guard = await prices.write();
 *   guard.update((map) => map.set("cake", 5));
 * }
 * using one = await prices.read();
 * using other = await prices.read();
 * assertEquals(one.value.get("cake"), 5);
 * assertEquals(other.value.size, 2);
 * ```
 */
export class RwLock<T> implements Carrier {
  /** What structured clone needs to carry it; see `attach`. */
  readonly parts: Parts;
  readonly #core: Core;

  /**
   * Makes a lock.
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
    const memory = value instanceof Arrived ? value.memory : createValueLock(KIND, "an RwLock", value, options.room);
    this.#core = new Core(memory);
    this.parts = { webble: KIND, memory: memory.buffer, numbers: [] };
    if (!(value instanceof Arrived)) this.#core.cell.put(() => 0, value);
    remember(KIND, memory, this);
  }

  /**
   * Locks it to read, once nobody writes or waits to.
   *
   * @param options A signal to give up with.
   * @returns A promise of the guard. It rejects with `PoisonError` if somebody died while writing.
   */
  read(options: LockOptions = {}): Promise<ReadGuard<T>> {
    return refuseWait(options) ?? this.#core.queue.wait(this.#readWish(options.evenPoisoned), options.signal);
  }

  /**
   * Locks it to read, and blocks this thread until that can be. On workers, and on Deno's main thread.
   *
   * @param timeoutMs How long to wait at most.
   * @param options Whether to take it even if it is poisoned.
   * @returns The guard; `undefined` if the time was up.
   * @throws {PoisonError} Somebody died while writing.
   * @throws {DeadlockError} This thread writes, and could not end that while it blocks.
   * @throws {TypeError} This is a page's main thread, which must not block: use `read()`.
   * @throws {ShutdownError | WorkerLostError} This worker is to end: the runtime was shut down, or has given it up.
   */
  readSync(timeoutMs: number, options?: Pick<LockOptions, "evenPoisoned">): ReadGuard<T> | undefined;
  /**
   * Locks it to read, and blocks this thread until that can be.
   *
   * @returns The guard.
   */
  readSync(): ReadGuard<T>;
  readSync(timeoutMs = Infinity, options: Pick<LockOptions, "evenPoisoned"> = {}): ReadGuard<T> | undefined {
    const { word, rw, queue, presence } = this.#core;
    if (word.isHeldBy(presence.self) && !rw.isRead(presence.self)) throw selfLocked("readSync()", "writes", "read()");
    const wish = this.#readWish(options.evenPoisoned);
    const guard = queue.waitSync(
      {
        // A writer that waits for this thread's readers would wait for this one too.
        attempt: (hungry) => rw.readMore(presence.self) ? this.#reading(options.evenPoisoned) : wish.attempt(hungry),
      },
      timeoutMs,
      "readSync()",
      "await read()",
    );
    return guard === NOTHING ? undefined : guard;
  }

  /**
   * Locks it to read, if nobody writes or waits to.
   *
   * @param options Whether to take it even if it is poisoned.
   * @returns The guard; `undefined` if somebody does.
   * @throws {PoisonError} Somebody died while writing.
   */
  tryRead(options: Pick<LockOptions, "evenPoisoned"> = {}): ReadGuard<T> | undefined {
    const guard = this.#core.queue.once(this.#readWish(options.evenPoisoned));
    return guard === NOTHING ? undefined : guard;
  }

  /**
   * Locks it to write, once nobody else has it.
   *
   * @param options A signal to give up with.
   * @returns A promise of the guard. It rejects with `PoisonError` if somebody died while writing.
   */
  write(options: LockOptions = {}): Promise<Guard<T>> {
    return refuseWait(options) ?? this.#core.queue.wait(this.#writeWish(options.evenPoisoned), options.signal);
  }

  /**
   * Locks it to write, and blocks this thread until nobody else has it. On workers, and on Deno's main thread.
   *
   * @param timeoutMs How long to wait at most.
   * @param options Whether to take it even if it is poisoned.
   * @returns The guard; `undefined` if the time was up.
   * @throws {PoisonError} Somebody died while writing.
   * @throws {DeadlockError} This thread reads or writes, and could not end that while it blocks.
   * @throws {TypeError} This is a page's main thread, which must not block: use `write()`.
   * @throws {ShutdownError | WorkerLostError} This worker is to end: the runtime was shut down, or has given it up.
   */
  writeSync(timeoutMs: number, options?: Pick<LockOptions, "evenPoisoned">): Guard<T> | undefined;
  /**
   * Locks it to write, and blocks this thread until nobody else has it.
   *
   * @returns The guard.
   */
  writeSync(): Guard<T>;
  writeSync(timeoutMs = Infinity, options: Pick<LockOptions, "evenPoisoned"> = {}): Guard<T> | undefined {
    const { word, rw, queue, presence } = this.#core;
    if (rw.isRead(presence.self)) throw selfLocked("writeSync()", "reads", "write()");
    if (word.isHeldBy(presence.self)) throw selfLocked("writeSync()", "writes", "write()");
    const guard = queue.waitSync(this.#writeWish(options.evenPoisoned), timeoutMs, "writeSync()", "await write()");
    return guard === NOTHING ? undefined : guard;
  }

  /**
   * Locks it to write if nobody has it, now.
   *
   * @param options Whether to take it even if it is poisoned.
   * @returns The guard; `undefined` if somebody has it.
   * @throws {PoisonError} Somebody died while writing.
   */
  tryWrite(options: Pick<LockOptions, "evenPoisoned"> = {}): Guard<T> | undefined {
    const guard = this.#core.queue.once(this.#writeWish(options.evenPoisoned));
    return guard === NOTHING ? undefined : guard;
  }

  /** Whether somebody died while writing, and nobody has cleared that. */
  get isPoisoned(): boolean {
    return this.#core.isPoisoned;
  }

  /** Takes the value as it is: from now on it can be locked as before. */
  clearPoison(): void {
    this.#core.word.clearPoison();
  }

  /** @internal How it crosses threads. */
  [CARRY](): Carried {
    return carry(this.parts, "RwLock");
  }

  #readWish(evenPoisoned?: boolean): Wish<ReadGuard<T>> {
    const { rw, word, presence } = this.#core;
    return {
      attempt: (hungry) => {
        const id = presence.self;
        if (!rw.read(id, hungry)) return NOTHING;
        // The next one who waits may be a reader too.
        word.passOn(id);
        return this.#reading(evenPoisoned);
      },
    };
  }

  /** The guard of one who is counted. */
  #reading(evenPoisoned = false): ReadGuard<T> {
    const poisoned = this.isPoisoned;
    const guard = makeReadGuard<T>(this.#core, poisoned);
    if (!poisoned || evenPoisoned) return guard;
    guard.release();
    throw poisonError(this.#core.cell.what);
  }

  #writeWish(evenPoisoned = false): Wish<Guard<T>> {
    const core = this.#core;
    const { rw, word, presence } = core;
    const again = (even: boolean) => this.#writeWish(even);
    let isMine = false;
    return {
      attempt(hungry) {
        const id = presence.self;
        isMine ||= word.take(id, hungry, STARTING);
        // Taken first, looked second; pairs with `RwWord.read`.
        if (!isMine || rw.hasReaders()) return NOTHING;
        word.begin(id);
        return core.guardFor(id, evenPoisoned, again);
      },
      cancel() {
        if (isMine) word.release(presence.self);
        return undefined;
      },
    };
  }
}

function selfLocked(what: string, does: string, instead: string): DeadlockError {
  return new DeadlockError(
    `Cannot wait in '${what}' for a lock that this thread ${does} itself: it could not release it while it blocks. ` +
      `Release the guard first, or use 'await ${instead}'.`,
  );
}

registerValueLock(KIND, (arrived) => new RwLock<unknown>(arrived));
