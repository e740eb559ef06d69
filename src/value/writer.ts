/**
 * Writer: walks a value and writes its words; see `tags.ts` for what they are. Plain objects and arrays here, all other kinds
 * in `write_kinds.ts`.
 *
 * It reads what structured clone reads, getters included. Where the engine tells proxies (Deno, Node, Bun) they are
 * refused; in browsers nothing can tell one, and it is read like the object it stands for.
 */

import { type Carrier, CARRY } from "./carry.ts";
import { NOT_NAMED, type NumberOf } from "./commons.ts";
import { Identities } from "./identities.ts";
import { bufferSize, findProxyTest, kindOf, nameOf, passes } from "./kind.ts";
import { countProperties, isIndex, isSparse, writeNumbers } from "./lists.ts";
import * as refuse from "./refuse.ts";
import { type ShapeNode, ShapeTree } from "./shape.ts";
import * as tag from "./tags.ts";
import { ARRAY, HOLE, MAX_DEPTH, MORE, OBJECT, REF, TAG_BITS } from "./tags.ts";
import { type PutOff, Walk } from "./walk.ts";
import { writeContents, writeKind } from "./write_kinds.ts";

type Fields = Readonly<Record<string, unknown>>;

/** From this length on an array may be written as its properties, if most elements are missing. */
const SPARSE_FROM = 1024;

const EMPTY: object = {};

/** Asks for the test when it is first needed, as that loads a part of the engine. */
let isProxy = (value: object): boolean => {
  isProxy = findProxyTest() ?? (() => false);
  return isProxy(value);
};

/** Walks values. */
export class Writer extends Walk {
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
  /** What they ask for if they were sent, and nobody will receive them. */
  readonly abandons: (() => void)[] = [];
  /** How many objects had been met before. */
  #metBefore = 0;
  /** What is moved wherever it occurs, and also if it does not; and what asks for that. */
  readonly moves = new Map<object, string>();
  /** Set when a value that is to be moved contains what occurred before: collect what moves, and write again. */
  again = false;

  readonly #tree = new ShapeTree();
  #polluted = false;
  #message = 0;
  readonly #shapes: ShapeNode[] = [];
  #shapeCount = 0;
  readonly #identities = new Identities();
  #hasRefs = false;
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
    if (this.abandons.length > 0) this.abandons.length = 0;
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
    for (const undo of this.undos.splice(0).reverse()) undo();
  }

  /** Writes what was put off, the shapes and the header. */
  finish(count: number, flags: number): void {
    for (let index = 0; index < this.later.length; index++) this.#putOffContents(this.later[index]!);
    for (const [object, path] of this.moves) if (!this.#moved.has(object)) this.attach(object, true, path);
    const shapesAt = this.at;
    for (let index = 0; index < this.#shapeCount; index++) this.#shapes[index]!.write(this);
    this.words[tag.FLAGS] = flags | (this.#hasRefs ? tag.HAS_REFS : 0);
    this.words[tag.SHAPES_AT] = shapesAt;
    this.words[tag.SHAPES] = this.#shapeCount;
    this.words[tag.LIST] = count;
  }

  /** Writes a value, and moves all in it that can be. */
  moving(value: unknown): void {
    this.moveAll = true;
    this.#metBefore = this.#identities.count;
    this.value(value);
    this.moveAll = false;
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
    this.leave();
    this.#identities.forget();
    this.#hasRefs = false;
    this.#shapeCount = 0;
    this.again = false;
    if (this.#open.length > 0) this.#open.length = 0;
    if (this.#moved.size > 0) this.#moved.clear();
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
    if (id >= 0) return this.ref(object, id);
    if (isProxy(object)) throw this.refuse(refuse.unsendable(this.path(), "Proxy"));
    if (Array.isArray(object)) return this.#array(object);
    const prototype = Object.getPrototypeOf(object) as object | null;
    if (prototype === Object.prototype) return this.#plain(object);
    if (prototype === null) return this.record(object);
    if (typeof object === "function") return this.carried(object as object as Carrier);
    writeKind(this, object, kindOf(object, prototype));
  }

  /** Gives an object an id, if it is met for the first time, which gives -1; else its id, for {@linkcode ref}. */
  idOf(object: object): number {
    return this.#identities.find(object);
  }

  /** Writes that an object is one met before. */
  ref(object: object, id: number): void {
    this.#hasRefs = true;
    this.word(id << TAG_BITS | REF);
    if (this.#open.includes(object)) throw this.refuse(refuse.circular(this.path()));
    // It may contain what should move by now, and was copied.
    if (this.moveAll && id < this.#metBefore && !this.#moved.has(object)) this.again = true;
  }

  // ---- plain objects ----

  #plain(object: object): void {
    if (this.#polluted) return this.record(object);
    const start = this.at;
    this.word(0);
    if (this.isTooDeep) return this.putOff(start, OBJECT, object, 0, false);
    this.#fields(object, start);
  }

  /** Writes the values of an object's keys, and then its head, for now we know the shape. */
  #fields(object: object, start: number): void {
    const depth = this.depth;
    const path = this.steps;
    this.depth = depth + 1;
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
    this.depth = depth;
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
  record(object: object): void {
    const start = this.at;
    this.word(0);
    if (this.isTooDeep) return this.putOff(start, OBJECT, object, 0, true);
    this.#recordFields(object, start);
  }

  #recordFields(object: object, start: number): void {
    const depth = this.depth;
    const path = this.steps;
    const keys = Object.keys(object);
    this.depth = depth + 1;
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
    this.depth = depth;
    this.#head(start, node, extraAt, extra);
  }

  /** Writes pairs of key and value; the caller has made a step for the path. Gives their number. */
  #properties(object: object, keys: readonly string[], from: number): number {
    const depth = this.depth - 1;
    let count = 0;
    for (let index = from; index < keys.length; index++) {
      const key = keys[index]!;
      this.steps[depth] = isIndex(key) ? Number(key) : key;
      if (!Object.hasOwn(object, key)) continue;
      const value = (object as Fields)[key];
      this.text(key);
      this.value(value);
      count++;
    }
    return count;
  }

  /** Writes how many of these properties an object has, and them. */
  countedProperties(object: object, keys: readonly string[]): void {
    const countAt = this.at;
    this.word(0);
    this.depth++;
    const count = this.#properties(object, keys, 0);
    this.depth--;
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
    if (this.isTooDeep) return this.putOff(start, ARRAY, array, length, false);
    this.#elements(array, start, length);
  }

  #elements(array: readonly unknown[], head: number, length: number): void {
    const depth = this.depth;
    const path = this.steps;
    this.depth = depth + 1;
    let holes = 0;
    for (let index = 0; index < length; index++) {
      path[depth] = index;
      const value = array[index];
      if (value === undefined && !(index in array)) {
        this.word(HOLE);
        holes++;
      } else this.value(value);
    }
    this.depth = depth;
    if (countProperties(array) === length - holes) return;
    this.words[head]! |= MORE << TAG_BITS;
    this.countedProperties(array, Object.keys(array).filter((key) => !isIndex(key)));
  }

  #sparse(array: readonly unknown[]): void {
    this.checkDepth();
    this.word(tag.SPARSE);
    this.number(array.length);
    this.countedProperties(array, Object.keys(array));
  }

  // ---- what goes beside the words ----

  /** Writes shared memory: by its number, if it has one, else beside the words. */
  shared(buffer: SharedArrayBuffer): void {
    const number = this.numberOf(buffer);
    if (number === 0) return this.attach(buffer, false);
    this.word(number << TAG_BITS | tag.COMMON);
    this.named.push(buffer);
  }

  /** Puts an object beside the words, for `postMessage`. */
  attach(object: object, isMoved: boolean, path?: string): void {
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

  /** Writes what an object of the library says that it becomes. */
  carried(object: Carrier): void {
    this.checkDepth();
    const { kind, data, undo, abandon, bound } = object[CARRY]();
    if (undo !== undefined) this.undos.push(undo);
    if (abandon !== undefined) this.abandons.push(abandon);
    if (bound !== undefined && this.memoryOnly) throw this.refuse(refuse.notInMemory(this.path(), bound));
    this.word(tag.CARRIED);
    this.text(kind);
    // It is brought back from its data, so the data must be complete by then: nothing in it is put off.
    const limit = this.limit;
    this.limit = MAX_DEPTH;
    this.depth++;
    this.steps[this.depth - 1] = "data";
    this.#open.push(object);
    this.value(data);
    this.#open.pop();
    this.depth--;
    this.limit = limit;
  }

  #putOffContents(item: PutOff): void {
    const { object, kind, head, contents, more } = item;
    this.goTo(item);
    if (kind === ARRAY) return this.#elements(object as unknown[], head, contents as number);
    if (kind !== OBJECT) return writeContents(this, item);
    const start = this.at;
    this.word(0);
    if (more) this.#recordFields(object, start);
    else this.#fields(object, start);
  }
}
