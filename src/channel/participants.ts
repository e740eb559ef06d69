/**
 * Participants: the table of threads that take part in one channel or lock, in its own memory.
 *
 * A thread enters once, and is known by its id from then on: 16 bits, small enough for a state word to name its owner,
 * so that something is taken with one compare-exchange that also says by whom. An id is a slot and a generation: when
 * the thread is gone its slot goes to another with the next generation, so that an old id never means a new thread.
 *
 * Keeps true, even if any thread stops between two instructions:
 * - a thread has one slot at most, and a slot one thread;
 * - what is written of a thread stands still from the moment its id can be known until it is known to be gone;
 * - before a slot is given to another, `bury` has cleared away what the owner of the table keeps under the old id.
 *
 * A thread that dies within the few instructions between claiming a slot and having entered takes the slot with it.
 * Generations have 10 bits: an id would have to be held over the death of 1,024 threads in one slot to be mistaken.
 */

import { compareExchange, load, store, type Words } from "../memory/atomics.ts";

/** How many threads can take part at a time. */
export const SLOTS = 63;

/** All bits of an id; no id is 0. */
export const ID_MASK = 0xffff;

const SLOT_BITS = 6;
const SLOT_MASK = 63;
const GENERATION_MASK = 1023;

/** A slot is one cache line. */
const SLOT_WORDS = 16;
const Slot = {
  /** Phase (bits 0–2) and generation (bits 3–12). Changed by compare-exchange. */
  STATE: 0,
  /** Four words that name the thread, and which copy of the library on it. Whoever has claimed the slot. */
  TOKEN: 1,
  /** Two words that name the run of the runtime whose pool the thread belongs to; zero for none. */
  RUN: 6,
  /** The thread's number there (7 bits), and how many had the number before. */
  HOLDER: 8,
  /** The rest is for the owner of the table. */
  FREE: 9,
} as const;

/** Words in a table. */
export const TABLE_WORDS: number = SLOT_WORDS * (SLOTS + 1);

/** Phases of a slot. */
const FREE = 0;
/** Somebody writes its identity. */
const CLAIMED = 1;
/** A thread is there. */
const ENTERED = 2;
/** And it holds the lock that others can ask for to learn whether it is gone. */
const HELD = 3;
/** It is known to be gone. */
const GONE = 4;

const PHASE_BITS = 3;
const PHASE_MASK = 7;

/** Who a thread is. */
export interface Identity {
  /** Four words of a random name, and the number of the library's copy. */
  readonly token: readonly number[];
  /** Two words; zeros for a thread that is no pool's. */
  readonly run: readonly number[];
  readonly holder: number;
}

/** What the table knows of a thread. */
export interface Entry extends Identity {
  /** Whether it holds the lock of its name while it lives. */
  readonly held: boolean;
}

/** The slot of an id, from 1. */
export function slotOf(id: number): number {
  return id & SLOT_MASK;
}

/** The generation of an id. */
export function generationOf(id: number): number {
  return id >> SLOT_BITS & GENERATION_MASK;
}

/** The id of a slot in a generation. */
export function idIn(slot: number, generation: number): number {
  return generation << SLOT_BITS | slot;
}

/** A table, seen from one thread. */
export class Participants {
  /**
   * @param words The memory.
   * @param at Where the table begins: {@linkcode TABLE_WORDS} zeros at first.
   * @param bury Clears away what the owner of the table keeps under the id of a thread that is gone. It may be called by several
   * threads at once, and again; by compare-exchange on words that hold the id, or something of the same generation.
   */
  constructor(
    readonly words: Words,
    readonly at: number,
    readonly bury: (id: number) => void,
    readonly slots: number = SLOTS,
  ) {}

  /** Where the `index`th of the owner's own words in a slot lies; slot 0 is nobody's. */
  word(slot: number, index: number): number {
    return this.at + slot * SLOT_WORDS + Slot.FREE + index;
  }

  /**
   * Enters a thread; gives its id, the same however often it is called. 0 if the table is full.
   *
   * @param isGone Whether a thread is known to be gone, for when there is no room.
   */
  enter(self: Identity, held: boolean, isGone: (entry: Entry) => boolean): number {
    const { words } = this;
    for (let slot = 1; slot <= this.slots; slot++) {
      const state = load(words, this.#state(slot));
      // Only this thread writes its own token, so what is compared cannot become equal meanwhile.
      if (isThere(state) && this.#reads(slot, Slot.TOKEN, self.token)) return idOf(slot, state);
    }
    for (let slot = 1; slot <= this.slots; slot++) {
      const id = this.#claim(slot);
      if (id !== 0) return this.#settle(id, self, held);
    }
    // No room: whoever is gone and nobody has asked for is found now.
    for (let slot = 1; slot <= this.slots; slot++) {
      const id = idOf(slot, load(words, this.#state(slot)));
      const entry = this.entry(id);
      if (entry === undefined || !isGone(entry)) continue;
      this.setGone(id);
      const own = this.#claim(slot);
      if (own !== 0) return this.#settle(own, self, held);
    }
    return 0;
  }

  /** The thread holds the lock of its name from now on. */
  setHeld(id: number): void {
    this.#change(id, ENTERED, HELD);
  }

  /** The thread is gone: whoever has found out says so to all. */
  setGone(id: number): void {
    if (!this.#change(id, HELD, GONE)) this.#change(id, ENTERED, GONE);
  }

  /** What is known of a thread; `undefined` once it is gone. */
  entry(id: number): Entry | undefined {
    const { words } = this;
    const slot = slotOf(id);
    const state = load(words, this.#state(slot));
    if (!isThere(state) || idOf(slot, state) !== id) return undefined;
    const at = this.at + slot * SLOT_WORDS;
    const read = (from: number, count: number) => Array.from({ length: count }, (_, i) => load(words, at + from + i));
    const entry = { token: read(Slot.TOKEN, 5), run: read(Slot.RUN, 2), holder: load(words, at + Slot.HOLDER) };
    // If the slot has gone to another while it was read, its generation says so.
    const now = load(words, this.#state(slot));
    if (!isThere(now) || idOf(slot, now) !== id) return undefined;
    return { ...entry, held: (now & PHASE_MASK) === HELD };
  }

  /** The id of the thread in a slot; 0 for none. */
  idAt(slot: number): number {
    const state = load(this.words, this.#state(slot));
    return isThere(state) ? idOf(slot, state) : 0;
  }

  /** Takes a slot that is free, or whose thread is gone; gives the new id, 0 if it is neither. */
  #claim(slot: number): number {
    const { words } = this;
    const state = load(words, this.#state(slot));
    const phase = state & PHASE_MASK;
    if (phase !== FREE && phase !== GONE) return 0;
    if (phase === GONE) this.bury(idOf(slot, state));
    const generation = (state >> PHASE_BITS) + (phase === GONE ? 1 : 0) & GENERATION_MASK;
    const claimed = generation << PHASE_BITS | CLAIMED;
    // From here on nobody takes the old id for a thread that is there.
    return compareExchange(words, this.#state(slot), state, claimed) === state ? idOf(slot, claimed) : 0;
  }

  #settle(id: number, { token, run, holder }: Identity, held: boolean): number {
    const { words } = this;
    const at = this.at + slotOf(id) * SLOT_WORDS;
    for (const [i, word] of token.entries()) store(words, at + Slot.TOKEN + i, word);
    for (const [i, word] of run.entries()) store(words, at + Slot.RUN + i, word);
    store(words, at + Slot.HOLDER, holder);
    // Publishes what was written above.
    store(words, at + Slot.STATE, generationOf(id) << PHASE_BITS | (held ? HELD : ENTERED));
    return id;
  }

  #change(id: number, from: number, to: number): boolean {
    const generation = generationOf(id) << PHASE_BITS;
    const expected = generation | from;
    return compareExchange(this.words, this.#state(slotOf(id)), expected, generation | to) === expected;
  }

  #state(slot: number): number {
    return this.at + slot * SLOT_WORDS + Slot.STATE;
  }

  #reads(slot: number, from: number, expected: readonly number[]): boolean {
    const at = this.at + slot * SLOT_WORDS + from;
    return expected.every((word, i) => load(this.words, at + i) === word);
  }
}

function isThere(state: number): boolean {
  const phase = state & PHASE_MASK;
  return phase === ENTERED || phase === HELD;
}

function idOf(slot: number, state: number): number {
  return idIn(slot, state >> PHASE_BITS & GENERATION_MASK);
}
