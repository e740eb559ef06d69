/**
 * Shapes: sequences of keys that objects have in common.
 *
 * An object in a message names a shape and holds only values; the shapes of a message stand once at its end. The
 * encoder finds an object's shape by walking a tree, a node for each key, and keeps what it wrote for it. The
 * decoder recognises the words of a shape that it has read before, and then has its keys without reading them.
 *
 * Both memories are bounded: the tree is dropped when it has grown large, the decoder has a fixed number of places.
 */

import type { Scratch } from "./scratch.ts";

/** Keys beyond these limits are written with the object: such objects are dictionaries rather than records. */
const MAX_KEYS = 32;
const MAX_KEY_LENGTH = 64;
const MAX_BRANCHES = 64;
const MAX_NODES = 4096;

/** Bits of a shape's first word that hold its number of keys. */
export const KEY_COUNT_BITS = 6;
export const KEY_COUNT_MASK = 63;

/** A shape, and at the same time the way to all shapes that begin with its keys. */
export class ShapeNode {
  /** The key that came next the last time, and where it led. */
  nextKey: string | undefined = undefined;
  next: ShapeNode | undefined = undefined;
  #branches: Map<string, ShapeNode> | undefined = undefined;
  /** What the table of shapes says of this one, once it has been used. */
  #entry: Int32Array | undefined = undefined;
  #uses = 0;
  /** The message that it was last used in, and its number there. */
  message = 0;
  index = 0;

  /**
   * @param parent The shape without the last key.
   * @param key The last key.
   * @param count How many keys.
   */
  constructor(readonly parent: ShapeNode | undefined, readonly key: string, readonly count: number) {}

  /** The node for one more key; `undefined` where objects are too varied for shapes. */
  step(key: string, tree: ShapeTree): ShapeNode | undefined {
    let found = this.#branches?.get(key);
    if (found === undefined) {
      if (this.count === MAX_KEYS || key.length > MAX_KEY_LENGTH) return undefined;
      this.#branches ??= new Map();
      if (this.#branches.size === MAX_BRANCHES) return undefined;
      found = new ShapeNode(this, key, this.count + 1);
      this.#branches.set(key, found);
      tree.nodes++;
    }
    this.nextKey = key;
    this.next = found;
    return found;
  }

  /** Writes the shape's entry in the table. */
  write(scratch: Scratch): void {
    // The hash is written from the second use on: the decoder remembers no shape that occurs once.
    if (++this.#uses <= 2) return this.#writeNew(scratch);
    const entry = this.#entry!;
    const length = entry.length;
    scratch.room(length);
    const words = scratch.words;
    const at = scratch.at;
    for (let index = 0; index < length; index++) words[at + index] = entry[index]!;
    scratch.at = at + length;
  }

  #writeNew(scratch: Scratch): void {
    const start = scratch.at;
    scratch.word(0);
    scratch.word(0);
    this.#writeKeys(scratch);
    const length = scratch.at - start;
    scratch.words[start] = length << KEY_COUNT_BITS | this.count;
    if (this.#uses === 1) return;
    let hash = length;
    for (let at = start + 2; at < scratch.at; at++) hash = Math.imul(hash ^ scratch.words[at]!, 0x01000193);
    scratch.words[start + 1] = (hash ^ hash >>> 15) | 1;
    this.#entry = scratch.words.slice(start, scratch.at);
  }

  #writeKeys(scratch: Scratch): void {
    if (this.parent === undefined) return;
    this.parent.#writeKeys(scratch);
    scratch.nearText(this.key);
  }
}

/** All shapes that an encoder knows. */
export class ShapeTree {
  root: ShapeNode = new ShapeNode(undefined, "", 0);
  nodes = 1;

  /** Forgets everything if that has become much, and says so. Called between messages. */
  prune(): boolean {
    if (this.nodes <= MAX_NODES) return false;
    this.root = new ShapeNode(undefined, "", 0);
    this.nodes = 1;
    return true;
  }
}

/** A shape as the decoder knows it. */
export interface Shape {
  readonly keys: readonly string[];
  /** Whether assigning the keys to a new object just creates properties: none is inherited, as `__proto__` is. */
  readonly plain: boolean;
}

const PLACES = 256;

/** The shapes that a decoder has read before. */
export class ShapeMemory {
  readonly #entries: (Int32Array | undefined)[] = new Array(PLACES).fill(undefined);
  readonly #shapes: (Shape | undefined)[] = new Array(PLACES).fill(undefined);

  /** The shape whose entry is at `words[at .. at + length)`, if it is known. */
  find(words: Int32Array, at: number, length: number): Shape | undefined {
    const place = (words[at + 1]! >>> 1) % PLACES;
    const entry = this.#entries[place];
    if (entry === undefined || entry.length !== length) return undefined;
    for (let index = 0; index < length; index++) if (entry[index] !== words[at + index]) return undefined;
    return this.#shapes[place];
  }

  /** Remembers a shape, in the place of another one perhaps. */
  keep(words: Int32Array, at: number, length: number, shape: Shape): void {
    const place = (words[at + 1]! >>> 1) % PLACES;
    this.#entries[place] = words.slice(at, at + length);
    this.#shapes[place] = shape;
  }
}
