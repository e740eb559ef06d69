/**
 * Leaving: at shutdown each worker that comes to the end of a task sets its bit in LEFT, and closes itself. Main waits for
 * that, but not for long.
 */

import { load, notify, or, waitAsync, type Words } from "../memory/atomics.ts";
import { Header } from "../memory/layout.ts";

/**
 * Milliseconds that a worker has to finish the task that it runs and leave by itself. More in Deno, where it is warned of
 * one that does not: on a busy machine that may just not have had its turn.
 */
const GRACE = "Deno" in globalThis ? 500 : 100;

/** Notes that the worker with this bit has left, or is about to. */
export function markLeft(words: Words, bit: number): void {
  or(words, Header.LEFT, bit);
  notify(words, Header.LEFT);
}

/** Which of the workers whose bits are given have left so far. */
export function leftOf(words: Words, expected: number): number {
  return load(words, Header.LEFT) & expected;
}

/** Waits until the workers whose bits are given have left, or the grace is over. */
export function haveLeft(words: Words, expected: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let over = false;
  const timer = setTimeout(() => {
    over = true;
    resolve();
    // Ends the wait below, which would keep the memory alive for as long as nobody leaves.
    notify(words, Header.LEFT);
  }, GRACE);
  const look = () => {
    const left = load(words, Header.LEFT);
    if (over || (left & expected) === expected) return resolve();
    const wait = waitAsync(words, Header.LEFT, left);
    if (wait === undefined) look();
    else wait.then(look);
  };
  look();
  return promise.finally(() => clearTimeout(timer));
}

let warned = false;

/** In Deno a thread that is terminated in the middle of a task runs on, and keeps the program from ending. */
export function warnOfGhost(seat: number): void {
  if (warned || !("Deno" in globalThis)) return;
  warned = true;
  console.warn(
    `webble: worker ${seat} was shut down in the middle of a task that does not yield. Deno lets such a thread run on ` +
      "until the task ends, and the program cannot exit before; let long loops look at 'context().aborted'.",
  );
}
