/**
 * The PLACE word of a task's record: whose task it is, where it is to run, and so what its number is.
 *
 * Written by home before the record is handed over, plainly; it stays as it is in flight.
 */

import { read, type Words, write } from "../memory/atomics.ts";
import { Record, SLOT_SHIFT, THREAD_BITS, THREAD_MASK } from "../memory/layout.ts";

/** The thread that spawned the task of this record. */
export function homeOf(words: Words, record: number): number {
  return read(words, record + Record.PLACE) & THREAD_MASK;
}

/** The thread that the task of this record is pinned to, if it is pinned. */
export function targetOf(words: Words, record: number): number {
  return (read(words, record + Record.PLACE) >> THREAD_BITS) & THREAD_MASK;
}

/** Writes home and target into a record, by home. */
export function setPlace(words: Words, record: number, home: number, target: number): void {
  const place = read(words, record + Record.PLACE);
  write(words, record + Record.PLACE, (place >>> SLOT_SHIFT) << SLOT_SHIFT | target << THREAD_BITS | home);
}

/** A task's number: its home's count of tasks, and its home. */
export function taskId(serial: number, home: number): number {
  return serial * (THREAD_MASK + 1) + home;
}

/** The number of a record's task, the same at home and where it runs. */
export function idOf(words: Words, record: number): number {
  return taskId(read(words, record + Record.SERIAL) >>> 0, homeOf(words, record));
}
