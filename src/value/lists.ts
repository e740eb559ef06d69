/**
 * Arrays: lists of numbers, and what arrays have besides their elements.
 */

import type { Scratch } from "./scratch.ts";
import { FAR_INTS, FAR_NUMBERS, INTS, NEAR_NUMBERS, NUMBERS, TAG_BITS } from "./tags.ts";

/** Writes a list of nothing but numbers; `false` if it is none, and nothing is written. */
export function writeNumbers(scratch: Scratch, array: readonly unknown[]): boolean {
  const length = array.length;
  if (length > NEAR_NUMBERS) return writeFarNumbers(scratch, array);
  scratch.room(2 * length + 2);
  const words = scratch.words;
  const at = scratch.at + 1;
  let index = 0;
  for (; index < length; index++) {
    const value = array[index];
    if (typeof value !== "number") return false;
    if ((value | 0) !== value || (value === 0 && 1 / value < 0)) break;
    words[at + index] = value;
  }
  if (index === length) {
    words[scratch.at] = length << TAG_BITS | INTS;
    scratch.at = at + length;
    return true;
  }
  const doubles = scratch.doubles;
  const first = at + 1 >> 1;
  for (index = 0; index < length; index++) {
    const value = array[index];
    if (typeof value !== "number") return false;
    doubles[first + index] = value;
  }
  words[scratch.at] = length << TAG_BITS | NUMBERS;
  scratch.at = 2 * (first + length);
  return true;
}

function writeFarNumbers(scratch: Scratch, array: readonly unknown[]): boolean {
  const length = array.length;
  let isInts = true;
  for (let index = 0; index < length; index++) {
    const value = array[index];
    if (typeof value !== "number") return false;
    if ((value | 0) !== value || (value === 0 && 1 / value < 0)) isInts = false;
  }
  const numbers = isInts ? new Int32Array(length) : new Float64Array(length);
  for (let index = 0; index < length; index++) numbers[index] = array[index] as number;
  scratch.word(isInts ? FAR_INTS : FAR_NUMBERS);
  scratch.number(length);
  scratch.chunk(new Uint8Array(numbers.buffer));
  return true;
}

/** Whether a key is the index of an element. */
export function isIndex(key: string): boolean {
  const length = key.length;
  if (length > 9) return String(Number(key) >>> 0) === key && key !== "4294967295";
  for (let at = 0; at < length; at++) {
    const code = key.charCodeAt(at);
    if (code > 57 || code < 48) return false;
  }
  return length === 1 || (length > 0 && key.charCodeAt(0) !== 48);
}

/** Whether an array has properties besides its elements. They come last. */
export function hasNamed(array: readonly unknown[]): boolean {
  const keys = Object.keys(array);
  return keys.length > 0 && !isIndex(keys[keys.length - 1]!);
}

/** Whether most elements are missing: a few are looked at, and all only if half of those are. */
export function isSparse(array: readonly unknown[]): boolean {
  const length = array.length;
  let missing = 0;
  for (let sample = 0; sample < 16; sample++) if (!(Math.floor(sample * length / 16) in array)) missing++;
  return missing >= 8 && 4 * Object.keys(array).length < length;
}
