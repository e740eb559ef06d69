/**
 * Inbox: many producers, one consumer, in shared memory.
 *
 * A stack of records linked through one word of each. A producer pushes with one compare-exchange on the head; the
 * consumer takes the whole stack with one exchange and turns it round, so it sees the order of arrival.
 *
 * Keeps true, even if any thread stops between two instructions:
 * - a record is reachable from the head, or owned by exactly one thread, never both;
 * - a push is visible entirely or not at all: its linearisation point is the compare-exchange of the head;
 * - a take is whole: its linearisation point is the exchange of the head.
 *
 * A head that went away and came back between a producer's load and its compare-exchange does no harm, since
 * nobody but the consumer removes, and it removes everything: the link that was written is right again.
 *
 * After R. K. Treiber, "Systems Programming: Coping with Parallelism", 1986.
 */

import { compareExchange, exchange, load, read, type Words, write } from "../memory/atomics.ts";

/** No record: what an empty inbox's head holds, and the last record's link. */
export const NONE = 0;

/** The stack whose first record is named by word `head`; `link` is the word within a record that names the next. */
export class Inbox {
  constructor(readonly words: Words, readonly head: number, readonly link: number) {}

  /** Adds a record that the caller owns. Any thread. */
  push(record: number): void {
    const { words, head } = this;
    for (;;) {
      const first = load(words, head);
      // Plain: the record is ours until the exchange below publishes it.
      write(words, record + this.link, first);
      if (compareExchange(words, head, first, record) === first) return;
    }
  }

  /** Whether a `take` would find something. */
  get occupied(): boolean {
    return load(this.words, this.head) !== NONE;
  }

  /** Takes all records, first come first, linked through {@linkcode next}; `NONE` when there is none. Consumer only. */
  take(): number {
    const { words, head, link } = this;
    // Looked before leaping: an exchange owns the cache line, and most looks find nothing.
    if (load(words, head) === NONE) return NONE;
    let newest = exchange(words, head, NONE);
    let oldest = NONE;
    while (newest !== NONE) {
      // Plain: every link was published by the exchange that put its record on the stack, and is ours now.
      const older = read(words, newest + link);
      write(words, newest + link, oldest);
      oldest = newest;
      newest = older;
    }
    return oldest;
  }

  /** The record after `record` in what `take` gave. Read it before the record is handed on. */
  next(record: number): number {
    return read(this.words, record + this.link);
  }
}
