/**
 * Members: the threads that take part in a channel, and which of them are gone.
 */

import { compareExchange, load, type Words } from "../memory/atomics.ts";

const token = 1 + Math.floor(Math.random() * 0x7ffffffe);

/** The members of one channel, as one thread sees them. */
export class Members {
  /** How many threads can take part at a time. */
  static readonly MOST = 64;
  /** How many words they take. */
  static readonly WORDS: number = Members.MOST;

  constructor(readonly words: Words, readonly start: number) {}

  /** This thread's place. */
  join(): number {
    for (let place = 0; place < Members.MOST; place++) if (load(this.words, this.start + place) === token) return place;
    for (let place = 0; place < Members.MOST; place++) {
      if (compareExchange(this.words, this.start + place, 0, token) === 0) return place;
    }
    throw new RangeError(`Cannot take part in a channel as ${Members.MOST} threads do so already`);
  }

  /** Whether the thread in a place is gone. */
  isGone(_place: number): boolean {
    return false;
  }
}
