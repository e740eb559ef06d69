/**
 * Vigil: how a thread that sleeps keeps its event loop turning, where a message is likely to come soon.
 *
 * Only the event loop can bring a message. One that waits for events must be woken for that, which costs whoever posts and
 * whoever is woken some tens of microseconds each; one that turns finds the message by itself. So where the last waits were
 * brief, the event loop of a thread that has posted a parcel, or waits for one, turns for a quarter of a millisecond.
 *
 * Keeps true: nobody relies on it. The thread is asleep as any other, and is woken as any other; without a vigil, or where a turn
 * never comes, it is only later.
 */

import { BRIEF, Patience } from "./patience.ts";
import type { Turns } from "./turns.ts";

/** Turns at most: there are clocks that stand. In Deno, a turn in which nothing happens takes one to three microseconds. */
const MOST_TURNS = 250;

/** How one thread waits for parcels. */
export class Vigil {
  readonly #turns: Pick<Turns, "later">;
  readonly #isAtLeisure: () => boolean;
  readonly #now: () => number;
  readonly #patience = new Patience();
  /** When this wait began; `undefined` if there is none. */
  #since: number | undefined;
  /** How many turns are left; 0 if no vigil is kept. */
  #left = 0;
  /** Whether a turn is about to come. */
  #isTurning = false;

  /** @param isAtLeisure Whether there is a processor for this thread, asleep as it is, as far as is known. */
  constructor(turns: Pick<Turns, "later">, isAtLeisure: () => boolean, now: () => number) {
    this.#turns = turns;
    this.#isAtLeisure = isAtLeisure;
    this.#now = now;
  }

  /** The thread has lain down, and a message is likely to wake it. */
  begin(): void {
    this.#since = this.#now();
    if (!this.#patience.isWorthwhile || !this.#isAtLeisure()) return;
    this.#left = MOST_TURNS;
    if (!this.#isTurning) this.#turn();
  }

  /** The thread gets up. */
  end(): void {
    if (this.#since === undefined) return;
    const time = this.#now() - this.#since;
    const isKept = this.#left > 0;
    this.#since = undefined;
    this.#left = 0;
    // One who shares a processor with whoever it waits for, unknowingly, hears of the message late.
    if (isKept && time >= BRIEF) this.#patience.wasInVain();
    this.#patience.learn(time);
    if (isKept && time < BRIEF) this.#patience.paid();
  }

  /** The less is done in a turn, the sooner a message is here: Deno looks at what other threads have sent once in 31 turns. */
  readonly #turn = (): void => {
    this.#isTurning = false;
    if (this.#left === 0) return;
    if (--this.#left === 0 || this.#now() - this.#since! >= BRIEF) {
      this.#left = 0;
      this.#patience.wasInVain();
      return;
    }
    this.#isTurning = true;
    this.#turns.later(this.#turn);
  };
}
