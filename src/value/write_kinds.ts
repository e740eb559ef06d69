/**
 * How the kinds of objects in `kind.ts` are written; see `tags.ts` for what they become.
 *
 * An object may lie about its kind. Each is read through that kind's own methods, and one that refuses is written like the
 * plain object that it is.
 */

import { followsLength, isOutside, writeBuffer } from "./buffers.ts";
import { type Carrier, STAY, type Stayer } from "./carry.ts";
import {
  BOXED_OBJECT,
  BUFFER_OBJECT,
  bufferSize,
  CARRIED_OBJECT,
  DATE_OBJECT,
  DOM_EXCEPTION_OBJECT,
  ERROR_OBJECT,
  EXOTIC,
  growable,
  isDetached,
  isError,
  isMovable,
  isMovedOnly,
  isShared,
  MAP_OBJECT,
  mapSize,
  nameOf,
  ofDataView,
  ofTypedArray,
  passes,
  PLAIN,
  REGEXP_OBJECT,
  regexpFlags,
  regexpSource,
  resizable,
  SET_OBJECT,
  setSize,
  SHARED_OBJECT,
  STAYING_OBJECT,
  tryCopy,
  typedArrayName,
  VIEW_OBJECT,
} from "./kind.ts";
import * as refuse from "./refuse.ts";
import * as tag from "./tags.ts";
import { TAG_BITS } from "./tags.ts";
import type { PutOff } from "./walk.ts";
import type { Writer } from "./writer.ts";

/** Writes an object of this kind. */
export function writeKind(writer: Writer, object: object, kind: number): void {
  switch (kind) {
    case PLAIN:
      return writer.record(object);
    case MAP_OBJECT:
      return passes(mapSize, object) ? writeMap(writer, object as Map<unknown, unknown>) : writer.record(object);
    case SET_OBJECT:
      return passes(setSize, object) ? writeSet(writer, object as Set<unknown>) : writer.record(object);
    case DATE_OBJECT:
      return writeDate(writer, object);
    case REGEXP_OBJECT:
      return writeRegexp(writer, object);
    case VIEW_OBJECT:
      return ArrayBuffer.isView(object) ? writeView(writer, object) : writer.record(object);
    case BUFFER_OBJECT:
      return passes(bufferSize, object) ? writeArrayBuffer(writer, object as ArrayBuffer) : writer.record(object);
    case SHARED_OBJECT:
      return isShared(object as SharedArrayBuffer) ? writer.shared(object as SharedArrayBuffer) : writer.record(object);
    case BOXED_OBJECT:
      return writeBoxed(writer, object);
    case ERROR_OBJECT:
      return isError(object) ? writeError(writer, object) : writer.record(object);
    case DOM_EXCEPTION_OBJECT:
      return writeDomException(writer, object as DOMException);
    case CARRIED_OBJECT:
      return writer.carried(object as Carrier);
    case STAYING_OBJECT:
      throw writer.refuse(refuse.staying(writer.path(), (object as Stayer)[STAY]));
    case EXOTIC:
      return writeExotic(writer, object);
  }
}

/** Writes contents that were put off. */
export function writeContents(writer: Writer, { object, kind, contents }: PutOff): void {
  switch (kind) {
    case tag.MAP:
      return writeEntries(writer, contents as unknown[]);
    case tag.SET:
      return writeMembers(writer, contents as unknown[]);
    case tag.ERROR:
      return writeErrorContents(writer, object as Error, contents as number);
  }
}

function writeMap(writer: Writer, map: Map<unknown, unknown>): void {
  // Copied first: a getter that is read along the way may change the Map.
  const members: unknown[] = [];
  Map.prototype.forEach.call(map, (value, key) => members.push(key, value));
  writer.word(members.length << TAG_BITS | tag.MAP);
  if (writer.isTooDeep) return writer.putOff(writer.at - 1, tag.MAP, map, members, false);
  writeEntries(writer, members);
}

function writeEntries(writer: Writer, members: readonly unknown[]): void {
  const depth = writer.depth;
  writer.depth = depth + 1;
  for (let index = 0; index < members.length; index += 2) {
    const key = members[index];
    if (!isScalar(key)) writer.steps[depth] = refuse.keyOfMap(index >> 1);
    writer.value(key);
    const value = members[index + 1];
    if (!isScalar(value)) writer.steps[depth] = refuse.inMap(key, index >> 1);
    writer.value(value);
  }
  writer.depth = depth;
}

function writeSet(writer: Writer, set: Set<unknown>): void {
  const members: unknown[] = [];
  Set.prototype.forEach.call(set, (value) => members.push(value));
  writer.word(members.length << 1 << TAG_BITS | tag.SET);
  if (writer.isTooDeep) return writer.putOff(writer.at - 1, tag.SET, set, members, false);
  writeMembers(writer, members);
}

function writeMembers(writer: Writer, members: readonly unknown[]): void {
  const depth = writer.depth;
  writer.depth = depth + 1;
  for (let index = 0; index < members.length; index++) {
    const value = members[index];
    if (!isScalar(value)) writer.steps[depth] = refuse.inSet(index);
    writer.value(value);
  }
  writer.depth = depth;
}

function writeDate(writer: Writer, object: object): void {
  let time: number;
  try {
    time = Date.prototype.getTime.call(object);
  } catch {
    return writer.record(object);
  }
  writer.room(3);
  writer.words[writer.at++] = tag.DATE;
  writer.pair(time);
}

function writeRegexp(writer: Writer, object: object): void {
  if (!Object.hasOwn(object, "lastIndex") || !passes(regexpSource, object)) return writer.record(object);
  writer.word(tag.REGEXP);
  writer.text(regexpSource.call(object) as string);
  writer.text(regexpFlags.call(object) as string);
}

function writeBoxed(writer: Writer, object: object): void {
  const value = unbox(object);
  if (value === undefined) return writer.record(object);
  if (typeof value === "symbol") throw writer.refuse(refuse.unsendable(writer.path(), "Symbol"));
  writer.word(tag.BOXED);
  writer.value(value);
}

// ---- buffers ----

function writeArrayBuffer(writer: Writer, buffer: ArrayBuffer, viewName?: string): void {
  if (bufferSize.call(buffer) === 0 && isDetached(buffer)) {
    throw writer.refuse(refuse.detached(writer.path(), viewName ?? "ArrayBuffer"));
  }
  if (writer.moveAll || writer.moves.has(buffer)) return writer.attach(buffer, true);
  writeBuffer(writer, buffer);
}

function writeView(writer: Writer, view: ArrayBufferView): void {
  const typed = typedArrayName.call(view) as string | undefined;
  const name = typed ?? "DataView";
  const getters = typed === undefined ? ofDataView : ofTypedArray;
  const buffer = getters.buffer.call(view) as ArrayBuffer | SharedArrayBuffer;
  const shared = isShared(buffer);
  let length: number;
  try {
    length = getters.length.call(view) as number;
  } catch (error) {
    throw writer.refuse(
      shared
        ? refuse.unsendable(writer.path(), name, error)
        : isDetached(buffer as ArrayBuffer)
        ? refuse.detached(writer.path(), name)
        : refuse.outOfBounds(writer.path(), name),
    );
  }
  let follows = 0;
  if (shared) {
    // Whether it follows its buffer's growth cannot be seen; the engine knows.
    if (growable.call(buffer)) return writer.attach(view, false);
  } else if (resizable.call(buffer)) {
    follows = followsLength(view, getters) ? 1 : 0;
    if (follows === 0 && length === 0 && isOutside(view)) throw writer.refuse(refuse.outOfBounds(writer.path(), name));
  }
  writer.word((tag.VIEW_TYPES.indexOf(name) << 1 | follows) << TAG_BITS | tag.VIEW);
  writer.number(getters.byteOffset.call(view) as number);
  writer.number(length);
  writeViewed(writer, buffer, name);
}

/** Writes the buffer of a view, or which one of those written before it is. */
function writeViewed(writer: Writer, buffer: ArrayBuffer | SharedArrayBuffer, viewName: string): void {
  const id = writer.idOf(buffer);
  if (id >= 0) return writer.ref(buffer, id);
  if (isShared(buffer)) writer.shared(buffer);
  else writeArrayBuffer(writer, buffer, viewName);
}

function writeExotic(writer: Writer, object: object): void {
  const isMoved = writer.moveAll || writer.moves.has(object);
  if (isMovedOnly(object) || (isMoved && isMovable(object))) {
    const name = nameOf(object);
    if ((object as { locked?: unknown }).locked === true) throw writer.refuse(refuse.locked(writer.path(), name));
    return writer.attach(object, true);
  }
  const way = tryCopy(object);
  if (way === "refused") {
    const name = nameOf(object);
    throw writer.refuse((isMovable(object) ? refuse.closed : refuse.unsendable)(writer.path(), name));
  }
  if (way === "plain") writer.record(object);
  else writer.attach(object, false);
}

// ---- errors ----

function writeError(writer: Writer, error: Error): void {
  const name = readText(error.name, "Error");
  const message = readText(error.message, "");
  const hasMessage = message !== "" || Object.hasOwn(error, "message");
  const stack = error.stack as unknown;
  let parts = (hasMessage ? tag.HAS_MESSAGE : 0) | (typeof stack === "string" ? tag.HAS_STACK : 0);
  tag.ERROR_PARTS.forEach((part, index) => {
    if (Object.hasOwn(error, part)) parts |= tag.FIRST_PART << index;
  });
  const start = writer.at;
  writer.word(parts << TAG_BITS | tag.ERROR);
  writer.text(name);
  if (hasMessage) writer.text(message);
  if (typeof stack === "string") writer.text(stack);
  if (writer.isTooDeep) return writer.putOff(start, tag.ERROR, error, parts, false);
  writeErrorContents(writer, error, parts);
}

function writeErrorContents(writer: Writer, error: Error, parts: number): void {
  const depth = writer.depth;
  writer.depth = depth + 1;
  tag.ERROR_PARTS.forEach((part, index) => {
    if ((parts & tag.FIRST_PART << index) === 0) return;
    writer.steps[depth] = part;
    writer.value((error as unknown as Readonly<Record<string, unknown>>)[part]);
  });
  writer.depth = depth;
  writer.countedProperties(error, Object.keys(error).filter((key) => !isErrorKey(key)));
}

function writeDomException(writer: Writer, object: DOMException): void {
  writer.checkDepth();
  // An object that only inherits from DOMException throws here.
  let name: string;
  let message: string;
  try {
    ({ name, message } = object);
  } catch {
    return writer.record(object);
  }
  writer.word(tag.DOM_EXCEPTION);
  writer.text(readText(name, "Error"));
  writer.text(readText(message, ""));
  writer.text(readText((object as { stack?: unknown }).stack, ""));
  writer.countedProperties(object, Object.keys(object).filter((key) => key !== "stack"));
}

/** Whether a value is written without a look at where it is. */
function isScalar(value: unknown): boolean {
  const type = typeof value;
  return type === "string" || type === "number" || type === "boolean" || value === null || value === undefined;
}

function isErrorKey(key: string): boolean {
  return key === "name" || key === "message" || key === "stack" || tag.ERROR_PARTS.includes(key);
}

function readText(value: unknown, otherwise: string): string {
  return value === undefined ? otherwise : typeof value === "symbol" ? otherwise : String(value);
}

/** What is in a box, such as `new Number(1)`; `undefined` if this is none. */
function unbox(object: object): number | string | boolean | bigint | symbol | undefined {
  for (const { prototype } of [Number, String, Boolean, BigInt, Symbol]) {
    try {
      return (prototype.valueOf as (this: object) => number | string | boolean | bigint | symbol).call(object);
    } catch {
      // Not this one.
    }
  }
  return undefined;
}
