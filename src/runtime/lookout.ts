/**
 * Lookout: how long main looks around before it goes to sleep.
 *
 * A wake through the event loop costs some tens of microseconds and more. So main looks around for some microseconds first, and
 * longer the more often that paid. Where somebody awaits a result, and the last waits were brief, it goes on for a quarter of a
 * millisecond, as a worker does (`search.ts`): about a sixtieth of a frame.
 *
 * Keeps true: it goes on only while a result is awaited and each thread that is awake has a processor.
 */

import { steadyTime } from "./clock.ts";
import { Search } from "./search.ts";

/** Looks around in any case: at least and at most. A look takes some ten nanoseconds. */
const FEWEST_LOOKS = 100;
const MOST_LOOKS = 2000;

/** How main looks for what comes. */
export class Lookout {
  readonly #sees: () => boolean;
  readonly #now: () => number;
  readonly #search: Search;
  #looks = FEWEST_LOOKS;
  /** Whether it has gone on, and found something, since this was last set to `false`. */
  hasGoneOn = false;
  /** Whether somebody has begun to await a result since something came. */
  isAwaited = false;

  /**
   * @param sees Whether there is something to do.
   * @param isAtLeisure Whether this thread may go on looking around, as far as other threads and its own tasks are concerned.
   */
  constructor(sees: () => boolean, isAtLeisure: () => boolean, now: () => number = steadyTime) {
    const mayGoOn = () => this.isAwaited && isAtLeisure();
    this.#sees = sees;
    this.#now = now;
    this.#search = new Search({
      sees,
      seesNew: sees,
      others: 0,
      waitsForEvents: false,
      ended: 0,
      get isAtLeisure() {
        return mayGoOn();
      },
      now,
    });
  }

  /** Somebody begins to await a result. */
  await(): void {
    this.isAwaited = true;
  }

  /** Something has come, be it what was awaited or not. What comes next may be far off: this thread has a page to see to. */
  settle(): void {
    this.isAwaited = false;
  }

  /** Main has slept, and gets up. */
  getUp(): void {
    this.#search.getUp(this.#now());
    // The event loop has just had its turn.
    this.hasGoneOn = false;
  }

  /** Looks around for a moment; says whether there is something. */
  look(): boolean {
    for (let i = 0; i < this.#looks; i++) {
      if (!this.#sees()) continue;
      this.#looks = Math.min(MOST_LOOKS, this.#looks + 2 * i + FEWEST_LOOKS);
      return true;
    }
    this.#looks = Math.max(FEWEST_LOOKS, this.#looks >> 1);
    if (!this.#search.goOn()) return false;
    return this.hasGoneOn = true;
  }
}
