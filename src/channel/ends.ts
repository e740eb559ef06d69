/**
 * Ends: which threads hold ends of a channel, and when the last of a side is gone.
 *
 * Each thread that takes part has a word that counts its senders and its receivers. One more word, GONE, says for good
 * that a side is gone: it is set by whoever finds no end of that side in any of the counts, which may be the one who
 * closed the last end, or one who waits and has found that the thread which held it is dead.
 *
 * An end that only one may have, as those of an `spsc` channel, has a GENERATION besides: whoever takes it over counts
 * it up, so that the end left behind knows that it is none any more.
 *
 * Keeps true, even if a thread stops between two instructions: GONE is set only when no live thread has an end of that
 * side; and if none has, then it is set, or will be by the next look of whoever waits.
 */

import { add, compareExchange, exchange, load, or, type Words } from "../memory/atomics.ts";
import { Members } from "./members.ts";

/** The two sides, by their bit in GONE. */
export const SENDER = 1;
export const RECEIVER = 2;
/** A side of a channel. */
export type Side = typeof SENDER | typeof RECEIVER;

/** What one end adds to a thread's count, and where the counts of its side are. */
const UNIT = { [SENDER]: 1, [RECEIVER]: 1 << 16 } as const;
const PART = { [SENDER]: 0xffff, [RECEIVER]: 0xffff << 16 } as const;

const GONE = 0;
const GENERATION = { [SENDER]: 1, [RECEIVER]: 2 } as const;
const COUNTS = 16;

/** The ends of one channel, as one thread sees them. */
export class Ends {
  /** How many words they take. */
  static readonly WORDS: number = COUNTS + Members.MOST + Members.WORDS;

  readonly #words: Words;
  readonly #start: number;
  readonly #members: Members;

  /**
   * @param start The first of {@linkcode Ends.WORDS} words.
   * @param onGone Called after GONE has changed: wakes all who wait.
   */
  constructor(words: Words, start: number, readonly onGone: () => void) {
    this.#words = words;
    this.#start = start;
    this.#members = new Members(words, start + COUNTS + Members.MOST);
  }

  /** The sides that are gone, as bits. */
  get gone(): number {
    return load(this.#words, this.#start + GONE);
  }

  /** Counts an end up for this thread. Gives the thread's place, to count it down there. */
  join(side: Side): number {
    const place = this.#members.join();
    add(this.#words, this.#count(place), UNIT[side]);
    return place;
  }

  /** Counts an end down, and sets GONE if it was the last. Does nothing if the thread was found dead. */
  leave(side: Side, place: number): void {
    const count = this.#count(place);
    for (;;) {
      const seen = load(this.#words, count);
      if ((seen & PART[side]) === 0) return;
      if (compareExchange(this.#words, count, seen, (seen - UNIT[side]) | 0) === seen) break;
    }
    this.#settle(side);
  }

  /** The generation of an end that only one may have. */
  generation(side: Side): number {
    return load(this.#words, this.#start + GENERATION[side]);
  }

  /**
   * Takes over an end that only one may have. Gives this thread's place; -1 if another was first.
   *
   * @param from The place of the thread that had it.
   */
  takeOver(side: Side, generation: number, from: number): number {
    // Counted here before it is counted down there, so that it is never missing.
    const place = this.join(side);
    const won = this.giveUp(side, generation);
    this.leave(side, won && from >= 0 && from < Members.MOST ? from : place);
    return won ? place : -1;
  }

  /** Ends a generation: `false` if it had ended. */
  giveUp(side: Side, generation: number): boolean {
    const index = this.#start + GENERATION[side];
    return compareExchange(this.#words, index, generation, (generation + 1) | 0) === generation;
  }

  /** Looks for threads that died, and counts their ends down. */
  check(): void {
    let buried = false;
    for (let place = 0; place < Members.MOST; place++) {
      if (load(this.#words, this.#count(place)) === 0 || !this.#members.isGone(place)) continue;
      exchange(this.#words, this.#count(place), 0);
      buried = true;
    }
    // Also where nobody was buried now: who did it before may have died right after.
    this.#settle(SENDER);
    this.#settle(RECEIVER);
    if (buried) this.onGone();
  }

  #count(place: number): number {
    return this.#start + COUNTS + place;
  }

  /** Sets GONE if no end of a side is left. */
  #settle(side: Side): void {
    if ((this.gone & side) !== 0) return;
    for (let place = 0; place < Members.MOST; place++) {
      if ((load(this.#words, this.#count(place)) & PART[side]) !== 0) return;
    }
    or(this.#words, this.#start + GONE, side);
    this.onGone();
  }
}
