/**
 * Routes: where in shared memory each thread's inbox and ring lie, and what it sleeps on.
 */

import { Area, Header, MAIN, type Memory, Record, RING_WORDS } from "../memory/layout.ts";
import type { DequeWords } from "./deque.ts";
import { Inbox } from "./inbox.ts";
import type { Place } from "./park.ts";

/** A thread's inbox. */
export function inboxOf(memory: Memory, thread: number): Inbox {
  return new Inbox(memory.words, memory.area(thread, Area.INBOX), Record.NEXT);
}

/** A thread's ring: a worker's deque, or for main the injector. */
export function ringOf(memory: Memory, thread: number): DequeWords {
  return {
    words: memory.words,
    top: thread === MAIN ? Header.INJECTOR_HEAD : memory.area(thread, Area.DEQUE_TOP),
    bottom: thread === MAIN ? Header.INJECTOR_TAIL : memory.area(thread, Area.DEQUE_BOTTOM),
    ring: memory.ring(thread),
    capacity: RING_WORDS,
  };
}

/** What a thread sleeps on: those that have the same seat one after the other share it. */
export function placeOf(memory: Memory, thread: number): Place {
  return {
    words: memory.words,
    parked: thread === MAIN ? Header.MAIN_PARKED : Header.PARKED,
    bit: thread === MAIN ? 1 : 1 << memory.seatOf(thread),
    futex: memory.area(thread === MAIN ? MAIN : memory.seatOf(thread) + 1, Area.FUTEX),
  };
}
