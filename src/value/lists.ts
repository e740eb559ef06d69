/**
 * Arrays: lists of numbers, and what arrays have besides their elements.
 */

import type { Scratch } from "./scratch.ts";
import { FAR_INTS, FAR_NUMBERS, INTS, NEAR_NUMBERS, NUMBERS, TAG_BITS } from "./tags.ts";

/**
 * Up to this length a list of numbers is searched for named properties, and one that has some is written as any other
 * array. Engines tell them only by listing all values or all keys. `Send` says so.
 */
const MOST_SEARCHED = 64;

/**
 * Writes a list of nothing but numbers; `false` if it is none, and nothing is written. Each element is read once, as a
 * getter may give another value the next time.
 *
 * @param first The first element.
 */
export function writeNumbers(scratch: Scratch, array: readonly unknown[], first: number): boolean {
  const length = array.length;
  if (length > NEAR_NUMBERS) return writeFarNumbers(scratch, array, first);
  scratch.room(2 * length + 2);
  if (isNoInt(first)) return writeDoubles(scratch, array, length, 0, first);
  const words = scratch.words;
  const at = scratch.at + 1;
  words[at] = first;
  for (let index = 1; index < length; index++) {
    const value = array[index];
    if (typeof value !== "number") return false;
    // As `isNoInt`, but after a call the engine would not know that this is a small integer.
    if ((value | 0) !== value || (value === 0 && 1 / value < 0)) {
      return writeDoubles(scratch, array, length, index, value);
    }
    words[at + index] = value;
  }
  if (length <= MOST_SEARCHED && countProperties(array) !== length) return false;
  words[scratch.at] = length << TAG_BITS | INTS;
  scratch.at = at + length;
  return true;
}

/**
 * Goes on with doubles.
 *
 * @param length What the array was long at first: a getter may have changed that.
 * @param from The index of `value`, the first that is no integer.
 */
function writeDoubles(
  scratch: Scratch,
  array: readonly unknown[],
  length: number,
  from: number,
  value: number,
): boolean {
  const { words, doubles } = scratch;
  const at = scratch.at + 1;
  const first = at + 1 >> 1;
  // The last first: as doubles they lie further on, where words were that have been read.
  for (let index = from - 1; index >= 0; index--) doubles[first + index] = words[at + index]!;
  doubles[first + from] = value;
  for (let index = from + 1; index < length; index++) {
    const value = array[index];
    if (typeof value !== "number") return false;
    doubles[first + index] = value;
  }
  // Of a list of doubles the keys are listed faster than the values, which engines put into boxes.
  if (length <= MOST_SEARCHED && Object.keys(array).length !== length) return false;
  words[scratch.at] = length << TAG_BITS | NUMBERS;
  scratch.at = 2 * (first + length);
  return true;
}

function writeFarNumbers(scratch: Scratch, array: readonly unknown[], first: number): boolean {
  const length = array.length;
  if (isNoInt(first)) return writeFarDoubles(scratch, array, new Float64Array(length), 0, first);
  const ints = new Int32Array(length);
  ints[0] = first;
  for (let index = 1; index < length; index++) {
    const value = array[index];
    if (typeof value !== "number") return false;
    if ((value | 0) !== value || (value === 0 && 1 / value < 0)) {
      return writeFarDoubles(scratch, array, new Float64Array(ints), index, value);
    }
    ints[index] = value;
  }
  writeFar(scratch, FAR_INTS, ints);
  return true;
}

/** Goes on with doubles, which hold what came before `value`. */
function writeFarDoubles(
  scratch: Scratch,
  array: readonly unknown[],
  doubles: Float64Array,
  from: number,
  value: number,
): boolean {
  const { length } = doubles;
  doubles[from] = value;
  for (let index = from + 1; index < length; index++) {
    const value = array[index];
    if (typeof value !== "number") return false;
    doubles[index] = value;
  }
  writeFar(scratch, FAR_NUMBERS, doubles);
  return true;
}

function writeFar(scratch: Scratch, tag: number, numbers: Int32Array | Float64Array): void {
  scratch.word(tag);
  scratch.number(numbers.length);
  scratch.chunk(new Uint8Array(numbers.buffer as ArrayBuffer));
}

/** Whether a number cannot be one of `INTS`: minus zero neither. */
function isNoInt(value: number): boolean {
  return (value | 0) !== value || (value === 0 && 1 / value < 0);
}

/** How many elements an array has, and named properties. */
export function countProperties(array: readonly unknown[]): number {
  // Of few, engines list the keys faster; of more the values, as these need no texts of the indices.
  return array.length <= 4 ? Object.keys(array).length : Object.values(array).length;
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

/** Whether most elements are missing: a few are looked at, and all only if half of those are. */
export function isSparse(array: readonly unknown[]): boolean {
  const length = array.length;
  let missing = 0;
  for (let sample = 0; sample < 16; sample++) if (!(Math.floor(sample * length / 16) in array)) missing++;
  return missing >= 8 && 4 * Object.keys(array).length < length;
}
