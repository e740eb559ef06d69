/**
 * Estate: what a dead thread leaves behind in the heap, and how it is given back.
 *
 * It is gone for good when this begins. Its pages hold its own records, which other threads may still run and send
 * to an inbox that nobody empties, and blocks that others may still read and free. Nobody allocates from them any
 * more, so what is unused stays unused.
 *
 * Keeps true: a page is given back when no record names a block in it, and all threads have been seen between two
 * pieces of work since then; so none is about to free a block there that it has just taken out of a record. From then
 * on nobody but the undertaker writes the page's word, which need not be one exchange.
 */

import { load, type Words } from "../memory/atomics.ts";
import { type Memory, Record, RECORDS_PER_PAGE } from "../memory/layout.ts";
import { NONE } from "../sync/inbox.ts";
import { ownerIn, Pages, RECORDS, REST_OF_RUN, useIn } from "./pages.ts";

/** The pages of one dead thread. */
export class Estate {
  readonly #memory: Memory;
  readonly #words: Words;
  readonly #owner: number;
  readonly #pages: Pages;

  constructor(memory: Memory, thread: number) {
    this.#memory = memory;
    this.#words = memory.words;
    this.#owner = thread;
    this.#pages = new Pages(memory, thread);
  }

  /** The records that were the dead thread's own. */
  *records(): Iterable<number> {
    for (const page of this.#pages.own()) if (this.#useOf(page) === RECORDS) yield* this.#recordsIn(page);
  }

  /** The pages in which no record of a living thread names a block. */
  unused(): number[] {
    const { pages } = this.#memory;
    const named = new Set<number>();
    const name = (block: number) => {
      if (block !== NONE) named.add(this.#pages.pageOf(block));
    };
    for (let page = 0; page < pages; page++) {
      const entry = this.#pages.entry(page);
      if (useIn(entry) !== RECORDS || ownerIn(entry) === this.#owner) continue;
      for (const record of this.#recordsIn(page)) {
        // Whoever has the record may write there meanwhile; but names of blocks of a dead thread's only disappear.
        name(load(this.#words, record + Record.PAYLOAD));
        name(load(this.#words, record + Record.REASON));
      }
    }
    return [...this.#pages.own()].filter((page) => !named.has(page) && this.#isHead(page));
  }

  /** How many pages there are, but for those of records, which stay with the thread's number. */
  get size(): number {
    return [...this.#pages.own()].filter((page) => this.#useOf(page) !== RECORDS).length;
  }

  /**
   * Gives a page back, or a whole run by its first page, unless that was done: who had a run in its hands when it was found
   * unused gives it back itself, and it may be another's by now.
   */
  release(page: number): void {
    if (ownerIn(this.#pages.entry(page)) === this.#owner) this.#pages.release(page);
  }

  /** Gives back what is left of runs that the thread was about to claim. */
  releaseRests(): void {
    for (const page of this.#pages.own()) if (this.#useOf(page) === REST_OF_RUN) this.#pages.releaseRest(page);
  }

  #isHead(page: number): boolean {
    return this.#useOf(page) !== REST_OF_RUN && this.#useOf(page) !== RECORDS;
  }

  #useOf(page: number): number {
    return useIn(this.#pages.entry(page));
  }

  *#recordsIn(page: number): Iterable<number> {
    const first = this.#pages.startOf(page);
    for (let i = 0; i < RECORDS_PER_PAGE; i++) yield first + i * Record.WORDS;
  }
}
