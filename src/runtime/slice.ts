/**
 * Slice: how long a worker has gone on since its event loop had a turn, and when it is time to look into its inbox again.
 *
 * It looks at the clock after some tasks, more of them when they are brief: about every quarter of a millisecond.
 */

import type { Turns } from "./turns.ts";

/** Milliseconds of work before the event loop has a turn. */
const SLICE = 1;
/** Between two looks at the clock so many tasks run at most, fewer when they are long. */
const MOST_BETWEEN_LOOKS = 8;
/** Milliseconds between two looks: less makes them rarer, more makes them more frequent. */
const SOON = 0.125;
const LATE = 0.5;
/** Milliseconds between two looks into the inbox while tasks are at hand. */
const INTAKE_INTERVAL = 0.05;

/** One worker's time. */
export class Slice {
  readonly #turns: Pick<Turns, "later">;
  readonly #now: () => number;
  #start = 0;
  /** Whether the event loop has had no turn since the loop got up by itself: a slice then goes on from before it slept. */
  #isTurnDue = false;
  #lastLook = 0;
  /** Tasks until the next look at the clock, and how many there are between two. */
  #untilLook = 1;
  #betweenLooks = 1;
  /** Tasks since the inbox was looked into, and when that was. */
  #sinceIntake = 1;
  #lastIntake = 0;
  /** Whether it is time to look into the inbox, though tasks are at hand. */
  isIntakeDue = false;
  /** How many tasks there were between the last two looks at the clock, and how many milliseconds they took. */
  tasks = 0;
  time = 0;

  constructor(turns: Pick<Turns, "later">, now: () => number = () => performance.now()) {
    this.#turns = turns;
    this.#now = now;
  }

  /** The event loop has had its turn; gives the time. */
  begin(): number {
    this.look();
    return this.#start = this.#lastLook;
  }

  /** The loop gets up by itself, in the middle of a turn of the event loop, perhaps the one in which it lay down; gives the time. */
  getUp(): number {
    this.look();
    if (!this.#isTurnDue) {
      // The event loop has had its turn since the last time, for all that is known.
      this.#start = this.#lastLook;
      this.#isTurnDue = true;
      this.#turns.later(() => this.#isTurnDue = false);
    }
    return this.#lastLook;
  }

  /** Looks at the clock: the next time is some tasks later. */
  look(): void {
    this.#lastLook = this.#now();
    this.#untilLook = this.#betweenLooks;
  }

  /** One more task; says whether it has looked at the clock, so that {@linkcode tasks} and {@linkcode time} are new. */
  count(): boolean {
    if (--this.#untilLook > 0) return false;
    const before = this.#lastLook;
    const tasks = this.tasks = this.#betweenLooks;
    const now = this.#now();
    const time = this.time = now - before;
    this.#sinceIntake += tasks;
    if (now - this.#lastIntake > INTAKE_INTERVAL) this.isIntakeDue = true;
    if (time < SOON) this.#betweenLooks = Math.min(MOST_BETWEEN_LOOKS, tasks * 2);
    else if (time > LATE) this.#betweenLooks = Math.max(1, tasks >> 2);
    this.#lastLook = now;
    this.#untilLook = this.#betweenLooks;
    return true;
  }

  /** Whether the event loop should have its turn, by the last look at the clock. */
  get isPast(): boolean {
    return this.#lastLook - this.#start > SLICE;
  }

  /** The inbox is looked into: gives how many tasks there were since the last time, and one. */
  takeIn(): number {
    const tasks = this.#sinceIntake;
    this.#sinceIntake = 1;
    this.isIntakeDue = false;
    this.#lastIntake = this.#lastLook;
    return tasks;
  }
}
