/**
 * Buffers and the views on them.
 */

import { bufferSize, maxBufferSize, resizable, type ViewGetters } from "./kind.ts";
import type { Scratch } from "./scratch.ts";
import { BUFFER, FAR_BUFFER, NEAR_BYTES, RESIZABLE, TAG_BITS } from "./tags.ts";

/** Writes what a buffer holds: into the structure if that is little, else as a chunk. */
export function writeBuffer(scratch: Scratch, buffer: ArrayBuffer): void {
  const size = bufferSize.call(buffer) as number;
  if (resizable.call(buffer)) {
    scratch.word(RESIZABLE);
    scratch.number(maxBufferSize.call(buffer) as number);
  }
  const bytes = new Uint8Array(buffer, 0, size);
  if (size > NEAR_BYTES) {
    scratch.word(FAR_BUFFER);
    scratch.number(size);
    scratch.chunk(bytes);
    return;
  }
  const length = size + 3 >> 2;
  scratch.room(length + 1);
  scratch.words[scratch.at] = size << TAG_BITS | BUFFER;
  if (length > 0) {
    scratch.words[scratch.at + length] = 0;
    new Uint8Array(scratch.words.buffer, 4 * (scratch.at + 1), size).set(bytes);
  }
  scratch.at += length + 1;
}

/** Whether a view on a resizable buffer follows its length. Nothing tells but a change, so a copy is changed. */
export function followsLength(view: ArrayBufferView, getters: ViewGetters): boolean {
  const byteOffset = getters.byteOffset.call(view) as number;
  const byteLength = getters.byteLength.call(view) as number;
  if ((bufferSize.call(getters.buffer.call(view)) as number) - byteOffset - byteLength >= 8) return false;
  try {
    const copy = structuredClone(view) as ArrayBufferView<ArrayBuffer>;
    const { byteLength: size, maxByteLength } = copy.buffer;
    copy.buffer.resize(Math.min(size + 8, maxByteLength));
    if (copy.byteLength !== byteLength) return true;
    // What is empty and cannot grow is the same either way.
    if (byteLength === 0 || size + 8 <= maxByteLength) return false;
    copy.buffer.resize(byteOffset + byteLength - 1);
    return !isOutside(copy);
  } catch {
    return false;
  }
}

/** Whether a view lies outside its buffer, which structured clone refuses. */
export function isOutside(view: ArrayBufferView): boolean {
  try {
    structuredClone(view);
    return false;
  } catch {
    return true;
  }
}
