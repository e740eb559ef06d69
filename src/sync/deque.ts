/**
 * Deque: a worker's own stealable work, in shared memory.
 *
 * The owner pushes and takes at the bottom (newest first, while its data is warm); thieves take at the top (oldest
 * first, which tends to be the largest piece). A fixed ring of words between two counters that only grow: TOP, moved
 * by compare-exchange, and BOTTOM, stored by the owner alone. They wrap at 2^31 and are compared by difference.
 *
 * Keeps true, even if any thread stops between two instructions:
 * - the items are the ring's words TOP … BOTTOM - 1, and each goes to exactly one taker;
 * - TOP never goes back, so a thief whose compare-exchange succeeds read a word that nobody has overwritten: the
 *   owner writes index i again only after TOP has passed i.
 *
 * Linearisation points: push at the store of BOTTOM; steal at the compare-exchange of TOP; take at the store of
 * BOTTOM when more than one item is there, at the compare-exchange of TOP when it is the last.
 *
 * After D. Chase and Y. Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005, without growth: what does not fit
 * waits with its spawner. Half is stolen one by one, as taking several with one exchange would race the owner's take.
 */

import { compareExchange, load, read, store, type Words, write } from "../memory/atomics.ts";

/** Nothing to take. */
export const EMPTY = 0;
/** Another thread took the item first; there may be more. */
export const RETRY = -1;

/** Where a deque lies: two counters, best on cache lines of their own, and a ring of a power of two words. */
export interface DequeWords {
  readonly words: Words;
  readonly top: number;
  readonly bottom: number;
  readonly ring: number;
  readonly capacity: number;
}

/** The owner's half. */
export class Owner {
  readonly #words: Words;
  readonly #top: number;
  readonly #bottom: number;
  readonly #ring: number;
  readonly #mask: number;
  /** BOTTOM, which only this thread changes. */
  #end: number;
  /** TOP as last seen: it only grows, so there is at least the room that it shows. */
  #seen: number;

  constructor({ words, top, bottom, ring, capacity }: DequeWords) {
    this.#words = words;
    this.#top = top;
    this.#bottom = bottom;
    this.#ring = ring;
    this.#mask = capacity - 1;
    this.#end = load(words, bottom);
    this.#seen = load(words, top);
  }

  /** Adds an item at the bottom; `false` when the ring is full. */
  push(item: number): boolean {
    const end = this.#end;
    if (((end - this.#seen) | 0) > this.#mask) {
      this.#seen = load(this.#words, this.#top);
      if (((end - this.#seen) | 0) > this.#mask) return false;
    }
    // The item first, plainly; the store of BOTTOM publishes it to the thief that loads BOTTOM after.
    write(this.#words, this.#ring + (end & this.#mask), item);
    this.#end = (end + 1) | 0;
    store(this.#words, this.#bottom, this.#end);
    return true;
  }

  /** Takes the newest item; `EMPTY` when there is none. */
  take(): number {
    const words = this.#words;
    // Nothing there: seen without a store, since only this thread adds.
    if (((this.#end - load(words, this.#top)) | 0) <= 0) return EMPTY;
    const end = (this.#end - 1) | 0;
    // Announce, then look: BOTTOM is stored before TOP is read. A thief takes this item only if it read TOP, then
    // BOTTOM, both before our store; TOP never goes back, so our read sees it and the exchange decides.
    // Swapped, both take it: model test "deque: take and two steals share out two items".
    store(words, this.#bottom, end);
    const start = load(words, this.#top);
    const left = (end - start) | 0;
    if (left > 0) {
      this.#end = end;
      return read(words, this.#ring + (end & this.#mask));
    }
    // The last item, or gone already. Whoever moves TOP over it has it; either way the deque is empty at `end + 1`.
    const item = left === 0 ? read(words, this.#ring + (end & this.#mask)) : EMPTY;
    const won = left === 0 && compareExchange(words, this.#top, start, (start + 1) | 0) === start;
    store(words, this.#bottom, this.#end);
    return won ? item : EMPTY;
  }

  /** How many items there were a moment ago. */
  get size(): number {
    return (this.#end - load(this.#words, this.#top)) | 0;
  }
}

/** What any other thread may do. */
export class Thief {
  /** How many items the last `stealHalf` took. */
  taken = 0;

  constructor(readonly deque: DequeWords) {}

  /** Counts what was taken at the old end. */
  get head(): number {
    return load(this.deque.words, this.deque.top);
  }

  /** How many items there were a moment ago. */
  get size(): number {
    const { words, top, bottom } = this.deque;
    return (load(words, bottom) - load(words, top)) | 0;
  }

  /** Takes the oldest item; `EMPTY` when there is none, `RETRY` when another thread was first. */
  steal(): number {
    const { words, top, bottom, ring, capacity } = this.deque;
    // TOP before BOTTOM: see `Owner.take`.
    const start = load(words, top);
    if (((load(words, bottom) - start) | 0) <= 0) return EMPTY;
    // Plain, and perhaps overwritten while we look: then TOP has moved, and the exchange refuses.
    const item = read(words, ring + (start & (capacity - 1)));
    return compareExchange(words, top, start, (start + 1) | 0) === start ? item : RETRY;
  }

  /**
   * Moves half of the items, but at most `most`, into `into`, whose owner calls this, and returns one of them to run at
   * once. `EMPTY` and `RETRY` as `steal` gives them. {@linkcode taken} then says how many it took.
   */
  stealHalf(into: Owner, most: number): number {
    const half = Math.min((this.size + 1) >> 1, most);
    const first = this.steal();
    this.taken = first > EMPTY ? 1 : 0;
    while (this.taken > 0 && this.taken < half) {
      const item = this.steal();
      if (item <= EMPTY) break;
      // An empty owner's ring holds more than `most`, so this push has room.
      into.push(item);
      this.taken++;
    }
    return first;
  }
}
