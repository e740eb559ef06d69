/**
 * Every word of shared memory: where it lies, who writes it, what it keeps true.
 *
 * One `SharedArrayBuffer` holds, in order: the header, an area for each thread, the page table, a ring for each
 * thread's stealable work, and the pages of the heap. All threads compute the same places from two numbers in the
 * header. Offsets are in 32-bit words; words that different threads write often lie on cache lines of their own.
 *
 * Threads are numbered: the main thread is 0. A worker has a seat, which is its index as users see it, and a number: for
 * `n` seats the numbers `seat + 1`, `seat + 1 + n`, … When a worker dies its seat goes to another with the next of these,
 * since the dead one may go on writing for a while to what is its own. Once it is known to be gone its number is free.
 */

import { type Bytes, copyIn, type Floats, load, read, type Words, write } from "./atomics.ts";

/** Changes whenever any word below changes place or meaning; threads whose numbers differ do not work together. */
export const LAYOUT_VERSION = 12;

/** The main thread's number. */
export const MAIN = 0;

/** The most workers there can be: one bit each in a word. */
export const MOST_WORKERS = 32;

/** Bits of a thread's number. */
export const THREAD_BITS = 7;
/** All of a thread's number. */
export const THREAD_MASK: number = (1 << THREAD_BITS) - 1;
/** Where the slot begins in a record's PLACE word: behind two threads. */
export const SLOT_SHIFT: number = 2 * THREAD_BITS;
/** The most threads there can be. */
const MOST_THREADS = THREAD_MASK;
/** How many numbers a seat has, where there are enough. */
const NUMBERS_PER_SEAT = 4;

const LINE = 16;

/** The header. */
export const Header = {
  /** {@linkcode LAYOUT_VERSION}. Written by main before any worker starts. */
  VERSION: 0,
  /** How many workers. Written by main before any worker starts. */
  WORKERS: 1,
  /** How many pages the values may take. Written by main before any worker starts. */
  PAGES: 2,
  /** 0, then 1 once, when main shuts the runtime down: workers leave at their next step, and spawn nothing. */
  STOP: 3,
  /** Counts deaths, and their ends: a worker was given up, or is gone for good. Changed by main; seen by every loop. */
  DEATHS: 4,
  /** Two random words that tell this run of the runtime from all others. Written by main before any worker starts. */
  RUN: 5,
  /** Where the rings begin. Written by main before any worker starts. */
  RINGS: 7,
  /** 1 once main has come to the end of the turn in which it has started. */
  SETTLED_IN: 8,
  /** The last number of shared memory that was posted to all workers; see `value/commons.ts`. Written by main. */
  SHARED: 9,
  /** How `dbg` is set, for every thread; see `dbg/settings.ts`. Any thread, the last one counts. */
  DBG: 15,
  /** A bit for each worker that sleeps or is about to; see `sync/park.ts`. */
  PARKED: 1 * LINE,
  /** A bit for each worker that is awake and looks for work. */
  SEARCHING: 2 * LINE,
  /** A bit for each worker that sleeps with tasks that have begun, or abstains: it may not be idle at all. */
  ENGAGED: 2 * LINE + 1,
  /** The bit of the worker that sleeps and yet looks after the queues from time to time; 0 when there is none. */
  SENTINEL: 2 * LINE + 2,
  /** A bit for each worker that sleeps or blocks and is not to be woken for stealable work, as it cannot take any. */
  ABSTAINING: 2 * LINE + 3,
  /** Bit 0: main is parked. A word of its own, since all 32 bits of PARKED belong to workers. */
  MAIN_PARKED: 3 * LINE,
  /** The injector's counters; see `sync/injector.ts`. */
  INJECTOR_HEAD: 4 * LINE,
  INJECTOR_TAIL: 5 * LINE,
  /** A bit for each worker that has left after STOP, set as its last step; main waits on this word. */
  LEFT: 6 * LINE,
  /** Pages that hold values, and the most there have been. Any thread. */
  VALUE_PAGES: 7 * LINE,
  VALUE_PAGES_PEAK: 7 * LINE + 1,
  /** Pages that hold task records. Any thread. */
  RECORD_PAGES: 7 * LINE + 2,
  /** For each seat the number of the worker that has it; 0 while it is vacant, -1 once it is for good. Written by main. */
  SEATS: 8 * LINE,
  /** For each thread the pinned tasks placed on it, less those aborted before they began; see `runtime/loads.ts`. */
  PLACED: 10 * LINE,
} as const;

const THREADS: number = Header.PLACED + 8 * LINE;

/** One thread's area. */
export const Area = {
  /** Head of the inbox: tasks for this thread, and its own tasks coming home. Any thread pushes, this one takes. */
  INBOX: 0 * LINE,
  /** What the thread in this seat sleeps on (in the area of the seat's first number); changed by whoever wakes it. */
  FUTEX: 1 * LINE,
  /** The deque's counters; see `sync/deque.ts`. */
  DEQUE_TOP: 2 * LINE,
  DEQUE_BOTTOM: 3 * LINE,
  /** Pinned tasks placed here that have ended: counted by this thread alone; see `runtime/loads.ts`. */
  ENDED: 4 * LINE,
  /** Head of the list of heap blocks of this thread that other threads freed. */
  FREED_BLOCKS: 5 * LINE,
  /** Counters, each written by this thread alone and wrapping; read by anyone. */
  EXECUTED: 6 * LINE,
  STOLEN: 6 * LINE + 1,
  WAKES: 6 * LINE + 2,
  PARKS: 6 * LINE + 3,
  /** Tasks that this thread spawned; that it started, or saw that its own never will; whose handles it settled. */
  SPAWNED: 6 * LINE + 4,
  STARTED: 6 * LINE + 5,
  SETTLED: 6 * LINE + 6,
  /** Bytes of values that this thread allocated less those it freed, in units of 16, wrapping. */
  HELD: 6 * LINE + 7,
  /** The number of DEATHS that this thread has dealt with. Written by this thread alone. */
  MOURNED: 6 * LINE + 8,
  /** How many blocks this thread has freed, wrapping. Written by this thread alone. */
  FREED: 6 * LINE + 9,
  /** Why this thread was given up, 0 while it lives; see `runtime/death.ts`. Written by main. */
  DEATH: 7 * LINE,
  /** 1 once this thread, given up, is known to be gone. Written by main. */
  GONE: 7 * LINE + 1,
  /** How many threads had this number before. Written by main while nobody has it. */
  HOLDERS: 7 * LINE + 2,
  /** How far this worker is; see {@linkcode Begun}. Written by it before it looks at DEATHS; by main, 0, while nobody has it. */
  BEGUN: 7 * LINE + 3,
  /** Counts the messages that this thread has taken in, and says whether it blocks; see `sync/mail.ts`. Written by it alone. */
  MAIL: 7 * LINE + 5,
  /** How often a task here whose `signal` is used was aborted: added to by homes, compared by this thread at each step. */
  ABORTS: 7 * LINE + 6,
  /** The number of the last announcement to this thread; see `sync/announcement.ts`. Any thread. */
  COMING: 7 * LINE + 7,
  /** What this thread announced last: four words, written by it alone. */
  ANNOUNCED: 7 * LINE + 8,
} as const;

/** In BEGUN: how far a worker is. */
export const Begun = {
  /** It takes no work yet. */
  NOT: 0,
  /** It takes a task before it has read the library, and has not asked for its lock; see `runtime/head_start.ts`. */
  AHEAD: 1,
  /** It takes work, and holds its lock, where there are locks. */
  YES: 2,
} as const;

const AREA_WORDS = 8 * LINE;

/** Words in a page of the heap: 64 KiB. */
export const PAGE_WORDS = 16_384;
/** Bytes in a page of the heap. */
export const PAGE_BYTES: number = PAGE_WORDS * 4;

/** A task's record: one cache line. */
export const Record = {
  WORDS: 16,
  /** The state word; see `task/state.ts`. */
  STATE: 0,
  /** Link to the next record in an inbox. Whoever owns the record. */
  NEXT: 1,
  /** The block that holds the code, or a small number for the runtime's own functions. Home. */
  CODE: 2,
  /** Home thread (bits 0–6), target thread if it is pinned (7–13), slot in home's table (14–31). Home. */
  PLACE: 3,
  /** What the values are; see `task/payload.ts`. Home, then the executing thread. */
  KINDS: 4,
  /** The block that holds the values that do not fit below; 0 for none. Home, then the executing thread. */
  PAYLOAD: 5,
  /** Home's count of tasks; with home's number it makes the task's id. Home. */
  SERIAL: 6,
  /** The block that holds the reason of an abort; 0 for none. Home, before it sets CANCELLED. */
  REASON: 7,
  /** Up to four numbers. Home, then the executing thread. */
  NUMBERS: 8,
} as const;

/** Records in a page. */
export const RECORDS_PER_PAGE: number = PAGE_WORDS / Record.WORDS;
/** Pages of records that one thread takes as its share; beyond it only while it has nothing else to do, see `heap/slab.ts`. */
export const RECORD_PAGES_PER_THREAD = 128;
/** Words in a ring: a thread's share of records fits. Where one is full, `push` refuses. */
export const RING_WORDS: number = RECORD_PAGES_PER_THREAD * RECORDS_PER_PAGE;

/** In SEATS: nobody takes this seat any more. */
export const VACATED = -1;

/** Where a word of a thread's area lies. */
export function areaOf(thread: number, word: number): number {
  return THREADS + thread * AREA_WORDS + word;
}

/** Counts one up in a word that the calling thread alone writes: reading and writing need not be one operation. */
export function countUp(words: Words, index: number): void {
  write(words, index, (read(words, index) + 1) | 0);
}

/** The sum of a word over all threads, or over every `step`th from `first`; it wraps, as each of them does. */
export function total(
  memory: Pick<Memory, "words" | "threads" | "area">,
  word: number,
  first: number = MAIN,
  step: number = 1,
): number {
  let sum = 0;
  for (let thread = first; thread < memory.threads; thread += step) {
    sum = (sum + load(memory.words, memory.area(thread, word))) | 0;
  }
  return sum;
}

/** Shared memory, as words, bytes and numbers. */
export interface Views {
  readonly words: Words;
  readonly bytes: Bytes;
  readonly floats: Floats;
}

/** Shared memory, and where things lie in it. */
export class Memory implements Views {
  readonly buffer: SharedArrayBuffer;
  readonly words: Words;
  readonly bytes: Bytes;
  readonly floats: Floats;
  readonly workers: number;
  /** How many numbers threads can have, main's included. */
  readonly threads: number;
  /** How many pages values may take. */
  readonly valuePages: number;
  /** How many pages records may take: main's and one busy worker's full share, and a few for each other. */
  readonly recordPages: number;
  readonly pages: number;
  /** The page table: for each page the word that owns it, then for each page the length of the run it begins. */
  readonly pageTable: number;
  readonly runTable: number;
  readonly rings: number;
  /** Word offset of page 0. */
  readonly heap: number;

  private constructor(workers: number, valuePages: number, buffer?: SharedArrayBuffer) {
    this.workers = workers;
    this.threads = 1 + workers * Math.min(NUMBERS_PER_SEAT, Math.floor((MOST_THREADS - 1) / workers));
    this.valuePages = valuePages;
    this.recordPages = 2 * RECORD_PAGES_PER_THREAD + 4 * workers;
    this.pages = this.valuePages + this.recordPages;
    this.pageTable = THREADS + this.threads * AREA_WORDS;
    this.runTable = this.pageTable + this.pages;
    this.rings = roundUp(this.runTable + this.pages, LINE);
    this.heap = roundUp(this.rings + this.threads * RING_WORDS, PAGE_WORDS);
    this.buffer = buffer ?? new SharedArrayBuffer((this.heap + this.pages * PAGE_WORDS) * 4);
    this.words = new Int32Array(this.buffer);
    this.bytes = new Uint8Array(this.buffer);
    this.floats = new Float64Array(this.buffer);
  }

  /** Makes memory for `workers` workers and about `bytes` bytes of values. Reserved, not yet committed by the system. */
  static create(workers: number, bytes: number): Memory {
    const memory = new Memory(workers, Math.ceil(bytes / PAGE_BYTES));
    write(memory.words, Header.VERSION, LAYOUT_VERSION);
    write(memory.words, Header.WORKERS, workers);
    write(memory.words, Header.PAGES, memory.valuePages);
    write(memory.words, Header.RINGS, memory.rings);
    copyIn(memory.words, Header.RUN, crypto.getRandomValues(new Int32Array(2)), 2);
    for (let seat = 0; seat < workers; seat++) write(memory.words, Header.SEATS + seat, seat + 1);
    return memory;
  }

  /** Looks at memory that another thread made. */
  static attach(buffer: SharedArrayBuffer): Memory {
    const words = new Int32Array(buffer);
    return new Memory(load(words, Header.WORKERS), load(words, Header.PAGES), buffer);
  }

  /** Where a word of a thread's area lies. */
  area(thread: number, word: number): number {
    return areaOf(thread, word);
  }

  /** The seat of a worker, by its number. */
  seatOf(thread: number): number {
    return (thread - 1) % this.workers;
  }

  /** The number of the worker in a seat; 0 while it is vacant. */
  occupant(seat: number): number {
    return Math.max(0, load(this.words, Header.SEATS + seat));
  }

  /** Whether all seats are vacant for good. */
  get deserted(): boolean {
    for (let seat = 0; seat < this.workers; seat++) if (load(this.words, Header.SEATS + seat) !== VACATED) return false;
    return true;
  }

  /** Where a thread's ring begins. */
  ring(thread: number): number {
    return this.rings + thread * RING_WORDS;
  }
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
