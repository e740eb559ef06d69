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
/** Bytes made at a time: a fraction of a millisecond. */
const PART = 1 << 20;

/** What one thread has made ahead. */
export class Spare {
  readonly #allocate: (size: number) => Uint8Array<ArrayBuffer>;
  /** The length of the last value, and how many of it have come in a row. */
  #size = 0;
  #row = 0;
  /** Whether one has come since a spare was begun. */
  #hasCome = false;
  /** The spare that is being made, and how far it is. */
  #begun: Uint8Array<ArrayBuffer> | undefined;
  #touched = 0;
  #made: WeakRef<Uint8Array<ArrayBuffer>> | undefined;

  constructor(make: (size: number) => Uint8Array<ArrayBuffer> = allocate) {
    this.#allocate = make;
  }

  /** A value of that length has come. */
  learn(size: number): void {
    this.#row = size === this.#size ? this.#row + 1 : 1;
    if (this.#begun?.length !== size) this.#begun = undefined;
    this.#size = size;
    this.#hasCome = true;
  }

  /** Whether {@linkcode make} would do something. */
  get isDue(): boolean {
    return this.#begun !== undefined || (this.#hasCome && this.#row >= ROW && this.#size <= MOST);
  }

  /** The thread waits: makes a part of one. Then it had better look whether something has come. */
  make(): void {
    const begun = this.#begun ??= this.#begin();
    if (begun === undefined) return;
    const end = Math.min(begun.length, this.#touched + PART);
    for (let at = this.#touched; at < end; at += PAGE) begun[at] = 0;
    this.#touched = end;
    if (end < begun.length) return;
    this.#begun = undefined;
    this.#made = new WeakRef(begun);
  }

  /** The thread goes to sleep: what is not made by now is not made. */
  letGo(): void {
    this.#begun = undefined;
  }

  /** Gives an array of that length, which may be the spare, made as far as it is. */
  take(size: number): Uint8Array<ArrayBuffer> {
    for (const spare of [this.#begun, this.#made?.deref()]) {
      if (spare?.length !== size) continue;
      this.#begun = this.#made = undefined;
      return spare;
    }
    return this.#allocate(size);
  }

  #begin(): Uint8Array<ArrayBuffer> | undefined {
    if (!this.isDue) return undefined;
    this.#hasCome = false;
    this.#touched = 0;
    if (this.#made?.deref()?.length === this.#size) return undefined;
    try {
      return this.#allocate(this.#size);
    } catch {
      // There is no room. Whoever needs one says so.
      return undefined;
    }
  }
}

/** Makes an array. */
function allocate(size: number): Uint8Array<ArrayBuffer> {
  expectMore(size);
  return new Uint8Array(size);
}
