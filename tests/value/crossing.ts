/**
 * A crossing without threads: a value is encoded, its block copied to memory of its own, and decoded from there.
 *
 * @module
 */

import { decode, decodeList, type Source } from "../../src/value/decode.ts";
import { Encoder } from "../../src/value/encode.ts";

/** One thing that the codec promises: it throws if the promise is broken. */
export interface Case {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

const encoder = new Encoder();

/** Copies what an encoder holds, as the runtime does, and posts its attachments. */
export function copyBlock(from: Encoder): Source {
  const block = new Uint8Array(from.byteLength);
  block.set(new Uint8Array(from.words.buffer, from.words.byteOffset, 4 * from.length));
  for (const chunk of from.chunks) {
    if (chunk.offset % 8 !== 0 || chunk.offset < 4 * from.length) throw new Error(`a chunk at ${chunk.offset}`);
    block.set(chunk.bytes, chunk.offset);
  }
  // Asked for only where it is needed: it moves.
  const attachments = from.attachments.length === 0
    ? []
    : structuredClone([...from.attachments], { transfer: [...from.transfers] });
  return sourceOf(block, from.length, attachments);
}

/** A source over a block. */
export function sourceOf(block: Uint8Array<ArrayBuffer>, length: number, attachments: readonly unknown[] = []): Source {
  const words = new Int32Array(length + 8).fill(-1);
  words.set(new Int32Array(block.buffer, 0, length));
  return {
    words,
    length,
    byteLength: block.length,
    attachments,
    copy(offset, size) {
      if (offset < 0 || size < 0 || offset + size > block.length) throw new Error(`asked for ${offset}, ${size}`);
      return block.buffer.slice(offset, offset + size);
    },
  };
}

/** What a value is on the other side. */
export function cross<T>(value: T, root = "result"): T {
  encoder.encode(value, root);
  return decode(copyBlock(encoder)) as T;
}

/** What arguments are on the other side. */
export function crossList<T extends unknown[]>(...values: T): T {
  encoder.encodeList(values);
  return decodeList(copyBlock(encoder)) as T;
}
