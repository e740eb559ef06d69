/**
 * The text of code in shared memory: a function's source and name, or the export of a module that it is.
 *
 * A block holds its serial number, what it is, how many texts there are and their lengths, then the texts, two bytes for each
 * unit. So little is needed to read it, and whatever a program has put in place of `JSON` has no part in it. Written plainly by
 * the home that owns the block, and published with the first record that names the block.
 */

import { copyBytesIn, copyBytesOut, read, write } from "../memory/atomics.ts";
import type { Views } from "../memory/layout.ts";

/** Codes below this are the runtime's own functions. Blocks begin further on. */
export const MOST_BUILTINS = 16;
/** The one that waits for an exported handle. */
export const JOIN = 1;

/** A closure as it crosses threads. */
export interface ClosureText {
  readonly isClosure: true;
  readonly source: string;
  readonly name: string;
  /** Names that it uses of this library, each before what it stands for. */
  readonly aliases: readonly string[];
}

/** A module's export as it crosses threads. */
export interface ExportText {
  readonly isClosure: false;
  readonly url: string;
  readonly name: string;
}

/** Code as it crosses threads. */
export type CodeText = ClosureText | ExportText;

const HEADER_WORDS = 3;
const CLOSURE = 0;
const EXPORT = 1;
/** Units made into text at a time: as many arguments as any engine takes. */
const PIECE = 4096;

/** How many bytes a block must have. */
export function sizeOfCode(code: CodeText): number {
  const texts = textsOf(code);
  let size = 4 * (HEADER_WORDS + texts.length);
  for (const text of texts) size += 2 * text.length;
  return size;
}

/** Writes code into a block that is large enough. */
export function writeCode({ words, bytes }: Views, block: number, serial: number, code: CodeText): void {
  const texts = textsOf(code);
  write(words, block, serial);
  write(words, block + 1, code.isClosure ? CLOSURE : EXPORT);
  write(words, block + 2, texts.length);
  let offset = 4 * (block + HEADER_WORDS + texts.length);
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i]!;
    write(words, block + HEADER_WORDS + i, text.length);
    const units = new Uint16Array(text.length);
    for (let unit = 0; unit < units.length; unit++) units[unit] = text.charCodeAt(unit);
    copyBytesIn(bytes, offset, new Uint8Array(units.buffer));
    offset += units.byteLength;
  }
}

/** The serial number of a block. */
export function serialOfCode({ words }: Views, block: number): number {
  return read(words, block);
}

/** Reads the code of a block. */
export function readCode({ words, bytes }: Views, block: number): CodeText {
  const count = read(words, block + 2);
  const texts: string[] = [];
  let offset = 4 * (block + HEADER_WORDS + count);
  for (let i = 0; i < count; i++) {
    const length = read(words, block + HEADER_WORDS + i);
    const units = new Uint16Array(copyBytesOut(bytes, offset, 2 * length));
    let text = "";
    for (let from = 0; from < length; from += PIECE) {
      text += String.fromCharCode.apply(null, units.subarray(from, from + PIECE) as unknown as number[]);
    }
    texts.push(text);
    offset += 2 * length;
  }
  const [first, name, ...aliases] = texts as [string, string, ...string[]];
  return read(words, block + 1) === CLOSURE
    ? { isClosure: true, source: first, name, aliases }
    : { isClosure: false, url: first, name };
}

function textsOf(code: CodeText): readonly string[] {
  return code.isClosure ? [code.source, code.name, ...code.aliases] : [code.url, code.name];
}
