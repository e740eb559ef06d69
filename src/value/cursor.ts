/**
 * Cursor: the words that the decoder reads from, and the primitives.
 *
 * Words may be anything: a thread that was terminated may have written them. So every length is compared with what
 * is left before anything is made from it, and what does not fit ends in one kind of error.
 */

import { ASCII, LATIN1, TAG_BITS, TAG_MASK, TWO_BYTE } from "./tags.ts";

/** Texts of up to this many characters are put together by hand, as that is faster than a text decoder. */
const BY_HAND = 96;
/** So many characters are made at once. */
const PIECE = 64;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const pair = new Int32Array(2);
const pairAsDouble = new Float64Array(pair.buffer);
const pairAsBigint = new BigInt64Array(pair.buffer);
/** Arrays of each length, to be filled with characters. */
const codesOf: readonly number[][] = Array.from({ length: PIECE + 1 }, (_, length) => new Array(length).fill(0));

/** Says that words are none that an encoder wrote. */
export function corrupt(what: string): RangeError {
  return new RangeError(`Corrupt value: ${what}`);
}

/** Words being read. */
export class Cursor {
  words: Int32Array = new Int32Array(0);
  /** The same memory, or `undefined` where it is not aligned to 8 bytes. */
  doubles: Float64Array | undefined = undefined;
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  /** Behind the last word that may be read. */
  end = 0;

  /** Reads from other words. Views are kept: most callers come with the same words again. */
  use(words: Int32Array): void {
    if (this.words === words) return;
    this.words = words;
    const { buffer, byteOffset, byteLength } = words;
    this.bytes = new Uint8Array(buffer, byteOffset, byteLength);
    this.doubles = byteOffset % 8 === 0 ? new Float64Array(buffer, byteOffset, byteLength >> 3) : undefined;
  }

  /** Checks that `count` more words are there, and says where they begin. The cursor is behind them. */
  take(count: number): number {
    const at = this.at;
    if (count > this.end - at) throw corrupt("it ends too early");
    this.at = at + count;
    return at;
  }

  word(): number {
    if (this.at >= this.end) throw corrupt("it ends too early");
    return this.words[this.at++]!;
  }

  double(): number {
    const at = this.take(2);
    pair[0] = this.words[at]!;
    pair[1] = this.words[at + 1]!;
    return pairAsDouble[0]!;
  }

  bigint(): bigint {
    const at = this.take(2);
    pair[0] = this.words[at]!;
    pair[1] = this.words[at + 1]!;
    return pairAsBigint[0]!;
  }

  hugeBigint(count: number, isNegative: boolean): bigint {
    const start = this.take(count);
    let digits = "0x0";
    for (let at = this.at - 1; at >= start; at--) digits += (this.words[at]! >>> 0).toString(16).padStart(8, "0");
    let value: bigint;
    try {
      value = BigInt(digits);
    } catch {
      throw corrupt("an integer that is too long");
    }
    return isNegative ? -value : value;
  }

  /** Reads what has to be text in the structure. */
  nearText(): string {
    const word = this.word();
    const length = word >>> TAG_BITS;
    switch (word & TAG_MASK) {
      case ASCII:
        return this.ascii(length);
      case LATIN1:
        return this.latin1(length);
      case TWO_BYTE:
        return this.twoByte(length);
    }
    throw corrupt("no text where text has to be");
  }

  ascii(length: number): string {
    if (length <= BY_HAND) return this.latin1(length);
    const start = 4 * this.take(length + 3 >> 2);
    try {
      return utf8.decode(this.bytes.subarray(start, start + length));
    } catch {
      throw corrupt("a text in no known form");
    }
  }

  latin1(length: number): string {
    const words = this.words;
    let at = this.take(length + 3 >> 2);
    if (length === 0) return "";
    let text = "";
    while (true) {
      const count = length < PIECE ? length : PIECE;
      const codes = codesOf[count]!;
      let index = 0;
      for (; index + 3 < count; index += 4) {
        const word = words[at++]!;
        codes[index] = word & 255;
        codes[index + 1] = word >> 8 & 255;
        codes[index + 2] = word >> 16 & 255;
        codes[index + 3] = word >>> 24;
      }
      if (index < count) {
        for (let word = words[at++]!; index < count; index++, word >>= 8) codes[index] = word & 255;
      }
      const piece = String.fromCharCode.apply(null, codes);
      length -= count;
      if (length === 0) return text === "" ? piece : text + piece;
      text += piece;
    }
  }

  twoByte(length: number): string {
    const words = this.words;
    let at = this.take(length + 1 >> 1);
    let text = "";
    while (length > 0) {
      const count = length < PIECE ? length : PIECE;
      const codes = codesOf[count]!;
      for (let index = 0; index < count; index += 2) {
        const word = words[at++]!;
        codes[index] = word & 0xffff;
        if (index + 1 < count) codes[index + 1] = word >>> 16;
      }
      text += String.fromCharCode.apply(null, codes);
      length -= count;
    }
    return text;
  }
}

/** Text from a chunk of UTF-8. */
export function fromUtf8(bytes: ArrayBuffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw corrupt("a text in no known form");
  }
}

/** Text from a chunk of UTF-16, lone surrogates included. */
export function fromUtf16(bytes: ArrayBuffer): string {
  const units = new Uint16Array(bytes);
  let text = "";
  const codes = codesOf[PIECE]!;
  let at = 0;
  for (; at + PIECE <= units.length; at += PIECE) {
    for (let index = 0; index < PIECE; index++) codes[index] = units[at + index]!;
    text += String.fromCharCode.apply(null, codes);
  }
  for (; at < units.length; at++) text += String.fromCharCode(units[at]!);
  return text;
}
