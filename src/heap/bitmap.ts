/**
 * Bitmap: a set of small numbers that gives its least one first.
 *
 * What is handed out by it is handed out in the order of addresses, however it came back: threads that walk over it one
 * after the other then have it fetched by the processor ahead of them. A stack, which gives what came back last, soon gives it
 * in no order at all.
 *
 * Keeps true: a bit of the summary is set if its word has a bit set; no word of the summary before `#first` has one.
 */

/** Bits in a word, as a shift and as a mask. */
const SHIFT = 5;
const MASK = 31;

/** A set of numbers below a capacity. */
export class Bitmap {
  readonly #words: Int32Array;
  /** For each word a bit: whether it has any. */
  readonly #summary: Int32Array;
  #first: number;

  constructor(capacity: number) {
    const words = Math.ceil(capacity / (MASK + 1));
    this.#words = new Int32Array(words);
    this.#summary = new Int32Array(Math.ceil(words / (MASK + 1)));
    this.#first = this.#summary.length;
  }

  /** Adds a number. */
  add(number: number): void {
    const word = number >> SHIFT;
    const group = word >> SHIFT;
    this.#words[word]! |= 1 << (number & MASK);
    this.#summary[group]! |= 1 << (word & MASK);
    if (group < this.#first) this.#first = group;
  }

  /** Whether the number is there. */
  has(number: number): boolean {
    return (this.#words[number >> SHIFT]! & 1 << (number & MASK)) !== 0;
  }

  /** Removes the least number, and gives it; -1 when there is none. */
  takeFirst(): number {
    const summary = this.#summary;
    while (this.#first < summary.length) {
      const group = this.#first;
      const bits = summary[group]!;
      if (bits === 0) {
        this.#first++;
        continue;
      }
      const word = group << SHIFT | lowest(bits);
      const there = this.#words[word]!;
      const rest = there & (there - 1);
      this.#words[word] = rest;
      if (rest === 0) summary[group] = bits & (bits - 1);
      return word << SHIFT | lowest(there);
    }
    return -1;
  }
}

/** The number of the lowest bit that is set; one is. */
function lowest(bits: number): number {
  return MASK - Math.clz32(bits & -bits);
}
