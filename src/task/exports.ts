/**
 * Exports: handles that were sent to other threads and not joined yet.
 *
 * A handle crosses as its task's id. Whoever receives it asks the handle's home, once for each time that it was sent;
 * until then it is kept here, so that its outcome is there even if nobody else holds the handle.
 *
 * Keeps true: one join is awaited for each handle in a block that nobody has read yet.
 */

import type { WorkerHandle } from "./handle.ts";

/** The exported handles of one thread. */
export class Exports {
  readonly #entries = new Map<number, { readonly handle: WorkerHandle<unknown>; joins: number }>();
  /** What the encodings under way have exported; one may begin within another. */
  readonly #log: number[] = [];

  /** Keeps a handle for one join. */
  add(handle: WorkerHandle<unknown>): void {
    const entry = this.#entries.get(handle.id);
    if (entry === undefined) this.#entries.set(handle.id, { handle, joins: 1 });
    else entry.joins++;
    this.#log.push(handle.id);
  }

  /** Joins: gives the handle, and forgets it after the last join. */
  take(id: number): WorkerHandle<unknown> {
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      throw new TypeError(`Cannot join task ${id}: its handle was not sent, or was joined already`);
    }
    if (--entry.joins === 0) this.#entries.delete(id);
    return entry.handle;
  }

  /** An encoding begins. */
  mark(): number {
    return this.#log.length;
  }

  /** The encoding that began at `mark` stands; says whether it exported anything. */
  commit(mark: number): boolean {
    if (this.#log.length === mark) return false;
    this.#log.length = mark;
    return true;
  }

  /** The encoding that began at `mark` failed: nobody will join. */
  undo(mark: number): void {
    for (const id of this.#log.splice(mark)) this.take(id);
  }

  /** How many handles are kept. */
  get size(): number {
    return this.#entries.size;
  }
}
