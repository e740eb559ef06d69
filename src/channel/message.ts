/**
 * Messages: values in the memory of a channel.
 *
 * A message begins with a word that says what it is, in its low 4 bits, and has an argument in the others. Numbers,
 * booleans, `null`, `undefined`, short texts and plain bytes are written by hand; everything else is what the codec makes of it: a
 * second word with the size in bytes, then the structure, then the long contents.
 *
 * Plain bytes, and a structure with long contents, begin at the next even place: engines copy shared memory several times
 * faster where source and target have the same remainder by 8. Such a message has a word more for that, used or not.
 */

import { corrupt, Cursor } from "../value/cursor.ts";
import { decode } from "../value/decode.ts";
import { type Chunk, Encoder } from "../value/encode.ts";
import { markOf } from "../value/transfer.ts";
import { Region } from "./ring.ts";

const KIND_BITS = 4;
const KIND_MASK = 15;

/** A value of the codec's; the length of its structure in words. 0 is none, so that fresh memory is no message. */
const ENCODED = 1;
const UNDEFINED = 2;
const NULL = 3;
const FALSE = 4;
const TRUE = 5;
/** An integer of 28 bits. */
const INTEGER = 6;
/** A number; 2 words. */
const DOUBLE = 7;
/** n characters below 256, four to a word. */
const LATIN1 = 8;
/** n characters, two to a word. */
const TWO_BYTE = 9;
/** A `Uint8Array` with a buffer of its own; n bytes, at an even place. */
const BYTES = 10;
/** The most of them: 28 bits. */
const MOST_PLAIN_BYTES = (1 << 28) - 1;

/** Texts of up to this many characters are written by hand. */
const SHORT_TEXT = 120;
/** A structure that grew past this many words is let go. */
const KEPT_WORDS = 1 << 16;

const pair = new Int32Array(2);
const pairAsDouble = new Float64Array(pair.buffer);
const NO_CHUNKS: readonly Chunk[] = [];
const NO_WORDS = new Int32Array(0);

/** A value on its way into a channel. */
export class Message {
  /** What stands first. */
  head: Int32Array = new Int32Array(SHORT_TEXT / 2 + 2);
  headLength = 0;
  /** The codec's structure. */
  body: Int32Array = NO_WORDS;
  bodyLength = 0;
  chunks: readonly Chunk[] = NO_CHUNKS;
  /** Or plain bytes. */
  bytes: Uint8Array | undefined = undefined;
  /** How many words it takes in all. */
  length = 0;

  /** Whether it keeps nothing alive: it is all in `head`. */
  get isLight(): boolean {
    return this.bodyLength === 0 && this.bytes === undefined;
  }

  /** Writes it to its place. */
  write(region: Region, at: number): void {
    region.copyIn(at, this.head, this.headLength);
    if (this.bytes !== undefined) return region.copyBytesIn(region.even(at + 1), 0, this.bytes);
    if (this.bodyLength === 0) return;
    if (this.chunks.length === 0) return region.copyIn(region.wrapped(at + 2), this.body, this.bodyLength);
    const start = region.even(at + 2);
    region.copyIn(start, this.body, this.bodyLength);
    for (const { bytes, offset } of this.chunks) region.copyBytesIn(start, offset, bytes);
  }

  /** A copy that stays as it is. */
  copy(): Message {
    const copy = new Message();
    copy.head = this.head.slice(0, this.headLength);
    copy.headLength = this.headLength;
    copy.body = this.body.slice(0, this.bodyLength);
    copy.bodyLength = this.bodyLength;
    copy.chunks = this.chunks.map(({ bytes, offset, size }) => ({ bytes: bytes.slice(), offset, size }));
    copy.bytes = this.bytes?.slice();
    copy.length = this.length;
    return copy;
  }
}

/** The message of this thread: what is being sent now. */
const current = new Message();
const encoder = new Encoder(true);

/**
 * Makes a message of a value. It is there until the next call.
 *
 * @throws {NotSendError} Something in it cannot cross threads, or not in memory alone. Its path begins with `root`.
 */
export function prepare(value: unknown, root = "message"): Message {
  const message = current;
  const { head } = message;
  message.bodyLength = 0;
  message.bytes = undefined;
  let length = 1;
  if (typeof value === "number") {
    // 1 / value: minus zero is no integer here.
    if (value << KIND_BITS >> KIND_BITS === value && (value !== 0 || 1 / value > 0)) {
      head[0] = value << KIND_BITS | INTEGER;
    } else {
      pairAsDouble[0] = value;
      head[0] = DOUBLE;
      head[1] = pair[0]!;
      head[2] = pair[1]!;
      length = 3;
    }
  } else if (typeof value === "string" && value.length <= SHORT_TEXT) length = prepareText(head, value);
  else if (value === undefined) head[0] = UNDEFINED;
  else if (value === null) head[0] = NULL;
  else if (typeof value === "boolean") head[0] = value ? TRUE : FALSE;
  else if (isPlainBytes(value)) {
    message.bytes = value;
    head[0] = value.length << KIND_BITS | BYTES;
    message.headLength = 1;
    message.length = 2 + Math.ceil(value.length / 4);
    return message;
  } else return prepareEncoded(message, value, root);
  message.headLength = length;
  message.length = length;
  return message;
}

/** What was made for a message may be large, and is not ours to keep alive: called once it was written or copied. */
export function done(message: Message): void {
  if (message !== current) return;
  message.bytes = undefined;
  if (message.chunks.length > 0) {
    encoder.release();
    message.chunks = NO_CHUNKS;
  }
}

/** Whether a value is bytes with nothing special about them: the codec would do the same, and take longer. */
function isPlainBytes(value: unknown): value is Uint8Array {
  // `isView` first, as it sees through no proxy. A view on nothing may be one on a buffer that was moved.
  if (!ArrayBuffer.isView(value) || Object.getPrototypeOf(value) !== Uint8Array.prototype) return false;
  const { buffer, byteLength } = value;
  return byteLength > 0 && byteLength <= MOST_PLAIN_BYTES && byteLength === buffer.byteLength &&
    Object.getPrototypeOf(buffer) === ArrayBuffer.prototype && !(buffer as ArrayBuffer).resizable &&
    markOf(value) === undefined;
}

function prepareText(head: Int32Array, value: string): number {
  const { length } = value;
  let at = 1;
  let seen = 0;
  for (let index = 0; index < length; index += 4) {
    // Past the end `charCodeAt` gives NaN, which is 0 here.
    const a = value.charCodeAt(index);
    const b = value.charCodeAt(index + 1);
    const c = value.charCodeAt(index + 2);
    const d = value.charCodeAt(index + 3);
    seen |= a | b | c | d;
    head[at++] = a | b << 8 | c << 16 | d << 24;
  }
  if (seen <= 255) {
    head[0] = length << KIND_BITS | LATIN1;
    return at;
  }
  at = 1;
  for (let index = 0; index < length; index += 2) {
    head[at++] = value.charCodeAt(index) | value.charCodeAt(index + 1) << 16;
  }
  head[0] = length << KIND_BITS | TWO_BYTE;
  return at;
}

function prepareEncoded(message: Message, value: unknown, root: string): Message {
  // May run getters of the value's, and these may send messages; nothing of this one is written before.
  encoder.encode(value, root);
  const { head } = message;
  message.bytes = undefined;
  head[0] = encoder.length << KIND_BITS | ENCODED;
  head[1] = encoder.byteLength | 0;
  message.headLength = 2;
  message.body = encoder.words;
  message.bodyLength = encoder.length;
  message.chunks = encoder.chunks;
  message.length = 2 + (encoder.chunks.length === 0 ? 0 : 1) + Math.ceil(encoder.byteLength / 4);
  return message;
}

/** A number that has been copied as two words. */
const HALVES: unique symbol = Symbol("halves");

/**
 * The value that was copied last. Two words that have just been written cannot be read as one before they have left the
 * processor's store buffer, for which an atomic operation waits anyway: after one, that is 5 ns less.
 */
export function whole(value: unknown): unknown {
  return value === HALVES ? pairAsDouble[0]! : value;
}

let structure = new Int32Array(256);
const cursor = new Cursor();

/** Reads messages. */
export class MessageReader {
  /** How many words the message took that was read last, or that could not be read. */
  length = 0;
  /** Where plain bytes go, if they fit. */
  target: Uint8Array | undefined = undefined;

  /**
   * Reads a message.
   *
   * @param most How many words it can have.
   * @throws {RangeError} It is none.
   * @throws {TypeError} There is an object in it that this copy of the library does not know.
   */
  read(region: Region, at: number, most: number): unknown {
    return whole(this.copy(region, at, most));
  }

  /**
   * The same, for who gives the message's place back before it makes the value {@linkcode whole}.
   *
   * @returns The value, or that it is a number in two halves.
   */
  copy(region: Region, at: number, most: number): unknown {
    const word = region.word(at);
    this.length = 1;
    switch (word & KIND_MASK) {
      case INTEGER:
        return word >> KIND_BITS;
      case DOUBLE:
        this.length = 3;
        region.copyOut(region.wrapped(at + 1), pair, 2);
        return HALVES;
      case LATIN1:
      case TWO_BYTE:
        return this.#text(region, at, word & KIND_MASK, word >>> KIND_BITS);
      case UNDEFINED:
        return undefined;
      case NULL:
        return null;
      case FALSE:
        return false;
      case TRUE:
        return true;
      case BYTES:
        return this.#bytes(region, at, word >>> KIND_BITS, most);
      case ENCODED:
        return this.#encoded(region, at, word >>> KIND_BITS, most);
    }
    this.length = most;
    throw corrupt("no message where one has to be");
  }

  #text(region: Region, at: number, kind: number, length: number): string {
    const words = kind === LATIN1 ? length + 3 >> 2 : length + 1 >> 1;
    this.length = words + 1;
    if (length > SHORT_TEXT) throw corrupt("a text that is too long");
    // A private copy: nobody changes what is being read.
    region.copyOut(region.wrapped(at + 1), structure, words);
    cursor.use(structure);
    cursor.at = 0;
    cursor.end = words;
    return kind === LATIN1 ? cursor.latin1(length) : cursor.twoByte(length);
  }

  #bytes(region: Region, at: number, length: number, most: number): Uint8Array {
    this.length = 2 + Math.ceil(length / 4);
    if (this.length > most) {
      this.length = most;
      throw corrupt("a length beyond its end");
    }
    const place = region.even(at + 1);
    if (this.target === undefined || this.target.length < length) {
      return new Uint8Array(region.copyBytesOut(place, 0, length));
    }
    const bytes = this.target.subarray(0, length);
    region.copyBytesTo(place, 0, bytes);
    return bytes;
  }

  #encoded(region: Region, at: number, length: number, most: number): unknown {
    const byteLength = region.word(region.wrapped(at + 1)) >>> 0;
    const isLong = byteLength > 4 * length;
    this.length = 2 + (isLong ? 1 : 0) + Math.ceil(byteLength / 4);
    if (this.length > most || 4 * length > byteLength) {
      this.length = most;
      throw corrupt("its lengths do not fit");
    }
    if (structure.length < length) structure = new Int32Array(2 * length);
    else if (structure.length > KEPT_WORDS && length < KEPT_WORDS / 2) structure = new Int32Array(KEPT_WORDS);
    const start = isLong ? region.even(at + 2) : region.wrapped(at + 2);
    region.copyOut(start, structure, length);
    return decode({
      words: structure,
      length,
      byteLength,
      attachments: NO_ATTACHMENTS,
      copy: (offset, size) => region.copyBytesOut(start, offset, size),
    });
  }
}

const NO_ATTACHMENTS: readonly unknown[] = [];

let staged: Region | undefined;

/**
 * Copies a message to memory of this thread's own, to be read once it is known to be whole. It is there until the next call.
 *
 * @param length How many words; at most what the region has.
 */
export function stage(region: Region, length: number): Region {
  if (staged === undefined || staged.capacity < length || staged.capacity > KEPT_WORDS) {
    const words = new Int32Array(new SharedArrayBuffer(4 * Math.max(256, 2 * length)));
    staged = new Region(words, new Uint8Array(words.buffer), 0, words.length);
  }
  region.copyOut(0, staged.words, length);
  return staged;
}

/**
 * How many bytes of a channel a message takes: 4 for a small integer, a boolean, `null` or `undefined`, 12 for another
 * number, 4 and a byte for each character of a short plain text, 8 and a byte for each of a `Uint8Array`, and what the codec
 * makes of everything else.
 *
 * @param value The message.
 * @returns Its size in bytes, a multiple of 4.
 * @throws {NotSendError} It cannot be sent through a channel.
 *
 * @example A channel with room for exactly two
 * ```ts
 * import { channel } from "@webble/runtime";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const [sender, receiver] = channel.spsc<string>(2 * channel.messageBytes("hello")).split();
 * assert(sender.trySend("hello"));
 * assert(sender.trySend("world"));
 * assert(!sender.trySend("!"));
 * assertEquals(receiver.tryRecv(), "hello");
 * ```
 */
export function messageBytes(value: unknown): number {
  const message = prepare(value);
  const { length } = message;
  done(message);
  return 4 * length;
}
