/**
 * Line: the threads that wait for a lock, in the order in which they began to.
 *
 * Each thread has a slot in the lock's table of participants, and in it a ticket, which says since when it waits, and a
 * signal, on which it sleeps; see `signal.ts`. A bit for each slot says who waits at all, so that nobody who frees
 * something pays for more than two loads while nobody does.
 *
 * Keeps true, while the threads that take part go on:
 * - who joins, looks once more and then sleeps is woken by whoever frees something after that look;
 * - `next` is the one who has waited longest, of those who sleep: one that was woken and is slow to come does not
 *   take the wakes of the others as well.
 *
 * A wake may go to a thread that dies; so whoever waits looks again from time to time, whether woken or not.
 */

import { add, and, load, or, store, type Words } from "../../memory/atomics.ts";
import { slotOf } from "../participants.ts";
import { wake } from "../signal.ts";

/** The line's own words in each slot. */
const TICKET = 0;
const SIGNAL = 1;
/** The first word of a slot that is left for the lock. */
export const LOCK_WORD = 2;

/** The line's words in slot 0. */
const TICKETS = 0;
const WAITING = 1;

const NONE: number[] = [];

/** Somebody sleeps on a signal: its bit 0. */
const SLEEPS = 1;

/** How often somebody is woken in vain before it is next. */
export const PATIENCE = 4;

/** What the line needs of the table of participants. */
export interface Seats {
  readonly words: Words;
  /** Where the `index`th of a slot's own words lies. */
  word(slot: number, index: number): number;
  /** The id of the thread in a slot; 0 for none. */
  idAt(slot: number): number;
}

/** The line of one lock, seen from one thread. */
export class Line {
  readonly words: Words;

  constructor(readonly table: Seats) {
    this.words = table.words;
  }

  /** The word on which a slot's thread sleeps. */
  signal(slot: number): number {
    return this.table.word(slot, SIGNAL);
  }

  /** This thread begins to wait, or waits on. It must look once more after this, before it sleeps. */
  join(slot: number): void {
    const { words, table } = this;
    const ticket = table.word(slot, TICKET);
    if (load(words, ticket) === 0) store(words, ticket, add(words, table.word(0, TICKETS), 1) << 1 | 1);
    // Joined first, looked second. Pairs with whoever frees something first, and reads the bits second.
    or(words, this.#waiting(slot), 1 << (slot & 31));
  }

  /** This thread has got what it waited for, or does not wait any more. */
  leave(slot: number): void {
    and(this.words, this.#waiting(slot), ~(1 << (slot & 31)));
    store(this.words, this.table.word(slot, TICKET), 0);
  }

  /** The slot of the thread that has slept longest; 0 if nobody sleeps. */
  next(): number {
    return this.#nextSince(undefined);
  }

  /** The same, of those whose tickets came after one. */
  #nextSince(passed: number | undefined): number {
    let first = 0;
    let since = 0;
    for (const slot of this.#slots()) {
      if (!this.sleeps(slot)) continue;
      const ticket = load(this.words, this.table.word(slot, TICKET));
      if (passed !== undefined && ((ticket - passed) | 0) <= 0) continue;
      if (first === 0 || ((ticket - since) | 0) < 0) [first, since] = [slot, ticket];
    }
    return first;
  }

  /** Whether a thread has announced that it sleeps, and was not woken since. */
  sleeps(slot: number): boolean {
    return (load(this.words, this.signal(slot)) & SLEEPS) !== 0;
  }

  /** Wakes the thread in a slot. Called after what it waits for has been published. */
  wake(slot: number): void {
    wake(this.words, this.signal(slot));
  }

  /** Wakes the one who has slept longest. */
  wakeNext(): void {
    const slot = this.next();
    if (slot !== 0) this.wake(slot);
  }

  /** Wakes the one who has slept longest, of those who began to wait after the thread in a slot. */
  wakeBehind(slot: number): void {
    const ticket = load(this.words, this.table.word(slot, TICKET));
    const next = ticket === 0 ? 0 : this.#nextSince(ticket);
    if (next !== 0) this.wake(next);
  }

  /** Wakes all. */
  wakeAll(): void {
    for (const slot of this.#slots()) this.wake(slot);
  }

  /** Whether the thread in a slot waits. */
  isWaiting(slot: number): boolean {
    return (load(this.words, this.#waiting(slot)) & 1 << (slot & 31)) !== 0;
  }

  /** A thread is gone: it does not wait. */
  strike(id: number): void {
    // Should the slot be another's by now, that one joins again at its next look.
    and(this.words, this.#waiting(slotOf(id)), ~(1 << (slotOf(id) & 31)));
  }

  /** The slots of those who wait: nearly always there are none, and that costs two loads. */
  #slots(): readonly number[] {
    let slots = NONE;
    for (let half = 0; half < 2; half++) {
      for (let bits = load(this.words, this.#waiting(half << 5)); bits !== 0; bits &= bits - 1) {
        if (slots === NONE) slots = [];
        slots.push(half << 5 | 31 - Math.clz32(bits & -bits));
      }
    }
    return slots;
  }

  #waiting(slot: number): number {
    return this.table.word(0, WAITING + (slot >> 5));
  }
}
