/**
 * Vigil: how long a thread that waits for a parcel keeps its event loop turning before it goes to sleep.
 *
 * Only the event loop can bring a message. A thread that sleeps must be woken for that, which costs whoever posts and whoever
 * is woken some tens of microseconds each; one whose event loop turns finds the message by itself. So where the last waits were
 * brief, a thread that has posted a parcel, or waits for one, goes on for a quarter of a millisecond. The event loop does
 * whatever else is due meanwhile, so nothing is held up by it.
 *
 * Keeps true: it ends, whatever comes or does not: who waits for a parcel that is late sleeps.
 */

import { BRIEF, Patience } from "./patience.ts";

/** How one thread waits for parcels. */
export class Vigil {
  readonly #isAtLeisure: () => boolean;
  readonly #now: () => number;
  readonly #patience = new Patience();
  /** When this wait began; `undefined` if nothing is waited for. */
  #since: number | undefined;
  /** Whether the event loop is kept turning. */
  #isKept = false;

  /** @param isAtLeisure Whether each thread that is awake has a processor, as far as is known. */
  constructor(isAtLeisure: () => boolean, now: () => number) {
    this.#isAtLeisure = isAtLeisure;
    this.#now = now;
  }

  /**
   * The thread has nothing to do: says whether it gives its event loop another turn, or sleeps. Looking around would only put
   * off the message; `undefined` if none is likely to come next.
   *
   * @param isExpecting Whether one is, as far as is seen from the post.
   * @param isUrgent Whether somebody would go on with what comes.
   */
  keep(isExpecting: boolean, isUrgent: boolean): "turn" | "sleep" | undefined {
    if (!isExpecting && !this.#isKept) return undefined;
    const now = this.#now();
    this.#since ??= now;
    const isEarly = now - this.#since < BRIEF;
    if (this.#isKept && !isEarly) this.#patience.wasInVain();
    this.#isKept = isEarly && isUrgent && this.#patience.isWorthwhile && this.#isAtLeisure();
    return this.#isKept ? "turn" : "sleep";
  }

  /** Whether the event loop is to have a turn after this one, for all that the clock says: asked in each, and soon answered. */
  get isKept(): boolean {
    return this.#isKept && this.#now() - this.#since! < BRIEF;
  }

  /** A message has come. */
  end(): void {
    if (this.#since === undefined) return;
    const time = this.#now() - this.#since;
    this.#since = undefined;
    this.#isKept = false;
    this.#patience.learn(time);
    if (time < BRIEF) this.#patience.paid();
  }
}
