/**
 * Kinds of objects: what structured clone would take an object for.
 *
 * The kind is found from the prototype, once for each prototype. An object may still lie about it (`Object.create(
 * Map.prototype)` is no Map), so whoever relies on a kind reads through that kind's own methods, which tell.
 */

import { CARRY, STAY } from "./carry.ts";

/** Copied by its own enumerable properties. */
export const PLAIN = 0;
export const DATE_OBJECT = 1;
export const REGEXP_OBJECT = 2;
export const MAP_OBJECT = 3;
export const SET_OBJECT = 4;
export const BUFFER_OBJECT = 5;
export const SHARED_OBJECT = 6;
export const VIEW_OBJECT = 7;
export const BOXED_OBJECT = 8;
export const ERROR_OBJECT = 9;
export const DOM_EXCEPTION_OBJECT = 10;
/** Something of the platform or the engine: only `structuredClone` knows. */
export const EXOTIC = 11;
/** Says itself how it crosses; see `carry.ts`. Its class does, that is: own symbols are not looked at. */
export const CARRIED_OBJECT = 12;
/** Says why it does not. */
export const STAYING_OBJECT = 13;

type Getter = (this: unknown) => unknown;

function getter(of: object, name: PropertyKey): Getter {
  return Object.getOwnPropertyDescriptor(of, name)!.get!;
}

/** One that older engines do not have: of what it tells there is nothing there. */
function laterGetter(of: object | undefined, name: string): Getter {
  return of !== undefined && Object.hasOwn(of, name) ? getter(of, name) : () => undefined;
}

const TypedArray = Object.getPrototypeOf(Uint8Array) as { prototype: object };

/** The methods that tell whether an object is what it seems: each throws, or gives `undefined`, if it is not. */
export const mapSize: Getter = getter(Map.prototype, "size");
export const setSize: Getter = getter(Set.prototype, "size");
export const bufferSize: Getter = getter(ArrayBuffer.prototype, "byteLength");
export const maxBufferSize: Getter = laterGetter(ArrayBuffer.prototype, "maxByteLength");
export const resizable: Getter = laterGetter(ArrayBuffer.prototype, "resizable");
export const growable: Getter = laterGetter(globalThis.SharedArrayBuffer?.prototype, "growable");
const sharedSize = typeof SharedArrayBuffer === "function"
  ? getter(SharedArrayBuffer.prototype, "byteLength")
  : undefined;
export const regexpSource: Getter = getter(RegExp.prototype, "source");
export const regexpFlags: Getter = getter(RegExp.prototype, "flags");
export const typedArrayName: Getter = getter(TypedArray.prototype, Symbol.toStringTag);

/** The kind's own methods that tell what a view shows: a class that inherits from it may have others of these names. */
export interface ViewGetters {
  readonly buffer: Getter;
  readonly byteOffset: Getter;
  readonly byteLength: Getter;
  /** In elements, which are a `DataView`'s bytes. */
  readonly length: Getter;
}

export const ofTypedArray: ViewGetters = viewGetters(TypedArray.prototype, "length");
export const ofDataView: ViewGetters = viewGetters(DataView.prototype, "byteLength");

function viewGetters(prototype: object, length: string): ViewGetters {
  return {
    buffer: getter(prototype, "buffer"),
    byteOffset: getter(prototype, "byteOffset"),
    byteLength: getter(prototype, "byteLength"),
    length: getter(prototype, length),
  };
}

/** Whether an object has passed one of those. */
export function passes(test: Getter, value: object): boolean {
  try {
    test.call(value);
    return true;
  } catch {
    return false;
  }
}

/** Whether the buffer of a view is shared memory: it is that, or an `ArrayBuffer`, whatever it seems to be. */
export function isShared(buffer: ArrayBuffer | SharedArrayBuffer): buffer is SharedArrayBuffer {
  // What it seems to be is tried first: to be refused takes the engine microseconds.
  const seemsShared = sharedSize !== undefined && buffer instanceof SharedArrayBuffer;
  return seemsShared ? passes(sharedSize, buffer) : !passes(bufferSize, buffer);
}

/** Whether an object is an error to the engine, of whatever realm. */
export function isError(object: object): object is Error {
  return typeof Error.isError === "function"
    ? Error.isError(object)
    : Object.prototype.toString.call(object) === "[object Error]" || object instanceof Error;
}

/** Whether a buffer is empty because it was moved. */
export function isDetached(buffer: ArrayBuffer): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** What inherits from these is of their kind, where it is what it seems. They are this realm's: frames have their own. */
const roots = new WeakMap<object, number>([
  [Object.prototype, PLAIN],
  [Array.prototype, PLAIN],
  [Date.prototype, DATE_OBJECT],
  [RegExp.prototype, REGEXP_OBJECT],
  [Map.prototype, MAP_OBJECT],
  [Set.prototype, SET_OBJECT],
  [ArrayBuffer.prototype, BUFFER_OBJECT],
  [TypedArray.prototype, VIEW_OBJECT],
  [DataView.prototype, VIEW_OBJECT],
  [Number.prototype, BOXED_OBJECT],
  [String.prototype, BOXED_OBJECT],
  [Boolean.prototype, BOXED_OBJECT],
  [BigInt.prototype, BOXED_OBJECT],
  [Symbol.prototype, BOXED_OBJECT],
  [Error.prototype, ERROR_OBJECT],
]);
if (typeof SharedArrayBuffer === "function") roots.set(SharedArrayBuffer.prototype, SHARED_OBJECT);
if (typeof DOMException === "function") roots.set(DOMException.prototype, DOM_EXCEPTION_OBJECT);

/** The kinds of objects met before, by their prototypes. */
const kinds = new WeakMap<object, number>();

/** The kind of an object with this prototype. */
export function kindOf(value: object, prototype: object): number {
  const known = kinds.get(prototype);
  if (known !== undefined) return known;
  const { kind, isOfAll } = findKind(value, prototype);
  if (isOfAll) kinds.set(prototype, kind);
  return kind;
}

/** What an object is, and whether all with its prototype are. */
interface Found {
  readonly kind: number;
  readonly isOfAll: boolean;
}

function findKind(value: object, prototype: object): Found {
  if (CARRY in prototype) return { kind: CARRIED_OBJECT, isOfAll: true };
  if (STAY in prototype) return { kind: STAYING_OBJECT, isOfAll: true };
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    const known = roots.get(at);
    if (known !== undefined) return { kind: known, isOfAll: true };
    if (Object.hasOwn(at, Symbol.toStringTag) && !isOrdinaryClass(at)) {
      const kind = kindByTest(value);
      return { kind: kind ?? EXOTIC, isOfAll: kind !== undefined || value instanceof Object };
    }
  }
  // No prototype of ours at its end: from another realm, such as a frame, or made with a null prototype. What only looks
  // like a date of that realm says nothing about its dates; what has the last prototype itself looks like nothing.
  const kind = kindByTest(value);
  return { kind: kind ?? PLAIN, isOfAll: kind !== undefined || Object.getPrototypeOf(prototype) === null };
}

/** Whether a prototype with a tag belongs to a class written in JavaScript, and not to the platform. */
function isOrdinaryClass(prototype: object): boolean {
  const made = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value as unknown;
  if (typeof made !== "function" || /\[native code\]\s*\}$/.test(Function.prototype.toString.call(made))) return false;
  return !isInterface(made);
}

/** Whether a constructor is the platform's: its name is a global, and one that loops do not list. */
function isInterface(made: { readonly name: string }): boolean {
  const own = Object.getOwnPropertyDescriptor(globalThis, made.name);
  // Through the property, as it may be one that is filled in at the first use.
  return own?.enumerable === false && (globalThis as Readonly<Record<string, unknown>>)[made.name] === made;
}

function kindByTest(value: object): number | undefined {
  const seems = Object.prototype.toString.call(value);
  // As most do. Asked first, as to be refused takes the engine microseconds.
  if (seems === "[object Object]") return undefined;
  if (ArrayBuffer.isView(value)) return VIEW_OBJECT;
  if (passes(mapSize, value)) return MAP_OBJECT;
  if (passes(setSize, value)) return SET_OBJECT;
  if (passes(bufferSize, value)) return BUFFER_OBJECT;
  switch (seems) {
    case "[object Date]":
      return DATE_OBJECT;
    case "[object RegExp]":
      return REGEXP_OBJECT;
    case "[object Error]":
      return ERROR_OBJECT;
    case "[object Number]":
    case "[object String]":
    case "[object Boolean]":
    case "[object BigInt]":
    case "[object Symbol]":
      return BOXED_OBJECT;
  }
  return undefined;
}

/** What to call an object in a message. */
export function nameOf(value: object): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag !== "Object") return tag;
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null;
  const name = prototype?.constructor?.name;
  return typeof name === "string" && name !== "" ? name : tag;
}

// Named rather than referred to: most exist in some environments only.
const MOVED_ONLY = [
  "MessagePort",
  "ReadableStream",
  "WritableStream",
  "TransformStream",
  "OffscreenCanvas",
  "RTCDataChannel",
  "MediaSourceHandle",
  "MediaStreamTrack",
  "WebTransportReceiveStream",
  "WebTransportSendStream",
];
const MOVED_OR_COPIED = ["ImageBitmap", "AudioData", "VideoFrame"];

/** Whether this can cross only by being moved. */
export function isMovedOnly(value: object): boolean {
  return MOVED_ONLY.some((name) => isInstance(value, name));
}

/** Whether this, not a buffer, can be moved. */
export function isMovable(value: object): boolean {
  return isMovedOnly(value) || MOVED_OR_COPIED.some((name) => isInstance(value, name));
}

function isInstance(value: object, name: string): boolean {
  const type = (globalThis as Readonly<Record<string, unknown>>)[name];
  return typeof type === "function" && value instanceof type;
}

/** How an object of the kind `EXOTIC` crosses. */
export type Way = "attached" | "plain" | "refused";

/**
 * Asks the engine whether it can copy an object.
 *
 * Some engines copy objects of theirs to empty ones instead of refusing; that is refused here.
 */
export function tryCopy(value: object): Way {
  let copy: object;
  try {
    copy = structuredClone(value);
  } catch {
    return "refused";
  }
  const prototype = Object.getPrototypeOf(copy) as object | null;
  if (prototype !== Object.prototype) return "attached";
  for (let at: object | null = value; at !== null; at = Object.getPrototypeOf(at)) {
    const made = Object.getOwnPropertyDescriptor(at, "constructor")?.value as unknown;
    if (typeof made === "function" && made !== Object && isInterface(made)) return "refused";
  }
  return "plain";
}

/** Tells proxies, where the engine lets one ask; in browsers none does. */
export function findProxyTest(): ((value: unknown) => boolean) | undefined {
  interface NodeLike {
    process?: { getBuiltinModule?(name: string): { types?: { isProxy?(value: unknown): boolean } } | undefined };
  }
  return (globalThis as NodeLike).process?.getBuiltinModule?.("node:util")?.types?.isProxy;
}
