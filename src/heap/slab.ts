/**
 * Slab: the task records that a thread hands out, and what it remembers of each.
 *
 * A record belongs to the thread that took it from its slab, its home: it leaves for the thread that runs the task,
 * and comes back with the result. So the free list is thread-local and needs no atomics, and a dropped handle can't leak a record.
 *
 * Keeps true: a record is in the free list, or in flight with its slot's item naming who waits for it (or nobody).
 */

import { clear, read, type Words, write } from "../memory/atomics.ts";
import { Record, RECORD_PAGES_PER_THREAD, RECORDS_PER_PAGE } from "../memory/layout.ts";
import { NONE } from "../sync/inbox.ts";
import type { Heap } from "./heap.ts";

/** Where the slot begins in a record's PLACE word. */
export const SLOT_SHIFT = 14;
/** What fits behind it. */
const MOST_SLOTS: number = 1 << (32 - SLOT_SHIFT);

/** Records of one thread, with an item of type `T` remembered for each. */
export class Slab<T> {
  /** What is remembered, by slot; see {@linkcode slotOf}. */
  readonly items: (T | undefined)[] = [];
  readonly #words: Words;
  readonly #heap: Heap;
  readonly #home: number;
  readonly #free: number[] = [];
  readonly #pages: number[] = [];
  /** The first record that was never handed out, and the end of its page. */
  #fresh = 0;
  #end = 0;

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
        const record = page + i * Record.WORDS;
        this.#giveSlot(record);
        this.#free.push(record);
      }
    }
  }

  /** The records in flight. Takes its time. */
  *inFlight(): Iterable<number> {
    const free = new Set(this.#free);
    for (const [index, page] of this.#pages.entries()) {
      const isLast = index === this.#pages.length - 1;
      for (let i = 0; i < RECORDS_PER_PAGE; i++) {
        const record = page + i * Record.WORDS;
        if (isLast && record === this.#fresh) return;
        if (!free.has(record)) yield record;
      }
    }
  }

  /** Gives a record; `NONE` when this thread has its share in flight. */
  take(): number {
    return this.#free.pop() ?? this.#takeFresh(false);
  }

  /**
   * Gives a record beyond this thread's share, if memory allows.
   *
   * For a thread that has nothing else to do: all its records may be held by tasks that wait for tasks that wait here.
   */
  takeBeyond(): number {
    return this.#free.pop() ?? this.#takeFresh(true);
  }

  /** Takes a record back. */
  give(record: number): void {
    this.items[slotOf(this.#words, record)] = undefined;
    this.#free.push(record);
  }

  #takeFresh(beyond: boolean): number {
    if (this.items.length === MOST_SLOTS) return NONE;
    if (this.#fresh === this.#end) {
      if (this.#pages.length >= RECORD_PAGES_PER_THREAD && !beyond) return NONE;
      const page = this.#heap.claimRecords(beyond || this.#pages.length === 0);
      if (page === NONE) return NONE;
      // Whatever was here before does not look like a task.
      clear(this.#words, page, RECORDS_PER_PAGE * Record.WORDS);
      this.#pages.push(page);
      this.#fresh = page;
      this.#end = page + RECORDS_PER_PAGE * Record.WORDS;
    }
    const record = this.#fresh;
    this.#fresh += Record.WORDS;
    this.#giveSlot(record);
    return record;
  }

  #giveSlot(record: number): void {
    // Plain: the record is this thread's alone until it is queued.
    write(this.#words, record + Record.PLACE, this.items.push(undefined) - 1 << SLOT_SHIFT | this.#home);
  }
}

/** The slot of a record in its home's table. */
export function slotOf(words: Words, record: number): number {
  return read(words, record + Record.PLACE) >>> SLOT_SHIFT;
}
