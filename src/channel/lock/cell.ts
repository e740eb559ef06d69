/**
 * Cell: room for one value in a lock's memory, twice.
 *
 * Whoever has the lock writes the new value where the old one is not; which of the two counts changes with the word
 * of the lock, as it is released. So nobody reads a value half written, and a thread that dies leaves the old one.
 */

import { checkInteger } from "../../integer.ts";
import { done, MessageReader, prepare } from "../message.ts";
import type { SharedParts } from "../parts.ts";
import { Region } from "../ring.ts";

/** Bytes that there is room for, if nothing else is said; and the most. */
const LEAST_ROOM = 1024;
const MOST_ROOM = 2 ** 30;

const reader = new MessageReader();

/** How many words a value takes. */
export function wordsOf(value: unknown): number {
  const message = prepare(value, "value");
  const { length } = message;
  done(message);
  return length;
}

/** How much room there is to be, in words. */
export function roomFor(room: number | undefined, what: string, words = 0): number {
  if (room === undefined) return Math.max(LEAST_ROOM / 4, 4 * words);
  return Math.ceil(checkInteger(`make ${what}`, "room", room, 4, MOST_ROOM) / 8) * 2;
}

/** Room for a value, or for two. */
export class Cell {
  readonly #places: Region[];

  /**
   * @param start The first word: for each place `room` words.
   * @param what What it belongs to, in errors: `a mutex`.
   * @param type How that is called in code: `Mutex`.
   */
  constructor(
    { words, bytes }: SharedParts,
    start: number,
    readonly room: number,
    readonly what: string,
    readonly type: string,
    places = 2,
  ) {
    this.#places = Array.from({ length: places }, (_, i) => new Region(words, bytes, start + i * room, room));
  }

  /**
   * Writes a value, by the one who has the lock.
   *
   * @param place Says where, or refuses: called when all getters of the value have run, before a word is written.
   * @throws {RangeError} There is not so much room.
   * @throws {NotSendError} Something in it cannot cross threads, or not in memory alone.
   */
  put(place: () => number, value: unknown): void {
    const message = prepare(value, "value");
    try {
      if (message.length > this.room) {
        throw new RangeError(
          `Cannot keep a value of ${4 * message.length} bytes in ${this.what} with room for ${4 * this.room}: ` +
            `make it with 'new ${this.type}(…, { room: ${4 * message.length} })', or more if it may grow`,
        );
      }
      message.write(this.#places[place()]!, 0);
    } finally {
      done(message);
    }
  }

  /** Reads the value, by one who has the lock. */
  get(place: number): unknown {
    return reader.read(this.#places[place]!, 0, this.room);
  }
}
