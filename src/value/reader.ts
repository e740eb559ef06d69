/**
 * Reader: walks words and builds values; see `tags.ts` for what the words are. Primitives, plain objects and arrays here, all
 * other kinds in `read_kinds.ts`.
 *
 * Keys such as `__proto__` become own properties, whatever objects inherit.
 */

import type { BufferOf } from "./commons.ts";
import { corrupt, Cursor } from "./cursor.ts";
import { readContents, readKind } from "./read_kinds.ts";
import { define } from "./rebuild.ts";
import { KEY_COUNT_BITS, KEY_COUNT_MASK, type Shape, ShapeMemory } from "./shape.ts";
import * as tag from "./tags.ts";
import {
  ARRAY,
  ASCII,
  DOUBLE,
  FALSE,
  HOLE,
  INTS,
  LATER,
  LATIN1,
  MORE,
  NULL,
  NUMBERS,
  OBJECT,
  REF,
  SMALL,
  TAG_BITS,
  TAG_MASK,
  TRUE,
  TWO_BYTE,
  UNDEFINED,
} from "./tags.ts";

/** What a value is read from. */
export interface Source {
  /** A private copy of the structure. */
  readonly words: Int32Array;
  /** How many words the structure has. */
  readonly length: number;
  /** The size of the block in bytes: structure and chunks. */
  readonly byteLength: number;
  /** What came by `postMessage`. */
  readonly attachments: readonly unknown[];
  /** Gives the shared memory with a number; see `commons.ts`. */
  readonly bufferOf?: BufferOf;
  /** Copies a range of the block into a fresh buffer. The range is within `byteLength`. */
  copy(offset: number, length: number): ArrayBuffer;
}

type Fields = Record<string, unknown>;

/** Contents that come after the root. */
export interface PutOff {
  readonly object: object;
  readonly kind: number;
  readonly arg: number;
}

/** Arrays up to this length are allocated before their elements are seen. */
const ALLOCATED = 256;
/** Lists of numbers, which are seen, up to this one; engines make hash tables of longer ones. */
const ALLOCATED_NUMBERS = 1 << 24;

/** Walks words. */
export class Reader extends Cursor {
  readonly #memory = new ShapeMemory();
  readonly #shapes: Shape[] = [];
  #shapeCount = 0;
  #source: Source | undefined = undefined;
  /** Where the next chunk begins, in bytes from the start of the block. */
  #chunkAt = 0;
  #attachment = 0;
  /** Objects by id, if any `REF` occurs. */
  #objects: unknown[] | undefined = undefined;
  #depth = 0;
  /** Contents that are read after the root, in this order. */
  readonly later: PutOff[] = [];

  read(source: Source, isList: boolean): unknown {
    const { words, length } = source;
    if (length < tag.HEADER_WORDS || length > words.length || 4 * length > source.byteLength) {
      throw corrupt("its lengths do not fit");
    }
    this.use(words);
    this.#source = source;
    this.#chunkAt = Math.ceil(length / 2) * 8;
    this.#attachment = 0;
    const flags = words[tag.FLAGS]!;
    if (((flags & tag.IS_LIST) !== 0) !== isList) throw corrupt(isList ? "no list" : "a list");
    if ((flags & tag.HAS_REFS) !== 0) this.#objects = [];
    const shapesAt = words[tag.SHAPES_AT]!;
    if (shapesAt < tag.HEADER_WORDS || shapesAt > length) throw corrupt("its shapes are elsewhere");
    this.at = shapesAt;
    this.end = length;
    this.#readShapes(words[tag.SHAPES]!);

    this.at = tag.HEADER_WORDS;
    this.end = shapesAt;
    let result: unknown;
    if (isList) {
      const count = words[tag.LIST]!;
      this.check(count);
      const list: unknown[] = [];
      for (let index = 0; index < count; index++) list.push(this.value());
      result = list;
    } else result = this.value();
    for (let index = 0; index < this.later.length; index++) this.#readPutOff(this.later[index]!);
    return result;
  }

  /** Lets go of the value, whether or not it could be read. */
  release(): void {
    this.#source = undefined;
    this.#objects = undefined;
    this.#depth = 0;
    this.#shapeCount = 0;
    if (this.#shapes.length > 64) this.#shapes.length = 0;
    if (this.later.length > 0) this.later.length = 0;
  }

  /** Reads any value. */
  value(): unknown {
    if (this.at >= this.end) throw corrupt("it ends too early");
    const word = this.words[this.at++]!;
    const arg = word >>> TAG_BITS;
    switch (word & TAG_MASK) {
      case SMALL:
        return word >> TAG_BITS;
      case ASCII:
        return this.ascii(arg);
      case OBJECT:
        return this.#object(arg);
      case NUMBERS:
        return this.#numbers(arg);
      case DOUBLE:
        return this.double();
      case ARRAY:
        return this.#array(arg);
      case INTS:
        return this.#ints(arg);
      case UNDEFINED:
        return undefined;
      case NULL:
        return null;
      case FALSE:
        return false;
      case TRUE:
        return true;
      case LATIN1:
        return this.latin1(arg);
      case TWO_BYTE:
        return this.twoByte(arg);
      case REF:
        return this.#ref(arg);
    }
    return readKind(this, word & TAG_MASK, arg);
  }

  // ---- ids, lengths, what came beside the words ----

  /** Gives an object the next id. */
  keep<T>(object: T): T {
    this.#objects?.push(object);
    return object;
  }

  /** Takes an id for an object that does not exist yet. */
  reserve(): number {
    return this.#objects === undefined ? -1 : this.#objects.push(undefined) - 1;
  }

  /** Gives that id to the object. */
  fill<T>(id: number, object: T): T {
    if (this.#objects !== undefined) this.#objects[id] = object;
    return object;
  }

  #ref(id: number): unknown {
    const object = this.#objects?.[id];
    if (object === undefined) throw corrupt("a reference to nothing");
    return object;
  }

  /** Checks that `count` values can still follow: each takes a word at least. */
  check(count: number): void {
    if (count < 0 || count > this.end - this.at) throw corrupt("it ends too early");
  }

  /** Goes one level down. */
  enter(): void {
    if (++this.#depth > tag.MAX_DEPTH + 2) throw corrupt("it is nested too deeply");
  }

  /** Goes one level up. */
  leave(): void {
    this.#depth--;
  }

  /** Reads what has to be a length. */
  size(): number {
    const word = this.word();
    const size = (word & TAG_MASK) === SMALL ? word >> TAG_BITS : (word & TAG_MASK) === DOUBLE ? this.double() : -1;
    if (!(size >= 0 && size <= Number.MAX_SAFE_INTEGER && Number.isInteger(size))) {
      throw corrupt("a length that is none");
    }
    return size;
  }

  /** Reads what has to be text. */
  text(): string {
    const kind = this.words[this.at]! & TAG_MASK;
    if (kind === tag.FAR_UTF8 || kind === tag.FAR_UTF16) return this.value() as string;
    return this.nearText();
  }

  /** Takes the next chunk out. */
  chunk(size: number): ArrayBuffer {
    const source = this.#source!;
    if (size > source.byteLength - this.#chunkAt) throw corrupt("a length beyond its end");
    const bytes = source.copy(this.#chunkAt, size);
    this.#chunkAt += Math.max(8, Math.ceil(size / 8) * 8);
    return bytes;
  }

  /** Takes the next attachment. */
  attached(): unknown {
    const { attachments } = this.#source!;
    if (this.#attachment >= attachments.length) throw corrupt("an attachment is missing");
    return attachments[this.#attachment++];
  }

  /** Gives the shared memory with a number. */
  common(number: number): SharedArrayBuffer {
    const buffer = this.#source!.bufferOf?.(number);
    if (buffer === undefined) throw corrupt("shared memory that is not known");
    return buffer;
  }

  // ---- plain objects ----

  #readShapes(count: number): void {
    if (count < 0 || 2 * count > this.end - this.at) throw corrupt("it has too many shapes");
    const words = this.words;
    for (let index = 0; index < count; index++) {
      const at = this.at;
      const length = words[at]! >>> KEY_COUNT_BITS;
      if (length < 2 || length > this.end - at) throw corrupt("a shape beyond its end");
      const isKept = words[at + 1] !== 0;
      let shape = isKept ? this.#memory.find(words, at, length) : undefined;
      if (shape === undefined) {
        shape = this.#readShape(words[at]! & KEY_COUNT_MASK);
        if (this.at !== at + length) throw corrupt("a shape that is longer than it says");
        if (isKept) this.#memory.keep(words, at, length, shape);
      } else this.at = at + length;
      this.#shapes[index] = shape;
      this.#shapeCount = index + 1;
    }
  }

  #readShape(count: number): Shape {
    this.at += 2;
    const keys: string[] = [];
    for (let index = 0; index < count; index++) keys.push(this.nearText());
    return { keys, plain: keys.every((key) => !(key in Object.prototype)) };
  }

  #object(arg: number): object {
    // With many keys, engines add to a hash table that inherits nothing much faster.
    const object = (arg & MORE) === 0 ? {} : Object.create(null);
    if (this.#objects !== undefined) this.#objects.push(object);
    if ((arg & LATER) !== 0) this.later.push({ object, kind: OBJECT, arg: 0 });
    else this.#fields(object, arg);
    return object;
  }

  #fields(object: Fields, arg: number): void {
    const index = arg >> 2;
    if (index >= this.#shapeCount) throw corrupt("an unknown shape");
    const { keys, plain } = this.#shapes[index]!;
    const count = keys.length;
    this.enter();
    if (plain) { for (let index = 0; index < count; index++) object[keys[index]!] = this.value(); }
    else for (let index = 0; index < count; index++) define(object, keys[index]!, this.value(), true);
    if ((arg & MORE) !== 0) {
      this.properties(object);
      if (Object.getPrototypeOf(object) === null) Object.setPrototypeOf(object, Object.prototype);
    }
    this.leave();
  }

  /** Reads named properties. */
  properties(object: object): void {
    const count = this.word();
    this.check(2 * count);
    const isBare = Object.getPrototypeOf(object) === null;
    for (let index = 0; index < count; index++) {
      const key = this.text();
      const value = this.value();
      if (isBare || !(key in object)) (object as Fields)[key] = value;
      else if (Array.isArray(object) && key === "length") throw corrupt("a second length");
      else define(object, key, value, true);
    }
  }

  // ---- arrays ----

  #array(arg: number): unknown[] {
    const short = arg >> 2;
    const length = short === tag.LONG ? this.word() >>> 0 : short;
    const array: unknown[] = length <= ALLOCATED ? new Array(length) : [];
    if (this.#objects !== undefined) this.#objects.push(array);
    if ((arg & LATER) !== 0) this.later.push({ object: array, kind: ARRAY, arg: length * 4 + (arg & MORE) });
    else this.#elements(array, length, (arg & MORE) !== 0);
    return array;
  }

  #elements(array: unknown[], length: number, more: boolean): void {
    this.check(length);
    this.enter();
    const words = this.words;
    for (let index = 0; index < length; index++) {
      if (words[this.at] === HOLE && this.at < this.end) this.at++;
      else array[index] = this.value();
    }
    array.length = length;
    if (more) this.properties(array);
    this.leave();
  }

  #ints(length: number): number[] {
    const words = this.words;
    const at = this.take(length);
    const list: number[] = new Array(length);
    for (let index = 0; index < length; index++) list[index] = words[at + index]!;
    return this.keep(list);
  }

  #numbers(length: number): number[] {
    if ((this.at & 1) !== 0) this.at++;
    const at = this.take(2 * length);
    const list: number[] = new Array(length);
    const doubles = this.doubles;
    if (doubles !== undefined) {
      const first = at >> 1;
      for (let index = 0; index < length; index++) list[index] = doubles[first + index]!;
    } else {
      this.at = at;
      for (let index = 0; index < length; index++) list[index] = this.double();
    }
    return this.keep(list);
  }

  /** Gives numbers as an array. */
  listOf(numbers: Float64Array | Int32Array): number[] {
    const length = numbers.length;
    const list: number[] = length <= ALLOCATED_NUMBERS ? new Array(length) : [];
    for (let index = 0; index < length; index++) list[index] = numbers[index]!;
    return this.keep(list);
  }

  #readPutOff(item: PutOff): void {
    const { object, kind, arg } = item;
    if (kind === ARRAY) return this.#elements(object as unknown[], Math.floor(arg / 4), (arg & MORE) !== 0);
    if (kind !== OBJECT) return readContents(this, item);
    const word = this.word();
    if ((word & TAG_MASK) !== OBJECT) throw corrupt("no object where one has to be");
    this.#fields(object as Fields, word >>> TAG_BITS);
  }
}
