/**
 * Routes: where in shared memory each thread's inbox and ring lie, and what it sleeps on.
 */

import { load, type Words } from "../memory/atomics.ts";
import { Area, areaOf, Header, MAIN, type Memory, Record, RING_WORDS } from "../memory/layout.ts";
import { Inbox } from "./inbox.ts";
import type { Place } from "./park.ts";
import type { RingWords } from "./ring.ts";

/** A thread's inbox. */
export function inboxOf(words: Words, thread: number): Inbox {
  return new Inbox(words, areaOf(thread, Area.INBOX), Record.NEXT);
}

/** A worker's deque, or for main the injector. */
export function ringOf(memory: Memory, thread: number): RingWords {
  if (thread === MAIN) return injectorOf(memory.words);
  return {
    words: memory.words,
    top: areaOf(thread, Area.DEQUE_TOP),
    bottom: areaOf(thread, Area.DEQUE_BOTTOM),
    ring: memory.ring(thread),
    capacity: RING_WORDS,
  };
}

/** Main's ring, the first of them. */
export function injectorOf(words: Words): RingWords {
  return {
    words,
    top: Header.INJECTOR_HEAD,
    bottom: Header.INJECTOR_TAIL,
    ring: load(words, Header.RINGS),
    capacity: RING_WORDS,
  };
}

/** What a thread sleeps on: those that have the same seat one after the other share it. */
export function placeOf(memory: Memory, thread: number): Place {
  if (thread === MAIN) return mainPlace(memory.words);
  const seat = memory.seatOf(thread);
  return { words: memory.words, parked: Header.PARKED, bit: 1 << seat, futex: areaOf(seat + 1, Area.FUTEX) };
}

/** What main sleeps on. */
export function mainPlace(words: Words): Place {
  return { words, parked: Header.MAIN_PARKED, bit: 1, futex: areaOf(MAIN, Area.FUTEX) };
}
