/**
 * Latest: one writer, any number of readers, of whom each sees the newest value and no torn one.
 *
 * VERSION counts values. There are four buffers, and each value is written into the next: so what readers see is left
 * alone until the writer has come round. A reader copies the buffer of the version that it has read, and then
 * looks whether the writer can have come to that buffer again meanwhile; only then it has to start over.
 *
 * Keeps true, even if any thread stops between two instructions:
 * - the buffer of VERSION is whole, and so are those of the two versions before it;
 * - only the writer writes VERSION, with one exchange: that is where a value becomes the newest.
 *
 * After L. Lamport, "Concurrent Reading and Writing", 1977, with the buffers of H. Simpson, "Four-Slot Fully Asynchronous
 * Communication Mechanism", 1990.
 */

import { add, exchange, load, type Words } from "../memory/atomics.ts";

/** How many buffers there are. */
export const BUFFERS = 4;

/** The buffer of a version. */
export function bufferOf(version: number): number {
  return version & BUFFERS - 1;
}

/** The version of the next value, whose buffer is the writer's until `publish`. */
export function nextVersion(words: Words, version: number): number {
  return (load(words, version) + 1) | 0;
}

/** Makes the value that was written the newest. */
export function publish(words: Words, version: number, next: number): void {
  // An exchange, not a store: what is written into the next buffer must not come before it, on any processor.
  exchange(words, version, next);
}

/** Whether what was read of a version is whole: the writer has not begun to write into its buffer again. */
export function isWhole(words: Words, version: number, seen: number): boolean {
  // An addition of nothing, not a load: what was read before must not come after it. The writer begins to write the value
  // that shares the buffer when VERSION is three further on.
  return ((add(words, version, 0) - seen) | 0) < BUFFERS - 1;
}
