/**
 * Values in blocks of the shared heap.
 *
 * A block begins with two words, the length of its structure in words and its size in bytes, then the structure as
 * the encoder wrote it, then the chunks: long contents, copied once from where they are to where they go.
 *
 * A block belongs to one thread at a time, and is handed over with the record that names it. The first long chunk is announced
 * to the thread that the block is likely to go to before it is copied; see `prefetch.ts`.
 */

import type { Heap } from "../heap/heap.ts";
import { copyBytesIn, copyBytesOut, copyIn, copyOut, read, write } from "../memory/atomics.ts";
import { Area, areaOf, type Memory } from "../memory/layout.ts";
import { type Announcer, UNANNOUNCED } from "../sync/announcement.ts";
import type { BufferOf } from "./commons.ts";
import { decode, decodeList, type Source } from "./decode.ts";
import type { Encoder } from "./encode.ts";
import { LONG, type Prefetch } from "./prefetch.ts";

const HEADER_WORDS = 2;

/** Whom a block goes to, where that is not known. */
export const NO_RECEIVER = -1;

/** How a thread announces what it copies into shared memory, and what it has copied out ahead. */
export interface Passage {
  /** This thread's number. */
  readonly thread: number;
  readonly announcer: Announcer;
  readonly prefetch: Prefetch;
  /** Wakes a thread. */
  readonly rouse: (thread: number) => void;
}

/** Writes what an encoder holds into a block; reads blocks. One for each thread. */
export class Blocks {
  readonly #memory: Memory;
  readonly #heap: Heap;
  readonly #passage: Passage;
  #structure: Int32Array = new Int32Array(256);

  /** @param bufferOf Gives shared memory that is named by number. */
  constructor(memory: Memory, heap: Heap, passage: Passage, readonly bufferOf: BufferOf) {
    this.#memory = memory;
    this.#heap = heap;
    this.#passage = passage;
  }

  /** How many bytes a block must have for what the encoder holds. */
  static size(encoder: Encoder): number {
    return HEADER_WORDS * 4 + encoder.byteLength;
  }

  /** Whether something that the encoder holds can be announced: it is long, and does not wait for a message. */
  static isLong(encoder: Encoder): boolean {
    return encoder.byteLength >= LONG && encoder.attachments.length === 0 &&
      encoder.chunks.some(({ bytes }) => bytes.length >= LONG);
  }

  /**
   * Writes what the encoder holds into a block that is large enough.
   *
   * @param to The thread that the block goes to, or is likely to; else `NO_RECEIVER`.
   * @returns The number of the announcement, which goes with the block; `UNANNOUNCED` if there was none.
   */
  write(block: number, encoder: Encoder, to: number): number {
    const { words, bytes } = this.#memory;
    write(words, block, encoder.length);
    write(words, block + 1, encoder.byteLength);
    copyIn(words, block + HEADER_WORDS, encoder.words, encoder.length);
    let announced = UNANNOUNCED;
    let announces = to !== NO_RECEIVER && to !== this.#passage.thread && Blocks.isLong(encoder);
    for (const { offset, bytes: source } of encoder.chunks) {
      const start = (block + HEADER_WORDS) * 4 + offset;
      if (announces && source.length >= LONG) {
        const { announcer, rouse } = this.#passage;
        announced = announcer.copyIn(bytes, start, source, areaOf(to, Area.COMING), () => rouse(to));
        announces = false;
      } else copyBytesIn(bytes, start, source);
    }
    return announced;
  }

  /** A block that was announced by this number, and handed over, is not read. */
  forget(announced: number): void {
    if (announced !== UNANNOUNCED) this.#passage.prefetch.forget(announced);
  }

  /**
   * Copies what a block holds into a new one of this thread's.
   *
   * @throws {OutOfMemoryError} The heap has no room.
   */
  copy(block: number): number {
    const { words, bytes } = this.#memory;
    const size = HEADER_WORDS * 4 + (read(words, block + 1) >>> 0);
    const copy = this.#heap.allocate(size);
    copyBytesIn(bytes, copy * 4, bytes.subarray(block * 4, block * 4 + size));
    return copy;
  }

  /**
   * Reads a value. The block may be freed after.
   *
   * @param announced The number of its announcement.
   */
  read(block: number, announced: number, attachments: readonly unknown[]): unknown {
    try {
      return decode(this.#source(block, announced, attachments));
    } finally {
      // What cannot be read to its end.
      this.forget(announced);
    }
  }

  /** Reads a list, such as the arguments of a task. The block may be freed after. */
  readList(block: number, announced: number, attachments: readonly unknown[]): unknown[] {
    try {
      return decodeList(this.#source(block, announced, attachments));
    } finally {
      this.forget(announced);
    }
  }

  #source(block: number, announced: number, attachments: readonly unknown[]): Source {
    const { words, bytes } = this.#memory;
    const length = read(words, block);
    const byteLength = read(words, block + 1) >>> 0;
    const start = block + HEADER_WORDS;
    if (length < 0 || byteLength < length * 4 || byteLength > this.#heap.capacity(block) - HEADER_WORDS * 4) {
      throw new RangeError("Corrupt value: its lengths do not fit its block of shared memory");
    }
    // A private copy, so that no other thread changes what is being parsed. One serves all reads here: no object of the
    // library that is brought back on the way reads a block meanwhile.
    if (this.#structure.length < length) this.#structure = new Int32Array(2 * length);
    copyOut(words, start, this.#structure, length);
    return {
      words: this.#structure,
      length,
      byteLength,
      attachments,
      bufferOf: this.bufferOf,
      copy: (offset, size) => {
        const at = start * 4 + offset;
        return this.#passage.prefetch.take(announced, at, size) ?? copyBytesOut(bytes, at, size);
      },
    };
  }
}
