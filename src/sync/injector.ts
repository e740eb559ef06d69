/**
 * Injector: stealable work from outside the pool, in shared memory.
 *
 * A queue with one producer (the main thread, which never runs stealable work) and many consumers (the workers), first in first
 * out. A fixed ring of words between two counters that only grow: HEAD, moved by compare-exchange, and TAIL, stored
 * by the producer alone. They wrap at 2^31 and are compared by difference.
 *
 * Since nobody takes at the tail, a consumer may claim several items with one exchange, where a deque's thief may
 * not: all words from HEAD on are the consumers' alone until HEAD has passed them.
 *
 * Keeps true, even if any thread stops between two instructions:
 * - the items are the ring's words HEAD … TAIL - 1, and each goes to exactly one consumer, in order;
 * - the producer writes index i again only after HEAD has passed i, so what a successful claim read was whole.
 *
 * Linearisation points: push at the store of TAIL, claim at the compare-exchange of HEAD.
 *
 * The queue is the single-producer ring of L. Lamport, "Proving the Correctness of Multiprocess Programs", 1977,
 * with the compare-exchange of the Chase–Lev deque on the consuming side.
 */

import { compareExchange, load, read, store, type Words, write } from "../memory/atomics.ts";
import { type DequeWords, EMPTY, type Owner, RETRY } from "./deque.ts";

/** The producer's half. */
export class Injector {
  readonly #words: Words;
  readonly #head: number;
  readonly #tail: number;
  readonly #ring: number;
  readonly #mask: number;
  /** TAIL, which only this thread changes. */
  #end: number;
  /** HEAD as last seen: it only grows, so there is at least the room that it shows. */
  #seen: number;

  constructor({ words, top, bottom, ring, capacity }: DequeWords) {
    this.#words = words;
    this.#head = top;
    this.#tail = bottom;
    this.#ring = ring;
    this.#mask = capacity - 1;
    this.#end = load(words, bottom);
    this.#seen = load(words, top);
  }

  /** Adds an item at the tail; `false` when the ring is full. */
  push(item: number): boolean {
    const end = this.#end;
    if (((end - this.#seen) | 0) > this.#mask) {
      this.#seen = load(this.#words, this.#head);
      if (((end - this.#seen) | 0) > this.#mask) return false;
    }
    // The item first, plainly; the store of TAIL publishes it to the consumer that loads TAIL after.
    write(this.#words, this.#ring + (end & this.#mask), item);
    this.#end = (end + 1) | 0;
    store(this.#words, this.#tail, this.#end);
    return true;
  }
}

/** Takes the oldest item and no other; `EMPTY` when there is nothing, `RETRY` when another thread was first. A consumer. */
export function claimOldest({ words, top, bottom, ring, capacity }: DequeWords): number {
  const start = load(words, top);
  if (((load(words, bottom) - start) | 0) <= 0) return EMPTY;
  // As in `Intake.claim`, of which this is what a single item needs.
  const item = read(words, ring + (start & (capacity - 1)));
  return compareExchange(words, top, start, (start + 1) | 0) === start ? item : RETRY;
}

/** How many items there were a moment ago. */
export function countItems({ words, top, bottom }: DequeWords): number {
  return (load(words, bottom) - load(words, top)) | 0;
}

/** A consumer's half. */
export class Intake {
  readonly #claimed: Int32Array;
  /** How many items the last claim left. */
  left = 0;
  /** HEAD as the last claim left it. */
  #next = 0;

  /** `most` bounds what one claim takes. */
  constructor(readonly queue: DequeWords, readonly most: number) {
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
    // Plain, and perhaps overwritten while we look: then HEAD has moved, and the exchange refuses.
    for (let i = 0; i < share; i++) this.#claimed[i] = read(words, ring + ((start + i) & (capacity - 1)));
    if (compareExchange(words, top, start, (start + share) | 0) !== start) return RETRY;
    this.left = there - share;
    this.#next = (start + share) | 0;
    // Oldest first out, though the deque gives its newest: put them in the other way round.
    for (let i = share - 1; i > 0; i--) into.push(this.#claimed[i]!);
    return this.#claimed[0]!;
  }
}
