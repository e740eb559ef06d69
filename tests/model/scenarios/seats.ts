/** A small table of participants: for scenarios of locks, in which everybody has entered. */

import { announce, sleep } from "../../../src/channel/signal.ts";
import { Line, type Seats } from "../../../src/channel/lock/line.ts";
import { idIn } from "../../../src/channel/participants.ts";
import type { Memory } from "../scenario.ts";
import { rouse } from "./rouse.ts";

/** Own words of a slot: the line's and one of the lock's. */
const SEAT_WORDS = 3;

/** A line for so many threads: slots 1, 2 … */
export function lineFor(memory: Memory, threads: number): Line {
  const start = memory.region("seat", SEAT_WORDS * (threads + 1));
  const seats: Seats = {
    words: memory.words,
    word: (slot, index) => start + slot * SEAT_WORDS + index,
    idAt: (slot) => idOf(slot),
  };
  return new Line(seats);
}

/** The id of the thread in a slot. */
export function idOf(slot: number): number {
  return idIn(slot, 1);
}

/** How a thread waits, as `LockQueue` does it: joins, announces itself, tries once more, and sleeps. */
export function waitFor(line: Line, slot: number, attempt: (woken: number) => boolean): void {
  if (attempt(0)) return;
  for (let woken = 0;; woken++) {
    line.join(slot);
    const ticket = announce(line.words, line.signal(slot));
    if (attempt(woken)) break;
    sleep(line.words, line.signal(slot), ticket, Infinity);
  }
  line.leave(slot);
}

/** Everybody looks again, as they do after a while, whether woken or not. */
export function lookAgain(line: Line, threads: number): void {
  for (let slot = 1; slot <= threads; slot++) rouse(line.words, line.signal(slot));
}
