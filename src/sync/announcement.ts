/**
 * Announcements: a thread that copies something long into shared memory for another says so before, and how far it is. So the
 * other, if it has nothing better to do, gets up and copies out what is there, while the rest is still on its way in.
 *
 * That is a hint, and nobody waits for it: a block is handed over as ever, in a record, with the number of its announcement.
 * What was copied ahead counts only if it was copied under that number, from where the block is; see `value/prefetch.ts`.
 *
 * A thread makes one announcement at a time, in words that it alone writes: NUMBER, which names the thread as well, START, SIZE
 * and DONE. COMING, a word of each receiver, has the number of the last one made to it.
 *
 * Keeps true:
 * - what is read of START, SIZE and DONE belongs to the number that is in NUMBER afterwards, as NUMBER changes before they do,
 *   and to what is announced after;
 * - DONE grows after what it counts was copied. Those bytes stay as they are until who was handed the block lets go of it;
 *   where nobody is handed it, nobody is handed that number either;
 * - no number comes again, be it from the next who has a thread's number, before millions of others have.
 *
 * An announcement is made in the moment in which NUMBER is written for the second time. A thread that dies amid one has announced
 * what never comes; one that was given up and goes on announces what nobody will be handed.
 *
 * After the sequence lock, as in H.-J. Boehm, "Can Seqlocks Get Along with Programming Language Memory Models?", 2012.
 */

import { type Bytes, copyBytesIn, load, store, type Words } from "../memory/atomics.ts";
import { THREAD_BITS, THREAD_MASK } from "../memory/layout.ts";

/** Bytes copied between two changes of DONE: some microseconds, and ten times that where the memory is used for the first time. */
const PIECE = 1 << 15;
/** START counts in so many bytes, since there can be more bytes than a word counts. */
const UNIT = 8;

/** No announcement. */
export const UNANNOUNCED = 0;

/** A thread's words, one after the other. */
const NUMBER = 0;
const START = 1;
const SIZE = 2;
const DONE = 3;

/** Where something long will be: its first byte in shared memory, a multiple of 8, and how many there are. */
export interface Stretch {
  readonly start: number;
  readonly size: number;
}

/** The sending side of one thread. */
export class Announcer {
  readonly #words: Words;
  readonly #own: number;
  readonly #thread: number;
  readonly #piece: number;

  /** @param own The first of this thread's four words. */
  constructor(words: Words, own: number, thread: number, piece: number = PIECE) {
    this.#words = words;
    this.#own = own;
    this.#thread = thread;
    this.#piece = piece;
  }

  /**
   * Copies private bytes to shared memory, and announces that before.
   *
   * @param start Where they go, a multiple of 8.
   * @param coming The receiver's COMING.
   * @param rouse Wakes the receiver, if it sleeps.
   * @returns The announcement's number.
   */
  copyIn(bytes: Bytes, start: number, source: Uint8Array, coming: number, rouse: () => void): number {
    const words = this.#words;
    const own = this.#own;
    const size = source.length;
    // What is read from here on is not the last announcement's any more …
    this.#next();
    store(words, own + START, start / UNIT);
    store(words, own + SIZE, size);
    store(words, own + DONE, 0);
    // … and from here on it is this one's.
    const number = this.#next();
    // Told first; `rouse` reads PARKED second. Pairs with `Sleeper.announce`, as every push does.
    store(words, coming, number);
    rouse();
    for (let at = 0; at < size; at += this.#piece) {
      const end = Math.min(size, at + this.#piece);
      copyBytesIn(bytes, start + at, source.subarray(at, end));
      // After that: whoever reads it reads the bytes.
      store(words, own + DONE, end);
    }
    return number;
  }

  #next(): number {
    const at = this.#own + NUMBER;
    const next = (load(this.#words, at) & ~THREAD_MASK) + (1 << THREAD_BITS) | this.#thread;
    store(this.#words, at, next);
    return next;
  }
}

/** The receiving side of one thread. */
export class Listener {
  readonly #words: Words;
  readonly #coming: number;
  readonly #ownOf: (thread: number) => number;

  /**
   * @param coming This thread's COMING.
   * @param ownOf Gives the first of a thread's four words.
   */
  constructor(words: Words, coming: number, ownOf: (thread: number) => number) {
    this.#words = words;
    this.#coming = coming;
    this.#ownOf = ownOf;
  }

  /** The number of the last announcement to this thread. */
  get latest(): number {
    return load(this.#words, this.#coming);
  }

  /** Where it will be; `undefined` if it is not the last announcement of its thread any more. */
  stretchOf(number: number): Stretch | undefined {
    const own = this.#ownOf(number & THREAD_MASK);
    const stretch = { start: load(this.#words, own + START) * UNIT, size: load(this.#words, own + SIZE) >>> 0 };
    // Looked after; pairs with the two changes of NUMBER.
    return this.isCurrent(number) ? stretch : undefined;
  }

  /** How many bytes of it are there; -1 if it is not the last of its thread any more. */
  done(number: number): number {
    const reached = load(this.#words, this.#ownOf(number & THREAD_MASK) + DONE) >>> 0;
    // As above.
    return this.isCurrent(number) ? reached : -1;
  }

  /** Whether it is the last announcement of its thread. */
  isCurrent(number: number): boolean {
    return load(this.#words, this.#ownOf(number & THREAD_MASK) + NUMBER) === number;
  }
}
