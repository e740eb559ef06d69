/**
 * Ends: which threads hold ends of a channel, and when the last of a side is gone.
 *
 * Each thread that takes part counts its senders and its receivers, in words of its slot in the table of participants.
 * One more word, GONE, says for good that a side is gone: it is set by whoever finds no end of that side in any
 * of the counts, which may be the one who closed the last end, or one who waits and has found that the thread which held
 * it is gone.
 *
 * An end that only one may have, as those of an `spsc` channel, has a GENERATION besides: whoever takes it over counts
 * it up, so that the end left behind knows that it is none any more.
 *
 * Keeps true, even if a thread stops between two instructions: GONE is set only when no live thread has an end of that
 * side; and if none has, then it is set, or will be by the next look of whoever waits.
 */

import { add, compareExchange, load, or, read, store, type Words } from "../memory/atomics.ts";
import { generationOf, idIn, slotOf, SLOTS, TABLE_WORDS } from "./participants.ts";
import type { Party } from "./positions.ts";
import { Presence } from "./presence.ts";

/** The two sides: their bits in GONE, and which of a slot's words counts them, from 1. */
export const SENDER = 1;
export const RECEIVER = 2;
/** A side of a channel. */
export type Side = typeof SENDER | typeof RECEIVER;

/**
 * A count has the generation of its thread in the upper bits: what is said late of one thread does not change what
 * the next in its slot counts.
 */
const GENERATION_SHIFT = 21;
const COUNT_MASK: number = (1 << GENERATION_SHIFT) - 1;

const GONE = 0;
const GENERATIONS = 0;
/** How often a thread without an end of a side has joined that side; see `#settle`. */
const JOINS = 3;
/** Whether an end has left the thread that made the channel, or may have. Set by that thread, and never taken back. */
const SHOWN = 4;
const TABLE = 16;

/** The ends of one channel, as one thread sees them; and so the threads that take part in it. */
export class Ends implements Party {
  /** How many words they take. */
  static readonly WORDS: number = TABLE + TABLE_WORDS;
  readonly most: number = SLOTS;

  readonly #words: Words;
  readonly #start: number;
  readonly #presence: Presence;
  #asking = false;

  /**
   * @param start The first of {@linkcode Ends.WORDS} words.
   * @param onChange Called after GONE has changed, or a thread has come or died: wakes all who wait.
   */
  constructor(words: Words, start: number, readonly onChange: () => void) {
    this.#words = words;
    this.#start = start;
    this.#presence = new Presence(words, start + TABLE, (id) => this.#bury(id));
  }

  /** The sides that are gone, as bits. */
  get gone(): number {
    return load(this.#words, this.#start + GONE);
  }

  /** The same by a plain look: another thread's doing may be seen a moment later. */
  get seenGone(): number {
    return read(this.#words, this.#start + GONE);
  }

  /** This thread's id among those who take part. */
  get self(): number {
    return this.#presence.self;
  }

  /** Whether a thread that takes part is known to be gone. */
  isGone(id: number): boolean {
    return this.#presence.isGone(id);
  }

  /** Where the INTENT of a thread lies. */
  intent(slot: number): number {
    return this.#presence.word(slot, 2);
  }

  /** Counts an end up for this thread. Gives the thread's id, to count it down there. */
  join(side: Side): number {
    const id = this.#presence.self;
    const index = this.#count(slotOf(id), side);
    for (;;) {
      const seen = load(this.#words, index);
      const count = isOf(seen, id) ? seen & COUNT_MASK : 0;
      if (count === COUNT_MASK) {
        throw new RangeError("Cannot make another end of this channel: there are 2 million here");
      }
      if (compareExchange(this.#words, index, seen, counted(id, count + 1)) !== seen) continue;
      if (count > 0) return id;
      // Before the end that this one replaces can be counted down; pairs with `#settle`.
      add(this.#words, this.#start + JOINS, 1);
      // Those who wait may have been alone until now, and not have looked for deaths.
      this.onChange();
      return id;
    }
  }

  /** Counts an end down, and sets GONE if it was the last. Does nothing if the thread is gone. */
  leave(side: Side, id: number): void {
    const index = this.#count(slotOf(id), side);
    for (;;) {
      const seen = load(this.#words, index);
      if (!isOf(seen, id) || (seen & COUNT_MASK) === 0) return;
      if (compareExchange(this.#words, index, seen, (seen - 1) | 0) === seen) break;
    }
    this.#settle(side);
  }

  /** The generation of an end that only one may have. */
  generation(side: Side): number {
    return load(this.#words, this.#start + GENERATIONS + side);
  }

  /** The same by a plain look: another thread's doing may be seen a moment later. */
  seenGeneration(side: Side): number {
    return read(this.#words, this.#start + GENERATIONS + side);
  }

  /**
   * Takes over an end that only one may have. Gives this thread's id; 0 if another was first.
   *
   * @param from The id of the thread that had it.
   */
  takeOver(side: Side, generation: number, from: number): number {
    // Counted here before it is counted down there, so that it is never missing.
    const id = this.join(side);
    const won = this.giveUp(side, generation);
    this.leave(side, won ? from : id);
    return won ? id : 0;
  }

  /** Ends a generation: `false` if it had ended. */
  giveUp(side: Side, generation: number): boolean {
    const index = this.#start + GENERATIONS + side;
    return compareExchange(this.#words, index, generation, (generation + 1) | 0) === generation;
  }

  /** Looks for threads that are known to be gone, and counts their ends down. */
  check(): void {
    let buried = false;
    for (const id of this.#others()) {
      if (!this.#presence.isGone(id)) continue;
      this.#bury(id);
      buried = true;
    }
    // Also where nobody was buried now: who did it before may have died right after.
    this.#settle(SENDER);
    this.#settle(RECEIVER);
    // What the dead one was about to do, it may have published and not told.
    if (buried) this.onChange();
  }

  /** The same, and asks for those of whom it is not known. They are counted down later. */
  ask(): void {
    this.check();
    if (this.#asking) return;
    const questions = [...this.#others()].map((id) => this.#presence.ask(id));
    if (questions.length === 0) return;
    this.#asking = true;
    Promise.all(questions).then((answers) => {
      this.#asking = false;
      if (answers.includes(true)) this.check();
    });
  }

  /** Whether no other thread has an end. */
  get alone(): boolean {
    return this.#others().next().done === true;
  }

  /** Whether no other thread can know of the channel. Then this one made it, and has all of its ends. */
  get isPrivate(): boolean {
    return load(this.#words, this.#start + SHOWN) === 0;
  }

  /** Another thread may be told of the channel. */
  show(): void {
    store(this.#words, this.#start + SHOWN, 1);
  }

  /** The ids under which ends are counted, but for this thread's own. */
  *#others(): Generator<number> {
    for (let slot = 1; slot <= SLOTS; slot++) {
      for (const side of [SENDER, RECEIVER] as const) {
        const seen = load(this.#words, this.#count(slot, side));
        const id = idIn(slot, seen >>> GENERATION_SHIFT);
        if ((seen & COUNT_MASK) === 0 || id === this.#presence.self) continue;
        yield id;
        break;
      }
    }
  }

  #count(slot: number, side: Side): number {
    return this.#presence.word(slot, side - 1);
  }

  /** Counts the ends of a thread that is gone as none. */
  #bury(id: number): void {
    for (const side of [SENDER, RECEIVER] as const) {
      const index = this.#count(slotOf(id), side);
      const seen = load(this.#words, index);
      if (isOf(seen, id)) compareExchange(this.#words, index, seen, counted(id, 0));
    }
  }

  /** Sets GONE if no end of a side is left. */
  #settle(side: Side): void {
    if ((this.gone & side) !== 0) return;
    let joins: number;
    do {
      joins = load(this.#words, this.#start + JOINS);
      for (let slot = 1; slot <= SLOTS; slot++) {
        if ((load(this.#words, this.#count(slot, side)) & COUNT_MASK) !== 0) return;
      }
      // An end that went from a slot still to be read to one that had been read was seen in neither: it has been counted in
      // JOINS in between.
    } while (load(this.#words, this.#start + JOINS) !== joins);
    or(this.#words, this.#start + GONE, side);
    this.onChange();
  }
}

function isOf(count: number, id: number): boolean {
  return count >>> GENERATION_SHIFT === generationOf(id);
}

function counted(id: number, count: number): number {
  return generationOf(id) << GENERATION_SHIFT | count;
}
