/**
 * Ring: one sender, one receiver, messages of any length, in shared memory.
 *
 * HEAD and TAIL say how far the receiver and the sender have come, in words, and wrap at twice the capacity, so that full
 * and empty differ. Each is a signal with a counter, see `signal.ts`: the sender sleeps on HEAD, the receiver on TAIL. A
 * message may lie across the end of the ring and go on at its beginning: so none needs more room than its length, wherever it
 * begins, and a ring holds exactly what it has bytes for.
 *
 * Keeps true, even if a thread stops between two instructions:
 * - the words from HEAD to TAIL are whole messages, which only the receiver reads; the others are the sender's;
 * - only the sender moves TAIL, only the receiver moves HEAD, each with one exchange: that is where a message is sent, and
 *   where it is received.
 *
 * After L. Lamport, "Proving the Correctness of Multiprocess Programs", 1977, with each side's private copy of the other's
 * counter as in J. Giacomoni, T. Moseley and M. Vachharajani, "FastForward for Efficient Pipeline Parallelism", 2008.
 */

import {
  type Bytes,
  copyBytesIn,
  copyBytesOut,
  copyBytesTo,
  copyIn,
  copyOut,
  pause,
  read,
  type Words,
} from "../memory/atomics.ts";
import { advance, counterIn } from "./signal.ts";

/**
 * Some words of shared memory that begin again behind their end. Places in it are less than twice the capacity. What is long
 * is copied fast if `start` is even.
 */
export class Region {
  /**
   * @param start The first word; it may be set anew.
   * @param capacity How many.
   */
  constructor(
    readonly words: Words,
    readonly bytes: Bytes,
    public start: number,
    readonly capacity: number,
  ) {}

  /** The place of a number that may be beyond the last one. */
  wrapped(at: number): number {
    return at >= 2 * this.capacity ? at - 2 * this.capacity : at;
  }

  /** That place, or the next if it is not an even number of words from where the region begins. */
  even(at: number): number {
    const place = this.wrapped(at);
    return (this.#index(place) - this.start & 1) === 0 ? place : this.wrapped(place + 1);
  }

  /** The index of a place in `words`. */
  #index(at: number): number {
    return this.start + (at >= this.capacity ? at - this.capacity : at);
  }

  /** Reads a word. */
  word(at: number): number {
    return read(this.words, this.#index(at));
  }

  /** Writes some words. */
  copyIn(at: number, source: Int32Array, length: number): void {
    const index = this.#index(at);
    const first = this.start + this.capacity - index;
    if (length <= first) return copyIn(this.words, index, source, length);
    copyIn(this.words, index, source, first);
    copyIn(this.words, this.start, source.subarray(first), length - first);
  }

  /** Reads some words. */
  copyOut(at: number, target: Int32Array, length: number): void {
    const index = this.#index(at);
    const first = this.start + this.capacity - index;
    if (length <= first) return copyOut(this.words, index, target, length);
    copyOut(this.words, index, target, first);
    copyOut(this.words, this.start, target.subarray(first), length - first);
  }

  /** Writes bytes, `offset` of them behind a place. */
  copyBytesIn(at: number, offset: number, source: Uint8Array): void {
    const index = this.#byteIndex(at, offset);
    const first = 4 * (this.start + this.capacity) - index;
    if (source.length <= first) return copyBytesIn(this.bytes, index, source);
    copyBytesIn(this.bytes, index, source.subarray(0, first));
    copyBytesIn(this.bytes, 4 * this.start, source.subarray(first));
  }

  /** Reads bytes, `offset` of them behind a place. */
  copyBytesOut(at: number, offset: number, length: number): ArrayBuffer {
    const index = this.#byteIndex(at, offset);
    if (length <= 4 * (this.start + this.capacity) - index) return copyBytesOut(this.bytes, index, length);
    const copy = new Uint8Array(length);
    this.copyBytesTo(at, offset, copy);
    return copy.buffer;
  }

  /** Reads as many bytes as `target` has into it. */
  copyBytesTo(at: number, offset: number, target: Uint8Array): void {
    const index = this.#byteIndex(at, offset);
    const first = Math.min(4 * (this.start + this.capacity) - index, target.length);
    copyBytesTo(this.bytes, index, target, first);
    if (first < target.length) copyBytesTo(this.bytes, 4 * this.start, target.subarray(first), target.length - first);
  }

  #byteIndex(at: number, offset: number): number {
    const index = 4 * this.#index(at) + offset;
    return index >= 4 * (this.start + this.capacity) ? index - 4 * this.capacity : index;
  }
}

/** Where a ring lies. */
export interface Ring {
  readonly region: Region;
  /** The words that count what was received and sent. */
  readonly head: number;
  readonly tail: number;
}

/** How many words of the ring are in use. */
function between(head: number, tail: number, capacity: number): number {
  const used = tail - head;
  return used < 0 ? used + 2 * capacity : used;
}

function after(position: number, length: number, capacity: number): number {
  const next = position + length;
  return next >= 2 * capacity ? next - 2 * capacity : next;
}

/** How many words of a ring hold messages. Any thread; what it says may be past. */
export function usedWords({ region, head, tail }: Ring): number {
  // HEAD first: the other way round, what is sent and received in between would seem to be less than nothing.
  const start = counterIn(region.words, head);
  return Math.min(between(start, counterIn(region.words, tail), region.capacity), region.capacity);
}

/** The sender's half. */
export class RingWriter {
  #tail: number;
  /** HEAD as last seen: there may be more room by now, never less. */
  #head: number;

  constructor(readonly ring: Ring) {
    this.#tail = counterIn(ring.region.words, ring.tail);
    this.#head = counterIn(ring.region.words, ring.head);
  }

  /** Where a message of so many words can be written; -1 while there is no room. */
  reserve(length: number): number {
    const { region, head } = this.ring;
    if (length > region.capacity - between(this.#head, this.#tail, region.capacity)) {
      this.#head = counterIn(region.words, head);
      if (length > region.capacity - between(this.#head, this.#tail, region.capacity)) return -1;
    }
    return this.#tail;
  }

  /** Sends the message that was written there, and wakes the receiver. */
  publish(length: number): void {
    const { region, tail } = this.ring;
    this.#tail = after(this.#tail, length, region.capacity);
    // Publishes the words of the message, written plainly. Pairs with the look in `RingReader.next`.
    advance(region.words, tail, this.#tail);
  }
}

/**
 * A receiver that is right behind the sender takes from it the cache lines that it writes to: each message then takes both
 * of them up to three times as long. So one that has caught up to so many words, and has taken so many messages since it
 * last did, falls back by so many pauses, some fifteen microseconds. Who sends a message and waits for the answer never
 * meets that.
 */
const CLOSE = 256;
const STREAM = 32;
const FALL_BACK = 512;
/** In a ring of fewer words it is always close. */
const LEAST: number = 4 * CLOSE;

/** The receiver's half. */
export class RingReader {
  #head: number;
  /** How many messages it has taken since it last caught up with the sender. */
  #taken = 0;
  /** TAIL as last seen: there may be more messages by now, never fewer. */
  #tail: number;

  constructor(readonly ring: Ring) {
    this.#head = counterIn(ring.region.words, ring.head);
    this.#tail = this.#head;
  }

  /** Where the next message is; -1 while there is none. */
  next(): number {
    const { region, tail } = this.ring;
    if (this.#head === this.#tail) {
      this.#tail = counterIn(region.words, tail);
      if (this.available <= CLOSE) {
        if (this.#taken >= STREAM && region.capacity >= LEAST) {
          for (let i = 0; i < FALL_BACK; i++) pause();
          this.#tail = counterIn(region.words, tail);
        }
        this.#taken = 0;
        if (this.#head === this.#tail) return -1;
      }
    }
    this.#taken++;
    return this.#head;
  }

  /** How many words there are at least, once `next` has found some. */
  get available(): number {
    return between(this.#head, this.#tail, this.ring.region.capacity);
  }

  /** Gives back the words of the message, which has been read, and wakes the sender. */
  release(length: number): void {
    const { region, head } = this.ring;
    this.#head = after(this.#head, length, region.capacity);
    // The words are the sender's from here on. Pairs with the look in `RingWriter.reserve`.
    advance(region.words, head, this.#head);
  }
}
