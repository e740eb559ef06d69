/**
 * Sentinel: what a worker does that has left work to others, and sleeps, so that nothing is left that others do not take.
 *
 * It looks at the queues about every millisecond, so that no task waits for more than two; see `sync/README.md` for what
 * others rely on.
 */

import type { Parking } from "../sync/park.ts";
import { after } from "./turns.ts";

/** Milliseconds between two looks; Deno makes one of that. */
const INTERVAL = 0.5;

/** A queue of stealable work. */
interface Queue {
  /** Counts what was taken from its old end. An owner takes from the other: what it has seems to stand. */
  readonly head: number;
  readonly size: number;
}

/** What a look finds: work that was there at the last look already, or that something was taken since, or neither. */
type Finding = "stands" | "flows" | "nothing";

/** This worker as the sentinel. */
export class Sentinel {
  readonly #parking: Parking;
  readonly #bit: number;
  readonly #queues: () => readonly Queue[];
  readonly #getUp: (stands: boolean) => void;
  /** How the queues were at the last look. */
  #before: readonly Queue[] = [];
  #isOnWatch = false;
  /** Whether a look is to come; there is one at a time. */
  #isDue = false;

  /**
   * @param queues Gives the queues that others push to.
   * @param getUp Called when this worker is the sentinel no more, though it still sleeps, with whether work stands.
   */
  constructor(parking: Parking, bit: number, queues: () => readonly Queue[], getUp: (stands: boolean) => void) {
    this.#parking = parking;
    this.#bit = bit;
    this.#queues = queues;
    this.#getUp = getUp;
  }

  /** Whether this worker is the sentinel. */
  get isOnWatch(): boolean {
    return this.#isOnWatch;
  }

  /** This worker has become the sentinel, and sleeps. */
  watch(): void {
    this.#isOnWatch = true;
    this.#before = this.#state();
    this.#wait();
  }

  /** This worker is the sentinel no more. It must look at the queues after this. */
  resign(): void {
    this.#isOnWatch = false;
    this.#parking.resign(this.#bit);
  }

  #wait(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    after(INTERVAL).then(() => {
      this.#isDue = false;
      // It was woken since.
      if (!this.#isOnWatch) return;
      const found = this.#look();
      if (found === "flows") return this.#wait();
      this.resign();
      this.#getUp(found === "stands");
    });
  }

  /** The queues are those of the last look: while this worker is on watch it hears of no death, and of no new worker. */
  #look(): Finding {
    const before = this.#before;
    const now = this.#before = this.#state();
    const taken = now.map(({ head }, i) => (head - before[i]!.head) | 0);
    if (now.some(({ size }, i) => size > 0 && taken[i]! < before[i]!.size)) return "stands";
    return taken.some((count) => count !== 0) ? "flows" : "nothing";
  }

  #state(): readonly Queue[] {
    return this.#queues().map(({ head, size }) => ({ head, size }));
  }
}
