/**
 * Exports: handles that were sent to other threads and not joined yet.
 *
 * Each time a handle is sent it gets a ticket, and whoever receives it asks the handle's home with that ticket, once.
 * Until then it is kept here, so that its outcome is there even if nobody else holds the handle.
 *
 * Keeps true: one join is awaited for each handle in a block that nobody has read yet.
 */

import type { WorkerHandle } from "./handle.ts";

/** The exported handles of one thread. */
export class Exports {
  readonly #handles = new Map<number, WorkerHandle<unknown>>();
  /** The tickets that the encodings under way have given out; one may begin within another. */
  readonly #log: number[] = [];
  #tickets: number;

  /** @param first The first ticket: those of a thread that had the same number before are not given out again. */
  constructor(first: number) {
    this.#tickets = first;
  }

  /** Keeps a handle for one join; gives its ticket. */
  add(handle: WorkerHandle<unknown>): number {
    const ticket = ++this.#tickets;
    this.#handles.set(ticket, handle);
    this.#log.push(ticket);
    return ticket;
  }

  /** Joins: gives the handle, and forgets it. */
  take(ticket: number): WorkerHandle<unknown> {
    const handle = this.#handles.get(ticket);
    if (handle === undefined) throw new TypeError("Cannot join a task: its handle was not sent, or was joined already");
    this.#handles.delete(ticket);
    return handle;
  }

  /** One handle is not sent after all. */
  cancel(ticket: number): void {
    this.#handles.delete(ticket);
    const at = this.#log.lastIndexOf(ticket);
    if (at >= 0) this.#log.splice(at, 1);
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
    for (const ticket of this.#log.splice(mark)) this.#handles.delete(ticket);
  }
}
