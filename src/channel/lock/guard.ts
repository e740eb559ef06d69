/**
 * Guard: a lock that guards a value, as whoever has it for itself sees it.
 */

import { HandleConsumedError, PoisonError } from "../../errors.ts";
import { read, write } from "../../memory/atomics.ts";
import { STAY } from "../../value/carry.ts";
import type { Send } from "../../value/send.ts";
import type { SharedParts } from "../parts.ts";
import { NOTHING } from "../waiting.ts";
import { Cell, roomFor, wordsOf } from "./cell.ts";
import { WordLock } from "./lock_base.ts";
import { type Arrived, createLock, DATA, OWN, registerLock } from "./lock_memory.ts";
import type { Wish } from "./lock_queue.ts";
import { SECOND } from "./lock_word.ts";

/** How many words there are for the value, twice. */
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

/**
 * `T` where it may cross threads, else a readable type error on the part that may not; see `Send`.
 *
 * @typeParam T The type of a value that a lock guards.
 */
// Not `T & Send<T>`, of which the compiler would infer `0` from 0 where `number` is meant.
export type Guardable<T> = [T] extends [Send<T>] ? T : Send<T>;

/** A lock on this thread that guards a value, without its type. */
export class ValueLock extends WordLock {
  readonly cell: Cell;

  /** @param what What it is, in errors: `a mutex`; `type`, how it is called in code. */
  constructor(memory: SharedParts, what: string, type: string) {
    super(memory);
    this.cell = new Cell(memory, DATA, read(memory.words, ROOM), what, type);
  }

  /**
   * The guard of a thread that has taken the lock.
   *
   * @param again Gives a wish for the lock, for when the guard releases it for a while.
   * @throws {PoisonError} It is poisoned, and released again.
   */
  guardFor<T>(id: number, evenPoisoned: boolean, again: (evenPoisoned: boolean) => Wish<Guard<T>>): Guard<T> {
    const { isPoisoned } = this;
    if (!isPoisoned || evenPoisoned) return makeGuard(this, isPoisoned, again);
    this.word.release(id);
    throw poisonError(this.cell.what);
  }
}

/** Makes the memory of a lock with room for a value. */
export function createValueLock(kind: string, what: string, value: unknown, room: number | undefined): SharedParts {
  const words = roomFor(room, what, wordsOf(value));
  const memory = createLock(kind, 2 * words, what);
  write(memory.words, ROOM, words);
  return memory;
}

/** Says how locks of a kind that guards a value are made again. */
export function registerValueLock(kind: string, make: (arrived: Arrived) => object): void {
  registerLock(kind, ({ words }) => 2 * Math.max(0, read(words, ROOM)), make);
}

let makeGuard: <T>(
  core: ValueLock,
  poisoned: boolean,
  again: (evenPoisoned: boolean) => Wish<Guard<T>>,
) => Guard<T>;

/** What a condition variable does with a guard. */
export let lockOf: <T>(guard: Guard<T>) => WordLock;
/**
 * @throws {TypeError} It is no guard.
 * @throws {HandleConsumedError} The guard was released.
 */
export let refuseIfReleased: <T>(guard: Guard<T>) => void;
/** A wish for the lock of a guard that was released for a while; granted, the guard has it again. */
export let resume: <T>(guard: Guard<T>) => Wish<true>;

/**
 * A lock that this thread has for itself: look at the value, change it, and release it; best with `using`.
 *
 * It belongs to the thread that locked it, and cannot be sent. One that is never released keeps the lock for
 * as long as its thread lives, even if it is collected.
 *
 * @typeParam T The value's type.
 */
export class Guard<T> implements Disposable {
  readonly #core: ValueLock;
  readonly #poisoned: boolean;
  readonly #again: (evenPoisoned: boolean) => Wish<Guard<T>>;
  #held = true;
  /** Whether there is a new value in the other place. */
  #changed = false;

  private constructor(core: ValueLock, poisoned: boolean, again: (evenPoisoned: boolean) => Wish<Guard<T>>) {
    this.#core = core;
    this.#poisoned = poisoned;
    this.#again = again;
  }

  static {
    makeGuard = (core, poisoned, again) => new Guard(core, poisoned, again);
    lockOf = (guard) => guard.#core;
    refuseIfReleased = (guard) => {
      const given: unknown = guard;
      if (typeof given === "object" && given !== null && #held in given) return guard.#refuseIfReleased("wait with");
      const what = Object.prototype.toString.call(given).slice("[object ".length, -1);
      throw new TypeError(
        `Cannot wait with ${what} as that is no guard: pass what 'await mutex.lock()' or 'await rwlock.write()' gives`,
      );
    };
    resume = (guard) => {
      const wish = guard.#again(guard.#poisoned);
      return {
        attempt: (hungry) => {
          const given = wish.attempt(hungry);
          if (given === NOTHING) return NOTHING;
          given.#held = false;
          return guard.#held = true;
        },
        cancel: () => void wish.cancel?.(),
      };
    };
  }

  /**
   * The value: a copy, made at each look. To change the one that is guarded, set it: `guard.value = next`. Nobody sees
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
    // What cannot be set is refused before a word of it is written; and a getter of the value's may have released this.
    this.#core.cell.put(() => {
      this.#refuseIfReleased("set");
      return this.#place(true);
    }, value);
    this.#changed = true;
  }

  /** Whether this guard was released. */
  get released(): boolean {
    return !this.#held;
  }

  /** Whether somebody had died with the lock when it was locked: only where that was asked for. */
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
   * Releases the lock; what was set is seen by whoever has it next.
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
    const flip = this.#changed ? SECOND : 0;
    this.#changed = false;
    const { word, presence } = this.#core;
    word.release(presence.self, flip);
  }

  /** @internal Why it cannot be sent. */
  get [STAY](): string {
    return "a Guard, which belongs to the thread that locked it. Send the lock itself, and lock it there.";
  }

  /** Which place has the value, or the new one. */
  #place(other: boolean): number {
    const second = (this.#core.word.state & SECOND) !== 0;
    return second !== other ? 1 : 0;
  }

  #refuseIfReleased(verb: string): void {
    if (!this.#held) throw releasedError(verb);
  }
}

/** The error of a guard that was released before. */
export function releasedError(verb: string): HandleConsumedError {
  return new HandleConsumedError(
    `Cannot ${verb} this guard as it was released: lock it again, and do it before the end of its scope`,
  );
}

/** The error of a lock whose owner died with it. */
export function poisonError(what: string): PoisonError {
  return new PoisonError(
    `Cannot lock ${what} as the thread that had it died with it. The value is the one from before; call ` +
      "'clearPoison()' if that will do, or lock it with '{ evenPoisoned: true }' to look and to set it right.",
  );
}
