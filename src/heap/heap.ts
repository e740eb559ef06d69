/**
 * Heap: variable-size blocks of shared memory.
 *
 * A thread claims a page (`pages.ts`) and cuts it into blocks of one size; only that thread hands them out, so allocation is
 * thread-local. A block that another thread frees goes onto a list of its owner's, an inbox, which the owner empties when it
 * runs short. A block too large for that is a run of pages of its own, which any thread gives back.
 *
 * Keeps true, even if any thread stops between two instructions: a block is in the hands of one thread, free in its page's
 * bitmap, or on its owner's list of returned blocks.
 *
 * After the page-local free lists and the cross-thread list of D. Leijen, B. Zorn and L. de Moura, "Mimalloc: Free
 * List Sharding in Action", 2019.
 */

import { OutOfMemoryError } from "../errors.ts";
import { Inbox, NONE } from "../sync/inbox.ts";
import { add, read, type Words, write } from "../memory/atomics.ts";
import { Area, type Memory, PAGE_BYTES, PAGE_WORDS, total } from "../memory/layout.ts";
import { Bitmap } from "./bitmap.ts";
import { ownerIn, Pages, RECORDS, RUN, useIn } from "./pages.ts";

/** Blocks larger than half a page are runs of pages. */
const MOST_WORDS = PAGE_WORDS / 2;
const FEWEST_WORDS = 8;
/** The largest block: its size is kept in one word. */
const MOST_BYTES: number = 2 ** 32 - PAGE_BYTES;
/** Milliseconds that a thread which has run out looks for what others give back. */
const PATIENCE = 8;
/** Milliseconds for which it takes that for vain, where nothing is freed meanwhile. */
const VAIN = 100;

/** The class of blocks of at least `words` words; sizes are 8, 12, 16, 24, 32, 48, … 8192. */
function classOf(words: number): number {
  if (words <= FEWEST_WORDS) return 0;
  const power = 31 - Math.clz32(words - 1);
  return 2 * (power - 3) + (words <= 3 << (power - 1) ? 1 : 2);
}

function wordsOf(sizeClass: number): number {
  const power = 3 + (sizeClass >> 1);
  return (sizeClass & 1) === 0 ? 1 << power : 3 << (power - 1);
}

const CLASSES: number = classOf(MOST_WORDS) + 1;

/** A page of blocks of one size, as its owner sees it, who does not touch a block to know that it is free. */
interface Page {
  readonly index: number;
  readonly sizeClass: number;
  /** The first word. */
  readonly start: number;
  /** Words in a block. */
  readonly size: number;
  /** How many blocks it has, and how many of these were ever handed out: the first ones. */
  readonly blocks: number;
  used: number;
  /** Which of those were freed. */
  readonly freed: Bitmap;
  live: number;
  /** Its place among its class's pages with room, or -1. */
  listed: number;
}

/** One thread's view of the heap. */
export class Heap {
  readonly #memory: Memory;
  readonly #words: Words;
  readonly #thread: number;
  readonly #held: number;
  readonly #freed: number;
  readonly #table: Pages;
  /** This thread's pages of blocks, by index. */
  readonly #pages: (Page | undefined)[] = [];
  /** For each class, this thread's pages that have room. */
  readonly #room: Page[][] = Array.from({ length: CLASSES }, () => []);
  /** For each class, the empty bitmap of a page that was given back: pages come and go. */
  readonly #spare: (Bitmap | undefined)[] = [];
  /** For each thread, the list that blocks of its own come back on. */
  readonly #returned: Inbox[] = [];
  /** When others were last asked in vain, for how many bytes, and how many blocks had been freed before. */
  #vainAt = -Infinity;
  #vainBytes = 0;
  #vainFreed = 0;
  /** Asks all threads to give back what they do not need. */
  onShortage: () => void = () => {};

  constructor(memory: Memory, thread: number) {
    this.#memory = memory;
    this.#words = memory.words;
    this.#thread = thread;
    this.#held = memory.area(thread, Area.HELD);
    this.#freed = memory.area(thread, Area.FREED);
    this.#table = new Pages(memory, thread);
    for (let i = 0; i < memory.threads; i++) {
      this.#returned.push(new Inbox(memory.words, memory.area(i, Area.FREED_BLOCKS), 0));
    }
  }

  /**
   * Gives a block for a value.
   *
   * @param bytes At least how many.
   * @returns The block's first word.
   * @throws {OutOfMemoryError} There is no room; nothing has changed.
   */
  allocate(bytes: number): number {
    const block = this.reserve(bytes);
    this.#count(block, 1);
    return block;
  }

  /** Gives back what `allocate` gave. Any thread. */
  free(block: number): void {
    this.#count(block, -1);
    this.release(block);
  }

  /** As `allocate`, for what the runtime keeps for itself: not counted among the values. */
  reserve(bytes: number): number {
    const words = Math.ceil(bytes / 4);
    const find = () => words > MOST_WORDS ? this.#takeRun(words) : this.#take(classOf(words));
    let block = bytes > MOST_BYTES ? NONE : find();
    if (block !== NONE) return block;
    const size = this.#memory.valuePages * PAGE_BYTES;
    if (bytes <= Math.min(size, MOST_BYTES) && this.#mayFind(bytes)) {
      const freed = total(this.#memory, Area.FREED);
      // Others may hold pages of blocks that were freed since they fell asleep. They give them back as they go to sleep
      // again, in a fraction of a millisecond.
      this.onShortage();
      const end = performance.now() + PATIENCE;
      while (block === NONE && performance.now() < end) block = find();
      if (block !== NONE) return block;
      this.#vainAt = performance.now();
      this.#vainBytes = bytes;
      this.#vainFreed = freed;
    }
    const why = bytes > size
      ? `, which has ${size} in all`
      : `: ${this.#table.unclaimed * PAGE_BYTES} of ${size} bytes are unclaimed, perhaps not in one piece`;
    throw new OutOfMemoryError(
      `Cannot allocate ${bytes} bytes in the shared heap${why}. ` +
        "Start the runtime with a larger 'memory(bytes)', or send less at a time: fewer values in flight, or transferred ones.",
    );
  }

  /** Whether asking others may help: not just after it was in vain for as much, if nothing has been freed since. */
  #mayFind(bytes: number): boolean {
    const isVain = bytes >= this.#vainBytes && performance.now() - this.#vainAt < VAIN;
    return !isVain || total(this.#memory, Area.FREED) !== this.#vainFreed;
  }

  /** Gives back what `reserve` gave. Any thread. */
  release(block: number): void {
    // Whoever has run short compares it.
    add(this.#words, this.#freed, 1);
    const page = this.#table.pageOf(block);
    const entry = this.#entry(page);
    const owner = ownerIn(entry);
    if (useIn(entry) === RUN) this.#table.release(page);
    else if (owner === this.#thread) this.#put(this.#pages[page]!, block);
    else this.#returned[owner]!.push(block);
  }

  /** How many bytes the block has. */
  capacity(block: number): number {
    const page = this.#table.pageOf(block);
    const use = useIn(this.#entry(page));
    return use === RUN ? this.#table.runLength(page) * PAGE_BYTES : wordsOf(use) * 4;
  }

  /** Claims a page for task records; `NONE` when there is none left. `beyond` the records' own share, if need be. */
  claimRecords(beyond: boolean): number {
    const page = this.#table.claimForRecords(beyond);
    return page < 0 ? NONE : this.#table.startOf(page);
  }

  /** The pages of records that belong to this thread's number. */
  *recordPages(): Iterable<number> {
    for (const page of this.#table.own()) {
      if (useIn(this.#table.entry(page)) === RECORDS) yield this.#table.startOf(page);
    }
  }

  /** Whether more than half of the room for values is taken. */
  get isTight(): boolean {
    return this.#table.areTight;
  }

  /** Takes back what other threads freed, and gives empty pages to whoever needs them. For a moment of leisure. */
  trim(): void {
    this.#collect();
    for (const room of this.#room) {
      for (let i = room.length - 1; i >= 0; i--) if (room[i]!.live === 0) this.#releasePage(room[i]!);
    }
  }

  /** The word of a block's page. Plain: it was written before the block was handed out, and stands until that comes back. */
  #entry(page: number): number {
    return read(this.#words, this.#memory.pageTable + page);
  }

  #count(block: number, sign: number): void {
    const units = this.capacity(block) >> 4;
    // Plain read: only this thread writes the counter. The store lets any thread read it.
    write(this.#words, this.#held, (read(this.#words, this.#held) + sign * units) | 0);
  }

  #take(sizeClass: number): number {
    const room = this.#room[sizeClass]!;
    let page: Page | undefined = room[room.length - 1];
    if (page === undefined) {
      this.#collect();
      page = room[room.length - 1] ?? this.#openPage(sizeClass);
      if (page === undefined) {
        // Pages of other sizes that this thread keeps for later may do.
        this.trim();
        page = this.#openPage(sizeClass);
      }
      if (page === undefined) return NONE;
    }
    let index = page.freed.takeFirst();
    if (index < 0) index = page.used++;
    page.live++;
    if (page.live === page.blocks) {
      room.pop();
      page.listed = -1;
    }
    return page.start + index * page.size;
  }

  #put(page: Page, block: number): void {
    page.freed.add(((block - page.start) / page.size) | 0);
    page.live--;
    const room = this.#room[page.sizeClass]!;
    if (page.listed < 0) page.listed = room.push(page) - 1;
    // One empty page of a class is kept: a value that comes and goes should not claim a page each time.
    if (page.live === 0 && room.length > 1) this.#releasePage(page);
  }

  /** Takes back the blocks that other threads freed. */
  #collect(): void {
    const returned = this.#returned[this.#thread]!;
    for (let block = returned.take(); block !== NONE;) {
      const next = returned.next(block);
      this.#put(this.#pages[this.#table.pageOf(block)]!, block);
      block = next;
    }
  }

  #openPage(sizeClass: number): Page | undefined {
    const index = this.#table.claim(sizeClass);
    if (index < 0) return undefined;
    const size = wordsOf(sizeClass);
    const start = this.#table.startOf(index);
    const blocks = Math.floor(PAGE_WORDS / size);
    const room = this.#room[sizeClass]!;
    const freed = this.#spare[sizeClass] ?? new Bitmap(blocks);
    this.#spare[sizeClass] = undefined;
    const page = { index, sizeClass, start, size, blocks, used: 0, freed, live: 0, listed: room.length };
    room.push(page);
    this.#pages[index] = page;
    return page;
  }

  #releasePage(page: Page): void {
    const room = this.#room[page.sizeClass]!;
    const last = room.pop()!;
    if (last !== page) {
      room[page.listed] = last;
      last.listed = page.listed;
    }
    this.#pages[page.index] = undefined;
    page.freed.clear();
    this.#spare[page.sizeClass] = page.freed;
    this.#table.release(page.index);
  }

  #takeRun(words: number): number {
    this.trim();
    const head = this.#table.claimRun(Math.ceil(words / PAGE_WORDS));
    return head < 0 ? NONE : this.#table.startOf(head);
  }
}
