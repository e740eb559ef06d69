/**
 * Search: how long a worker without work looks around before it goes to sleep.
 *
 * To wake a thread costs it and its waker some tens of microseconds each, so a worker looks around for about as long first.
 * It goes on for longer where the last time without work was brief too, as between tasks that are awaited one by one. But only
 * while there is a processor for each thread that is awake, and no task of its own waits for its event loop: looking around
 * then takes time from nobody. One time that is longer ends it, so an idle worker sleeps.
 *
 * After A. R. Karlin, K. Li, M. S. Manasse and S. Owicki, "Empirical Studies of Competitive Spinning for a Shared-Memory
 * Multiprocessor", 1991: how long to spin is learnt from how long the last waits were.
 */

/** Looks around in any case: some tens of microseconds. */
const LOOKS = 1000;
/** Looks around between two looks at the clock. */
const LOOKS_AT_A_TIME = 100;
/** Milliseconds that count as brief, and for which a worker goes on: some times what a wake costs. */
const BRIEF = 0.25;

/** Where a worker looks. */
export interface Surroundings {
  /** Whether there is something to do. The look goes to every other worker. */
  sees(): boolean;
  /** The same, of what comes from outside: a look that goes to no other worker. */
  seesNew(): boolean;
  /** How many other workers there are. */
  readonly others: number;
  /** Whether it takes time from nobody if this worker goes on looking around. */
  readonly isAtLeisure: boolean;
}

/** How one worker looks for work. */
export class Search {
  readonly #around: Surroundings;
  /** When the last search had found nothing at first. */
  #idleSince = 0;
  #wasBrief = false;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Looks around for a moment; says whether there is something. */
  look(): boolean {
    return this.#look(LOOKS) || this.#linger();
  }

  /** The worker has slept since it looked around in vain, and is woken now. */
  wake(now: number): void {
    this.#wasBrief = now - this.#idleSince < BRIEF;
  }

  #linger(): boolean {
    const begun = this.#idleSince = performance.now();
    if (!this.#wasBrief || !this.#around.isAtLeisure) return false;
    do if (this.#look(LOOKS_AT_A_TIME)) return true; while (performance.now() - begun < BRIEF);
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
