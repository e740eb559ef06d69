/**
 * A task's values: arguments on the way out, result or error on the way back.
 *
 * Up to four scalars travel in the record itself; see `scalars.ts`. Everything else is written into one block of the heap,
 * which PAYLOAD names and which travels with the record: arguments that have been read leave their block to the result,
 * if it fits. NUMBERS then has the number of the block's announcement; see `value/prefetch.ts`.
 *
 * Keeps true: a block belongs to whoever owns the record. KINDS, PAYLOAD and NUMBERS are plain words, written
 * before the exchange that hands the record over.
 */

import { OutOfMemoryError, WebbleError } from "../errors.ts";
import type { Heap } from "../heap/heap.ts";
import { read, readFloat, store, write, writeFloat } from "../memory/atomics.ts";
import { type Memory, PAGE_BYTES, Record } from "../memory/layout.ts";
import { UNANNOUNCED } from "../sync/announcement.ts";
import { NONE } from "../sync/inbox.ts";
import { Blocks, NO_RECEIVER, type Passage } from "../value/block.ts";
import { collectEnds, type End, RELEASE } from "../value/carry.ts";
import type { Commons } from "../value/commons.ts";
import { Encoder } from "../value/encode.ts";
import { Exports } from "./exports.ts";
import { homeOf } from "./place.ts";
import { isScalar, readScalar, readScalars, writeScalar } from "./scalars.ts";

/** KINDS, beside what `scalars.ts` says: bit 3, a block holds the values; bit 4, attachments belong to it. */
const IN_BLOCK: number = 1 << 3;
const ATTACHED: number = 1 << 4;
/** Bit 5, handles are among the values, or among what a task gave are ends of channels; bit 6, the block holds arguments. */
const CARRIED: number = 1 << 5;
const LIST: number = 1 << 6;
/** Bit 7, there was no room for what the task gave, not even for an error; NUMBERS has the size of the heap. */
const LOST: number = 1 << 7;
/** Beside bit 3 only: handles or ends of channels are among the arguments, and nobody has received them. */
const UNRECEIVED: number = 1 << 8 | IN_BLOCK;
/** Beside bit 3 only: shared memory is named among the arguments, by numbers up to that in the word behind that of the announcement. */
const NAMED: number = 1 << 9 | IN_BLOCK;

const NOTHING: readonly unknown[] = [];
/** The numbers that arguments name which name nothing. */
export const NO_NUMBERS: readonly number[] = [];

const NO_ENDS: readonly WeakRef<End>[] = [];

/** What only `postMessage` carries, ready to go. */
export interface Parcel {
  readonly values: unknown[];
  readonly transfers: Transferable[];
}

/** Values that are encoded. */
interface Stored {
  /** What the KINDS word will be. */
  readonly kinds: number;
  readonly block: number;
  /** The number of the block's announcement. */
  readonly announced: number;
}

/** Values that are encoded and wait for a record. */
export interface Packed extends Stored {
  /** Shared memory that they name, to be held until the record has come home. */
  readonly named: readonly SharedArrayBuffer[];
  /** What is to be called if nobody will receive them. */
  readonly abandons: readonly (() => void)[];
}

/** Whom arguments go to. */
export interface Addressee {
  /** Gives the thread that they are likely to go to, or `NO_RECEIVER`; called only if that is worth announcing. */
  findReceiver(): number;
  /** Sends the attachments, if there are any; called last, so that nothing is sent of what fails. */
  post(parcel: Parcel): void;
}

/** Puts values into records and takes them out. One for each thread. */
export class Payload {
  readonly #memory: Memory;
  readonly #heap: Heap;
  readonly #blocks: Blocks;
  readonly #encoder = new Encoder();
  /** Handles that this thread has sent. */
  readonly exports: Exports;
  /** Numbers of the shared memory that the arguments named which were read last. */
  readonly #met: number[] = [];
  #readsArguments = false;
  /** Ends of channels among the arguments that were read last. */
  readonly #ends: End[] = [];

  /**
   * @param firstTicket Where the tickets of handles that are sent begin.
   * @param passage How what is long is announced.
   * @param commons Shared memory that is known by number.
   */
  constructor(memory: Memory, heap: Heap, firstTicket: number, passage: Passage, readonly commons: Commons) {
    this.exports = new Exports(firstTicket);
    this.#memory = memory;
    this.#heap = heap;
    this.#blocks = new Blocks(memory, heap, passage, (number) => {
      if (this.#readsArguments) this.#met.push(number);
      return commons.bufferOf(number);
    });
  }

  /**
   * Encodes arguments into a block.
   *
   * @param to Whom they go to.
   * @throws {NotSendError} An argument cannot cross threads.
   * @throws {OutOfMemoryError} The heap has no room.
   */
  pack(args: readonly unknown[], to: Addressee): Packed {
    const mark = this.exports.mark();
    try {
      this.#encoder.encodeList(args, this.commons.inArguments);
      const named = this.#encoder.takeNamed();
      const abandons = this.#encoder.takeAbandons();
      const receiver = Blocks.isLong(this.#encoder) ? to.findReceiver() : NO_RECEIVER;
      const { kinds, block, announced } = this.#store(this.#encoder, NONE, receiver, (parcel) => to.post(parcel));
      const carried = (this.exports.commit(mark) ? CARRIED : 0) | (abandons.length > 0 ? UNRECEIVED : 0);
      const naming = named.length > 0 ? NAMED : 0;
      return { kinds: kinds | LIST | carried | naming, block, announced, named, abandons };
    } catch (error) {
      this.exports.undo(mark);
      throw error;
    }
  }

  /** Writes what `pack` gave into a record. */
  writePacked(record: number, packed: Packed): void {
    write(this.#memory.words, record + Record.KINDS, packed.kinds);
    write(this.#memory.words, record + Record.PAYLOAD, packed.block);
    write(this.#memory.words, record + Record.NUMBERS, packed.announced);
    if (packed.named.length > 0) write(this.#memory.words, record + Record.NUMBERS + 1, this.commons.last);
  }

  /** The last number of shared memory that the arguments may name; 0 if they name none. */
  lastNamed(record: number): number {
    const { words } = this.#memory;
    return (read(words, record + Record.KINDS) & NAMED) === NAMED ? read(words, record + Record.NUMBERS + 1) : 0;
  }

  /** Unless this thread knows all that the arguments name, when it will. */
  coming(record: number): Promise<void> | undefined {
    return this.commons.coming(this.lastNamed(record));
  }

  /** Whether packed values wait for attachments. */
  static isAttached({ kinds }: Packed): boolean {
    return (kinds & ATTACHED) !== 0;
  }

  /** Whether the record's values wait for attachments. */
  isAttached(record: number): boolean {
    return (read(this.#memory.words, record + Record.KINDS) & ATTACHED) !== 0;
  }

  /** The record's attachments have been dealt with. */
  detach(record: number): void {
    const { words } = this.#memory;
    write(words, record + Record.KINDS, read(words, record + Record.KINDS) & ~ATTACHED);
  }

  /** Reads the arguments. Their block stays with the record. */
  readArguments(record: number, attachments: readonly unknown[] = NOTHING): unknown[] {
    const { words } = this.#memory;
    if (this.#met.length > 0) this.#met.length = 0;
    const kinds = read(words, record + Record.KINDS);
    if ((kinds & IN_BLOCK) !== 0) {
      // Before: a thread that dies amid this may have received some, which nobody may let go of for it.
      if ((kinds & UNRECEIVED) === UNRECEIVED) store(words, record + Record.KINDS, kinds & ~UNRECEIVED | IN_BLOCK);
      this.#readsArguments = true;
      collectEnds(this.#ends);
      try {
        return this.#blocks.readList(read(words, record + Record.PAYLOAD), this.#announcedOf(record), attachments);
      } finally {
        this.#readsArguments = false;
        collectEnds(undefined);
      }
    }
    return readScalars(this.#memory, record);
  }

  /** Gives the ends of channels among the arguments that were read last. What the task itself lets go of is collected. */
  takeEnds(): readonly WeakRef<End>[] {
    return this.#ends.length === 0 ? NO_ENDS : this.#ends.splice(0).map((end) => new WeakRef(end));
  }

  /** Whether nobody has received the handles and ends of channels that are among the record's arguments. */
  isUnreceived(record: number): boolean {
    return (read(this.#memory.words, record + Record.KINDS) & UNRECEIVED) === UNRECEIVED;
  }

  /** Whether there are handles among the record's values, or among what a task gave ends of channels. */
  hasCarried(record: number): boolean {
    return (read(this.#memory.words, record + Record.KINDS) & CARRIED) !== 0;
  }

  /** Whether a block holds the record's values. */
  hasBlock(record: number): boolean {
    return (read(this.#memory.words, record + Record.KINDS) & IN_BLOCK) !== 0;
  }

  /**
   * Copies the arguments of another thread's record: scalars as they are, all else into a block of this thread's.
   *
   * @throws {OutOfMemoryError} The heap has no room.
   */
  copyArguments(record: number): readonly unknown[] | Packed {
    const { words } = this.#memory;
    const kinds = read(words, record + Record.KINDS);
    if ((kinds & IN_BLOCK) === 0) return readScalars(this.#memory, record);
    const block = this.#blocks.copy(read(words, record + Record.PAYLOAD));
    // Who was not main has named nothing.
    return { kinds, block, announced: UNANNOUNCED, named: [], abandons: [] };
  }

  /** The numbers of the shared memory that the arguments named which were read last. */
  get named(): readonly number[] {
    return this.#met.length === 0 ? NO_NUMBERS : this.#met.slice();
  }

  /**
   * Writes a result or an error in the arguments' place.
   *
   * @param root How paths in errors begin.
   * @param named What the arguments named.
   * @throws {NotSendError} It cannot cross threads.
   * @throws {OutOfMemoryError} The heap has no room.
   */
  writeResult(
    record: number,
    value: unknown,
    root: string,
    named: readonly number[],
    post: (parcel: Parcel) => void,
  ): void {
    const { words } = this.#memory;
    const old = read(words, record + Record.PAYLOAD);
    if (isScalar(value)) {
      writeScalar(this.#memory, record, value);
      this.#release(record, old);
      return;
    }
    const mark = this.exports.mark();
    // Of a task that fails as its arguments could not be read.
    const unreceived = this.isUnreceived(record) ? UNRECEIVED : 0;
    try {
      this.#encoder.encode(value, root, this.commons.inResult(named));
      // Home holds it.
      this.#encoder.takeNamed();
      const hasEnds = this.#encoder.takeAbandons().length > 0;
      const fits = old !== NONE && this.#heap.capacity(old) >= Blocks.size(this.#encoder);
      // Freed first: a large value that comes back larger needs the room.
      if (!fits) this.#release(record, old);
      const packed = this.#store(this.#encoder, fits ? old : NONE, homeOf(words, record), post);
      const carried = this.exports.commit(mark) || hasEnds ? CARRIED : 0;
      write(words, record + Record.KINDS, packed.kinds | carried | unreceived);
      write(words, record + Record.PAYLOAD, packed.block);
      write(words, record + Record.NUMBERS, packed.announced);
    } catch (error) {
      this.exports.undo(mark);
      throw error;
    }
  }

  /** Says in place of an error that there was no room for one. */
  writeLost(record: number): void {
    const { words, floats, valuePages } = this.#memory;
    writeFloat(floats, (record + Record.NUMBERS) >> 1, valuePages * PAGE_BYTES);
    write(words, record + Record.KINDS, LOST);
    write(words, record + Record.PAYLOAD, NONE);
  }

  /** Reads the result or the error, and frees its block. */
  takeResult(record: number, attachments: readonly unknown[] = NOTHING): unknown {
    const { words } = this.#memory;
    const kinds = read(words, record + Record.KINDS);
    if ((kinds & LOST) !== 0) {
      const size = readFloat(this.#memory.floats, (record + Record.NUMBERS) >> 1);
      return new OutOfMemoryError(
        `Cannot give what the task ended with: the shared heap of ${size} bytes had no room for it, nor for an error. ` +
          "Start the runtime with a larger 'memory(bytes)', or send less at a time.",
      );
    }
    if ((kinds & IN_BLOCK) === 0) return readScalar(this.#memory, record);
    const block = read(words, record + Record.PAYLOAD);
    try {
      return this.#blocks.read(block, this.#announcedOf(record), attachments);
    } finally {
      write(words, record + Record.KINDS, 0);
      this.#release(record, block);
    }
  }

  /**
   * Frees the values, which nobody wants. Handles in what a task gave wait to be joined, and ends of channels to be received;
   * of arguments nothing is known here: see `Placing.abandon`.
   */
  drop(record: number, attachments: readonly unknown[] = NOTHING): void {
    const { words } = this.#memory;
    const kinds = read(words, record + Record.KINDS);
    const block = read(words, record + Record.PAYLOAD);
    this.forgetAhead(record);
    write(words, record + Record.KINDS, 0);
    write(words, record + Record.PAYLOAD, NONE);
    if (block === NONE) return;
    const ends: End[] = [];
    try {
      collectEnds(ends);
      if ((kinds & (CARRIED | LIST)) === CARRIED) this.#blocks.read(block, UNANNOUNCED, attachments);
    } catch {
      // Attachments that are not here any more; what comes before them is received.
    } finally {
      collectEnds(undefined);
      this.#heap.free(block);
    }
    for (const end of ends) end[RELEASE]();
  }

  /** The record's values will not be read here: what was copied ahead of them is let go of. */
  forgetAhead(record: number): void {
    if (this.hasBlock(record)) this.#blocks.forget(this.#announcedOf(record));
  }

  #announcedOf(record: number): number {
    return read(this.#memory.words, record + Record.NUMBERS);
  }

  /** Lets values go that got no record. */
  dropPacked({ block, abandons }: Packed): void {
    for (const abandon of abandons) abandon();
    if (block !== NONE) this.#heap.free(block);
  }

  /** Frees the record's block. Forgotten first: a thread that dies in between leaks it, and nobody frees it twice. */
  #release(record: number, block: number): void {
    write(this.#memory.words, record + Record.PAYLOAD, NONE);
    if (block !== NONE) this.#heap.free(block);
  }

  /** Encodes the reason of an abort into a block; `NONE` when it cannot cross. */
  packReason(reason: unknown): number {
    const mark = this.exports.mark();
    try {
      this.#encoder.encode(reason, "reason");
      if (this.#encoder.attachments.length === 0 && this.exports.mark() === mark) {
        return this.#store(this.#encoder, NONE, NO_RECEIVER, () => {}).block;
      }
      this.#encoder.undo();
    } catch {
      // The task is aborted all the same.
    }
    this.exports.undo(mark);
    return NONE;
  }

  /** Whether a value could be sent, in so many bytes at most. */
  crosses(value: unknown, most: number): boolean {
    const mark = this.exports.mark();
    try {
      this.#encoder.encode(value, "");
      const { byteLength } = this.#encoder;
      this.#encoder.undo();
      return byteLength <= most;
    } catch {
      return false;
    } finally {
      this.exports.undo(mark);
    }
  }

  /** Reads the reason of an abort. */
  readReason(block: number): unknown {
    return this.#blocks.read(block, UNANNOUNCED, NOTHING);
  }

  /** Writes what the encoder holds into the block `old` if there is one, which is large enough, else into a new one. */
  #store(encoder: Encoder, old: number, to: number, post: (parcel: Parcel) => void): Stored {
    let block = old;
    try {
      if (old === NONE) block = this.#heap.allocate(Blocks.size(encoder));
    } catch (error) {
      encoder.undo();
      throw error;
    }
    const announced = this.#blocks.write(block, encoder, to);
    if (encoder.attachments.length === 0) {
      // What is long is not ours to keep alive.
      if (encoder.chunks.length > 0) encoder.release();
      return { kinds: IN_BLOCK, block, announced };
    }
    try {
      post({ values: encoder.attachments.slice(), transfers: encoder.transfers.slice() });
    } catch (error) {
      if (old === NONE) this.#heap.free(block);
      const refusal = error instanceof WebbleError ? error : encoder.refusal(error);
      encoder.undo();
      throw refusal;
    }
    encoder.release();
    return { kinds: IN_BLOCK | ATTACHED, block, announced };
  }
}
