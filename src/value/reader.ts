/**
 * Reader: walks words and builds values; see `tags.ts` for what the words are.
 *
 * Keys such as `__proto__` become own properties, whatever objects inherit.
 */

import { revive } from "./carry.ts";
import type { BufferOf } from "./commons.ts";
import { corrupt, Cursor, fromUtf16, fromUtf8 } from "./cursor.ts";
import { define, isBuffer, makeError, viewTypes } from "./rebuild.ts";
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
interface PutOff {
  readonly object: object;
  readonly kind: number;
  readonly arg: number;
}

/** Arrays up to this length are allocated before their elements are seen. */
const ALLOCATED = 256;
/** Lists of numbers, which are seen, up to this one; engines make hash tables of longer ones. */
const ALLOCATED_NUMBERS = 1 << 24;
/** The hash table that a longer array would be made into is wanted from this length on, for a sparse one. */
const SPARSE_FROM = 1024;

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
  readonly #later: PutOff[] = [];

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
      this.#check(count);
      const list: unknown[] = [];
      for (let index = 0; index < count; index++) list.push(this.value());
      result = list;
    } else result = this.value();
    for (let index = 0; index < this.#later.length; index++) this.#readPutOff(this.#later[index]!);
    return result;
  }

  /** Lets go of the value, whether or not it could be read. */
  release(): void {
    this.#source = undefined;
    this.#objects = undefined;
    this.#depth = 0;
    this.#shapeCount = 0;
    if (this.#shapes.length > 64) this.#shapes.length = 0;
    if (this.#later.length > 0) this.#later.length = 0;
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
    return this.#rare(word & TAG_MASK, arg);
  }

  #rare(kind: number, arg: number): unknown {
    switch (kind) {
      case tag.BIGINT:
        return this.bigint();
      case tag.HUGE_BIGINT:
        return this.hugeBigint(arg >> 1, (arg & 1) !== 0);
      case tag.FAR_UTF8:
        return fromUtf8(this.#chunk(this.#size()));
      case tag.FAR_UTF16:
        return fromUtf16(this.#chunk(2 * this.#size()));
      case tag.FAR_NUMBERS:
        return this.#listOf(new Float64Array(this.#chunk(8 * this.#size())));
      case tag.FAR_INTS:
        return this.#listOf(new Int32Array(this.#chunk(4 * this.#size())));
      case tag.SPARSE:
        return this.#sparse();
      case tag.MAP:
        return this.#map(arg);
      case tag.SET:
        return this.#set(arg);
      case tag.DATE:
        return this.#keep(new Date(this.double()));
      case tag.REGEXP:
        return this.#regexp();
      case tag.BOXED:
        return this.#boxed();
      case tag.BUFFER:
      case tag.FAR_BUFFER:
      case tag.RESIZABLE:
        return this.#keep(this.#buffer(kind, arg));
      case tag.VIEW:
        return this.#view(arg);
      case tag.ATTACHED:
        return this.#attached();
      case tag.ERROR:
        return this.#error(arg);
      case tag.DOM_EXCEPTION:
        return this.#domException();
      case tag.CARRIED:
        return this.#carried();
      case tag.COMMON:
        return this.#common(arg);
    }
    throw corrupt("an unknown tag");
  }

  // ---- ids, lengths, chunks ----

  /** Gives an object the next id. */
  #keep<T>(object: T): T {
    this.#objects?.push(object);
    return object;
  }

  /** Takes an id for an object that does not exist yet. */
  #reserve(): number {
    return this.#objects === undefined ? -1 : this.#objects.push(undefined) - 1;
  }

  #fill<T>(id: number, object: T): T {
    if (this.#objects !== undefined) this.#objects[id] = object;
    return object;
  }

  #ref(id: number): unknown {
    const object = this.#objects?.[id];
    if (object === undefined) throw corrupt("a reference to nothing");
    return object;
  }

  /** Checks that `count` values can still follow: each takes a word at least. */
  #check(count: number): void {
    if (count < 0 || count > this.end - this.at) throw corrupt("it ends too early");
  }

  /** Goes one level down; `#depth--` goes up. */
  #enter(): void {
    if (++this.#depth > tag.MAX_DEPTH + 2) throw corrupt("it is nested too deeply");
  }

  /** Reads what has to be a length. */
  #size(): number {
    const word = this.word();
    const size = (word & TAG_MASK) === SMALL ? word >> TAG_BITS : (word & TAG_MASK) === DOUBLE ? this.double() : -1;
    if (!(size >= 0 && size <= Number.MAX_SAFE_INTEGER && Number.isInteger(size))) {
      throw corrupt("a length that is none");
    }
    return size;
  }

  /** Reads what has to be text. */
  #text(): string {
    const kind = this.words[this.at]! & TAG_MASK;
    if (kind === tag.FAR_UTF8 || kind === tag.FAR_UTF16) return this.value() as string;
    return this.nearText();
  }

  #chunk(size: number): ArrayBuffer {
    const source = this.#source!;
    if (size > source.byteLength - this.#chunkAt) throw corrupt("a length beyond its end");
    const bytes = source.copy(this.#chunkAt, size);
    this.#chunkAt += Math.max(8, Math.ceil(size / 8) * 8);
    return bytes;
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
    if ((arg & LATER) !== 0) this.#later.push({ object, kind: OBJECT, arg: 0 });
    else this.#fields(object, arg);
    return object;
  }

  #fields(object: Fields, arg: number): void {
    const index = arg >> 2;
    if (index >= this.#shapeCount) throw corrupt("an unknown shape");
    const { keys, plain } = this.#shapes[index]!;
    const count = keys.length;
    this.#enter();
    if (plain) { for (let index = 0; index < count; index++) object[keys[index]!] = this.value(); }
    else for (let index = 0; index < count; index++) define(object, keys[index]!, this.value(), true);
    if ((arg & MORE) !== 0) {
      this.#properties(object);
      if (Object.getPrototypeOf(object) === null) Object.setPrototypeOf(object, Object.prototype);
    }
    this.#depth--;
  }

  #properties(object: object): void {
    const count = this.word();
    this.#check(2 * count);
    const isBare = Object.getPrototypeOf(object) === null;
    for (let index = 0; index < count; index++) {
      const key = this.#text();
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
    if ((arg & LATER) !== 0) this.#later.push({ object: array, kind: ARRAY, arg: length * 4 + (arg & MORE) });
    else this.#elements(array, length, (arg & MORE) !== 0);
    return array;
  }

  #elements(array: unknown[], length: number, more: boolean): void {
    this.#check(length);
    this.#enter();
    const words = this.words;
    for (let index = 0; index < length; index++) {
      if (words[this.at] === HOLE && this.at < this.end) this.at++;
      else array[index] = this.value();
    }
    array.length = length;
    if (more) this.#properties(array);
    this.#depth--;
  }

  #ints(length: number): number[] {
    const words = this.words;
    const at = this.take(length);
    const list: number[] = new Array(length);
    for (let index = 0; index < length; index++) list[index] = words[at + index]!;
    return this.#keep(list);
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
    return this.#keep(list);
  }

  #listOf(numbers: Float64Array | Int32Array): number[] {
    const length = numbers.length;
    const list: number[] = length <= ALLOCATED_NUMBERS ? new Array(length) : [];
    for (let index = 0; index < length; index++) list[index] = numbers[index]!;
    return this.#keep(list);
  }

  #sparse(): unknown[] {
    const length = this.#size();
    if (length > 0xffffffff) throw corrupt("an array that is too long");
    const array = this.#keep([] as unknown[]);
    // Assigned far behind its end, an array becomes a hash table; setting its length might allocate all of it.
    if (length > SPARSE_FROM) {
      array[length - 1] = 0;
      delete array[length - 1];
    }
    array.length = length;
    this.#enter();
    this.#properties(array);
    this.#depth--;
    return array;
  }

  // ---- everything else ----

  #map(arg: number): Map<unknown, unknown> {
    const map = this.#keep(new Map<unknown, unknown>());
    if ((arg & LATER) !== 0) this.#later.push({ object: map, kind: tag.MAP, arg });
    else this.#entries(map, arg >> 1);
    return map;
  }

  #entries(map: Map<unknown, unknown>, count: number): void {
    this.#check(2 * count);
    this.#enter();
    for (let index = 0; index < count; index++) {
      const key = this.value();
      map.set(key, this.value());
    }
    this.#depth--;
  }

  #set(arg: number): Set<unknown> {
    const set = this.#keep(new Set<unknown>());
    if ((arg & LATER) !== 0) this.#later.push({ object: set, kind: tag.SET, arg });
    else this.#members(set, arg >> 1);
    return set;
  }

  #members(set: Set<unknown>, count: number): void {
    this.#check(count);
    this.#enter();
    for (let index = 0; index < count; index++) set.add(this.value());
    this.#depth--;
  }

  #regexp(): RegExp {
    const id = this.#reserve();
    const source = this.#text();
    const flags = this.#text();
    try {
      return this.#fill(id, new RegExp(source, flags));
    } catch {
      throw corrupt("a regular expression that is none");
    }
  }

  #boxed(): object {
    const id = this.#reserve();
    this.#enter();
    const value = this.value();
    this.#depth--;
    if (value === null || value === undefined || typeof value === "object") throw corrupt("a box without a primitive");
    return this.#fill(id, Object(value));
  }

  #buffer(kind: number, arg: number): ArrayBuffer {
    switch (kind) {
      case tag.BUFFER: {
        const start = 4 * this.take(arg + 3 >> 2);
        return this.bytes.slice(start, start + arg).buffer as ArrayBuffer;
      }
      case tag.FAR_BUFFER:
        return this.#chunk(this.#size());
      case tag.RESIZABLE: {
        const limit = this.#size();
        const word = this.word();
        if ((word & TAG_MASK) === tag.RESIZABLE) break;
        const contents = this.#buffer(word & TAG_MASK, word >>> TAG_BITS);
        let buffer: ArrayBuffer;
        try {
          buffer = new ArrayBuffer(contents.byteLength, { maxByteLength: limit });
        } catch {
          throw corrupt("a buffer that is too large");
        }
        new Uint8Array(buffer).set(new Uint8Array(contents));
        return buffer;
      }
    }
    throw corrupt("no buffer where one has to be");
  }

  #view(arg: number): ArrayBufferView {
    const id = this.#reserve();
    const name = tag.VIEW_TYPES[arg >> 1];
    if (name === undefined) throw corrupt("a view of no known type");
    const offset = this.#size();
    const length = this.#size();
    this.#enter();
    const buffer = this.value();
    this.#depth--;
    if (!isBuffer(buffer)) throw corrupt("no buffer where one has to be");
    const type = viewTypes[arg >> 1];
    if (type === undefined) throw new TypeError(`Cannot receive a ${name}: this environment has none`);
    try {
      return this.#fill(id, (arg & 1) !== 0 ? new type(buffer, offset) : new type(buffer, offset, length));
    } catch {
      throw corrupt("a view that does not fit its buffer");
    }
  }

  #common(number: number): SharedArrayBuffer {
    const buffer = this.#source!.bufferOf?.(number);
    if (buffer === undefined) throw corrupt("shared memory that is not known");
    return this.#keep(buffer);
  }

  #attached(): unknown {
    const { attachments } = this.#source!;
    if (this.#attachment >= attachments.length) throw corrupt("an attachment is missing");
    return this.#keep(attachments[this.#attachment++]);
  }

  #error(arg: number): Error {
    const id = this.#reserve();
    const name = this.#text();
    const message = (arg & tag.HAS_MESSAGE) !== 0 ? this.#text() : undefined;
    const error = this.#fill(id, makeError(name, message));
    if ((arg & tag.HAS_STACK) !== 0) define(error, "stack", this.#text(), false);
    if ((arg & LATER) !== 0) this.#later.push({ object: error, kind: tag.ERROR, arg });
    else this.#errorContents(error, arg);
    return error;
  }

  #errorContents(error: Error, arg: number): void {
    this.#enter();
    for (let index = 0; index < tag.ERROR_PARTS.length; index++) {
      if ((arg & tag.FIRST_PART << index) !== 0) define(error, tag.ERROR_PARTS[index]!, this.value(), false);
    }
    this.#properties(error);
    this.#depth--;
  }

  #domException(): Error {
    const id = this.#reserve();
    const name = this.#text();
    const message = this.#text();
    const stack = this.#text();
    const error = typeof DOMException === "function" ? new DOMException(message, name) : makeError(name, message);
    if (stack !== "") define(error, "stack", stack, false);
    this.#fill(id, error);
    this.#enter();
    this.#properties(error);
    this.#depth--;
    return error;
  }

  #carried(): unknown {
    const id = this.#reserve();
    const kind = this.#text();
    this.#enter();
    const data = this.value();
    this.#depth--;
    return this.#fill(id, revive({ kind, data }));
  }

  #readPutOff({ object, kind, arg }: PutOff): void {
    switch (kind) {
      case OBJECT: {
        const word = this.word();
        if ((word & TAG_MASK) !== OBJECT) throw corrupt("no object where one has to be");
        return this.#fields(object as Fields, word >>> TAG_BITS);
      }
      case ARRAY:
        return this.#elements(object as unknown[], Math.floor(arg / 4), (arg & MORE) !== 0);
      case tag.MAP:
        return this.#entries(object as Map<unknown, unknown>, arg >> 1);
      case tag.SET:
        return this.#members(object as Set<unknown>, arg >> 1);
      case tag.ERROR:
        return this.#errorContents(object as Error, arg);
    }
  }
}
