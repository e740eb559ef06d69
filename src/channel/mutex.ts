/**
 * Mutex: a value that one thread at a time may look at and change. Who has it is one word; see `lock_word.ts`.
 */

import { DeadlockError, HandleConsumedError, PoisonError } from "../errors.ts";
import { read, write } from "../memory/atomics.ts";
import { type Carried, type Carrier, CARRY } from "../value/carry.ts";
import type { Send } from "../value/send.ts";
import { Cell, roomFor, wordsOf } from "./cell.ts";
import { Line } from "./line.ts";
import { Arrived, createLock, DATA, OWN, registerLock, remember, TABLE } from "./lock_memory.ts";
import { LockQueue, type Wish } from "./lock_queue.ts";
import { HANDED, LockWord, POISONED, SECOND } from "./lock_word.ts";
import { ID_MASK, slotOf } from "./participants.ts";
import { carry, type Parts, type SharedParts } from "./parts.ts";
import { Presence } from "./presence.ts";
import { NOTHING } from "./waiting.ts";

const KIND = "mutex";

/** The lock's own words. */
const STATE = OWN;
const ROOM: number = OWN + 1;

/** How to wait for a lock. */
export interface LockOptions {
  /** Gives up waiting; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Takes a poisoned lock as well, whose guard then says `poisoned`. */
  readonly evenPoisoned?: boolean;
}

/** What a lock with a value is made with. */
export interface RoomOptions {
  /**
   * How many bytes there are for the value, encoded. At least 1 KiB, and four times what the first value takes, if
   * nothing is said; twice that is reserved.
   */
  readonly room?: number;
}

/** A mutex on this thread, without its value's type. */
class Core {
  readonly presence: Presence;
  readonly line: Line;
  readonly word: LockWord;
  readonly cell: Cell;
  readonly queue: LockQueue;
  readonly memory: SharedParts;
  #seen = 0;

  constructor(memory: SharedParts) {
    this.memory = memory;
    const { words } = memory;
    this.presence = new Presence(words, TABLE, (id) => this.bury(id));
    this.line = new Line(this.presence);
    this.word = new LockWord(words, STATE, this.line);
    this.cell = new Cell(memory, DATA, read(words, ROOM), "a mutex", "Mutex");
    this.queue = new LockQueue(this);
  }

  *suspects(): Iterable<number> {
    const { owner } = this.word;
    if (owner !== 0) yield owner;
  }

  bury(id: number): void {
    this.word.bury(id);
  }

  passOn(): void {
    this.word.passOn(this.presence.self);
  }

  look(): void {
    const { state } = this.word;
    // Handed over at the last look already, to a thread that has been woken and has not come.
    if ((state & HANDED) !== 0 && state === this.#seen && !this.line.sleeps(slotOf(state & ID_MASK))) {
      this.word.takeBack(state);
    }
    this.#seen = state;
  }
}

/** What a condition variable does with a guard. */
export let coreOf: (guard: MutexGuard<unknown>) => { queue: LockQueue; word: LockWord; memory: SharedParts };
/** Releases a guard's lock for a while. */
export let suspend: (guard: MutexGuard<unknown>) => void;
/** A wish for the lock back; granted, the guard has it again. */
export let resume: (guard: MutexGuard<unknown>) => Wish<true>;

let makeGuard: <T>(core: Core, poisoned: boolean) => MutexGuard<T>;

/**
 * A locked mutex: look at the value, change it, and release it; best with `using`.
 *
 * It belongs to the thread that locked the mutex, and cannot be sent. One that is never released keeps the mutex locked for
 * as long as its thread lives, even if it is collected.
 *
 * @typeParam T The value's type.
 */
export class MutexGuard<T> implements Disposable {
  readonly #core: Core;
  readonly #poisoned: boolean;
  #held = true;
  /** Whether there is a new value in the other place. */
  #changed = false;

  private constructor(core: Core, poisoned: boolean) {
    this.#core = core;
    this.#poisoned = poisoned;
  }

  static {
    makeGuard = (core, poisoned) => new MutexGuard(core, poisoned);
    coreOf = (guard) => {
      guard.#refuseIfReleased("use");
      return guard.#core;
    };
    suspend = (guard) => guard[Symbol.dispose]();
    resume = (guard) => {
      const core = guard.#core;
      return {
        attempt: (hungry) => {
          if (!core.word.take(core.presence.self, hungry)) return NOTHING;
          if ((core.word.state & POISONED) !== 0 && !guard.#poisoned) {
            core.word.release(core.presence.self);
            throw poisonError();
          }
          guard.#held = true;
          return true;
        },
      };
    };
  }

  /**
   * The value: a copy, made at each look. To change the mutex's own, set it: `guard.value = next`. Nobody sees
   * what was set before the guard is released; if the thread dies before, the old value stands.
   *
   * @throws {HandleConsumedError} The guard was released.
   * @throws {RangeError} On setting: there is not so much room.
   * @throws {NotSendError} On setting: something in it cannot cross threads, or only by `postMessage`.
   */
  get value(): T {
    this.#refuseIfReleased("read");
    return this.#core.cell.get(this.#place(this.#changed)) as T;
  }

  set value(value: T) {
    this.#refuseIfReleased("set");
    // What cannot be set is refused before a word of it is written.
    this.#core.cell.put(this.#place(true), value);
    this.#changed = true;
  }

  /** Whether this guard was released. */
  get released(): boolean {
    return !this.#held;
  }

  /** Whether somebody had died with the mutex when it was locked: only where that was asked for. */
  get poisoned(): boolean {
    return this.#poisoned;
  }

  /**
   * Sets the value to what `change` makes of it.
   *
   * @param change Gives the new value; it may change the copy that it is given and return that.
   * @returns The new value.
   */
  update(change: (value: T) => T): T {
    const value = change(this.value);
    this.value = value;
    return value;
  }

  /**
   * Releases the mutex; what was set is seen by whoever has it next.
   *
   * @throws {HandleConsumedError} It was released before.
   */
  release(): void {
    this.#refuseIfReleased("release");
    this[Symbol.dispose]();
  }

  /** Releases the mutex, if this has not been done. */
  [Symbol.dispose](): void {
    if (!this.#held) return;
    this.#held = false;
    const flip = this.#changed ? SECOND : 0;
    this.#changed = false;
    const { word, presence } = this.#core;
    word.release(presence.self, flip);
  }

  /** Which place has the value, or the new one. */
  #place(other: boolean): number {
    const second = (this.#core.word.state & SECOND) !== 0;
    return second !== other ? 1 : 0;
  }

  #refuseIfReleased(verb: string): void {
    if (this.#held) return;
    throw new HandleConsumedError(
      `Cannot ${verb} this guard's value as the guard was released: lock the mutex again, and do it before the end of its scope`,
    );
  }
}

/** The error of a lock whose owner died with it. */
export function poisonError(what = "mutex"): PoisonError {
  return new PoisonError(
    `Cannot lock this ${what} as the thread that had it died with it. Its value is the one from before; call ` +
      "'clearPoison()' if that will do, or lock it with '{ evenPoisoned: true }' to look and to set it right.",
  );
}

/**
 * A value in shared memory that one thread at a time may look at and change.
 *
 * It works on any thread: in tasks, on the page, in workers of your own. Sent, it arrives as the same mutex. The value
 * is encoded in its memory, so it can be whatever can be sent without `postMessage`'s help.
 *
 * Whoever comes by may take it while it is free; but one that was woken for it four times in vain is next, in the order in
 * which threads began to wait. If a thread dies while it has the mutex, the others get `PoisonError` and do not hang: at
 * once if it is the pool's, within a tenth of a second or so if it is a worker of your own. (A thread that blocks does not learn
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
  readonly #core: Core;

  /**
   * Makes a mutex.
   *
   * @param value What it guards at first.
   * @param options How much room there is for it.
   * @throws {NotSendError} Something in the value cannot cross threads, or only by `postMessage`.
   * @throws {RangeError} The room is no size, or the value does not fit.
   */
  constructor(value: T & Send<T>, options: RoomOptions = {}) {
    const memory = value instanceof Arrived ? value.memory : create(value, options.room);
    this.#core = new Core(memory);
    this.parts = { webble: KIND, memory: memory.buffer, numbers: [] };
    if (!(value instanceof Arrived)) this.#core.cell.put(0, value);
    remember(KIND, memory, this);
  }

  /**
   * Locks it, when its turn has come.
   *
   * @param options A signal to give up with.
   * @returns A promise of the guard. It rejects with `PoisonError` if somebody died with it.
   */
  lock(options: LockOptions = {}): Promise<MutexGuard<T>> {
    const core = this.#core;
    return core.queue.wait(this.#wish(options.evenPoisoned), options.signal);
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
   */
  lockSync(timeoutMs: number, options?: Pick<LockOptions, "evenPoisoned">): MutexGuard<T> | undefined;
  /**
   * Locks it, and blocks this thread until its turn has come.
   *
   * @returns The guard.
   */
  lockSync(): MutexGuard<T>;
  lockSync(timeoutMs = Infinity, options: Pick<LockOptions, "evenPoisoned"> = {}): MutexGuard<T> | undefined {
    const { word, queue, presence } = this.#core;
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
  tryLock(options: Pick<LockOptions, "evenPoisoned"> = {}): MutexGuard<T> | undefined {
    const guard = this.#wish(options.evenPoisoned).attempt(false);
    return guard === NOTHING ? undefined : guard;
  }

  /** Whether somebody has it. It may not be so any more when this returns. */
  get isLocked(): boolean {
    return this.#core.word.owner !== 0;
  }

  /** Whether somebody died with it, and nobody has cleared that. */
  get isPoisoned(): boolean {
    return (this.#core.word.state & POISONED) !== 0;
  }

  /** Takes the value as it is: from now on it can be locked as before. */
  clearPoison(): void {
    this.#core.word.clearPoison();
  }

  /** @internal How it crosses threads. */
  [CARRY](): Carried {
    return carry(this.parts);
  }

  #wish(evenPoisoned = false): Wish<MutexGuard<T>> {
    const core = this.#core;
    return {
      attempt(hungry) {
        const id = core.presence.self;
        if (!core.word.take(id, hungry)) return NOTHING;
        const poisoned = (core.word.state & POISONED) !== 0;
        if (poisoned && !evenPoisoned) {
          core.word.release(id);
          throw poisonError();
        }
        return makeGuard<T>(core, poisoned);
      },
    };
  }
}

function create(value: unknown, room: number | undefined): SharedParts {
  const words = roomFor(room, "a mutex", wordsOf(value));
  const memory = createLock(KIND, 2 * words, "a mutex");
  write(memory.words, ROOM, words);
  return memory;
}

registerLock(
  KIND,
  ({ words }) => 2 * Math.max(0, read(words, ROOM)),
  (arrived) => new Mutex<unknown>(arrived),
);
