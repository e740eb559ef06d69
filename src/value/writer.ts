/**
 * Writer: walks a value and writes its words; see `tags.ts` for what they are.
 *
 * Recursive, but only so deep: contents that lie deeper are put off, and written after the root as if they were
 * roots themselves. So a linked list of a million nodes needs no more stack than one of a hundred.
 *
 * It reads what structured clone reads, getters included. Where the engine tells proxies (Deno, Node, Bun) they are
 * refused; in browsers nothing can tell one, and it is read like the object it stands for.
 */

import type { NotSendError } from "../errors.ts";
import { followsLength, isOutside, writeBuffer } from "./buffers.ts";
import { type Carrier, CARRY, STAY, type Stayer } from "./carry.ts";
import { NOT_NAMED, type NumberOf } from "./commons.ts";
import {
  BOXED_OBJECT,
  BUFFER_OBJECT,
  bufferSize,
  CARRIED_OBJECT,
  DATE_OBJECT,
  DOM_EXCEPTION_OBJECT,
  ERROR_OBJECT,
  EXOTIC,
  findProxyTest,
  isDetached,
  isError,
  isMovable,
  isMovedOnly,
  isShared,
  kindOf,
  MAP_OBJECT,
  mapSize,
  nameOf,
  passes,
  PLAIN,
  REGEXP_OBJECT,
  regexpFlags,
  regexpSource,
  SET_OBJECT,
  setSize,
  SHARED_OBJECT,
  STAYING_OBJECT,
  tryCopy,
  typedArrayName,
  VIEW_OBJECT,
} from "./kind.ts";
import { Identities } from "./identities.ts";
import { countProperties, isIndex, isSparse, writeNumbers } from "./lists.ts";
import * as refuse from "./refuse.ts";
import { Scratch } from "./scratch.ts";
import { type ShapeNode, ShapeTree } from "./shape.ts";
import * as tag from "./tags.ts";
import { ARRAY, DEPTH, HOLE, LATER, MAX_DEPTH, MORE, OBJECT, REF, TAG_BITS } from "./tags.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Contents that are written after the root. */
interface PutOff {
  readonly object: object;
  readonly kind: number;
  /** Where its tag word is. */
  readonly head: number;
  /** Of an array: its length. Of a Map or a Set: its members. Of an error: its parts. */
  readonly contents: number | readonly unknown[];
  /** Of an object: it is read by its list of keys. */
  readonly more: boolean;
  readonly moveAll: boolean;
  /** How to get there: from the root, or from the contents that it was met in, by these steps. */
  readonly root: string | number;
  readonly from: PutOff | undefined;
  readonly steps: readonly refuse.Step[];
}

/** From this length on an array may be written as its properties, if most elements are missing. */
const SPARSE_FROM = 1024;

const EMPTY: object = {};

/** Asks for the test when it is first needed, as that loads a part of the engine. */
let isProxy = (value: object): boolean => {
  isProxy = findProxyTest() ?? (() => false);
  return isProxy(value);
};

/** Walks values. */
export class Writer extends Scratch {
  readonly attachments: unknown[] = [];
  readonly transfers: Transferable[] = [];
  /** The paths of those that are to be moved. */
  readonly movedFrom: string[] = [];
  /** Gives the numbers of shared memory that need not be attached; see `commons.ts`. */
  numberOf: NumberOf = NOT_NAMED;
  /** What was named by number. */
  readonly named: SharedArrayBuffer[] = [];
  /** What carried objects ask for if they are not sent after all, and what marks again what is to be moved. */
  readonly undos: (() => void)[] = [];
  /** How the path to the present value begins; a number: that argument. */
  root: string | number = "";
  /** Everything that can be moved in the present value is. */
  #moveAll = false;
  /** How many objects had been met before. */
  #metBefore = 0;
  /** What is moved wherever it occurs, and also if it does not; and what asks for that. */
  readonly moves = new Map<object, string>();
  /** Why the value was refused: tells this refusal from errors that reading it throws. */
  refused: NotSendError | undefined = undefined;
  /** Set when a value that is to be moved contains what occurred before: collect what moves, and write again. */
  again = false;

  readonly #tree = new ShapeTree();
  #polluted = false;
  #message = 0;
  readonly #shapes: ShapeNode[] = [];
  #shapeCount = 0;
  readonly #identities = new Identities();
  #hasRefs = false;
  // Where we are.
  #depth = 0;
  #limit = DEPTH;
  readonly #path: refuse.Step[] = [];
  readonly #later: PutOff[] = [];
  #within: PutOff | undefined = undefined;
  readonly #open: object[] = [];
  readonly #moved = new Set<object>();

  /** @param memoryOnly Whether what only `postMessage` can carry is refused. */
  constructor(readonly memoryOnly = false) {
    super();
  }

  /** Starts over. */
  begin(): void {
    this.clear();
    this.at = tag.HEADER_WORDS;
    this.room(tag.HEADER_WORDS);
    this.#message++;
    if (this.again) this.#forget();
    // Asked first, as setting a length costs more than everything else here.
    if (this.attachments.length > 0) this.attachments.length = 0;
    if (this.transfers.length > 0) {
      this.transfers.length = 0;
      this.movedFrom.length = 0;
    }
    if (this.named.length > 0) this.named.length = 0;
    if (this.undos.length > 0) this.undos.length = 0;
    this.#polluted = false;
    // deno-lint-ignore guard-for-in -- what is inherited is the question
    for (const _ in EMPTY) this.#polluted = true;
  }

  /** Lets go of what was written, so that it can be written anew. */
  startOver(): void {
    this.undo();
    this.#forget();
  }

  /** What was written is not sent after all. */
  undo(): void {
    for (const undo of this.undos.splice(0)) undo();
  }

  /** Writes what was put off, the shapes and the header. */
  finish(count: number, flags: number): void {
    for (let index = 0; index < this.#later.length; index++) this.#putOffContents(this.#later[index]!);
    for (const [object, path] of this.moves) if (!this.#moved.has(object)) this.#attach(object, true, path);
    const shapesAt = this.at;
    for (let index = 0; index < this.#shapeCount; index++) this.#shapes[index]!.write(this);
    this.words[tag.FLAGS] = flags | (this.#hasRefs ? tag.HAS_REFS : 0);
    this.words[tag.SHAPES_AT] = shapesAt;
    this.words[tag.SHAPES] = this.#shapeCount;
    this.words[tag.LIST] = count;
  }

  /** Writes a value, and moves all in it that can be. */
  moving(value: unknown): void {
    this.#moveAll = true;
    this.#metBefore = this.#identities.count;
    this.value(value);
    this.#moveAll = false;
  }

  /** Finds all in a value that can be moved, for {@linkcode moves}. What it writes is of no use. */
  collect(value: unknown): void {
    this.begin();
    this.moving(value);
    this.finish(1, 0);
    for (const object of this.#moved) this.moves.set(object, this.path());
    this.#forget();
  }

  /** Lets go of the value, whether or not it could be written. */
  release(): void {
    this.#forget();
    if (this.moves.size > 0) this.moves.clear();
    this.refused = undefined;
    if (this.#tree.prune()) this.#shapes.length = 0;
  }

  #forget(): void {
    this.#identities.forget();
    this.#hasRefs = false;
    this.#depth = 0;
    this.#limit = DEPTH;
    this.#shapeCount = 0;
    this.#within = undefined;
    this.#moveAll = false;
    this.again = false;
    if (this.#later.length > 0) this.#later.length = 0;
    if (this.#open.length > 0) this.#open.length = 0;
    if (this.#moved.size > 0) this.#moved.clear();
  }

  /** The path to the value that is being written. */
  path(): string {
    const parts = [this.#path.slice(0, this.#depth)];
    for (let from = this.#within; from !== undefined; from = from.from) parts.unshift([...from.steps]);
    const root = typeof this.root === "string" ? this.root : `args[${this.root}]`;
    return refuse.pathOf(root, parts.flat());
  }

  /** Marks an error as this writer's own. */
  refuse(error: NotSendError): NotSendError {
    this.refused = error;
    return error;
  }

  /** Writes any value. */
  value(value: unknown): void {
    // Not a switch: engines compile these comparisons to tests, and `switch (typeof value)` to a call.
    if (typeof value === "number") this.number(value);
    else if (typeof value === "string") this.text(value);
    else if (typeof value === "object") {
      if (value === null) this.word(tag.NULL);
      else this.#object(value);
    } else if (typeof value === "boolean") this.word(value ? tag.TRUE : tag.FALSE);
    else if (value === undefined) this.word(tag.UNDEFINED);
    else if (typeof value === "bigint") this.bigint(value);
    else if (typeof value === "symbol") throw this.refuse(refuse.aSymbol(this.path()));
    else if (typeof value === "function" && CARRY in value) this.#object(value);
    else throw this.refuse(refuse.aFunction(this.path()));
  }

  #object(object: object): void {
    const id = this.#identities.find(object);
    if (id >= 0) return this.#ref(object, id);
    if (isProxy(object)) throw this.refuse(refuse.unsendable(this.path(), "Proxy"));
    if (Array.isArray(object)) return this.#array(object);
    const prototype = Object.getPrototypeOf(object) as object | null;
    if (prototype === Object.prototype) return this.#plain(object);
    if (prototype === null) return this.#record(object);
    if (typeof object === "function") return this.#carried(object as object as Carrier);
    this.#special(object, kindOf(object, prototype));
  }

  #ref(object: object, id: number): void {
    this.#hasRefs = true;
    this.word(id << TAG_BITS | REF);
    if (this.#open.includes(object)) throw this.refuse(refuse.circular(this.path()));
    // It may contain what should move by now, and was copied.
    if (this.#moveAll && id < this.#metBefore && !this.#moved.has(object)) this.again = true;
  }

  // ---- plain objects ----

  #plain(object: object): void {
    if (this.#polluted) return this.#record(object);
    const start = this.at;
    this.word(0);
    if (this.#depth >= this.#limit) return this.#putOff(start, OBJECT, object, 0, false);
    this.#fields(object, start);
  }

  /** Writes the values of an object's keys, and then its head, for now we know the shape. */
  #fields(object: object, start: number): void {
    const depth = this.#depth;
    const path = this.#path;
    this.#depth = depth + 1;
    let node = this.#tree.root;
    let extra = 0;
    let extraAt = -1;
    // Nothing enumerable is inherited, so this loop needs no check, and engines read `object[key]` in it at once.
    // deno-lint-ignore guard-for-in
    for (const key in object) {
      path[depth] = key;
      const value = (object as Fields)[key];
      if (extraAt < 0) {
        const next = node.nextKey === key ? node.next : node.step(key, this.#tree);
        if (next !== undefined) node = next;
        else {
          extraAt = this.at;
          this.word(0);
        }
      }
      if (extraAt >= 0) {
        this.text(key);
        extra++;
      }
      this.value(value);
    }
    this.#depth = depth;
    this.#head(start, node, extraAt, extra);
  }

  #head(start: number, node: ShapeNode, extraAt: number, extra: number): void {
    if (node.message !== this.#message) {
      node.message = this.#message;
      node.index = this.#shapeCount;
      this.#shapes[this.#shapeCount++] = node;
    }
    if (extraAt >= 0) this.words[extraAt] = extra;
    this.words[start] = (node.index << 2 | (extraAt >= 0 ? MORE : 0)) << TAG_BITS | OBJECT;
  }

  /** Any object by its own enumerable properties. */
  #record(object: object): void {
    const start = this.at;
    this.word(0);
    if (this.#depth >= this.#limit) return this.#putOff(start, OBJECT, object, 0, true);
    this.#recordFields(object, start);
  }

  #recordFields(object: object, start: number): void {
    const depth = this.#depth;
    const path = this.#path;
    const keys = Object.keys(object);
    this.#depth = depth + 1;
    let node = this.#tree.root;
    let index = 0;
    for (; index < keys.length; index++) {
      const key = keys[index]!;
      path[depth] = key;
      // A getter may have deleted it.
      if (!Object.hasOwn(object, key)) continue;
      const next = node.nextKey === key ? node.next : node.step(key, this.#tree);
      if (next === undefined) break;
      node = next;
      this.value((object as Fields)[key]);
    }
    let extraAt = -1;
    let extra = 0;
    if (index < keys.length) {
      extraAt = this.at;
      this.word(0);
      extra = this.#properties(object, keys, index);
    }
    this.#depth = depth;
    this.#head(start, node, extraAt, extra);
  }

  /** Writes pairs of key and value; the caller has made a step for the path. Gives their number. */
  #properties(object: object, keys: readonly string[], from: number): number {
    const depth = this.#depth - 1;
    let count = 0;
    for (let index = from; index < keys.length; index++) {
      const key = keys[index]!;
      this.#path[depth] = isIndex(key) ? Number(key) : key;
      if (!Object.hasOwn(object, key)) continue;
      const value = (object as Fields)[key];
      this.text(key);
      this.value(value);
      count++;
    }
    return count;
  }

  #countedProperties(object: object, keys: readonly string[]): void {
    const countAt = this.at;
    this.word(0);
    this.#depth++;
    const count = this.#properties(object, keys, 0);
    this.#depth--;
    this.words[countAt] = count;
  }

  // ---- arrays ----

  #array(array: readonly unknown[]): void {
    const length = array.length;
    if (length > SPARSE_FROM && isSparse(array)) return this.#sparse(array);
    const first = length > 0 ? array[0] : undefined;
    if (typeof first === "number" && writeNumbers(this, array, first)) return;
    const start = this.at;
    const isLong = length >= tag.LONG;
    this.word((isLong ? tag.LONG : length) << 2 << TAG_BITS | ARRAY);
    if (isLong) this.word(length | 0);
    if (this.#depth >= this.#limit) return this.#putOff(start, ARRAY, array, length, false);
    this.#elements(array, start, length);
  }

  #elements(array: readonly unknown[], head: number, length: number): void {
    const depth = this.#depth;
    const path = this.#path;
    this.#depth = depth + 1;
    let holes = 0;
    for (let index = 0; index < length; index++) {
      path[depth] = index;
      const value = array[index];
      if (value === undefined && !(index in array)) {
        this.word(HOLE);
        holes++;
      } else this.value(value);
    }
    this.#depth = depth;
    if (countProperties(array) === length - holes) return;
    this.words[head]! |= MORE << TAG_BITS;
    this.#countedProperties(array, Object.keys(array).filter((key) => !isIndex(key)));
  }

  #sparse(array: readonly unknown[]): void {
    this.#checkDepth();
    this.word(tag.SPARSE);
    this.number(array.length);
    this.#countedProperties(array, Object.keys(array));
  }

  // ---- everything else ----

  #special(object: object, kind: number): void {
    switch (kind) {
      case PLAIN:
        return this.#record(object);
      case MAP_OBJECT:
        return passes(mapSize, object) ? this.#map(object as Map<unknown, unknown>) : this.#record(object);
      case SET_OBJECT:
        return passes(setSize, object) ? this.#set(object as Set<unknown>) : this.#record(object);
      case DATE_OBJECT:
        return this.#date(object);
      case REGEXP_OBJECT:
        return this.#regexp(object);
      case VIEW_OBJECT:
        return ArrayBuffer.isView(object) ? this.#view(object) : this.#record(object);
      case BUFFER_OBJECT:
        return passes(bufferSize, object) ? this.#buffer(object as ArrayBuffer) : this.#record(object);
      case SHARED_OBJECT:
        return isShared(object as SharedArrayBuffer) ? this.#shared(object as SharedArrayBuffer) : this.#record(object);
      case BOXED_OBJECT:
        return this.#boxed(object);
      case ERROR_OBJECT:
        return isError(object) ? this.#error(object) : this.#record(object);
      case DOM_EXCEPTION_OBJECT:
        return this.#domException(object as DOMException);
      case CARRIED_OBJECT:
        return this.#carried(object as Carrier);
      case STAYING_OBJECT:
        throw this.refuse(refuse.staying(this.path(), (object as Stayer)[STAY]));
      case EXOTIC:
        return this.#exotic(object);
    }
  }

  #map(map: Map<unknown, unknown>): void {
    // Copied first: a getter that is read along the way may change the Map.
    const members: unknown[] = [];
    Map.prototype.forEach.call(map, (value, key) => members.push(key, value));
    this.word(members.length << TAG_BITS | tag.MAP);
    if (this.#depth >= this.#limit) return this.#putOff(this.at - 1, tag.MAP, map, members, false);
    this.#entries(members);
  }

  #entries(members: readonly unknown[]): void {
    const depth = this.#depth;
    this.#depth = depth + 1;
    for (let index = 0; index < members.length; index += 2) {
      const key = members[index];
      if (!isScalar(key)) this.#path[depth] = refuse.keyOfMap(index >> 1);
      this.value(key);
      const value = members[index + 1];
      if (!isScalar(value)) this.#path[depth] = refuse.inMap(key, index >> 1);
      this.value(value);
    }
    this.#depth = depth;
  }

  #set(set: Set<unknown>): void {
    const members: unknown[] = [];
    Set.prototype.forEach.call(set, (value) => members.push(value));
    this.word(members.length << 1 << TAG_BITS | tag.SET);
    if (this.#depth >= this.#limit) return this.#putOff(this.at - 1, tag.SET, set, members, false);
    this.#members(members);
  }

  #members(members: readonly unknown[]): void {
    const depth = this.#depth;
    this.#depth = depth + 1;
    for (let index = 0; index < members.length; index++) {
      const value = members[index];
      if (!isScalar(value)) this.#path[depth] = refuse.inSet(index);
      this.value(value);
    }
    this.#depth = depth;
  }

  #date(object: object): void {
    let time: number;
    try {
      time = Date.prototype.getTime.call(object);
    } catch {
      return this.#record(object);
    }
    this.room(3);
    this.words[this.at++] = tag.DATE;
    this.pair(time);
  }

  #regexp(object: object): void {
    if (!Object.hasOwn(object, "lastIndex") || !passes(regexpSource, object)) return this.#record(object);
    this.word(tag.REGEXP);
    this.text(regexpSource.call(object) as string);
    this.text(regexpFlags.call(object) as string);
  }

  #boxed(object: object): void {
    const value = unbox(object);
    if (value === undefined) return this.#record(object);
    if (typeof value === "symbol") throw this.refuse(refuse.unsendable(this.path(), "Symbol"));
    this.word(tag.BOXED);
    this.value(value);
  }

  // ---- buffers ----

  #buffer(buffer: ArrayBuffer, viewName?: string): void {
    const size = buffer.byteLength;
    if (size === 0 && isDetached(buffer)) throw this.refuse(refuse.detached(this.path(), viewName ?? "ArrayBuffer"));
    if (this.#moveAll || this.moves.has(buffer)) return this.#attach(buffer, true);
    writeBuffer(this, buffer);
  }

  #view(view: ArrayBufferView): void {
    const name = typedArrayName.call(view) as string | undefined ?? "DataView";
    const buffer = view.buffer as ArrayBuffer | SharedArrayBuffer;
    const shared = isShared(buffer);
    let length: number;
    try {
      length = name === "DataView" ? view.byteLength : (view as Uint8Array).length;
    } catch (error) {
      throw this.refuse(
        shared
          ? refuse.unsendable(this.path(), name, error)
          : isDetached(buffer as ArrayBuffer)
          ? refuse.detached(this.path(), name)
          : refuse.outOfBounds(this.path(), name),
      );
    }
    let follows = 0;
    if (shared) {
      // Whether it follows its buffer's growth cannot be seen; the engine knows.
      if (buffer.growable) return this.#attach(view, false);
    } else if ((buffer as ArrayBuffer).resizable) {
      follows = followsLength(view) ? 1 : 0;
      if (follows === 0 && length === 0 && isOutside(view)) throw this.refuse(refuse.outOfBounds(this.path(), name));
    }
    this.word((tag.VIEW_TYPES.indexOf(name) << 1 | follows) << TAG_BITS | tag.VIEW);
    this.number(view.byteOffset);
    this.number(length);
    this.#viewed(buffer, name);
  }

  /** Writes the buffer of a view, or which one of those written before it is. */
  #viewed(buffer: ArrayBuffer | SharedArrayBuffer, viewName: string): void {
    const id = this.#identities.find(buffer);
    if (id >= 0) return this.#ref(buffer, id);
    if (isShared(buffer)) this.#shared(buffer);
    else this.#buffer(buffer, viewName);
  }

  #shared(buffer: SharedArrayBuffer): void {
    const number = this.numberOf(buffer);
    if (number === 0) return this.#attach(buffer, false);
    this.word(number << TAG_BITS | tag.COMMON);
    this.named.push(buffer);
  }

  #attach(object: object, isMoved: boolean, path?: string): void {
    if (this.memoryOnly) {
      throw this.refuse(
        isMoved && passes(bufferSize, object)
          ? refuse.copiedOnly(this.path())
          : refuse.notInMemory(this.path(), nameOf(object)),
      );
    }
    this.word(tag.ATTACHED);
    this.attachments.push(object);
    if (!isMoved) return;
    this.#moved.add(object);
    this.transfers.push(object as Transferable);
    this.movedFrom.push(path ?? this.path());
  }

  #exotic(object: object): void {
    const isMoved = this.#moveAll || this.moves.has(object);
    if (isMovedOnly(object) || (isMoved && isMovable(object))) {
      const name = nameOf(object);
      if ((object as { locked?: unknown }).locked === true) throw this.refuse(refuse.locked(this.path(), name));
      return this.#attach(object, true);
    }
    const way = tryCopy(object);
    if (way === "refused") throw this.refuse(refuse.unsendable(this.path(), nameOf(object)));
    if (way === "plain") this.#record(object);
    else this.#attach(object, false);
  }

  // ---- errors and carried objects ----

  #error(error: Error): void {
    const name = readText(error.name, "Error");
    const message = readText(error.message, "");
    const hasMessage = message !== "" || Object.hasOwn(error, "message");
    const stack = error.stack as unknown;
    let parts = (hasMessage ? tag.HAS_MESSAGE : 0) | (typeof stack === "string" ? tag.HAS_STACK : 0);
    tag.ERROR_PARTS.forEach((part, index) => {
      if (Object.hasOwn(error, part)) parts |= tag.FIRST_PART << index;
    });
    const start = this.at;
    this.word(parts << TAG_BITS | tag.ERROR);
    this.text(name);
    if (hasMessage) this.text(message);
    if (typeof stack === "string") this.text(stack);
    if (this.#depth >= this.#limit) return this.#putOff(start, tag.ERROR, error, parts, false);
    this.#errorContents(error, parts);
  }

  #errorContents(error: Error, parts: number): void {
    const depth = this.#depth;
    this.#depth = depth + 1;
    tag.ERROR_PARTS.forEach((part, index) => {
      if ((parts & tag.FIRST_PART << index) === 0) return;
      this.#path[depth] = part;
      this.value((error as unknown as Fields)[part]);
    });
    this.#depth = depth;
    this.#countedProperties(error, Object.keys(error).filter((key) => !isErrorKey(key)));
  }

  #domException(object: DOMException): void {
    this.#checkDepth();
    // An object that only inherits from DOMException throws here.
    let name: string;
    let message: string;
    try {
      ({ name, message } = object);
    } catch {
      return this.#record(object);
    }
    this.word(tag.DOM_EXCEPTION);
    this.text(readText(name, "Error"));
    this.text(readText(message, ""));
    this.text(readText((object as { stack?: unknown }).stack, ""));
    this.#countedProperties(object, Object.keys(object).filter((key) => key !== "stack"));
  }

  #carried(object: Carrier): void {
    this.#checkDepth();
    const { kind, data, undo, bound } = object[CARRY]();
    if (undo !== undefined) this.undos.push(undo);
    if (bound !== undefined && this.memoryOnly) throw this.refuse(refuse.notInMemory(this.path(), bound));
    this.word(tag.CARRIED);
    this.text(kind);
    // It is brought back from its data, so the data must be complete by then: nothing in it is put off.
    const limit = this.#limit;
    this.#limit = MAX_DEPTH;
    this.#depth++;
    this.#path[this.#depth - 1] = "data";
    this.#open.push(object);
    this.value(data);
    this.#open.pop();
    this.#depth--;
    this.#limit = limit;
  }

  // ---- depth ----

  #checkDepth(): void {
    if (this.#depth >= MAX_DEPTH) throw this.refuse(refuse.tooDeep(this.path()));
  }

  #putOff(
    head: number,
    kind: number,
    object: object,
    contents: number | readonly unknown[],
    more: boolean,
  ): void {
    if (this.#limit === MAX_DEPTH) throw this.refuse(refuse.tooDeep(this.path()));
    this.words[head]! |= LATER << TAG_BITS | kind;
    const steps = this.#path.slice(0, this.#depth);
    this.#later.push({
      object,
      kind,
      head,
      contents,
      more,
      moveAll: this.#moveAll,
      from: this.#within,
      root: this.root,
      steps,
    });
  }

  #putOffContents(item: PutOff): void {
    const { object, kind, head, contents, more } = item;
    this.#within = item;
    this.root = item.root;
    this.#depth = 0;
    this.#moveAll = item.moveAll;
    switch (kind) {
      case OBJECT: {
        const start = this.at;
        this.word(0);
        return more ? this.#recordFields(object, start) : this.#fields(object, start);
      }
      case ARRAY:
        return this.#elements(object as unknown[], head, contents as number);
      case tag.MAP:
        return this.#entries(contents as unknown[]);
      case tag.SET:
        return this.#members(contents as unknown[]);
      case tag.ERROR:
        return this.#errorContents(object as Error, contents as number);
    }
  }
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
