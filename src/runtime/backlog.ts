/**
 * Backlog: the tasks of one home that have no record yet, in the order in which they were spawned.
 */

import type { WorkerHandle } from "../task/handle.ts";
import type { Packed } from "../task/payload.ts";

/** A task that has no record yet. */
export interface Waiting {
  readonly handle: WorkerHandle<unknown>;
  readonly serial: number;
  /** The number of the thread that it is for, or one of the home's other targets. */
  readonly target: number;
  readonly code: number;
  /** Scalars as they are, since nobody can change them meanwhile; or what was encoded. */
  readonly values: readonly unknown[] | Packed;
}

/** So many that have left are kept at least, before the others are moved up. */
const LEFT_BEHIND = 1024;

/** A queue of tasks; each operation takes the same time, however many there are. */
export class Backlog implements Iterable<Waiting> {
  readonly #tasks: (Waiting | undefined)[] = [];
  /** Where the first is that has not left. */
  #next = 0;

  get isEmpty(): boolean {
    return this.#next === this.#tasks.length;
  }

  get first(): Waiting | undefined {
    return this.#tasks[this.#next];
  }

  push(task: Waiting): void {
    this.#tasks.push(task);
  }

  /** The first one leaves. */
  shift(): void {
    this.#tasks[this.#next++] = undefined;
    if (this.isEmpty) this.clear();
    else if (this.#next >= LEFT_BEHIND && this.#next > this.#tasks.length / 2) {
      this.#tasks.splice(0, this.#next);
      this.#next = 0;
    }
  }

  clear(): void {
    this.#tasks.length = this.#next = 0;
  }

  *[Symbol.iterator](): Iterator<Waiting> {
    for (let i = this.#next; i < this.#tasks.length; i++) yield this.#tasks[i]!;
  }
}
