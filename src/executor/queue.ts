/**
 * Ready queue: the tasks that can go on, the most urgent first, and those of one priority in the order in which they were
 * woken.
 *
 * Keeps true: a task is in it once at most. That is the task's own doing, which adds itself only when it was waiting.
 */

/** How urgent a task is, with the names of the Prioritized Task Scheduling API. */
export type Priority = "user-blocking" | "user-visible" | "background";

/** From the most urgent to the least. */
export const PRIORITIES: readonly Priority[] = ["user-blocking", "user-visible", "background"];

/** First in, first out. */
class Lane<T> {
  #items: (T | undefined)[] = [];
  /** The first that is still there. */
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.size === 0) this.#items.length = this.#head = 0;
    // Half of it is past: what is moved then was paid for by what was taken.
    else if (this.#head >= 1024 && this.#head >= this.size) this.#items.splice(0, this.#head), this.#head = 0;
    return item;
  }

  remove(item: T): boolean {
    const at = this.#items.indexOf(item, this.#head);
    if (at === this.#head && at >= 0) this.shift();
    else if (at >= 0) this.#items.splice(at, 1);
    return at >= 0;
  }

  all(): T[] {
    return this.#items.slice(this.#head) as T[];
  }
}

/** What can be queued. */
export interface Ranked {
  /** Its place in {@linkcode PRIORITIES}. */
  readonly rank: number;
}

/** The tasks that can go on. */
export class ReadyQueue<T extends Ranked> {
  #lanes: readonly Lane<T>[] = PRIORITIES.map(() => new Lane<T>());

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
      if (lane.size === 0) continue;
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
    return this.#lanes.flatMap((lane) => lane.all());
  }

  /** Forgets all. */
  clear(): void {
    this.#lanes = PRIORITIES.map(() => new Lane<T>());
    this.size = 0;
  }
}
