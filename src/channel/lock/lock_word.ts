/**
 * LockWord: who has a lock, in one word.
 *
 * | bits | name | meaning |
 * |---|---|---|
 * | 0–15 | owner | the id of the thread that has it; 0 while it is free |
 * | 16 | POISONED | an owner died with it. Stays until somebody clears it |
 * | 17 | HANDED | the owner was given it in its sleep, and has not taken it up |
 * | 18 | HUNGRY | somebody was woken in vain too often: who releases it hands it over. Only while it is owned |
 * | 19 | STARTING | the owner waits for readers to leave, and has touched nothing |
 * | 20 | SECOND | which of two buffers holds the value |
 * | 21 | DONE | the value is there, of a `Once` |
 *
 * Taken, released, handed over, and with the release a new value made known, each by one compare-exchange; so a thread that
 * dies has taken it or not, and has published its value or not. What a dead owner leaves behind is dealt with
 * by whoever finds it dead (`bury`): the same word, one exchange more.
 *
 * Whoever comes by may take a lock that is free, though others were woken for it: that keeps a busy lock busy. One that has
 * been woken in vain {@linkcode PATIENCE} times sets HUNGRY, and the next release gives the lock to the one that has slept
 * longest. So nobody waits for ever, and nobody who waits has more than those before it and some others go first. Given to a
 * thread that does not come, it is taken back (`takeBack`).
 *
 * After the fairness of parking_lot and of Go's `sync.Mutex`.
 */

import { compareExchange, load, type Words } from "../../memory/atomics.ts";
import { ID_MASK, slotOf } from "../participants.ts";
import type { Line } from "./line.ts";

export const POISONED: number = 1 << 16;
export const HANDED: number = 1 << 17;
const HUNGRY = 1 << 18;
export const STARTING: number = 1 << 19;
export const SECOND: number = 1 << 20;
export const DONE: number = 1 << 21;

/** What ends with a possession. */
const POSSESSION = ID_MASK | HANDED | HUNGRY | STARTING;

/** One lock's word, seen from one thread. */
export class LockWord {
  constructor(readonly words: Words, readonly at: number, readonly line: Line) {}

  /** The word as it is now. */
  get state(): number {
    return load(this.words, this.at);
  }

  /** The id of the owner; 0 for none. */
  get owner(): number {
    return this.state & ID_MASK;
  }

  /**
   * Takes the lock if it is free, or was handed to this thread.
   *
   * @param hungry This thread was woken in vain too often.
   * @param as STARTING, if the owner is to touch nothing yet.
   */
  take(id: number, hungry = false, as = 0): boolean {
    const { words, at } = this;
    for (;;) {
      const state = load(words, at);
      const owner = state & ID_MASK;
      if (owner === 0) {
        if (this.#change(state, state | id | as)) return true;
      } else if (owner === id && (state & HANDED) !== 0) {
        if (this.#change(state, state & ~HANDED | as)) return true;
      } else if (hungry && (state & HUNGRY) === 0) {
        // The owner has not released it: when it does, it will see this.
        if (this.#change(state, state | HUNGRY)) return false;
      } else return false;
    }
  }

  /** The owner has waited, and begins. */
  begin(id: number): void {
    for (;;) {
      const state = load(this.words, this.at);
      if ((state & ID_MASK) !== id || this.#change(state, state & ~STARTING)) return;
    }
  }

  /**
   * Releases the lock, or hands it over, and wakes whose turn it is.
   *
   * @param flip SECOND, DONE or POISONED, where these are to change with it.
   */
  release(id: number, flip = 0): void {
    for (;;) {
      const state = load(this.words, this.at);
      if ((state & ID_MASK) !== id) return;
      const rest = state & ~POSSESSION ^ flip;
      const slot = (state & HUNGRY) === 0 ? 0 : this.line.next();
      const heir = slot === 0 ? 0 : this.line.table.idAt(slot);
      if (heir !== 0) {
        if (this.#change(state, rest | heir | HANDED)) return this.line.wake(slot);
      } else if (this.#change(state, rest)) {
        // Released first, looked second; pairs with `Line.join`.
        return this.line.wakeNext();
      }
    }
  }

  /** This thread wants nothing any more: what it was handed, or woken for, goes to the next. */
  passOn(id: number): void {
    const { state } = this;
    if ((state & ID_MASK) === 0) this.line.wakeNext();
    else if ((state & ID_MASK) === id && (state & HANDED) !== 0) this.takeBack(state);
  }

  /** Frees a lock that was handed to a thread which has not come: it may still, if it does so before this. */
  takeBack(seen: number): void {
    if ((seen & HANDED) !== 0 && this.#change(seen, seen & ~POSSESSION)) this.line.wakeNext();
  }

  /** The thread is gone. If it had the lock it is free, and poisoned if it may have been in the middle of something. */
  bury(id: number): void {
    for (;;) {
      const state = load(this.words, this.at);
      if ((state & ID_MASK) !== id) return;
      const poison = (state & (HANDED | STARTING)) === 0 ? POISONED : 0;
      if (this.#change(state, state & ~POSSESSION | poison)) return this.line.wakeNext();
    }
  }

  /** The value is taken as it is. */
  clearPoison(): void {
    for (;;) {
      const { state } = this;
      if ((state & POISONED) === 0 || this.#change(state, state & ~POISONED)) return;
    }
  }

  /** Whether the thread holds it: it owns it, and has taken it up where it was handed over. */
  isHeldBy(id: number): boolean {
    const { state } = this;
    return (state & ID_MASK) === id && (state & HANDED) === 0;
  }

  #change(from: number, to: number): boolean {
    return compareExchange(this.words, this.at, from, to) === from;
  }
}

/** The slot of the owner that a word names; 0 for none. */
export function ownerSlot(state: number): number {
  return slotOf(state & ID_MASK);
}
