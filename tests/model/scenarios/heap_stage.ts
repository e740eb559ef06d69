/** What the scenarios of the heap have in common: a heap of a few small pages, and what must be true of it at the end. */

import { Heap } from "../../../src/heap/heap.ts";
import { add, load, read, write } from "../../../src/memory/atomics.ts";
import { Area, Header, type Memory as Layout } from "../../../src/memory/layout.ts";
import type { End, Memory, Self } from "../scenario.ts";

/** The size of a block, and of a run of two pages. */
export const BLOCK = 32;
export const RUN = 128;

/** What threads note: who ends last, that it has taken everything back; and that there was no room. */
export const WHOLE = -1;
export const SHORT = -2;

/** Thrown in place of looking again for some time, as the model has no clock. */
class Shortage extends Error {}

/** A heap of some pages, as each thread sees it. */
export class Stage {
  readonly heaps: Heap[] = [];
  /** How many threads are through with what they do. */
  readonly through: number;
  readonly #memory: Memory;
  readonly #layout: Pick<Layout, "pageTable" | "pages" | "heap" | "area">;
  /** The same, for what asks for all of it and looks at no more. */
  readonly layout: Layout;

  constructor(memory: Memory, threads: number, pages: number, valuePages: number = pages) {
    const { words } = memory;
    for (const name of ["VALUE_PAGES", "VALUE_PAGES_PEAK", "RECORD_PAGES"]) memory.word(name);
    const areas = Array.from({ length: threads }, (_, thread) => ({
      freed: memory.word(`FREED_BLOCKS of ${thread}`),
      held: memory.word(`HELD by ${thread}`),
      count: memory.word(`FREED by ${thread}`),
    }));
    const layout = {
      words,
      threads,
      pages,
      valuePages,
      pageTable: memory.region("page table", pages),
      runTable: memory.region("run table", pages),
      heap: memory.region("heap", pages * 16),
      area: (thread: number, word: number) =>
        areas[thread]![word === Area.HELD ? "held" : word === Area.FREED ? "count" : "freed"],
    };
    this.through = memory.word("through");
    this.#memory = memory;
    this.#layout = layout;
    this.layout = layout as unknown as Layout;
    for (let thread = 0; thread < threads; thread++) {
      // All that a heap looks at is there.
      const heap = new Heap(this.layout, thread);
      heap.onShortage = () => {
        throw new Shortage();
      };
      this.heaps.push(heap);
    }
  }

  /** Takes a block for `thread` and writes to it; `SHORT` when there is no room. */
  take(thread: number, bytes = BLOCK): number {
    try {
      const block = this.heaps[thread]!.allocate(bytes);
      write(this.#memory.words, block, 100 + block);
      return block;
    } catch (error) {
      if (error instanceof Shortage) return SHORT;
      throw error;
    }
  }

  /** Frees a block, in which must be what was written. */
  free(thread: number, block: number): void {
    if (block === SHORT) return;
    if (read(this.#memory.words, block) !== 100 + block) throw new Error("another has written to the block");
    this.heaps[thread]!.free(block);
  }

  /** The last step of a thread that frees. */
  leaves(): void {
    add(this.#memory.words, this.through, 1);
  }

  /** The last step of an owner: takes back what there is, and notes whether that must be all. */
  comesToRest(it: Self, thread: number, others: number): void {
    const all = load(this.#memory.words, this.through) === others;
    this.heaps[thread]!.trim();
    if (all) it.notes(WHOLE);
  }

  /** As many pages are counted as are claimed; where somebody died, perhaps more. */
  assertCounted({ dead, word }: End): void {
    const { counted, claimed } = this.#pages(word);
    if (dead === undefined ? counted !== claimed : counted < claimed) {
      throw new Error(`${claimed} pages are claimed, and ${counted} counted`);
    }
  }

  /** All is free again where the owner came to rest last. */
  assertWhole(end: End): void {
    this.assertCounted(end);
    if (end.dead !== undefined || !Object.values(end.notes).flat().includes(WHOLE)) return;
    this.assertEmpty(end);
  }

  /** All is free again. */
  assertEmpty({ word }: End): void {
    const { claimed } = this.#pages(word);
    if (claimed > 0) throw new Error(`${claimed} pages are lost`);
    let held = 0;
    for (let thread = 0; thread < this.heaps.length; thread++) held += word(this.#layout.area(thread, Area.HELD));
    if (held !== 0) throw new Error(`${held * 16} bytes are held by nobody`);
  }

  #pages(word: End["word"]): { counted: number; claimed: number } {
    const { pages, pageTable } = this.#layout;
    let claimed = 0;
    for (let page = 0; page < pages; page++) if (word(pageTable + page) !== 0) claimed++;
    return { counted: word(Header.VALUE_PAGES), claimed };
  }
}
