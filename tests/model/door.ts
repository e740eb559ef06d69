/**
 * The model's door: what stands in for `src/memory/atomics.ts` while a scenario is explored.
 *
 * The same functions with the same signatures. While nobody attends the door, each acts at once, so that a scenario
 * can set its stage with the real structures. Otherwise each hands its access to the attendant, which decides when
 * it happens and what it gives.
 *
 * A copy of many words is one access: where it is free of races, nobody can tell the difference.
 */

import type { Bytes, Floats, Waited, Words } from "../../src/memory/atomics.ts";
export type { Bytes, Floats, Waited, Words };

/** What an access gives: a word, several, whether a wait began, or nothing. */
export type Given = number | readonly number[] | boolean | undefined;

/** One access to shared memory, not yet made. */
export interface Access {
  /** The door's function. */
  readonly name: string;
  /** The first word, and how many. */
  readonly at: number;
  readonly span: number;
  readonly writes: boolean;
  readonly plain: boolean;
  /** The numbers that came with it, for the trace. */
  readonly operands: readonly number[];
  /** Makes it. */
  run(memory: Int32Array): Given;
}

let attendant: ((access: Access) => unknown) | undefined;

/** From now on every access goes to `next`; with `undefined`, straight to memory. */
export function attend(next: ((access: Access) => unknown) | undefined): void {
  attendant = next;
}

type View = Words | Bytes | Floats;

const READS = new Set([
  "load",
  "read",
  "readFloat",
  "copyOut",
  "copyBytesTo",
  "copyBytesOut",
  "wait",
  "awake",
  "waitAsync",
  "notify",
]);
const PLAIN = new Set([
  "read",
  "write",
  "readFloat",
  "writeFloat",
  "clear",
  "copyIn",
  "copyOut",
  "copyBytesIn",
  "copyBytesTo",
  "copyBytesOut",
]);

function pass(name: string, view: View, at: number, span: number, operands: number[], run: Access["run"]): unknown {
  if (attendant === undefined) return run(new Int32Array(view.buffer));
  return attendant({ name, at, span, writes: !READS.has(name), plain: PLAIN.has(name), operands, run });
}

/** An atomic access, or a plain one, to one word. */
function one(name: string, words: Words, index: number, operands: number[], next?: (old: number) => number): number {
  const at = (words.byteOffset >> 2) + index;
  return pass(name, words, at, 1, operands, (memory) => {
    const old = memory[at]!;
    if (next !== undefined) memory[at] = next(old);
    return old;
  }) as number;
}

export function load(words: Words, index: number): number {
  return one("load", words, index, []);
}

export function store(words: Words, index: number, value: number): void {
  one("store", words, index, [value], () => value);
}

export function add(words: Words, index: number, value: number): number {
  return one("add", words, index, [value], (old) => old + value);
}

export function and(words: Words, index: number, mask: number): number {
  return one("and", words, index, [mask], (old) => old & mask);
}

export function or(words: Words, index: number, mask: number): number {
  return one("or", words, index, [mask], (old) => old | mask);
}

export function exchange(words: Words, index: number, value: number): number {
  return one("exchange", words, index, [value], () => value);
}

export function compareExchange(words: Words, index: number, expected: number, value: number): number {
  return one("compareExchange", words, index, [expected, value], (old) => old === expected ? value : old);
}

export function read(words: Words, index: number): number {
  return one("read", words, index, []);
}

export function write(words: Words, index: number, value: number): void {
  one("write", words, index, [value], () => value);
}

/** A plain access to many words, as bytes or numbers: `run` gets the view's own part of the model's memory. */
function many<T extends View>(
  name: string,
  view: T,
  start: number,
  length: number,
  run: (part: Int32Array | Uint8Array | Float64Array) => Given,
): unknown {
  const [from, to] = [view.byteOffset + start * view.BYTES_PER_ELEMENT, length * view.BYTES_PER_ELEMENT];
  const kind = view instanceof Int32Array ? Int32Array : view instanceof Uint8Array ? Uint8Array : Float64Array;
  const span = Math.max(1, ((from + to + 3) >> 2) - (from >> 2));
  return pass(name, view, from >> 2, span, [], (memory) => run(new kind(memory.buffer as ArrayBuffer, from, length)));
}

export function readFloat(floats: Floats, index: number): number {
  return many("readFloat", floats, index, 1, (part) => part[0]!) as number;
}

export function writeFloat(floats: Floats, index: number, value: number): void {
  many("writeFloat", floats, index, 1, (part) => void (part[0] = value));
}

export function clear(words: Words, index: number, length: number): void {
  many("clear", words, index, length, (part) => void part.fill(0));
}

export function copyIn(words: Words, index: number, source: Int32Array, length: number): void {
  const copy = source.slice(0, length);
  many("copyIn", words, index, length, (part) => void part.set(copy));
}

export function copyOut(words: Words, index: number, target: Int32Array, length: number): void {
  target.set(many("copyOut", words, index, length, (part) => [...part]) as number[]);
}

export function copyBytesIn(bytes: Bytes, offset: number, source: Uint8Array): void {
  const copy = source.slice();
  many("copyBytesIn", bytes, offset, copy.length, (part) => void part.set(copy));
}

export function copyBytesTo(bytes: Bytes, offset: number, target: Uint8Array, length: number): void {
  target.set(many("copyBytesTo", bytes, offset, length, (part) => [...part]) as number[]);
}

export function copyBytesOut(bytes: Bytes, offset: number, length: number): ArrayBuffer {
  return new Uint8Array(many("copyBytesOut", bytes, offset, length, (part) => [...part]) as number[]).buffer;
}

/** Given `true`, the attendant answers with something to call `then` on. */
export function waitAsync(words: Words, index: number, value: number): Promise<unknown> | undefined {
  const at = (words.byteOffset >> 2) + index;
  if (attendant === undefined) throw new Error("Cannot wait while the stage is set: begin a thread that waits");
  return pass("waitAsync", words, at, 1, [value], (memory) => memory[at] === value) as Promise<unknown> | undefined;
}

/**
 * A blocking wait is two steps: it lies down, unless the word holds something else; and it gets up, which it can only
 * once it is notified, or at any time where it has a limit.
 */
export function wait(words: Words, index: number, value: number, timeoutMs: number): Waited {
  const at = (words.byteOffset >> 2) + index;
  if (attendant === undefined) throw new Error("Cannot wait while the stage is set: begin a thread that waits");
  // A number, as `true` says that a wait of `waitAsync` began.
  const lies = pass("wait", words, at, 1, [value], (memory) => memory[at] === value ? 1 : 0);
  if (lies !== 1) return "not-equal";
  const woken = pass("awake", words, at, 1, [timeoutMs === Infinity ? 0 : 1], () => 1);
  return woken === 1 ? "ok" : "timed-out";
}

export function mayBlock(): boolean {
  return true;
}

export function pause(): void {}

/** Whom it wakes is the explorer's to know. */
export function notify(words: Words, index: number): void {
  pass("notify", words, (words.byteOffset >> 2) + index, 1, [], () => undefined);
}
