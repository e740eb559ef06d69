/**
 * Encoder: turns values into words.
 *
 * The words stand in private memory, from where the caller copies them into one block of shared memory; so nobody
 * sees a value half written. Long contents are not copied twice: they are listed as chunks, which the caller copies
 * straight from where they are. What only `postMessage` can carry is listed as attachments.
 *
 * Reading a value may run its getters, and these may do anything, such as spawn a task that encodes its arguments
 * here as well. Therefore the work is done by a {@linkcode Writer} from a small stock, and only its results appear
 * in the encoder, once they are complete. They stay until the next `encode`.
 */

import type { NotSendError } from "../errors.ts";
import { NOT_NAMED, type NumberOf } from "./commons.ts";
import { bufferSize, isDetached, isMovable, nameOf, passes } from "./kind.ts";
import * as refuse from "./refuse.ts";
import type { Chunk } from "./scratch.ts";
import { IS_LIST } from "./tags.ts";
import { markOf, unmark } from "./transfer.ts";
import { Writer } from "./writer.ts";

export type { Chunk } from "./scratch.ts";

/** Turns values into words. One for each thread. */
export class Encoder {
  /** The structure, in private memory: `words[0 .. length)`. */
  words: Int32Array = new Int32Array(0);
  /** How many words the structure has. */
  length = 0;
  /** Long contents and where they go: offsets in bytes from the start of the block, multiples of 8. */
  chunks: readonly Chunk[] = [];
  /** What only `postMessage` can carry, in order of appearance. Also lists what was to be moved and did not occur. */
  attachments: readonly unknown[] = [];
  /** Those attachments that are to be moved. */
  transfers: Transferable[] = [];
  /** The size of the block in bytes: structure and chunks. */
  byteLength = 0;

  /** The writer whose results these are, and those that are free. */
  #shown: Writer | undefined = undefined;
  readonly #free: Writer[] = [];

  /** @param memoryOnly Whether what only `postMessage` can carry is refused, so that there are no attachments. */
  constructor(readonly memoryOnly = false) {}

  /**
   * Encodes one value.
   *
   * @param value Anything.
   * @param root How the path to it begins in errors: `result`.
   * @param numberOf Which shared memory can be named.
   * @throws {NotSendError} Something in it cannot cross threads. The encoder shows what it showed before.
   */
  encode(value: unknown, root: string, numberOf?: NumberOf): void {
    this.#encode(value, root, undefined, numberOf);
  }

  /**
   * Encodes a list of arguments, in which equal objects stay equal.
   *
   * @param values Anything. In errors their paths are `args[0]`, `args[1]` …
   * @param numberOf Which shared memory can be named.
   * @throws {NotSendError} Something in them cannot cross threads. The encoder shows what it showed before.
   */
  encodeList(values: readonly unknown[], numberOf?: NumberOf): void {
    this.#encode(undefined, "args", values, numberOf);
  }

  /** What was encoded is not sent after all: carried objects in it are told, and what is to be moved is marked again. */
  undo(): void {
    this.#shown?.undo();
  }

  /** Gives the shared memory that is named by number, and lets go of it: it must be held until the value has been read. */
  takeNamed(): readonly SharedArrayBuffer[] {
    const named = this.#shown?.named;
    return named === undefined || named.length === 0 ? NOTHING : named.splice(0);
  }

  /** Gives what is to be called if it is sent and nobody will receive it, and lets go of that. */
  takeAbandons(): readonly (() => void)[] {
    const abandons = this.#shown?.abandons;
    return abandons === undefined || abandons.length === 0 ? NO_ABANDONS : abandons.splice(0);
  }

  /** Says that the platform has refused to post the attachments: in its words, and where they may be. */
  refusal(cause: unknown): NotSendError {
    const writer = this.#shown!;
    return refuse.notPosted(writer.movedFrom, this.transfers.map(nameOf), cause);
  }

  /** Lets go of the results. */
  release(): void {
    const writer = this.#shown;
    if (writer === undefined) return;
    this.#shown = undefined;
    writer.begin();
    this.#free.push(writer);
    this.length = 0;
    this.byteLength = 0;
  }

  #encode(value: unknown, root: string, list: readonly unknown[] | undefined, numberOf = NOT_NAMED): void {
    const writer = this.#free.pop() ?? new Writer(this.memoryOnly);
    writer.numberOf = numberOf;
    const values = list ?? [value];
    try {
      const rootOrNone = list === undefined ? root : undefined;
      const isMarked = readMarks(writer, values, rootOrNone);
      let mayMove = isMarked;
      write(writer, values, rootOrNone, mayMove);
      if (writer.again) {
        // Rare: something that is to be moved had been copied as part of a value before. So all that moves is found
        // first, and everything written anew.
        writer.undo();
        for (const value of values) if (movesAll(value)) writer.collect(value);
        writer.undo();
        write(writer, values, rootOrNone, mayMove = false);
      }
      if (writer.named.length > 0 && writer.attachments.length > 0) {
        // Something that is posted may be, or be on, the same memory, and would arrive on another object than what is named.
        writer.startOver();
        writer.numberOf = NOT_NAMED;
        write(writer, values, rootOrNone, mayMove);
      }
      const byteLength = place(writer);
      if (isMarked) { for (const value of values) if (isObject(value)) writer.undos.push(unmark(value)); }
      this.#show(writer, byteLength);
    } catch (error) {
      const refusal = error === writer.refused ? error : refuse.unreadable(writer.path(), error);
      writer.undo();
      writer.begin();
      this.#free.push(writer);
      throw refusal;
    } finally {
      writer.release();
    }
  }

  #show(writer: Writer, byteLength: number): void {
    // A writer is at work or shown or free: what a getter encodes while another encode is under way goes elsewhere.
    if (this.#shown !== undefined && this.#free.length < KEPT_WRITERS) this.#free.push(this.#shown);
    this.#shown = writer;
    this.words = writer.words;
    this.length = writer.at;
    this.chunks = writer.chunks;
    this.attachments = writer.attachments;
    this.transfers = writer.transfers;
    this.byteLength = byteLength;
  }
}

const NOTHING: readonly SharedArrayBuffer[] = [];
const NO_ABANDONS: readonly (() => void)[] = [];

/** Encodes that run inside one another at a time, before new writers are made for them. */
const KEPT_WRITERS = 4;

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether a value is marked to be moved with all that is in it. */
function movesAll(value: unknown): boolean {
  if (!isObject(value)) return false;
  const mark = markOf(value);
  return mark !== undefined && mark.list === undefined;
}

/** Writes values; without a root, as a list. */
function write(writer: Writer, values: readonly unknown[], root: string | undefined, mayMove: boolean): void {
  writer.begin();
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    writer.root = root ?? index;
    if (mayMove && movesAll(value)) writer.moving(value);
    else writer.value(value);
  }
  writer.finish(values.length, root === undefined ? IS_LIST : 0);
}

/** Tells the writer what the lists given to `transfer` name; whether anything is marked. */
function readMarks(writer: Writer, values: readonly unknown[], root: string | undefined): boolean {
  let isMarked = false;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    const mark = isObject(value) ? markOf(value) : undefined;
    if (mark === undefined) continue;
    isMarked = true;
    writer.root = root ?? index;
    mark.list?.forEach((item, place) => {
      const why = mark.list!.indexOf(item) < place ? "is listed twice" : whyNotMovable(item);
      if (why !== undefined) throw writer.refuse(refuse.notMovable(writer.path(), place, why));
      writer.moves.set(item, writer.path());
    });
  }
  return isMarked;
}

function whyNotMovable(item: object): string | undefined {
  if (passes(bufferSize, item)) return isDetached(item as ArrayBuffer) ? "is detached: it was moved before" : undefined;
  return isMovable(item) ? undefined : `is ${refuse.article(nameOf(item))}, which can only be copied`;
}

/** Gives the chunks their places behind the structure; how large the block is in all. */
function place(writer: Writer): number {
  const { chunks, at } = writer;
  if (chunks.length === 0) return 4 * at;
  const start = Math.ceil(at / 2) * 8;
  for (const chunk of chunks) {
    if (chunk.bytes.length !== chunk.size) throw new TypeError("A getter changed the size of a buffer beside it");
    chunk.offset += start;
  }
  return start + writer.chunkBytes;
}
