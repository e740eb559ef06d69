/**
 * Prefetch: what a thread has copied out of a long value that is yet to be handed over to it; see `sync/announcement.ts`.
 *
 * To copy a mebibyte in, wake its receiver and copy it out takes a third less where the one does not wait for the other.
 *
 * Keeps true: one value is held at a time, and none by a thread that sleeps or blocks. Who was told of a value need not be who is
 * handed it, and a sender may die amid it, or not hand it over after all: whoever holds it then lets go of it when that sender
 * announces something else, or when it goes to sleep. Until then it copies nothing else ahead.
 */

import { type Bytes, copyBytesTo } from "../memory/atomics.ts";
import { type Listener, UNANNOUNCED } from "../sync/announcement.ts";
import { Spare } from "./spare.ts";

/** Bytes from which on it is worth a wake to copy ahead. */
export const LONG: number = 1 << 18;
/** Bytes copied before whoever copies ahead looks for something better to do: a fraction of a millisecond, if memory is there. */
const MOST_AT_A_TIME = 1 << 20;
/** Looks for more: some twenty microseconds, in which more is there if the sender has a processor. */
const LOOKS = 1000;

/** What is copied ahead. */
interface Held {
  readonly number: number;
  readonly start: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes copied. */
  done: number;
}

/** What one thread copies ahead. */
export class Prefetch {
  readonly #bytes: Bytes;
  readonly #listener: Listener;
  readonly #looks: number;
  /** The last announcement that was begun, or is not to be. */
  #seen: number;
  #held: Held | undefined;
  readonly #spare = new Spare();

  constructor(bytes: Bytes, listener: Listener, looks = LOOKS) {
    this.#bytes = bytes;
    this.#listener = listener;
    this.#looks = looks;
    // That was made to whoever had this thread's number before, or to this thread before it could look.
    this.#seen = listener.latest;
  }

  /** Whether there is something that {@linkcode advance} would deal with. */
  get comes(): boolean {
    const held = this.#held;
    if (held === undefined) return this.#listener.latest !== this.#seen;
    return this.#listener.done(held.number) !== held.done;
  }

  /** Copies what is there of what is coming, and for a moment what comes meanwhile. */
  advance(): void {
    const held = this.#goOn() ?? this.#begin();
    if (held === undefined) return;
    const most = Math.min(held.bytes.length, held.done + MOST_AT_A_TIME);
    for (let looks = this.#looks; held.done < most;) {
      const done = Math.min(most, this.#listener.done(held.number));
      if (done > held.done) {
        this.#copy(held, done);
        looks = this.#looks;
      } else if (done < 0 || --looks < 0) return;
    }
  }

  /**
   * Gives what a block holds from `start` on, if it was announced by this number and copied ahead, at least in part. The block
   * is in this thread's hands.
   */
  take(number: number, start: number, size: number): ArrayBuffer | undefined {
    if (number === UNANNOUNCED) return undefined;
    this.#outrun(number);
    const held = this.#held;
    // Of all that is long in a block one chunk was announced: this may be another.
    if (held?.number !== number || held.start !== start) return undefined;
    this.#held = undefined;
    this.#copy(held, size);
    this.#spare.learn(held.bytes.length);
    return held.bytes.buffer;
  }

  /** Whether {@linkcode prepare} would do something. */
  get isDue(): boolean {
    return this.#spare.isDue;
  }

  /** This thread waits, and is likely to wait for a value such as those that came: does a part of what it can do before. */
  prepare(): void {
    this.#spare.make();
  }

  /** What was announced by this number was handed over, and is not taken. */
  forget(number: number): void {
    this.#outrun(number);
    if (this.#held?.number === number) this.#held = undefined;
  }

  /** This thread goes to sleep, or blocks: what it holds may never be handed over. If it is, it is copied from the beginning. */
  letGo(): void {
    this.#held = undefined;
    this.#spare.letGo();
  }

  /** The value is here: its block will be another's, and is not to be looked at any more. */
  #outrun(number: number): void {
    if (this.#listener.latest === number) this.#seen = number;
  }

  #copy(held: Held, end: number): void {
    const { start, bytes, done } = held;
    if (end > done) copyBytesTo(this.#bytes, start + done, bytes.subarray(done), end - done);
    held.done = end;
  }

  /** What is held, unless its sender has gone on to something else. */
  #goOn(): Held | undefined {
    if (this.#held !== undefined && !this.#listener.isCurrent(this.#held.number)) this.#held = undefined;
    return this.#held;
  }

  #begin(): Held | undefined {
    const number = this.#listener.latest;
    if (number === this.#seen) return undefined;
    this.#seen = number;
    // Who has gone on has handed it over, or will not.
    const stretch = number === UNANNOUNCED ? undefined : this.#listener.stretchOf(number);
    if (stretch === undefined || stretch.start + stretch.size > this.#bytes.length) return undefined;
    const { start, size } = stretch;
    try {
      return this.#held = { number, start, bytes: this.#spare.take(size), done: 0 };
    } catch {
      // There is no room, which is for who takes it to say.
      return undefined;
    }
  }
}
