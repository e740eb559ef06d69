/**
 * How the values are read that are no plain objects or arrays, the inverse of `write_kinds.ts`; see `tags.ts` for the words.
 */

import { revive } from "./carry.ts";
import { corrupt, fromUtf16, fromUtf8 } from "./cursor.ts";
import type { PutOff, Reader } from "./reader.ts";
import { define, isBuffer, makeError, viewTypes } from "./rebuild.ts";
import * as tag from "./tags.ts";
import { LATER, TAG_BITS, TAG_MASK } from "./tags.ts";

/** Sparse arrays that are longer are made hash tables at once. */
const SPARSE_FROM = 1024;

/** Reads what a tag that is no primitive, plain object or array stands for. */
export function readKind(reader: Reader, kind: number, arg: number): unknown {
  switch (kind) {
    case tag.BIGINT:
      return reader.bigint();
    case tag.HUGE_BIGINT:
      return reader.hugeBigint(arg >> 1, (arg & 1) !== 0);
    case tag.FAR_UTF8:
      return fromUtf8(reader.chunk(reader.size()));
    case tag.FAR_UTF16:
      return fromUtf16(reader.chunk(2 * reader.size()));
    case tag.FAR_NUMBERS:
      return reader.listOf(new Float64Array(reader.chunk(8 * reader.size())));
    case tag.FAR_INTS:
      return reader.listOf(new Int32Array(reader.chunk(4 * reader.size())));
    case tag.SPARSE:
      return readSparse(reader);
    case tag.MAP:
      return readMap(reader, arg);
    case tag.SET:
      return readSet(reader, arg);
    case tag.DATE:
      return reader.keep(new Date(reader.double()));
    case tag.REGEXP:
      return readRegexp(reader);
    case tag.BOXED:
      return readBoxed(reader);
    case tag.BUFFER:
    case tag.FAR_BUFFER:
    case tag.RESIZABLE:
      return reader.keep(readBuffer(reader, kind, arg));
    case tag.VIEW:
      return readView(reader, arg);
    case tag.ATTACHED:
      return reader.keep(reader.attached());
    case tag.ERROR:
      return readError(reader, arg);
    case tag.DOM_EXCEPTION:
      return readDomException(reader);
    case tag.CARRIED:
      return readCarried(reader);
    case tag.COMMON:
      return reader.keep(reader.common(arg));
  }
  throw corrupt("an unknown tag");
}

function readSparse(reader: Reader): unknown[] {
  const length = reader.size();
  if (length > 0xffffffff) throw corrupt("an array that is too long");
  const array = reader.keep([] as unknown[]);
  // Assigned far behind its end, an array becomes a hash table; setting its length might allocate all of it.
  if (length > SPARSE_FROM) {
    array[length - 1] = 0;
    delete array[length - 1];
  }
  array.length = length;
  reader.enter();
  reader.properties(array);
  reader.leave();
  return array;
}

/** Reads contents that were put off. */
export function readContents(reader: Reader, { object, kind, arg }: PutOff): void {
  switch (kind) {
    case tag.MAP:
      return readEntries(reader, object as Map<unknown, unknown>, arg >> 1);
    case tag.SET:
      return readMembers(reader, object as Set<unknown>, arg >> 1);
    case tag.ERROR:
      return readErrorContents(reader, object as Error, arg);
  }
}

function readMap(reader: Reader, arg: number): Map<unknown, unknown> {
  const map = reader.keep(new Map<unknown, unknown>());
  if ((arg & LATER) !== 0) reader.later.push({ object: map, kind: tag.MAP, arg });
  else readEntries(reader, map, arg >> 1);
  return map;
}

function readEntries(reader: Reader, map: Map<unknown, unknown>, count: number): void {
  reader.check(2 * count);
  reader.enter();
  for (let index = 0; index < count; index++) {
    const key = reader.value();
    map.set(key, reader.value());
  }
  reader.leave();
}

function readSet(reader: Reader, arg: number): Set<unknown> {
  const set = reader.keep(new Set<unknown>());
  if ((arg & LATER) !== 0) reader.later.push({ object: set, kind: tag.SET, arg });
  else readMembers(reader, set, arg >> 1);
  return set;
}

function readMembers(reader: Reader, set: Set<unknown>, count: number): void {
  reader.check(count);
  reader.enter();
  for (let index = 0; index < count; index++) set.add(reader.value());
  reader.leave();
}

function readRegexp(reader: Reader): RegExp {
  const id = reader.reserve();
  const source = reader.text();
  const flags = reader.text();
  try {
    return reader.fill(id, new RegExp(source, flags));
  } catch {
    throw corrupt("a regular expression that is none");
  }
}

function readBoxed(reader: Reader): object {
  const id = reader.reserve();
  reader.enter();
  const value = reader.value();
  reader.leave();
  if (value === null || value === undefined || typeof value === "object") throw corrupt("a box without a primitive");
  return reader.fill(id, Object(value));
}

function readBuffer(reader: Reader, kind: number, arg: number): ArrayBuffer {
  switch (kind) {
    case tag.BUFFER: {
      const start = 4 * reader.take(arg + 3 >> 2);
      return reader.bytes.slice(start, start + arg).buffer as ArrayBuffer;
    }
    case tag.FAR_BUFFER:
      return reader.chunk(reader.size());
    case tag.RESIZABLE: {
      const limit = reader.size();
      const word = reader.word();
      if ((word & TAG_MASK) === tag.RESIZABLE) break;
      const contents = readBuffer(reader, word & TAG_MASK, word >>> TAG_BITS);
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

function readView(reader: Reader, arg: number): ArrayBufferView {
  const id = reader.reserve();
  const name = tag.VIEW_TYPES[arg >> 1];
  if (name === undefined) throw corrupt("a view of no known type");
  const offset = reader.size();
  const length = reader.size();
  reader.enter();
  const buffer = reader.value();
  reader.leave();
  if (!isBuffer(buffer)) throw corrupt("no buffer where one has to be");
  const type = viewTypes[arg >> 1];
  if (type === undefined) throw new TypeError(`Cannot receive a ${name}: this environment has none`);
  try {
    return reader.fill(id, (arg & 1) !== 0 ? new type(buffer, offset) : new type(buffer, offset, length));
  } catch {
    throw corrupt("a view that does not fit its buffer");
  }
}

function readError(reader: Reader, arg: number): Error {
  const id = reader.reserve();
  const name = reader.text();
  const message = (arg & tag.HAS_MESSAGE) !== 0 ? reader.text() : undefined;
  const error = reader.fill(id, makeError(name, message));
  if ((arg & tag.HAS_STACK) !== 0) define(error, "stack", reader.text(), false);
  if ((arg & LATER) !== 0) reader.later.push({ object: error, kind: tag.ERROR, arg });
  else readErrorContents(reader, error, arg);
  return error;
}

function readErrorContents(reader: Reader, error: Error, arg: number): void {
  reader.enter();
  for (let index = 0; index < tag.ERROR_PARTS.length; index++) {
    if ((arg & tag.FIRST_PART << index) !== 0) define(error, tag.ERROR_PARTS[index]!, reader.value(), false);
  }
  reader.properties(error);
  reader.leave();
}

function readDomException(reader: Reader): Error {
  const id = reader.reserve();
  const name = reader.text();
  const message = reader.text();
  const stack = reader.text();
  const error = typeof DOMException === "function" ? new DOMException(message, name) : makeError(name, message);
  if (stack !== "") define(error, "stack", stack, false);
  reader.fill(id, error);
  reader.enter();
  reader.properties(error);
  reader.leave();
  return error;
}

function readCarried(reader: Reader): unknown {
  const id = reader.reserve();
  const kind = reader.text();
  reader.enter();
  const data = reader.value();
  reader.leave();
  return reader.fill(id, revive({ kind, data }));
}
