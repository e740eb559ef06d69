/**
 * Notices: who waits for a condition, and who was told.
 *
 * A word in each thread's slot counts those on that thread who wait, and those who were notified and have not gone on. Both
 * change together, by one compare-exchange: whoever notifies moves one from the first count to the second, and so exactly
 * one goes on for each notice. The thread's generation stands above them, so that what is said late of a dead thread does
 * not change what the next in its slot counts.
 *
 * A waiter counts itself before it releases the mutex, so whoever changes what the mutex guards after that, and notifies,
 * finds it. Threads are notified in turn, and on each thread those who wait in the order in which they came. A notice to a
 * thread that turns out to be dead is passed on, to all who could have had it if need be.
 */

import { compareExchange, load, store, type Words } from "../../memory/atomics.ts";
import { generationOf, idIn, slotOf, SLOTS } from "../participants.ts";
import { type Line, LOCK_WORD } from "./line.ts";

/** Bits of each count. */
const COUNT_BITS = 11;
const COUNT_MASK = (1 << COUNT_BITS) - 1;
const ONE_WAITS = 1 << COUNT_BITS;
const GENERATION_SHIFT = 2 * COUNT_BITS;

function waitingIn(word: number): number {
  return word >> COUNT_BITS & COUNT_MASK;
}

function noticesIn(word: number): number {
  return word & COUNT_MASK;
}

/** The waiters of one condition variable, seen from one thread. */
export class Notices {
  readonly #words: Words;

  /**
   * @param cursor The word that has the slot of the last thread that was notified.
   * @param isGone Whether a thread is known to be gone.
   */
  constructor(
    readonly line: Line,
    readonly cursor: number,
    readonly isGone: (id: number) => boolean,
    readonly slots: number = SLOTS,
  ) {
    this.#words = line.words;
  }

  /** One more waits on this thread. */
  enter(id: number): void {
    const at = this.#at(slotOf(id));
    const generation = generationOf(id) << GENERATION_SHIFT;
    for (;;) {
      const seen = load(this.#words, at);
      const word = (seen ^ generation) >>> GENERATION_SHIFT === 0 ? seen : generation;
      if (waitingIn(word) + noticesIn(word) >= COUNT_MASK) {
        throw new RangeError(`Cannot wait once more: ${COUNT_MASK} wait for this condition on this thread already`);
      }
      if (compareExchange(this.#words, at, seen, word + ONE_WAITS) === seen) return;
    }
  }

  /** Takes a notice for one who waits on this thread, if there is one. */
  take(id: number): boolean {
    const at = this.#at(slotOf(id));
    for (;;) {
      const seen = load(this.#words, at);
      if (noticesIn(seen) === 0) return false;
      if (compareExchange(this.#words, at, seen, seen - 1) === seen) return true;
    }
  }

  /** One on this thread waits no more; `false` if it was notified meanwhile, and that notice was its own. */
  withdraw(id: number): boolean {
    const at = this.#at(slotOf(id));
    for (;;) {
      const seen = load(this.#words, at);
      const waits = waitingIn(seen) > 0;
      if (compareExchange(this.#words, at, seen, waits ? seen - ONE_WAITS : seen - 1) === seen) return waits;
    }
  }

  /** Notifies one, of the thread whose turn it is; `false` if nobody waits. */
  notifyOne(): boolean {
    const last = load(this.#words, this.cursor);
    for (let i = 0; i < this.slots; i++) {
      const slot = (last + i) % this.slots + 1;
      for (;;) {
        const seen = load(this.#words, this.#at(slot));
        if (waitingIn(seen) === 0 || this.isGone(idOf(slot, seen))) break;
        if (compareExchange(this.#words, this.#at(slot), seen, seen - ONE_WAITS + 1) !== seen) continue;
        // Only a hint: two who notify at a time may begin in the same place.
        store(this.#words, this.cursor, slot);
        this.line.wake(slot);
        return true;
      }
    }
    return false;
  }

  /** Notifies all. */
  notifyAll(): void {
    for (let slot = 1; slot <= this.slots; slot++) {
      for (;;) {
        const seen = load(this.#words, this.#at(slot));
        const waiting = waitingIn(seen);
        if (waiting === 0) break;
        const next = seen - waiting * ONE_WAITS + waiting;
        if (compareExchange(this.#words, this.#at(slot), seen, next) !== seen) continue;
        this.line.wake(slot);
        break;
      }
    }
  }

  /** The threads on which somebody waits, or was notified. */
  *threads(): Iterable<number> {
    for (let slot = 1; slot <= this.slots; slot++) {
      const seen = load(this.#words, this.#at(slot));
      if (waitingIn(seen) > 0 || noticesIn(seen) > 0) yield idOf(slot, seen);
    }
  }

  /** A thread is gone: what it was notified of goes to others. */
  bury(id: number): void {
    const at = this.#at(slotOf(id));
    for (;;) {
      const seen = load(this.#words, at);
      if (idOf(slotOf(id), seen) !== id || (waitingIn(seen) === 0 && noticesIn(seen) === 0)) return;
      // Passed on before it is cleared: should this thread die in between, another passes it on again. One notice too
      // many does no harm, as whoever waits looks at its condition.
      for (let i = noticesIn(seen); i > 0; i--) this.notifyOne();
      if (compareExchange(this.#words, at, seen, generationOf(id) << GENERATION_SHIFT) === seen) return;
    }
  }

  #at(slot: number): number {
    return this.line.table.word(slot, LOCK_WORD);
  }
}

function idOf(slot: number, word: number): number {
  return idIn(slot, word >>> GENERATION_SHIFT);
}
