/**
 * A barrier's word: the round (22 bits) and how many have arrived in it (10 bits). An arrival, and with the last of them the
 * end of the round, is one compare-exchange.
 */

import { compareExchange, load, type Words } from "../../memory/atomics.ts";

const COUNT_BITS = 10;
const COUNT_MASK = (1 << COUNT_BITS) - 1;

/** The most arrivals that a round can have. */
export const MOST_ARRIVALS: number = COUNT_MASK;

/** Arrives. Gives the round that this is, to wait for its end; `undefined` if this was the last arrival and has ended it. */
export function arrive(words: Words, at: number, count: number): number | undefined {
  for (;;) {
    const state = load(words, at);
    const round = state >> COUNT_BITS;
    const isLast = (state & COUNT_MASK) + 1 >= count;
    const next = isLast ? (round + 1) << COUNT_BITS : state + 1;
    if (compareExchange(words, at, state, next) === state) return isLast ? undefined : round;
  }
}

/** Whether a round has ended. */
export function hasPassed(words: Words, at: number, round: number): boolean {
  return load(words, at) >> COUNT_BITS !== round;
}

/** Takes an arrival back; `false` if its round has ended. */
export function withdraw(words: Words, at: number, round: number): boolean {
  for (;;) {
    const state = load(words, at);
    if (state >> COUNT_BITS !== round) return false;
    if (compareExchange(words, at, state, state - 1) === state) return true;
  }
}
