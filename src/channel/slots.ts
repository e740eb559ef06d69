/**
 * Slots: a bounded queue of any number of senders and receivers, that outlives any of them.
 *
 * Positions count messages; the slot of a position is its remainder by the capacity. A slot's STATE names the position
 * that it is at, and a phase: FREE, WRITING, FULL, READING, then FREE for the position one capacity further on. Each step is
 * one compare-exchange or store on STATE: FREE to WRITING is where a message gets its place in the order, WRITING to FULL
 * where it is sent, FULL to READING where it is received. HEAD and TAIL follow, and whoever finds one behind moves it on.
 *
 * Before a thread takes a slot it writes the position to its INTENT, and clears it when it is through. So of a slot
 * that stays WRITING or READING anybody can tell whether a live thread is at it: one whose INTENT names the position. If
 * none is, its thread is gone, and the slot is passed over: a message half written never was, one half read went with its
 * receiver.
 *
 * Keeps true, even if any thread stops between two instructions:
 * - a slot's words belong to the thread that made it WRITING or READING, until it makes it FULL or FREE;
 * - at most a capacity of messages is in the queue, and it takes exactly as many;
 * - nobody waits for a thread that is gone.
 *
 * After D. Vyukov, "Bounded MPMC queue", 2010; claiming by the slot rather than by the counter, so that a claim can be
 * told to be abandoned, after M. Michael's "Hazard Pointers", 2004.
 */

import { compareExchange, load, store, type Words } from "../memory/atomics.ts";
import { generationOf, idIn } from "./participants.ts";

/** Phases of a slot. */
const FREE = 0;
const WRITING = 1;
const FULL = 2;
const READING = 3;
const PHASE_BITS = 2;

/** Positions are less than a multiple of the capacity that is at most this. */
const MOST_POSITIONS = 1 << 29;

/** INTENT: the generation of the thread's id, whether it is valid, what it does, and the low bits of the position. */
const GENERATION_SHIFT = 22;
const VALID: number = 1 << 21;
const RECEIVES: number = 1 << 20;
const POSITION_MASK: number = RECEIVES - 1;

/** Where a queue lies. */
export interface SlotWords {
  readonly words: Words;
  readonly head: number;
  readonly tail: number;
  /** The STATE of the first slot, and how far it is from one to the next. */
  readonly states: number;
  readonly stride: number;
  readonly capacity: number;
}

/** Those who take part. */
export interface Party {
  /** This thread's id. */
  readonly self: number;
  /** The slots of the table of participants that may be taken: from 1 to this. */
  readonly most: number;
  /** Where a participant's INTENT lies. */
  intent(slot: number): number;
  /** Whether a participant is known to be gone. */
  isGone(id: number): boolean;
}

/** Writes the first STATEs. Before anybody else sees the queue. */
export function initialise({ words, states, stride, capacity }: SlotWords): void {
  for (let slot = 0; slot < capacity; slot++) store(words, states + slot * stride, slot << PHASE_BITS | FREE);
}

/** A queue, as one thread sees it. */
export class Slots {
  readonly #party: Party;
  readonly #intent: number;
  readonly #mark: number;
  /** Positions wrap here. */
  readonly #wrap: number;

  constructor(readonly at: SlotWords, party: Party, slotOfSelf: number) {
    this.#party = party;
    this.#intent = party.intent(slotOfSelf);
    this.#mark = generationOf(party.self) << GENERATION_SHIFT | VALID;
    this.#wrap = at.capacity * Math.floor(MOST_POSITIONS / at.capacity);
  }

  /** The slot of a position. */
  slot(position: number): number {
    return position % this.at.capacity;
  }

  /** Takes the next free slot to write a message; gives its position, or -1 if the queue is full. */
  claim(): number {
    const { words, tail, capacity } = this.at;
    for (;;) {
      const position = load(words, tail);
      const index = this.#state(position);
      const state = load(words, index);
      if (state === (position << PHASE_BITS | FREE)) {
        store(words, this.#intent, this.#mark | (position & POSITION_MASK));
        const won = compareExchange(words, index, state, position << PHASE_BITS | WRITING) === state;
        if (!won) {
          this.#clear();
          continue;
        }
        compareExchange(words, tail, position, this.#after(position, 1));
        return position;
      }
      if (this.#after(state >> PHASE_BITS, capacity) === position) {
        const isAbandoned = (state & 3) === READING && this.#isAbandoned(state);
        if (isAbandoned) compareExchange(words, index, state, position << PHASE_BITS | FREE);
        // TAIL may have been an old one.
        else if (load(words, tail) === position) return -1;
      } else compareExchange(words, tail, position, this.#after(position, 1));
    }
  }

  /** Sends the message that was written in the slot of a claimed position. */
  publish(position: number): void {
    // Publishes the words of the message, written plainly.
    store(this.at.words, this.#state(position), position << PHASE_BITS | FULL);
    this.#clear();
  }

  /** Takes the next message out of the queue; gives its position, or -1 if there is none yet. */
  take(): number {
    const { words, head, tail, capacity } = this.at;
    for (;;) {
      const position = load(words, head);
      const index = this.#state(position);
      const state = load(words, index);
      if (state === (position << PHASE_BITS | FULL)) {
        store(words, this.#intent, this.#mark | RECEIVES | (position & POSITION_MASK));
        const won = compareExchange(words, index, state, position << PHASE_BITS | READING) === state;
        if (!won) {
          this.#clear();
          continue;
        }
        compareExchange(words, head, position, this.#after(position, 1));
        return position;
      }
      if (state === (position << PHASE_BITS | WRITING)) {
        if (!this.#isAbandoned(state)) return -1;
        // Its sender may have died before it counted the message: HEAD is never ahead of TAIL.
        compareExchange(words, tail, position, this.#after(position, 1));
        compareExchange(words, index, state, this.#after(position, capacity) << PHASE_BITS | FREE);
      } else if (
        state === (position << PHASE_BITS | FREE) || this.#after(state >> PHASE_BITS, capacity) === position
      ) {
        // Nothing was written there yet; perhaps another still reads what was there before. HEAD may have been an old one.
        if (load(words, head) === position) return -1;
      } else compareExchange(words, head, position, this.#after(position, 1));
    }
  }

  /** Gives back the slot of a message that was taken, and has been read. */
  release(position: number): void {
    const { words, capacity } = this.at;
    store(words, this.#state(position), this.#after(position, capacity) << PHASE_BITS | FREE);
    this.#clear();
  }

  /** How many messages are in the queue, those under way included. What it says may be past. */
  get used(): number {
    const { words, head, tail, capacity } = this.at;
    const start = load(words, head);
    const used = load(words, tail) - start;
    return Math.min(used < 0 ? used + this.#wrap : used, capacity);
  }

  #state(position: number): number {
    const { states, stride, capacity } = this.at;
    return states + (position % capacity) * stride;
  }

  #after(position: number, count: number): number {
    const next = position + count;
    return next >= this.#wrap ? next - this.#wrap : next;
  }

  #clear(): void {
    store(this.at.words, this.#intent, 0);
  }

  /**
   * Whether the thread that made a slot WRITING or READING is gone. If it is alive, its INTENT says so: that was written
   * before the slot was taken. Others whose INTENT names the position have come too late, and clear it soon.
   */
  #isAbandoned(state: number): boolean {
    const role = (state & 3) === READING ? RECEIVES : 0;
    const wanted = VALID | role | (state >> PHASE_BITS & POSITION_MASK);
    const { most } = this.#party;
    for (let slot = 1; slot <= most; slot++) {
      const intent = load(this.at.words, this.#party.intent(slot));
      if ((intent & (VALID | RECEIVES | POSITION_MASK)) !== wanted) continue;
      if (!this.#party.isGone(idIn(slot, intent >>> GENERATION_SHIFT))) return false;
    }
    return true;
  }
}
