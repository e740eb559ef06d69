/** For scenarios in which a waker dies before it notifies: who mourns it. */

import { add, notify, type Words } from "../../../src/memory/atomics.ts";

/**
 * Wakes all who sleep on a signal, without asking whether anybody does.
 *
 * Sleepers look again now and then without a wake; in the model time does not pass, and this does it for them.
 */
export function rouse(words: Words, signal: number): void {
  // By 2: bit 0 says that somebody sleeps.
  add(words, signal, 2);
  notify(words, signal);
}
