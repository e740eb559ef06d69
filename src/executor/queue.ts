/**
 * Ready queue: the tasks that can go on, the most urgent first, and those of one priority in the order in which they were
 * woken.
 *
 * Keeps true: a task is in it once at most. That is the task's own doing, which adds itself only when it was waiting.
 */

import { Fifo } from "../fifo.ts";

/** How urgent a task is, with the names of the Prioritized Task Scheduling API. */
export type Priority = "user-blocking" | "user-visible" | "background";

/** From the most urgent to the least. */
export const PRIORITIES: readonly Priority[] = ["user-blocking", "user-visible", "background"];

/** What can be queued. */
export interface Ranked {
  /** Its place in {@linkcode PRIORITIES}. */
  readonly rank: number;
}

/** The tasks that can go on. */
export class ReadyQueue<T extends Ranked> {
  readonly #lanes: readonly Fifo<T>[] = PRIORITIES.map(() => new Fifo<T>());

  /** How many there are. */
  size = 0;

  /** Adds one behind the others of its priority. */
  add(item: T): void {
    this.size++;
    this.#lanes[item.rank]!.push(item);
  }

  /** Takes the first of the most urgent. */
  take(): T | undefined {
    for (const lane of this.#lanes) {
      if (lane.isEmpty) continue;
      this.size--;
      return lane.shift();
    }
    return undefined;
  }

  /** Takes one out of its turn, if it is there. */
  remove(item: T): void {
    if (this.#lanes[item.rank]!.remove(item)) this.size--;
  }

  /** The priority of the next. */
  get urgency(): Priority {
    const rank = this.#lanes.findIndex((lane) => lane.size > 0);
    return PRIORITIES[rank] ?? "user-visible";
  }

  /** All, in the order in which they would be taken. */
  all(): T[] {
    return this.#lanes.flatMap((lane) => [...lane]);
  }

  /** Forgets all. */
  clear(): void {
    for (const lane of this.#lanes) lane.clear();
    this.size = 0;
  }
}
