/**
 * Ring: what a deque and the injector share: a fixed ring of words between two counters that only grow.
 *
 * One thread adds at BOTTOM, which it alone stores. At TOP, moved by compare-exchange, any thread takes the oldest. The
 * counters wrap at 2^31 and are compared by difference.
 *
 * Keeps true, even if any thread stops between two instructions:
 * - the items are the ring's words TOP … BOTTOM - 1, and each goes to exactly one taker;
 * - TOP never goes back, and the producer writes index i again only after TOP has passed i: what a taker whose
 *   compare-exchange succeeds has read was whole.
 *
 * Linearisation points: push at the store of BOTTOM, a take of the oldest at the compare-exchange of TOP.
 *
 * After L. Lamport, "Proving the Correctness of Multiprocess Programs", 1977, for the producer, and D. Chase and Y. Lev,
 * "Dynamic Circular Work-Stealing Deque", SPAA 2005, for the takers; without growth: what does not fit waits with its spawner.
 */

import { compareExchange, load, read, store, type Words, write } from "../memory/atomics.ts";

/** Nothing to take. */
export const EMPTY = 0;
/** Another thread took the item first; there may be more. */
export const RETRY = -1;

/** Where a ring lies: two counters, best on cache lines of their own, and a power of two words. */
export interface RingWords {
  readonly words: Words;
  readonly top: number;
  readonly bottom: number;
  readonly ring: number;
  readonly capacity: number;
}

/** The half of the thread that adds. */
export class Producer {
  protected readonly words: Words;
  protected readonly top: number;
  protected readonly bottom: number;
  protected readonly ring: number;
  protected readonly mask: number;
  /** BOTTOM, which only this thread changes. */
  protected end: number;
  /** TOP as last seen: it only grows, so there is at least the room that it shows. */
  #seen: number;

  constructor({ words, top, bottom, ring, capacity }: RingWords) {
    this.words = words;
    this.top = top;
    this.bottom = bottom;
    this.ring = ring;
    this.mask = capacity - 1;
    this.end = load(words, bottom);
    this.#seen = load(words, top);
  }

  /** Adds an item at the bottom; `false` when the ring is full. */
  push(item: number): boolean {
    const { end } = this;
    if (((end - this.#seen) | 0) > this.mask) {
      this.#seen = load(this.words, this.top);
      if (((end - this.#seen) | 0) > this.mask) return false;
    }
    // The item first, plainly; the store of BOTTOM publishes it to the taker that loads BOTTOM after.
    write(this.words, this.ring + (end & this.mask), item);
    this.end = (end + 1) | 0;
    store(this.words, this.bottom, this.end);
    return true;
  }
}

/** Takes the oldest item; `EMPTY` when there is none, `RETRY` when another thread was first. Any thread. */
export function takeOldest({ words, top, bottom, ring, capacity }: RingWords): number {
  // TOP before BOTTOM: see `Owner.take`.
  const start = load(words, top);
  if (((load(words, bottom) - start) | 0) <= 0) return EMPTY;
  // Plain, and perhaps overwritten while we look: then TOP has moved, and the exchange refuses.
  const item = read(words, ring + (start & (capacity - 1)));
  return compareExchange(words, top, start, (start + 1) | 0) === start ? item : RETRY;
}

/** How many items there were a moment ago. */
export function countItems({ words, top, bottom }: RingWords): number {
  return (load(words, bottom) - load(words, top)) | 0;
}
