/**
 * Deque: a worker's own stealable work, in shared memory.
 *
 * The owner pushes and takes at the bottom (newest first, while its data is warm); thieves take at the top (oldest
 * first, which tends to be the largest piece). See `ring.ts` for what it is made of.
 *
 * Keeps true, even if any thread stops between two instructions, what a ring does, though its owner takes at the other end:
 * each item goes to exactly one taker.
 *
 * Linearisation points: push and steal as of any ring; take at the store of BOTTOM when more than one item is there, at the
 * compare-exchange of TOP when it is the last.
 *
 * After D. Chase and Y. Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005. Half is stolen one by one, as taking several
 * with one exchange would race the owner's take.
 */

import { compareExchange, load, read, store } from "../memory/atomics.ts";
import { countItems, EMPTY, Producer, type RingWords, takeOldest } from "./ring.ts";

/** The owner's half. */
export class Owner extends Producer {
  /** Takes the newest item; `EMPTY` when there is none. */
  take(): number {
    const words = this.words;
    // Nothing there: seen without a store, since only this thread adds.
    if (((this.end - load(words, this.top)) | 0) <= 0) return EMPTY;
    const end = (this.end - 1) | 0;
    // Announce, then look: BOTTOM is stored before TOP is read. A thief takes this item only if it read TOP, then
    // BOTTOM, both before our store; TOP never goes back, so our read sees it and the exchange decides.
    // Swapped, both take it: model test "deque: take and two steals share out two items".
    store(words, this.bottom, end);
    const start = load(words, this.top);
    const left = (end - start) | 0;
    if (left > 0) {
      this.end = end;
      return read(words, this.ring + (end & this.mask));
    }
    // The last item, or gone already. Whoever moves TOP over it has it; either way the deque is empty at `end + 1`.
    const item = left === 0 ? read(words, this.ring + (end & this.mask)) : EMPTY;
    const won = left === 0 && compareExchange(words, this.top, start, (start + 1) | 0) === start;
    store(words, this.bottom, this.end);
    return won ? item : EMPTY;
  }

  /** How many items there were a moment ago. */
  get size(): number {
    return (this.end - load(this.words, this.top)) | 0;
  }
}

/** What any other thread may do. */
export class Thief {
  /** How many items the last `stealHalf` took. */
  taken = 0;

  constructor(readonly deque: RingWords) {}

  /** Counts what was taken at the old end. */
  get head(): number {
    return load(this.deque.words, this.deque.top);
  }

  /** How many items there were a moment ago. */
  get size(): number {
    return countItems(this.deque);
  }

  /** Takes the oldest item; `EMPTY` when there is none, `RETRY` when another thread was first. */
  steal(): number {
    return takeOldest(this.deque);
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
