/**
 * Pages: the pages of 64 KiB that shared memory is cut into, and who has which.
 *
 * Each has a word in the page table: 0, or the number + 1 of the thread that has claimed it (bits 0–7) and what for (bits
 * 8–15): blocks of a size class, records, or a run of pages, of which the first is the head. VALUE_PAGES counts those that
 * are for values, before they are claimed and after they are given back, so that there are never more.
 *
 * Keeps true, even if any thread stops between two instructions: only a compare-exchange from 0 claims a page, and only who
 * has it gives it back. A thread that stops while it claims a run, or a page of records, leaves pages that carry its number
 * and are neither, which can be told.
 */

import { add, clear, compareExchange, load, read, store, type Words, write } from "../memory/atomics.ts";
import { Header, type Memory, PAGE_WORDS } from "../memory/layout.ts";

/** What a page is claimed for, beside size classes. */
export const RECORDS = 0xfd;
export const RUN = 0xfe;
export const REST_OF_RUN = 0xff;

/** The thread that has the page with this word. */
export function ownerIn(entry: number): number {
  return (entry & 0xff) - 1;
}

/** What the page with this word is for: a size class, or one of the three above. */
export function useIn(entry: number): number {
  return entry >> 8;
}

/** The pages as one thread claims them. */
export class Pages {
  readonly #memory: Memory;
  readonly #words: Words;
  readonly #thread: number;
  /** No page before this one is likely to be free. */
  #hint = 0;

  constructor(memory: Memory, thread: number) {
    this.#memory = memory;
    this.#words = memory.words;
    this.#thread = thread;
  }

  /** A page's word. */
  entry(page: number): number {
    return load(this.#words, this.#memory.pageTable + page);
  }

  /** The first word of a page. */
  startOf(page: number): number {
    return this.#memory.heap + page * PAGE_WORDS;
  }

  /** The page that a word lies in. */
  pageOf(word: number): number {
    return ((word - this.#memory.heap) / PAGE_WORDS) | 0;
  }

  /** The pages that have this thread's number. */
  *own(): Iterable<number> {
    for (let page = 0; page < this.#memory.pages; page++) if (ownerIn(this.entry(page)) === this.#thread) yield page;
  }

  /** How many pages a run has. Plain: published with the block. */
  runLength(head: number): number {
    return read(this.#words, this.#memory.runTable + head);
  }

  /** Claims a page for blocks of a size class; -1 when there is none. */
  claim(sizeClass: number): number {
    if (!this.#count(1)) return -1;
    const page = this.#claimOne(sizeClass);
    if (page < 0) this.#uncount(1);
    return page;
  }

  /** Claims a page for records; -1 when there is none. `beyond` the records' own share, if need be. */
  claimForRecords(beyond: boolean): number {
    const words = this.#words;
    const isBeyond = add(words, Header.RECORD_PAGES, 1) >= this.#memory.recordPages;
    const page = isBeyond && !beyond ? -1 : this.#claimOne(REST_OF_RUN);
    if (page < 0) {
      add(words, Header.RECORD_PAGES, -1);
      return -1;
    }
    // Whatever was here before does not look like tasks, to whoever may read them if this thread dies.
    clear(words, this.startOf(page), PAGE_WORDS);
    store(words, this.#memory.pageTable + page, RECORDS << 8 | (this.#thread + 1));
    return page;
  }

  /**
   * Claims a run of pages, highest first, so that runs and pages of small blocks keep out of each other's way.
   *
   * @returns Its head; -1 when there is none.
   */
  claimRun(length: number): number {
    const { pageTable, runTable, pages } = this.#memory;
    if (!this.#count(length)) return -1;
    let claimed = 0;
    for (let page = pages - 1; page >= 0; page--) {
      const head = claimed === length - 1;
      if (!this.#tryClaim(page, head ? RUN : REST_OF_RUN)) {
        // Taken, perhaps by a thread that looks for a run as well and is about to give way: `Heap.reserve` looks again.
        for (let i = 1; i <= claimed; i++) store(this.#words, pageTable + page + i, 0);
        claimed = 0;
      } else if (++claimed === length) {
        write(this.#words, runTable + page, length);
        return page;
      }
    }
    for (let i = 0; i < claimed; i++) store(this.#words, pageTable + i, 0);
    this.#uncount(length);
    return -1;
  }

  /** Gives a page back, or a whole run by its head. */
  release(page: number): void {
    const length = useIn(this.entry(page)) === RUN ? this.runLength(page) : 1;
    // Downwards: a run that is given back by halves still has its head.
    for (let i = length - 1; i >= 0; i--) store(this.#words, this.#memory.pageTable + page + i, 0);
    if (length === 1) this.#hint = Math.min(this.#hint, page);
    this.#uncount(length);
  }

  /** Gives back what is left of a run that a thread was about to claim. */
  releaseRest(page: number): void {
    store(this.#words, this.#memory.pageTable + page, 0);
  }

  /** Whether more than half of the room for values is taken. */
  get areTight(): boolean {
    return 2 * load(this.#words, Header.VALUE_PAGES) > this.#memory.valuePages;
  }

  /** How many pages for values are not claimed. */
  get unclaimed(): number {
    return this.#memory.valuePages - load(this.#words, Header.VALUE_PAGES);
  }

  /** Claims one page, the lowest free one from the hint on; -1 when there is none. */
  #claimOne(use: number): number {
    const { pages } = this.#memory;
    for (let i = 0; i < pages; i++) {
      const page = (this.#hint + i) % pages;
      if (this.#tryClaim(page, use)) {
        this.#hint = (page + 1) % pages;
        return page;
      }
    }
    return -1;
  }

  #tryClaim(page: number, use: number): boolean {
    const entry = this.#memory.pageTable + page;
    return load(this.#words, entry) === 0 &&
      compareExchange(this.#words, entry, 0, use << 8 | (this.#thread + 1)) === 0;
  }

  #count(pages: number): boolean {
    const words = this.#words;
    const now = add(words, Header.VALUE_PAGES, pages) + pages;
    if (now > this.#memory.valuePages) {
      this.#uncount(pages);
      return false;
    }
    for (;;) {
      const peak = load(words, Header.VALUE_PAGES_PEAK);
      if (now <= peak || compareExchange(words, Header.VALUE_PAGES_PEAK, peak, now) === peak) return true;
    }
  }

  #uncount(pages: number): void {
    add(this.#words, Header.VALUE_PAGES, -pages);
  }
}
