/**
 * Loads: how many pinned tasks each thread has, and which worker has the fewest.
 *
 * A thread's load is two words: PLACED, to which spawners add, and ENDED, which that thread alone counts up. They lie far
 * apart, all that is PLACED together: a spawner has to wait for another's cache line when it looks, and not when it places.
 *
 * Keeps true: PLACED is added to before the task can be found, and ENDED counted up after it was; so to read ENDED first
 * never shows less than no tasks.
 */

import { add, load, type Words } from "../memory/atomics.ts";
import { Area, countUp, Header, type Memory } from "../memory/layout.ts";

/** Where all have so many tasks, so many are placed before the next look: each look takes a cache line from each worker. */
const MANY = 16;

/** Stands for the load of a seat that nobody has: more than any. */
const VACANT = 2 ** 30;

/** How many pinned tasks a thread has that have not ended. */
export function loadOf(memory: Memory, thread: number): number {
  const ended = load(memory.words, memory.area(thread, Area.ENDED));
  return (load(memory.words, Header.PLACED + thread) - ended) | 0;
}

/** The loads as one thread sees them. */
export class Loads {
  readonly #words: Words;
  readonly #memory: Memory;
  readonly #ended: number;
  /** By seat, the loads as this thread saw them last, with what it has placed since. */
  readonly #known: number[] = [];
  /** How many may be placed by these. */
  #left = 0;

  constructor(memory: Memory, thread: number) {
    this.#words = memory.words;
    this.#memory = memory;
    this.#ended = memory.area(thread, Area.ENDED);
  }

  /** A task is placed on a thread, or, with -1, taken away before it has begun. */
  place(thread: number, change: 1 | -1): void {
    add(this.#words, Header.PLACED + thread, change);
  }

  /** A task of this thread has ended. */
  end(): void {
    // Plainly: what publishes the result publishes it too.
    countUp(this.#words, this.#ended);
  }

  /** A task has ended, as far as this thread has heard: what it knows of loads is old. */
  forget(): void {
    this.#left = 0;
  }

  /**
   * The worker with the fewest pinned tasks, the first of them where several have; 0 while all seats are vacant. It is about
   * to get one.
   */
  least(): number {
    const seat = --this.#left > 0 ? this.#fewest() : this.#look();
    if (seat < 0) return 0;
    this.#known[seat]!++;
    const thread = this.#memory.occupant(seat);
    if (thread !== 0) return thread;
    // It has died since the last look, and nobody has its seat yet.
    this.forget();
    return this.least();
  }

  /** Looks at all loads, or as far as one that has no task; -1 while all seats are vacant. */
  #look(): number {
    const memory = this.#memory;
    const known = this.#known;
    this.#left = 0;
    for (let seat = 0; seat < memory.workers; seat++) {
      const thread = memory.occupant(seat);
      known[seat] = thread === 0 ? VACANT : loadOf(memory, thread);
      if (known[seat] === 0) return seat;
    }
    const seat = this.#fewest();
    const fewest = known[seat]!;
    if (fewest >= MANY) this.#left = MANY;
    return fewest === VACANT ? -1 : seat;
  }

  #fewest(): number {
    const known = this.#known;
    let best = 0;
    for (let seat = 1; seat < known.length; seat++) if (known[seat]! < known[best]!) best = seat;
    return best;
  }
}
