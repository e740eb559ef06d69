/**
 * Values in blocks of the shared heap.
 *
 * A block begins with two words, the length of its structure in words and its size in bytes, then the structure as
 * the encoder wrote it, then the chunks: long contents, copied once from where they are to where they go.
 *
 * A block belongs to one thread at a time, and is handed over with the record that names it.
 */

import type { Heap } from "../heap/heap.ts";
import { copyBytesIn, copyBytesOut, copyIn, copyOut, read, write } from "../memory/atomics.ts";
import type { Memory } from "../memory/layout.ts";
import type { BufferOf } from "./commons.ts";
import { decode, decodeList, type Source } from "./decode.ts";
import type { Encoder } from "./encode.ts";

const HEADER_WORDS = 2;

/** Writes what an encoder holds into a block; reads blocks. One for each thread. */
export class Blocks {
  readonly #memory: Memory;
  readonly #heap: Heap;
  #structure: Int32Array = new Int32Array(256);

  /** @param bufferOf Gives shared memory that is named by number. */
  constructor(memory: Memory, heap: Heap, readonly bufferOf: BufferOf) {
    this.#memory = memory;
    this.#heap = heap;
  }

  /** How many bytes a block must have for what the encoder holds. */
  static size(encoder: Encoder): number {
    return HEADER_WORDS * 4 + encoder.byteLength;
  }

  /** Writes what the encoder holds into a block that is large enough. */
  write(block: number, encoder: Encoder): void {
    const { words, bytes } = this.#memory;
    write(words, block, encoder.length);
    write(words, block + 1, encoder.byteLength);
    copyIn(words, block + HEADER_WORDS, encoder.words, encoder.length);
    for (const chunk of encoder.chunks) {
      copyBytesIn(bytes, (block + HEADER_WORDS) * 4 + chunk.offset, chunk.bytes);
    }
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

  /** Reads a value. The block may be freed after. */
  read(block: number, attachments: readonly unknown[]): unknown {
    return decode(this.#source(block, attachments));
  }

  /** Reads a list, such as the arguments of a task. The block may be freed after. */
  readList(block: number, attachments: readonly unknown[]): unknown[] {
    return decodeList(this.#source(block, attachments));
  }

  #source(block: number, attachments: readonly unknown[]): Source {
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
      copy: (offset, size) => copyBytesOut(bytes, start * 4 + offset, size),
    };
  }
}
