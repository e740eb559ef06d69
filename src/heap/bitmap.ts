/**
 * Bitmap: a set of small numbers that gives its least one first.
 *
 * What is handed out by it is handed out in the order of addresses, however it came back: threads that walk over it one
 * after the other then have it fetched by the processor ahead of them. A stack, which gives what came back last, soon gives it
 * in no order at all.
 *
 * Keeps true: a bit of the summary is set if and only if its word has a bit set; no word of the summary before `#first`
 * has one.
 */

/** Bits in a word, as a shift and as a mask. */
const SHIFT = 5;
const MASK = 31;

/** A set of numbers below a capacity. */
export class Bitmap {
  /** A bit for each number; and behind these the summary, for each word a bit: whether it has any. */
  readonly #words: Int32Array;
  readonly #summary: number;
  /** Where in the summary the search begins. */
  #first: number;
  #size = 0;

  constructor(capacity: number) {
    this.#summary = Math.ceil(capacity / (MASK + 1));
    this.#words = new Int32Array(this.#summary + Math.ceil(this.#summary / (MASK + 1)));
    this.#first = this.#words.length;
  }

  /** Adds a number that is not there. */
  add(number: number): void {
    const words = this.#words;
    const word = number >> SHIFT;
    const group = this.#summary + (word >> SHIFT);
    words[word]! |= 1 << (number & MASK);
    words[group]! |= 1 << (word & MASK);
    if (group < this.#first) this.#first = group;
    this.#size++;
  }

  /** Whether the number is there. */
  has(number: number): boolean {
    return (this.#words[number >> SHIFT]! & 1 << (number & MASK)) !== 0;
  }

  /** Removes the least number, and gives it; -1 when there is none. */
  takeFirst(): number {
    if (this.#size === 0) return -1;
    this.#size--;
    const words = this.#words;
    while (words[this.#first] === 0) this.#first++;
    const group = this.#first;
    const bits = words[group]!;
    const word = (group - this.#summary) << SHIFT | lowest(bits);
    const there = words[word]!;
    const rest = there & (there - 1);
    words[word] = rest;
    if (rest === 0) words[group] = bits & (bits - 1);
    return word << SHIFT | lowest(there);
  }

  /** Removes all. */
  clear(): void {
    this.#words.fill(0);
    this.#first = this.#words.length;
    this.#size = 0;
  }
}

/** The number of the lowest bit that is set; one is. */
function lowest(bits: number): number {
  return MASK - Math.clz32(bits & -bits);
}
