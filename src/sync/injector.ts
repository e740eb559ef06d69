/**
 * Injector: stealable work from outside the pool, in shared memory.
 *
 * A ring with one producer (the main thread, which never runs stealable work) and many consumers (the workers), first in
 * first out; see `ring.ts`.
 *
 * Since nobody takes at the bottom, a consumer may claim several items with one exchange, where a deque's thief may
 * not: all words from TOP on are the consumers' alone until TOP has passed them. They go out in order.
 *
 * Linearisation points: push as of any ring, claim at the compare-exchange of TOP.
 */

import { compareExchange, load, read } from "../memory/atomics.ts";
import type { Owner } from "./deque.ts";
import { countItems, EMPTY, Producer, RETRY, type RingWords } from "./ring.ts";

/** The producer's half. */
export class Injector extends Producer {}

/** A consumer's half. */
export class Intake {
  readonly #claimed: Int32Array;
  /** How many items the last claim left. */
  left = 0;
  /** TOP as the last claim left it. */
  #next = 0;

  /** `most` bounds what one claim takes. */
  constructor(readonly queue: RingWords, readonly most: number) {
    this.#claimed = new Int32Array(most);
  }

  /** Whether another thread has claimed some since this one did. */
  get isShared(): boolean {
    return this.head !== this.#next;
  }

  /** Counts what was claimed. */
  get head(): number {
    return load(this.queue.words, this.queue.top);
  }

  /** How many items there were a moment ago. */
  get size(): number {
    return countItems(this.queue);
  }

  /**
   * Takes the oldest item and, where there are many, some more, which go into `into`: an empty deque that the caller
   * owns, with room for `most`.
   *
   * `sharers` is how many threads may want some: a claim takes at most its share of what there is.
   * `EMPTY` when there is nothing, `RETRY` when another thread was first.
   */
  claim(into: Owner, sharers: number): number {
    const { words, top, bottom, ring, capacity } = this.queue;
    const start = load(words, top);
    const there = (load(words, bottom) - start) | 0;
    if (there <= 0) return EMPTY;
    const share = Math.max(1, Math.min(this.most, (there / (2 * sharers)) | 0));
    // Plain, and perhaps overwritten while we look: then TOP has moved, and the exchange refuses.
    for (let i = 0; i < share; i++) this.#claimed[i] = read(words, ring + ((start + i) & (capacity - 1)));
    if (compareExchange(words, top, start, (start + share) | 0) !== start) return RETRY;
    this.left = there - share;
    this.#next = (start + share) | 0;
    // Oldest first out, though the deque gives its newest: put them in the other way round.
    for (let i = share - 1; i > 0; i--) into.push(this.#claimed[i]!);
    return this.#claimed[0]!;
  }
}
