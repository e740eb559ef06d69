/**
 * Decoder: turns words back into values.
 *
 * It reads a private copy of the structure, so that no other thread can change what is being parsed, and takes long
 * contents from the block once. Whatever the words are, it ends: with a value, or with a `RangeError`.
 */

import { Reader, type Source } from "./reader.ts";

export type { Source } from "./reader.ts";

/**
 * Reads what `Encoder.encode` wrote.
 *
 * @throws {RangeError} Nothing that an encoder writes.
 * @throws {TypeError} A carried object that this copy of the library does not know.
 */
export function decode(source: Source): unknown {
  return read(source, false);
}

/**
 * Reads what `Encoder.encodeList` wrote.
 *
 * @throws {RangeError} Nothing that an encoder writes.
 * @throws {TypeError} A carried object that this copy of the library does not know.
 */
export function decodeList(source: Source): unknown[] {
  return read(source, true) as unknown[];
}

function read(source: Source, isList: boolean): unknown {
  // Bringing a carried object back may run code that decodes.
  const reader = free ?? new Reader();
  free = undefined;
  try {
    return reader.read(source, isList);
  } finally {
    reader.release();
    free = reader;
  }
}

let free: Reader | undefined = undefined;
