/**
 * Positions: messages counted, the slots that they lie in, and who is at which: what `slots.ts` and `tape.ts` have in
 * common.
 *
 * The slot of a position is its remainder by the capacity. Each slot has a word, its STATE, which names the position that
 * it is at; a compare-exchange on it gives the slot to one thread.
 *
 * Before a thread takes a slot it writes the position to its INTENT, and clears it when it is through. So of a slot
 * that stays half written anybody can tell whether a live thread is at it: one whose INTENT names the position. If none
 * is, its thread is gone, and the slot is passed over.
 *
 * After M. Michael's "Hazard Pointers", 2004.
 */

import { load, store, type Words } from "../memory/atomics.ts";
import { generationOf, idIn, slotOf } from "./participants.ts";

/** Positions are less than a multiple of the capacity that is at most this. */
const MOST_POSITIONS = 1 << 29;

/** INTENT: the generation of the thread's id, whether it is valid, what it does, and the low bits of the position. */
const GENERATION_SHIFT = 22;
const VALID: number = 1 << 21;
const POSITION_MASK: number = VALID - 1;

/** Where the slots lie. */
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

/** The positions of a channel, as one thread sees them. */
export class Positions {
  readonly #party: Party;
  readonly #intent: number;
  readonly #mark: number;
  readonly #positionMask: number;
  /** Positions wrap here. */
  protected readonly wrap: number;

  /** @param roles The bits of INTENT, just below the valid one, that say what a thread is about to do; 0 for none. */
  constructor(readonly at: SlotWords, party: Party, roles = 0) {
    const { self } = party;
    this.#party = party;
    this.#intent = party.intent(slotOf(self));
    this.#mark = generationOf(self) << GENERATION_SHIFT | VALID;
    this.#positionMask = POSITION_MASK & ~roles;
    this.wrap = at.capacity * Math.floor(MOST_POSITIONS / at.capacity);
  }

  /** The slot of a position. */
  slot(position: number): number {
    return position % this.at.capacity;
  }

  /** A position further on. */
  after(position: number, count: number): number {
    const next = position + count;
    return next >= this.wrap ? next - this.wrap : next;
  }

  /** Where the STATE of a position's slot lies. */
  protected state(position: number): number {
    const { states, stride, capacity } = this.at;
    return states + (position % capacity) * stride;
  }

  /** Says that this thread is about to take a position. */
  protected intend(position: number, role = 0): void {
    store(this.at.words, this.#intent, this.#mark | role | position & this.#positionMask);
  }

  /** This thread is through with what it intended. */
  protected clear(): void {
    store(this.at.words, this.#intent, 0);
  }

  /**
   * Whether the thread that took a position is gone. If it is alive, its INTENT says so: that was written before the slot was
   * taken. Others whose INTENT names the position have come too late, and clear it soon.
   */
  protected isAbandoned(position: number, role = 0): boolean {
    const wanted = VALID | role | position & this.#positionMask;
    const { most } = this.#party;
    for (let slot = 1; slot <= most; slot++) {
      const intent = load(this.at.words, this.#party.intent(slot));
      if ((intent & (VALID | POSITION_MASK)) !== wanted) continue;
      if (!this.#party.isGone(idIn(slot, intent >>> GENERATION_SHIFT))) return false;
    }
    return true;
  }
}
