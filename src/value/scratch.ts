/**
 * Scratch: the private words that the encoder writes to, and the primitives.
 *
 * Nothing here is shared between threads, so text codecs may be used on it, and it grows by being replaced.
 */

import {
  ASCII,
  BIGINT,
  DOUBLE,
  FAR_UTF16,
  FAR_UTF8,
  HUGE_BIGINT,
  LATIN1,
  NEAR_TEXT,
  SMALL,
  TAG_BITS,
  TWO_BYTE,
} from "./tags.ts";

/** Long contents that lie outside the structure. */
export interface Chunk {
  /** The contents, where they are: nobody has copied them yet. */
  readonly bytes: Uint8Array;
  /** In bytes; from the end of the structure while it is being written, from the start of the block after. */
  offset: number;
  /** What `bytes` was long when it was listed: user code may detach a buffer while the rest is read. */
  readonly size: number;
}

const START_WORDS = 1024;
/** A scratch that grew past this is let go. */
const KEPT_WORDS = 1 << 18;

const utf8 = new TextEncoder();
const pair = new Int32Array(2);
const pairAsDouble = new Float64Array(pair.buffer);
const pairAsBigint = new BigInt64Array(pair.buffer);

/** Words under construction. */
export class Scratch {
  words: Int32Array = new Int32Array(START_WORDS);
  doubles: Float64Array = new Float64Array(this.words.buffer);
  /** Where the next word goes. */
  at = 0;
  readonly chunks: Chunk[] = [];
  /** How many bytes the chunks take, each rounded up to 8. */
  chunkBytes = 0;

  /** Starts over. */
  clear(): void {
    this.at = 0;
    if (this.chunkBytes > 0) {
      this.chunks.length = 0;
      this.chunkBytes = 0;
    }
    if (this.words.length > KEPT_WORDS) this.#use(new Int32Array(START_WORDS));
  }

  /** Makes sure that `count` more words fit. */
  room(count: number): void {
    if (this.at + count > this.words.length) this.#grow(count);
  }

  #grow(count: number): void {
    const larger = new Int32Array(2 * Math.max(this.words.length, this.at + count));
    larger.set(this.words.subarray(0, this.at));
    this.#use(larger);
  }

  #use(words: Int32Array): void {
    this.words = words;
    this.doubles = new Float64Array(words.buffer);
  }

  /** Writes one word. */
  word(word: number): void {
    if (this.at === this.words.length) this.#grow(1);
    this.words[this.at++] = word;
  }

  /** Lists bytes that go behind the structure. They must not change until they have been copied. */
  chunk(bytes: Uint8Array): void {
    this.chunks.push({ bytes, offset: this.chunkBytes, size: bytes.length });
    // At least 8, so that `clear` sees that there is a chunk.
    this.chunkBytes += Math.max(8, Math.ceil(bytes.length / 8) * 8);
  }

  number(value: number): void {
    this.room(3);
    // 1 / value: minus zero is no integer here.
    if (value << TAG_BITS >> TAG_BITS === value && (value !== 0 || 1 / value > 0)) {
      this.words[this.at++] = value << TAG_BITS | SMALL;
    } else {
      this.words[this.at++] = DOUBLE;
      this.pair(value);
    }
  }

  /** Writes the two words of a double. The caller has made room. */
  pair(value: number): void {
    pairAsDouble[0] = value;
    this.words[this.at] = pair[0]!;
    this.words[this.at + 1] = pair[1]!;
    this.at += 2;
  }

  bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.room(3);
      pairAsBigint[0] = value;
      this.words[this.at] = BIGINT;
      this.words[this.at + 1] = pair[0]!;
      this.words[this.at + 2] = pair[1]!;
      this.at += 3;
      return;
    }
    // Engines turn a power-of-two radix out in linear time.
    const digits = (value < 0n ? -value : value).toString(16);
    const count = Math.ceil(digits.length / 8);
    this.room(count + 1);
    this.words[this.at++] = (count << 1 | (value < 0n ? 1 : 0)) << TAG_BITS | HUGE_BIGINT;
    for (let end = digits.length; end > 0; end -= 8) {
      this.words[this.at++] = parseInt(digits.slice(Math.max(0, end - 8), end), 16) | 0;
    }
  }

  text(value: string): void {
    const length = value.length;
    if (length > NEAR_TEXT) return this.#farText(value);
    this.nearText(value);
  }

  /** Writes text into the structure, whatever its length. */
  nearText(value: string): void {
    const length = value.length;
    this.room((length >> 1) + 2);
    const words = this.words;
    let at = this.at + 1;
    let seen = 0;
    let index = 0;
    for (; index + 3 < length; index += 4) {
      const a = value.charCodeAt(index);
      const b = value.charCodeAt(index + 1);
      const c = value.charCodeAt(index + 2);
      const d = value.charCodeAt(index + 3);
      seen |= a | b | c | d;
      words[at++] = a | b << 8 | c << 16 | d << 24;
    }
    if (index < length) {
      let word = 0;
      for (let shift = 0; index < length; index++, shift += 8) {
        const code = value.charCodeAt(index);
        seen |= code;
        word |= code << shift;
      }
      words[at++] = word;
    }
    if (seen > 255) return this.#twoByteText(value);
    words[this.at] = length << TAG_BITS | (seen < 128 ? ASCII : LATIN1);
    this.at = at;
  }

  #twoByteText(value: string): void {
    const length = value.length;
    const words = this.words;
    words[this.at++] = length << TAG_BITS | TWO_BYTE;
    let index = 0;
    for (; index + 1 < length; index += 2) {
      words[this.at++] = value.charCodeAt(index) | value.charCodeAt(index + 1) << 16;
    }
    if (index < length) words[this.at++] = value.charCodeAt(index);
  }

  #farText(value: string): void {
    // UTF-8 has no form for half a surrogate pair.
    if (typeof value.isWellFormed === "function" && value.isWellFormed()) {
      const bytes = utf8.encode(value);
      this.word(FAR_UTF8);
      this.number(bytes.length);
      this.chunk(bytes);
      return;
    }
    const units = new Uint16Array(value.length);
    for (let index = 0; index < units.length; index++) units[index] = value.charCodeAt(index);
    this.word(FAR_UTF16);
    this.number(units.length);
    this.chunk(new Uint8Array(units.buffer));
  }
}
