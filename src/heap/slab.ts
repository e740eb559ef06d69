/**
 * Slab: the task records that a thread hands out, and what it remembers of each.
 *
 * A record belongs to the thread that took it from its slab, its home: it leaves for the thread that runs the task,
 * and comes back with the result. So what is free needs no atomics, and a dropped handle can't leak a record. The first
 * free one in the order of addresses goes out next; see `bitmap.ts`.
 *
 * Keeps true: a record is free, or in flight with its slot's item naming who waits for it (or nobody).
 */

import { read, type Words, write } from "../memory/atomics.ts";
import { Record, RECORD_PAGES_PER_THREAD, RECORDS_PER_PAGE, SLOT_SHIFT } from "../memory/layout.ts";
import { NONE } from "../sync/inbox.ts";
import { Bitmap } from "./bitmap.ts";
import type { Heap } from "./heap.ts";

/** What fits behind it. */
const MOST_SLOTS: number = 1 << (32 - SLOT_SHIFT);

/** Records of one thread, with an item of type `T` remembered for each. */
export class Slab<T> {
  /** What is remembered, by slot; see {@linkcode slotOf}. */
  readonly items: (T | undefined)[] = [];
  readonly #words: Words;
  readonly #heap: Heap;
  readonly #home: number;
  readonly #free = new Bitmap(MOST_SLOTS);
  readonly #pages: number[] = [];

  /** @param home The number of the thread, which its records name from the start. */
  constructor(words: Words, heap: Heap, home: number) {
    this.#words = words;
    this.#heap = heap;
    this.#home = home;
    // Pages of records stay with the thread's number: an old entry of a ring may still name one of these records, and
    // find that there is nothing to claim. Where a dead thread had the number before, they are taken over.
    for (const page of heap.recordPages()) {
      this.#pages.push(page);
      for (let i = 0; i < RECORDS_PER_PAGE; i++) {
        this.#free.add(this.items.length);
        this.#addSlot();
      }
    }
  }

  /** The records in flight. Takes its time. */
  *inFlight(): Iterable<number> {
    for (let slot = 0; slot < this.items.length; slot++) if (!this.#free.has(slot)) yield this.#recordOf(slot);
  }

  /**
   * Gives a record; `NONE` when this thread has its share in flight.
   *
   * @param beyond Whether to give one beyond that share, if memory allows: for a thread that has nothing else to do, as all
   * its records may be held by tasks that wait for tasks that wait here.
   */
  take(beyond: boolean): number {
    const slot = this.#free.takeFirst();
    return slot >= 0 ? this.#recordOf(slot) : this.#takeFresh(beyond);
  }

  /** Takes a record back. */
  give(record: number): void {
    const slot = slotOf(this.#words, record);
    this.items[slot] = undefined;
    this.#free.add(slot);
  }

  #takeFresh(beyond: boolean): number {
    const slots = this.items.length;
    if (slots === MOST_SLOTS) return NONE;
    if (slots === this.#pages.length * RECORDS_PER_PAGE) {
      if (this.#pages.length >= RECORD_PAGES_PER_THREAD && !beyond) return NONE;
      const page = this.#heap.claimRecords(beyond || this.#pages.length === 0);
      if (page === NONE) return NONE;
      this.#pages.push(page);
    }
    return this.#addSlot();
  }

  /** Makes a slot for the first record that has none. */
  #addSlot(): number {
    const slot = this.items.push(undefined) - 1;
    const record = this.#recordOf(slot);
    // Plain: the record is this thread's alone until it is queued.
    write(this.#words, record + Record.PLACE, slot << SLOT_SHIFT | this.#home);
    return record;
  }

  #recordOf(slot: number): number {
    return this.#pages[(slot / RECORDS_PER_PAGE) | 0]! + (slot % RECORDS_PER_PAGE) * Record.WORDS;
  }
}

/** The slot of a record in its home's table. */
export function slotOf(words: Words, record: number): number {
  return read(words, record + Record.PLACE) >>> SLOT_SHIFT;
}
