/**
 * Parts: how the ends of channels, and locks, cross threads.
 *
 * Each lives in a `SharedArrayBuffer` of its own, which needs no runtime and is collected with the last end. An end has
 * one enumerable field, `parts`, with all that structured clone needs; everything else about it is private. So
 * `postMessage(end)` arrives as `{ parts }`, which {@linkcode attach} makes a live end again, and in the pool the codec
 * does both by itself.
 *
 * The first words of the buffer say what it is; a kind begins its own at {@linkcode FIRST_WORD}.
 */

import { IsolationError, LifecycleError, OutOfMemoryError } from "../errors.ts";
import { type Bytes, load, type Words, write } from "../memory/atomics.ts";
import { type Carried, registerCarrier } from "../value/carry.ts";

/** Changes whenever a word of any kind changes place or meaning. */
const CHANNEL_LAYOUT = 1;

/** "WCHN". */
const MAGIC = 0x4e484357;

/** The header of each buffer. */
const Header = { MAGIC: 0, LAYOUT: 1, KIND: 2, LENGTH: 3 } as const;

/** Where a kind's own words begin: a cache line after the header. */
export const FIRST_WORD = 16;

/** The most bytes that one buffer can have: words are counted with 32 bits, and engines allow no more. */
export const MOST_BYTES = 0x7ffffff0;

/**
 * What the end of a channel, or a lock, is made of: structured clone can carry it to any thread.
 */
export interface Parts {
  /** What it is, such as `"spsc.sender"`. */
  readonly webble: string;
  /** The memory that all ends share. */
  readonly memory: SharedArrayBuffer;
  /** What this end needs to know besides. */
  readonly numbers: readonly number[];
}

/** The memory of a channel, with views on it. */
export interface SharedParts {
  readonly buffer: SharedArrayBuffer;
  readonly words: Words;
  readonly bytes: Bytes;
}

/** How a kind is told and made again. */
interface Kind {
  readonly code: number;
  readonly attach: (memory: SharedParts, numbers: readonly number[], parts: Parts) => object;
}

const kinds = new Map<string, Kind>();

/**
 * Says how ends of a kind are made again.
 *
 * @param name Such as `"spsc.sender"`; what stands before the dot is the kind of the memory.
 * @param attach Makes a live end. It checks the numbers, which may be anything.
 */
export function registerKind(name: string, attach: Kind["attach"]): void {
  kinds.set(name, { code: codeOf(name), attach });
}

/** The number that the header has for a kind of memory: a hash of what stands before the dot. */
function codeOf(name: string): number {
  const family = name.split(".", 1)[0]!;
  let hash = 0;
  for (let i = 0; i < family.length; i++) hash = (Math.imul(hash, 31) + family.charCodeAt(i)) | 0;
  return hash;
}

/**
 * Makes the memory of a new channel or lock, all zero but for its header.
 *
 * @param name The kind, as in {@linkcode registerKind}.
 * @param byteLength How much, header included.
 * @param what What it is for, in errors: `a channel of 1024 bytes`.
 * @throws {RangeError} It is more than one memory can be.
 * @throws {IsolationError} Memory cannot be shared here.
 * @throws {OutOfMemoryError} The system has not so much.
 */
export function createMemory(name: string, byteLength: number, what: string): SharedParts {
  if (byteLength > MOST_BYTES) {
    throw new RangeError(
      `Cannot make ${what} as that is ${byteLength} bytes of memory, and ${MOST_BYTES} is the most: ` +
        "choose a smaller 'capacity' or 'messageBytes'",
    );
  }
  if (typeof SharedArrayBuffer === "undefined") {
    throw new IsolationError(
      `Cannot make ${what} as memory cannot be shared here: this page is not cross-origin isolated. Send it with the ` +
        "headers 'Cross-Origin-Opener-Policy: same-origin' and 'Cross-Origin-Embedder-Policy: require-corp'.",
    );
  }
  let buffer: SharedArrayBuffer;
  try {
    buffer = new SharedArrayBuffer(Math.ceil(byteLength / 8) * 8);
  } catch (cause) {
    throw new OutOfMemoryError(`Cannot make ${what}: the system refuses ${byteLength} bytes of shared memory`, {
      cause,
    });
  }
  const memory = viewsOn(buffer);
  write(memory.words, Header.LAYOUT, CHANNEL_LAYOUT);
  write(memory.words, Header.KIND, codeOf(name));
  write(memory.words, Header.LENGTH, buffer.byteLength);
  write(memory.words, Header.MAGIC, MAGIC);
  return memory;
}

function viewsOn(buffer: SharedArrayBuffer): SharedParts {
  return { buffer, words: new Int32Array(buffer), bytes: new Uint8Array(buffer) };
}

/** The carrier kind of all that has parts. */
const CARRIER = "channel";

registerCarrier(CARRIER, (parts: Parts) => attach(parts));

/**
 * What an end or a lock answers to `CARRY`. It crosses with a task, and not in a message: a message may never be received.
 *
 * @param name Its class, in errors.
 * @param onWay For an end: what to do if it is not sent after all, and if it is sent and its task never begins.
 */
export function carry(parts: Parts, name: string, onWay: Pick<Carried, "undo" | "abandon"> = {}): Carried {
  return { kind: CARRIER, data: parts, bound: name, ...onWay };
}

/**
 * Makes a live end of a channel, or a lock, from its parts: what arrives when one is posted to a worker of your own.
 *
 * Between threads of the pool this happens by itself.
 *
 * @typeParam T What it is: `Sender<number>`, `Mutex<State>` …
 * @param parts An object's `parts`, or what arrives where the object itself was posted.
 * @returns The live end.
 * @throws {TypeError} It is nothing of the kind.
 * @throws {LifecycleError} It was made by another version of the library.
 *
 * @example Post an end to a worker of your own
 * ```ts ignore
 * const [sender, receiver] = webble.channel.spsc<number>(1024).split();
 * worker.postMessage(sender);
 * for await (const n of receiver) console.log(n);
 *
 * // In the worker:
 * addEventListener("message", ({ data }) => {
 *   using sender = webble.channel.attach<webble.channel.Sender<number>>(data);
 *   sender.send(42);
 * });
 * ```
 */
export function attach<T extends object = object>(parts: unknown): T {
  const { webble: name, memory: buffer, numbers } = partsOf(parts);
  const kind = kinds.get(name);
  if (kind === undefined) {
    throw new TypeError(
      `Cannot attach a '${name}': this copy of Webble does not know it. Use the same version everywhere`,
    );
  }
  const memory = viewsOn(buffer);
  const { words } = memory;
  if (buffer.byteLength < 4 * FIRST_WORD || load(words, Header.MAGIC) !== MAGIC) {
    throw new TypeError(`Cannot attach a '${name}' as its memory is none that a channel has made`);
  }
  const layout = load(words, Header.LAYOUT);
  if (layout !== CHANNEL_LAYOUT) {
    throw new LifecycleError(
      `Cannot attach a '${name}' that another version of Webble made (channel layout ${layout}, here it is ` +
        `${CHANNEL_LAYOUT}): use the same version on all threads`,
    );
  }
  if (load(words, Header.KIND) !== kind.code || load(words, Header.LENGTH) !== buffer.byteLength) {
    throw new TypeError(`Cannot attach a '${name}' as its memory belongs to something else`);
  }
  // What the user says it is; what it is was checked as far as it can be.
  return kind.attach(memory, numbers, { webble: name, memory: buffer, numbers }) as T;
}

/** Reads parts out of whatever was given. */
function partsOf(given: unknown): Parts {
  const outer = given as { readonly parts?: unknown } | null | undefined;
  const parts = (typeof outer === "object" && outer !== null && "parts" in outer ? outer.parts : given) as
    | Partial<Parts>
    | null
    | undefined;
  if (
    typeof parts !== "object" || parts === null || typeof parts.webble !== "string" ||
    typeof SharedArrayBuffer === "undefined" || !(parts.memory instanceof SharedArrayBuffer) ||
    !Array.isArray(parts.numbers) ||
    !parts.numbers.every((number) => typeof number === "number")
  ) {
    throw new TypeError(
      "Cannot attach this: it is not the 'parts' of a channel's end or of a lock, nor an object that holds them. " +
        "Post 'end.parts', and attach what arrives.",
    );
  }
  return parts as Parts;
}
