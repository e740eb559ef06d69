/**
 * The one door to shared memory.
 *
 * Everything that reads, writes, waits on or wakes through shared words goes through these functions, so that a
 * model test can put a scheduler behind this door and run the real code through every interleaving.
 *
 * JavaScript's atomics are sequentially consistent: all threads see `load`, `store`, `add`, `and`, `or`, `exchange`
 * and `compareExchange` in one order. `read` and `write` are plain: use them on words that the calling thread owns,
 * or that an atomic operation has published before.
 */

import { expectMore } from "./recycle.ts";

/** Words of shared memory. */
export type Words = Int32Array<SharedArrayBuffer>;
/** The same memory as bytes. */
export type Bytes = Uint8Array<SharedArrayBuffer>;
/** The same memory as double-precision numbers; index `i` is words `2i` and `2i + 1`. */
export type Floats = Float64Array<SharedArrayBuffer>;

/** Reads a word. */
export function load(words: Words, index: number): number {
  return Atomics.load(words, index);
}

/** Writes a word. */
export function store(words: Words, index: number, value: number): void {
  Atomics.store(words, index, value);
}

/** Adds to a word, wrapping at 2^31; returns what it held before. */
export function add(words: Words, index: number, value: number): number {
  return Atomics.add(words, index, value);
}

/** Keeps only the bits of `mask` in a word; returns what it held before. */
export function and(words: Words, index: number, mask: number): number {
  return Atomics.and(words, index, mask);
}

/** Sets the bits of `mask` in a word; returns what it held before. */
export function or(words: Words, index: number, mask: number): number {
  return Atomics.or(words, index, mask);
}

/** Replaces a word; returns what it held before. */
export function exchange(words: Words, index: number, value: number): number {
  return Atomics.exchange(words, index, value);
}

/** Replaces a word if it holds `expected`; returns what it held before. */
export function compareExchange(words: Words, index: number, expected: number, value: number): number {
  return Atomics.compareExchange(words, index, expected, value);
}

/** Reads a word plainly. */
export function read(words: Words, index: number): number {
  return words[index]!;
}

/** Writes a word plainly. */
export function write(words: Words, index: number, value: number): void {
  words[index] = value;
}

/** Reads a number plainly. */
export function readFloat(floats: Floats, index: number): number {
  return floats[index]!;
}

/** Writes a number plainly. */
export function writeFloat(floats: Floats, index: number, value: number): void {
  floats[index] = value;
}

/** Makes `length` words zero, plainly. */
export function clear(words: Words, index: number, length: number): void {
  words.fill(0, index, index + length);
}

/** Copies `length` private words to shared memory, plainly. */
export function copyIn(words: Words, index: number, source: Int32Array, length: number): void {
  // Under some tens of words a loop is cheaper than the view that `set` needs.
  if (length <= 64) { for (let i = 0; i < length; i++) words[index + i] = source[i]!; }
  else words.set(source.subarray(0, length), index);
}

/** Copies `length` shared words to private memory, plainly. */
export function copyOut(words: Words, index: number, target: Int32Array, length: number): void {
  if (length <= 64) { for (let i = 0; i < length; i++) target[i] = words[index + i]!; }
  else target.set(words.subarray(index, index + length));
}

/** Copies private bytes to shared memory, plainly. */
export function copyBytesIn(bytes: Bytes, offset: number, source: Uint8Array): void {
  bytes.set(source, offset);
}

/** Copies shared bytes to private memory that is there already, plainly. */
export function copyBytesTo(bytes: Bytes, offset: number, target: Uint8Array, length: number): void {
  target.set(bytes.subarray(offset, offset + length));
}

/** Copies shared bytes to memory of the caller's own, plainly. */
export function copyBytesOut(bytes: Bytes, offset: number, length: number): ArrayBuffer {
  expectMore(length);
  // Made of a view, an array is not cleared before it is written: for a mebibyte that is a third of the time.
  return new Uint8Array(bytes.subarray(offset, offset + length)).buffer;
}

/**
 * Waits until the word is notified, without blocking; `undefined` if it does not hold `value` any more.
 *
 * Never with a timeout: a timer of `waitAsync` outlives an early wake.
 */
export function waitAsync(words: Words, index: number, value: number): Promise<unknown> | undefined {
  const wait = Atomics.waitAsync(words, index, value);
  return wait.async ? wait.value : undefined;
}

/** How a blocking wait ended: it was notified, the word held something else already, or time was up. */
export type Waited = "ok" | "not-equal" | "timed-out";

/**
 * Blocks this thread until the word is notified; at once if it does not hold `value` any more.
 *
 * @param timeoutMs At most so long; `Infinity` for ever.
 * @throws {TypeError} This thread must not block, as a page's main thread; see {@linkcode mayBlock}.
 */
export function wait(words: Words, index: number, value: number, timeoutMs: number): Waited {
  return Atomics.wait(words, index, value, timeoutMs);
}

let blockable: boolean | undefined;

/** Whether this thread may block: workers may, and Deno's main thread; a page's main thread may not. */
export function mayBlock(): boolean {
  if (blockable === undefined) {
    try {
      // The word holds something else, so this returns at once wherever it is allowed.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
      blockable = true;
    } catch {
      blockable = false;
    }
  }
  return blockable;
}

/** Tells the processor that this thread spins. */
export function pause(): void {
  relax?.();
}

const relax: (() => void) | undefined = (Atomics as { pause?: () => void }).pause?.bind(Atomics);

/** Wakes all who wait on the word. */
export function notify(words: Words, index: number): void {
  Atomics.notify(words, index);
}
