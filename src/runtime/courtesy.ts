/**
 * Courtesy: where code awaits one result after another and each is there already, it goes on in microtasks alone, and nothing
 * else has its turn: no timer, no input, no frame. So now and then such a result is given a turn of the event loop later.
 */

import { steadyTime } from "./clock.ts";
import { after, type Turns } from "./turns.ts";

/** Milliseconds without a turn of the event loop. */
const SLICE = 4;
/** Milliseconds, as few as the engine waits, after which a turn of the event loop is heard of. */
const SOON = 0.1;
/** Results between two looks at the clock. */
const RESULTS_PER_LOOK = 4;

/** What one thread owes its event loop. */
export class Courtesy {
  readonly #turns: Pick<Turns, "later">;
  #untilLook = RESULTS_PER_LOOK;
  /** When it was first looked at the clock since the event loop had a turn; `undefined` if it was not. */
  #since: number | undefined;
  /** The turn that some wait for. */
  #coming: Promise<void> | undefined;

  constructor(turns: Pick<Turns, "later">) {
    this.#turns = turns;
  }

  /**
   * Somebody awaits a result that is there: gives what to wait for before, if the event loop should have its turn. Until it has
   * had that, all wait for the same, so that they go on in the order in which they asked.
   */
  turn(): Promise<void> | undefined {
    if (this.#coming !== undefined) return this.#coming;
    if (--this.#untilLook > 0) return undefined;
    this.#untilLook = RESULTS_PER_LOOK;
    const now = steadyTime();
    if (this.#since === undefined) {
      this.#since = now;
      // Not by `Turns`, for which Deno loads its timers first, some milliseconds long: most programs never come to need one.
      after(SOON).then(() => this.#since = undefined);
    } else if (now - this.#since > SLICE) {
      this.#coming = new Promise((resolve) =>
        this.#turns.later(() => {
          this.#coming = undefined;
          resolve();
        })
      );
    }
    return this.#coming;
  }
}
