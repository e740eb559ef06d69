/**
 * Search: how long a worker without work looks around before it goes to sleep.
 *
 * To wake a thread costs it and its waker some tens of microseconds each, so a worker looks around for about as long first.
 * Where the last time without work was brief too, as between tasks that are awaited one by one, it goes on for some times that
 * (`patience.ts`). But only while there is a processor for each thread of the runtime that is awake, and nothing here waits for
 * the event loop. Where that has brought tasks to their ends of late, and nothing else is waited for, as with tasks that read
 * files, a worker does not look around at all: the event loop would have no turn meanwhile. An idle worker sleeps. Main uses
 * the second half of this; see `lookout.ts`.
 */

import { BRIEF, Patience } from "./patience.ts";

/** Looks around in any case: some tens of microseconds. */
const LOOKS = 1000;
/** So many times at most it goes to sleep at once, after the last task that the event loop brought to its end. */
const MOST_EVENTS = 8;
/** Looks around between two looks at the clock, and so often at most: there are clocks that stand for longer. */
const LOOKS_AT_A_TIME = 100;
const MOST_TIMES = 100;

/** Where a worker looks. */
export interface Surroundings {
  /** Whether there is something to do. The look goes to every other worker. */
  sees(): boolean;
  /** The same, of what comes from outside: a look that goes to no other worker. */
  seesNew(): boolean;
  /** How many other workers there are. */
  readonly others: number;
  /** Whether tasks here wait for the event loop, and none for another thread, as far as is known. */
  readonly waitsForEvents: boolean;
  /** How many tasks the event loop has brought to their ends. */
  readonly ended: number;
  /** Whether this worker may go on looking around: nothing here waits for it to end, and no other thread, as far as is known. */
  readonly isAtLeisure: boolean;
  /** The time in milliseconds. */
  now(): number;
}

/** How one worker looks for work. */
export class Search {
  readonly #around: Surroundings;
  /** When the search before this sleep had found nothing at first, if there was one. */
  #idleSince: number | undefined;
  readonly #patience = new Patience();
  /** How many tasks the event loop has brought to their ends, and how often more it is likely to: rises and falls as it does. */
  #ended = 0;
  #events = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Looks around for a moment; says whether there is something. */
  look(): boolean {
    if (this.#isForEvents()) {
      this.#idleSince = this.#around.now();
      return false;
    }
    if (!this.#look(LOOKS)) return this.goOn();
    this.#idleSince = undefined;
    return true;
  }

  /** Whether the event loop had better have its turn at once, as it is likely to bring what comes next. */
  #isForEvents(): boolean {
    const { ended, waitsForEvents } = this.#around;
    this.#events = ended !== this.#ended ? Math.min(MOST_EVENTS, this.#events + 2) : Math.max(0, this.#events - 1);
    this.#ended = ended;
    return waitsForEvents && this.#events > 0;
  }

  /** The worker has slept, and gets up now. */
  getUp(now: number): void {
    // It may have slept without a search before, as one that waits for a parcel does.
    if (this.#idleSince !== undefined) this.#patience.learn(now - this.#idleSince);
    this.#idleSince = undefined;
  }

  /** The second half of {@linkcode look}, for a caller that has taken its first looks itself. */
  goOn(): boolean {
    const around = this.#around;
    const start = this.#idleSince = around.now();
    if (!this.#patience.isWorthwhile || !around.isAtLeisure) return false;
    for (let i = 0; i < MOST_TIMES && around.now() - start < BRIEF && around.isAtLeisure; i++) {
      if (!this.#look(LOOKS_AT_A_TIME)) continue;
      this.#idleSince = undefined;
      this.#patience.paid();
      return true;
    }
    this.#patience.wasInVain();
    return false;
  }

  #look(times: number): boolean {
    const around = this.#around;
    const threads = 1 + around.others;
    // Of many workers, each looks at what comes from outside in between.
    for (let i = times; i > 0; i -= threads) {
      if (around.sees()) return true;
      for (let k = 0; k < threads; k++) if (around.seesNew()) return true;
    }
    return false;
  }
}
