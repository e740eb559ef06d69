/**
 * Shared arrays: a typed array in shared memory that tasks get by reference, and that can be freed.
 *
 * Each has a `SharedArrayBuffer` of its own, as channels and locks have. To free it is to say so, in a word that all threads
 * look at: whoever asks for the view after that is told, and the engine takes the memory once no thread has a view left.
 */

import { HandleConsumedError } from "../errors.ts";
import { checkInteger } from "../integer.ts";
import { load, store, type Words, write } from "../memory/atomics.ts";
import { type Carried, type Carrier, CARRY } from "../value/carry.ts";
import { carry, createMemory, FIRST_WORD, MOST_BYTES, type Parts, registerKind, type SharedParts } from "./parts.ts";

const KIND = "shared";

/** The type, by its place in the list below. */
const TYPE = FIRST_WORD;
const LENGTH: number = FIRST_WORD + 1;
/** 1 once it is freed. */
const FREED: number = FIRST_WORD + 2;
const DATA_BYTES: number = 4 * (FIRST_WORD + 16);

/** A view on shared memory, of any type. */
export type SharedView =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** The types, and their views on shared memory. */
interface Views {
  Int8Array: Int8Array<SharedArrayBuffer>;
  Uint8Array: Uint8Array<SharedArrayBuffer>;
  Uint8ClampedArray: Uint8ClampedArray<SharedArrayBuffer>;
  Int16Array: Int16Array<SharedArrayBuffer>;
  Uint16Array: Uint16Array<SharedArrayBuffer>;
  Int32Array: Int32Array<SharedArrayBuffer>;
  Uint32Array: Uint32Array<SharedArrayBuffer>;
  Float32Array: Float32Array<SharedArrayBuffer>;
  Float64Array: Float64Array<SharedArrayBuffer>;
  BigInt64Array: BigInt64Array<SharedArrayBuffer>;
  BigUint64Array: BigUint64Array<SharedArrayBuffer>;
}

/** How views are made; the place of each in the memory's word. New ones go at the end. */
const TYPES: readonly ViewType[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

interface ViewType {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer, byteOffset: number, length: number): SharedView;
}

/** The constructor of a typed array. */
export interface SharedType<Name extends string> {
  /** The prototype of its instances, which tells its name to the compiler. */
  readonly prototype: { readonly [Symbol.toStringTag]: Name };
}

/**
 * A typed array in shared memory; made with {@linkcode shared}.
 *
 * Sent to a task, it arrives as the same memory. What several threads change at a time is theirs to settle: with `Atomics`,
 * with a {@linkcode Mutex} beside it, or by sharing the indices out.
 *
 * @typeParam V The type of the view: `Float64Array`.
 */
export class SharedArray<V extends SharedView> implements Carrier, Disposable {
  /** What structured clone needs to carry it; see `attach`. */
  readonly parts: Parts;
  readonly #words: Words;
  #view: V | undefined;

  /** @internal Use {@linkcode shared}. */
  constructor({ buffer, words }: SharedParts) {
    this.parts = { webble: KIND, memory: buffer, numbers: [] };
    this.#words = words;
    const type = TYPES[load(words, TYPE)]!;
    // What the memory was made for is what the caller says: `attach` cannot know better.
    this.#view = new type(buffer, DATA_BYTES, load(words, LENGTH)) as V;
  }

  /**
   * The array itself, for loops and for `Atomics`. It goes on working if it was taken out before the array is freed, so do
   * not keep it longer than you need it.
   *
   * @throws {HandleConsumedError} The array was freed, here or on another thread.
   */
  get view(): V {
    if (load(this.#words, FREED) !== 0) {
      this.#view = undefined;
      throw new HandleConsumedError(
        "Cannot use this shared array as it was freed, here or on another thread: free it when all tasks with it have ended",
      );
    }
    return this.#view!;
  }

  /** How many elements it has. */
  get length(): number {
    return load(this.#words, LENGTH);
  }

  /** Whether it was freed, here or on another thread. */
  get freed(): boolean {
    return load(this.#words, FREED) !== 0;
  }

  /**
   * Reads an element.
   *
   * @param index From 0; negative from the end.
   * @throws {RangeError} There is none.
   * @throws {HandleConsumedError} The array was freed.
   */
  at(index: number): V[number] {
    return this.view[this.#index(index)]!;
  }

  /**
   * Writes an element.
   *
   * @param index From 0; negative from the end.
   * @param value The new value; converted as typed arrays do.
   * @throws {RangeError} There is none.
   * @throws {HandleConsumedError} The array was freed.
   */
  set(index: number, value: V[number]): void {
    // Of the view's own element type, which a union of views cannot say.
    (this.view as { [index: number]: V[number] })[this.#index(index)] = value;
  }

  /** Frees it, for all threads. Its memory is given back once none has the view any more. */
  free(): void {
    this[Symbol.dispose]();
  }

  /** Frees it, for all threads. */
  [Symbol.dispose](): void {
    store(this.#words, FREED, 1);
    this.#view = undefined;
  }

  /** @internal How it crosses threads. */
  [CARRY](): Carried {
    return carry(this.parts, "SharedArray");
  }

  #index(index: number): number {
    const { length } = this;
    const at = index < 0 ? length + index : index;
    if (Number.isInteger(index) && at >= 0 && at < length) return at;
    throw new RangeError(`Cannot reach element ${index} of a shared array of ${length}: give an integer within it`);
  }
}

/**
 * Makes a typed array of zeros in shared memory, which tasks get by reference.
 *
 * @typeParam Name The name of its type.
 * @param type Which kind: `Float64Array`, `Uint8Array`, `BigInt64Array` …
 * @param length How many elements.
 * @returns The array; freed at the end of its scope with `using`.
 * @throws {TypeError} `type` is not the constructor of a typed array, or the length no number.
 * @throws {RangeError} The length is no integer in range.
 * @throws {OutOfMemoryError} The system has not so much memory.
 * @throws {IsolationError} Memory cannot be shared here.
 *
 * @example Fill a field on all workers, without copying it
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(2).init();
 * using squares = webble.channel.shared(Float64Array, 1000);
 * const halves = [0, 500].map((start) =>
 *   webble.spawn((squares: webble.channel.SharedArray<Float64Array>, start: number) => {
 *     const { view } = squares;
 *     for (let i = start; i < start + 500; i++) view[i] = i * i;
 *   }, squares, start));
 * for (const half of halves) await half.recv();
 * assertEquals(squares.at(-1), 998_001);
 * ```
 */
export function shared<Name extends keyof Views>(type: SharedType<Name>, length: number): SharedArray<Views[Name]> {
  const given: unknown = type;
  const code = TYPES.findIndex((known) => known === given);
  if (code < 0) {
    throw new TypeError(
      "Cannot make a shared array as 'type' must be the constructor of a typed array, such as Float64Array",
    );
  }
  const size = TYPES[code]!.BYTES_PER_ELEMENT;
  const most = Math.floor((MOST_BYTES - DATA_BYTES) / size);
  checkInteger("make a shared array", "length", length, 0, most);
  const memory = createMemory(KIND, DATA_BYTES + size * length, `a shared array of ${length} elements`);
  write(memory.words, TYPE, code);
  write(memory.words, LENGTH, length);
  return new SharedArray<Views[Name]>(memory);
}

registerKind(KIND, (memory) => {
  const type = memory.buffer.byteLength < DATA_BYTES ? undefined : TYPES[load(memory.words, TYPE)];
  const room = memory.buffer.byteLength - DATA_BYTES;
  if (
    type === undefined || !(load(memory.words, LENGTH) >= 0) ||
    load(memory.words, LENGTH) * type.BYTES_PER_ELEMENT > room
  ) {
    throw new TypeError("Cannot attach a 'shared' as its memory is none that was made for one");
  }
  return new SharedArray(memory);
});
