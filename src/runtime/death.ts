/**
 * Why a worker was given up: the numbers that stand in its area's DEATH word, and what they mean.
 */

import { load } from "../memory/atomics.ts";
import { Area, type Memory } from "../memory/layout.ts";

/** The causes. */
export const Cause = {
  CLOSED: 1,
  TERMINATED: 2,
  UNCAUGHT: 3,
  FORCED: 4,
  START: 5,
} as const;

const WORDS: Readonly<Record<number, string>> = {
  [Cause.CLOSED]: "'self.close()' was called on it",
  [Cause.TERMINATED]: "it was terminated or crashed",
  [Cause.UNCAUGHT]: "an error was thrown on it that no task caught",
  [Cause.FORCED]: "a task on it was aborted by force and did not end",
  [Cause.START]: "it could not start",
};

/** Why the thread was given up, in words; `undefined` while it lives. */
export function deathOf(memory: Memory, thread: number): string | undefined {
  return WORDS[load(memory.words, memory.area(thread, Area.DEATH))];
}

/** Whether the thread was given up. */
export function isDead(memory: Memory, thread: number): boolean {
  return load(memory.words, memory.area(thread, Area.DEATH)) !== 0;
}

/** Whether the thread was given up and has stopped: nothing that was its own is written any more. */
export function isGone(memory: Memory, thread: number): boolean {
  return load(memory.words, memory.area(thread, Area.GONE)) !== 0;
}
