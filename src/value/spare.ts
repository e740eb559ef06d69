/**
 * Spare: an array made ahead for the next long value, where several of one length came in a row.
 *
 * An array that is filled piece by piece is cleared first, and where its memory is new to the program each page of it must be got
 * from the system: for a mebibyte that takes as long as to copy it, and several times that. A thread that waits for the next value
 * has the time for it.
 *
 * Keeps true: a thread has one spare at most, makes one at most for each value that came, and holds it weakly: it is as much in
 * the way of the garbage collector as the last value, which nobody needs any more.
 */

import { expectMore } from "../memory/recycle.ts";

/** Bytes at most. To make a longer one may take a thread more time than it has. */
const MOST = 1 << 24;
/** So many values of one length must have come. */
const ROW = 3;
/** What a system gives at a time, at least. */
const PAGE = 4096;

/** What one thread has made ahead. */
export class Spare {
  readonly #allocate: (size: number) => Uint8Array<ArrayBuffer>;
  /** The length of the last value, and how many of it have come in a row. */
  #size = 0;
  #row = 0;
  /** Whether one has come since a spare was made. */
  #isDue = false;
  #made: WeakRef<Uint8Array<ArrayBuffer>> | undefined;

  constructor(make: (size: number) => Uint8Array<ArrayBuffer> = allocate) {
    this.#allocate = make;
  }

  /** A value of that length has come. */
  learn(size: number): void {
    this.#row = size === this.#size ? this.#row + 1 : 1;
    this.#size = size;
    this.#isDue = true;
  }

  /** The thread waits: makes one, if that is likely to be of use. */
  make(): void {
    if (!this.#isDue) return;
    this.#isDue = false;
    const size = this.#size;
    if (this.#row < ROW || size > MOST || this.#made?.deref()?.length === size) return;
    try {
      const bytes = this.#allocate(size);
      for (let at = 0; at < size; at += PAGE) bytes[at] = 0;
      this.#made = new WeakRef(bytes);
    } catch {
      // There is no room. Whoever needs one says so.
    }
  }

  /** Gives an array of that length, which may be the spare. */
  take(size: number): Uint8Array<ArrayBuffer> {
    const made = this.#made?.deref();
    if (made?.length !== size) return this.#allocate(size);
    this.#made = undefined;
    return made;
  }
}

/** Makes an array. */
function allocate(size: number): Uint8Array<ArrayBuffer> {
  expectMore(size);
  return new Uint8Array(size);
}
