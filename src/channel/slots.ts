/**
 * Slots: a bounded queue of any number of senders and receivers, that outlives any of them.
 *
 * Positions count messages; the slot of a position is its remainder by the capacity. A slot's STATE names the position
 * that it is at, and a phase: FREE, WRITING, FULL, READING, then FREE for the position one capacity further on. Each step is
 * one compare-exchange or store on STATE: FREE to WRITING is where a message gets its place in the order, WRITING to FULL
 * where it is sent, FULL to READING where it is received. HEAD and TAIL follow, and whoever finds one behind moves it on.
 *
 * A slot that stays WRITING or READING, and whose thread is gone, is passed over; see `positions.ts`: a message half
 * written never was, one half read went with its receiver.
 *
 * Keeps true, even if any thread stops between two instructions:
 * - a slot's words belong to the thread that made it WRITING or READING, until it makes it FULL or FREE;
 * - at most a capacity of messages is in the queue, and it takes exactly as many;
 * - nobody waits for a thread that is gone.
 *
 * After D. Vyukov, "Bounded MPMC queue", 2010; claiming by the slot rather than by the counter, so that a claim can be
 * told to be abandoned.
 */

import { compareExchange, load, store } from "../memory/atomics.ts";
import { type Party, Positions, type SlotWords } from "./positions.ts";

/** Phases of a slot. */
const FREE = 0;
const WRITING = 1;
const FULL = 2;
const READING = 3;
const PHASE_BITS = 2;

/** In an INTENT: that the thread receives. */
const RECEIVES: number = 1 << 20;

/** Writes the first STATEs. Before anybody else sees the queue. */
export function initialise({ words, states, stride, capacity }: SlotWords): void {
  for (let slot = 0; slot < capacity; slot++) store(words, states + slot * stride, slot << PHASE_BITS | FREE);
}

/** A queue, as one thread sees it. */
export class Slots extends Positions {
  constructor(at: SlotWords, party: Party) {
    super(at, party, RECEIVES);
  }

  /** Takes the next free slot to write a message; gives its position, or -1 if the queue is full. */
  claim(): number {
    const { words, tail, capacity } = this.at;
    for (;;) {
      const position = load(words, tail);
      const index = this.state(position);
      const state = load(words, index);
      if (state === (position << PHASE_BITS | FREE)) {
        this.intend(position);
        const won = compareExchange(words, index, state, position << PHASE_BITS | WRITING) === state;
        if (!won) {
          this.clear();
          continue;
        }
        compareExchange(words, tail, position, this.after(position, 1));
        return position;
      }
      if (this.after(state >> PHASE_BITS, capacity) === position) {
        const isAbandoned = (state & 3) === READING && this.isAbandoned(state >> PHASE_BITS, RECEIVES);
        if (isAbandoned) compareExchange(words, index, state, position << PHASE_BITS | FREE);
        // TAIL may have been an old one.
        else if (load(words, tail) === position) return -1;
      } else compareExchange(words, tail, position, this.after(position, 1));
    }
  }

  /** Sends the message that was written in the slot of a claimed position. */
  publish(position: number): void {
    // Publishes the words of the message, written plainly.
    store(this.at.words, this.state(position), position << PHASE_BITS | FULL);
    this.clear();
  }

  /** Takes the next message out of the queue; gives its position, or -1 if there is none yet. */
  take(): number {
    const { words, head, tail, capacity } = this.at;
    for (;;) {
      const position = load(words, head);
      const index = this.state(position);
      const state = load(words, index);
      if (state === (position << PHASE_BITS | FULL)) {
        this.intend(position, RECEIVES);
        const won = compareExchange(words, index, state, position << PHASE_BITS | READING) === state;
        if (!won) {
          this.clear();
          continue;
        }
        compareExchange(words, head, position, this.after(position, 1));
        return position;
      }
      if (state === (position << PHASE_BITS | WRITING)) {
        if (!this.isAbandoned(position)) return -1;
        // Its sender may have died before it counted the message: HEAD is never ahead of TAIL.
        compareExchange(words, tail, position, this.after(position, 1));
        compareExchange(words, index, state, this.after(position, capacity) << PHASE_BITS | FREE);
      } else if (
        state === (position << PHASE_BITS | FREE) || this.after(state >> PHASE_BITS, capacity) === position
      ) {
        // Nothing was written there yet; perhaps another still reads what was there before. HEAD may have been an old one.
        if (load(words, head) === position) return -1;
      } else compareExchange(words, head, position, this.after(position, 1));
    }
  }

  /** Gives back the slot of a message that was taken, and has been read. */
  release(position: number): void {
    const { words, capacity } = this.at;
    store(words, this.state(position), this.after(position, capacity) << PHASE_BITS | FREE);
    this.clear();
  }

  /** How many messages are in the queue, those under way included. What it says may be past. */
  get used(): number {
    const { words, head, tail, capacity } = this.at;
    const start = load(words, head);
    const used = load(words, tail) - start;
    return Math.min(used < 0 ? used + this.wrap : used, capacity);
  }
}
