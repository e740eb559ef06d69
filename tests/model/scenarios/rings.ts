/** What the scenarios of deque and injector have in common: where a ring lies, and what is left in one. */

import { Owner, Thief } from "../../../src/sync/deque.ts";
import type { Memory } from "../scenario.ts";
import { RETRY, type RingWords } from "../../../src/sync/ring.ts";

/**
 * The one race that is meant to be: a taker reads the word at its index plainly, while the producer, for whom that
 * index has passed, overwrites it with a later item. The taker's exchange then finds that it has passed, and refuses.
 */
const REFUSED = "the exchange that follows refuses what was read";

/** Two counters that begin at `from`, and a ring. */
export function ring(memory: Memory, capacity: number, name = "", from = 0): RingWords {
  const top = memory.word(`${name}TOP`, from);
  const bottom = memory.word(`${name}BOTTOM`, from);
  return { words: memory.words, top, bottom, ring: memory.region(`${name}ring`, capacity, REFUSED), capacity };
}

/** The same with items in it. */
export function filled(memory: Memory, capacity: number, items: readonly number[], name = "", from = 0): RingWords {
  const deque = ring(memory, capacity, name, from);
  const owner = new Owner(deque);
  for (const item of items) owner.push(item);
  return deque;
}

/** Everything that a thief can still get, oldest first. */
export function leftIn(...deques: readonly RingWords[]): number[] {
  const left: number[] = [];
  for (const deque of deques) {
    const thief = new Thief(deque);
    for (let item = thief.steal(); item > 0; item = thief.steal()) left.push(item);
  }
  return left;
}

/** Throws unless `items` only grow. */
export function assertAscending(items: readonly number[], what: string): void {
  for (const [i, item] of items.entries()) {
    if (i > 0 && item <= items[i - 1]!) throw new Error(`${what} out of order: ${items.join(", ")}`);
  }
}

/** Whether `result` says that another thread was first, and it is worth a new try. */
export function again(result: number): boolean {
  return result === RETRY;
}
