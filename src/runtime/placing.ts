/**
 * Placing: how a home's tasks get into records, and the records into the queues of those who may run them.
 *
 * When there is no record to be had, or its queue is full, a task waits here, in order, and enters as records come home.
 */

import { Fifo } from "../fifo.ts";
import { Slab, slotOf } from "../heap/slab.ts";
import { write } from "../memory/atomics.ts";
import { Area, MAIN, Record } from "../memory/layout.ts";
import { NONE } from "../sync/inbox.ts";
import { JOIN } from "../task/code_text.ts";
import * as handles from "../task/handle.ts";
import type { WorkerHandle } from "../task/handle.ts";
import { type Packed, Payload } from "../task/payload.ts";
import { setPlace } from "../task/place.ts";
import { writeScalars } from "../task/scalars.ts";
import * as state from "../task/state.ts";
import { parcelKey } from "../value/post.ts";
import { isDead } from "./death.ts";
import type { Remembered } from "./mourning.ts";
import type { Thread } from "./thread.ts";

/** The target of a task that any worker may take. */
export const ANY = -1;
/** The target of a task that goes to whichever worker has the least load when it enters. */
export const LEAST_LOADED = -2;

/** A task that has no record yet. */
export interface Waiting {
  readonly handle: WorkerHandle<unknown>;
  readonly serial: number;
  /** The number of the thread that it is for, or one of the two above. */
  readonly target: number;
  readonly code: number;
  /** Scalars as they are, since nobody can change them meanwhile; or what was encoded. */
  readonly values: readonly unknown[] | Packed;
}

/** What the loop of a thread offers to its home. */
export interface Outlet {
  /** Puts a record where any worker may take it, and wakes one; `false` when there is no room. */
  offer(record: number): boolean;
  /** Takes in what has come home, as far as time allows, and so many records at most. Says how many. */
  takeIn(most: number): number;
  /** A mark of what has come home by now. */
  mark(): number;
  /** Whether all that had come home at a mark has been taken in. */
  hasTakenIn(mark: number): boolean;
  /** Somebody waits in async code for what comes home. */
  await(): void;
  /** Somebody awaits what has come home before: gives what to wait for first, if the event loop should have its turn. */
  turn(): Promise<void> | undefined;
  /** Blocks the thread until something may have come home, and takes that in; with 0 milliseconds it only looks. */
  block(timeoutMs: number): void;
}

/** Places the tasks of one home. */
export class Placing {
  readonly #thread: Thread;
  readonly #lose: (record: number, met: number, thread: number) => void;
  readonly slab: Slab<Remembered>;
  /** The tasks that have no record yet, in the order in which they were spawned. */
  readonly backlog: Fifo<Waiting> = new Fifo();
  /** By record, the shared memory that tasks in flight name. */
  readonly #named = new Map<number, readonly SharedArrayBuffer[]>();
  /** By record, what is to be called if its task never begins. */
  readonly #abandons = new Map<number, readonly (() => void)[]>();
  /** The thread's loop; set by it. */
  outlet!: Outlet;

  /** @param lose Fails a task that was lost with a thread, unless it has just ended. */
  constructor(thread: Thread, lose: (record: number, met: number, thread: number) => void) {
    this.#thread = thread;
    this.#lose = lose;
    this.slab = new Slab(thread.words, thread.heap, thread.number);
  }

  /** Places a task, or lets it wait for a record or for room. */
  send(
    handle: WorkerHandle<unknown>,
    serial: number,
    target: number,
    code: number,
    values: readonly unknown[] | Packed,
  ): void {
    this.#thread.count(Area.SPAWNED);
    const record = this.backlog.isEmpty ? this.slab.take(false) : NONE;
    if (record === NONE || !this.#place(record, handle, serial, target, code, values)) {
      this.#wait({ handle, serial, target, code, values });
      // A loop that sleeps would not notice.
      this.#thread.poke();
    }
  }

  /**
   * A task is to wait. Whoever has the least load when it enters gets it, also where a worker was chosen to announce a long value
   * to; but what was posted goes where it was posted to.
   */
  #wait(task: Waiting): void {
    const { target, values } = task;
    const isOpen = target > MAIN && !Array.isArray(values) && !Payload.isAttached(values as Packed);
    this.backlog.push(isOpen ? { ...task, target: LEAST_LOADED } : task);
  }

  /**
   * Lets waiting tasks enter while there is room.
   *
   * @param beyond Whether to take more than this thread's share of records: when it has nothing else to do, all of them
   * may be held by tasks that wait for tasks that wait here.
   */
  enterWaiting(beyond: boolean): void {
    const backlog = this.backlog;
    for (let task = backlog.first; task !== undefined; task = backlog.first) {
      const aborted = !handles.isPending(task.handle);
      if (aborted) {
        if (!Array.isArray(task.values)) this.drop(task.handle.id, task.target, task.values as Packed);
        this.#thread.count(Area.STARTED);
        this.#thread.count(Area.SETTLED);
      } else {
        const record = this.slab.take(beyond);
        if (record === NONE || !this.#place(record, task.handle, task.serial, task.target, task.code, task.values)) {
          return;
        }
      }
      backlog.shift();
    }
  }

  /** A task in flight will never begin: what was sent with it is let go of. */
  abandon(record: number): void {
    const abandons = this.#abandons.get(record);
    if (abandons === undefined) return;
    this.#abandons.delete(record);
    for (const abandon of abandons) abandon();
  }

  /** The same for a task that has ended, or whose thread is gone, if nobody has received what was sent with it. */
  abandonUnreceived(record: number): void {
    if (this.#abandons.size > 0 && this.#thread.payload.isUnreceived(record)) this.abandon(record);
  }

  /** The runtime is gone: the same for all tasks. */
  abandonAll(): void {
    for (const record of [...this.#abandons.keys()]) this.abandonUnreceived(record);
    for (const { values } of this.backlog) {
      if (!Array.isArray(values)) { for (const abandon of (values as Packed).abandons) abandon(); }
    }
    this.backlog.clear();
  }

  /** A record has come home, and is used again. */
  takeBack(record: number): void {
    if (this.#named.size > 0) this.#named.delete(record);
    if (this.#abandons.size > 0) this.#abandons.delete(record);
    this.slab.give(record);
  }

  /** Lets the arguments of a task go that never got a record, and what was posted with them. */
  drop(id: number, target: number, values: Packed): void {
    if (Payload.isAttached(values)) this.#thread.post.revoke(target, parcelKey(id, "arguments"));
    this.#thread.payload.dropPacked(values);
  }

  /** Fills a record and lets it go; `false`, and nothing has changed, when its queue is full or no worker is there. */
  #place(
    record: number,
    handle: WorkerHandle<unknown>,
    serial: number,
    target: number,
    code: number,
    values: readonly unknown[] | Packed,
  ): boolean {
    const thread = this.#thread;
    const { words, payload } = thread;
    write(words, record + Record.CODE, code);
    write(words, record + Record.SERIAL, serial);
    write(words, record + Record.REASON, NONE);
    if (Array.isArray(values)) writeScalars(thread.memory, record, values);
    else {
      const packed = values as Packed;
      payload.writePacked(record, packed);
      if (packed.named.length > 0) this.#named.set(record, packed.named);
      if (packed.abandons.length > 0) this.#abandons.set(record, packed.abandons);
    }
    this.slab.items[slotOf(words, record)] = handle;
    handles.enter(handle, record);
    if (target === ANY) {
      setPlace(words, record, thread.number, 0);
      state.queue(words, record, true);
      if (this.outlet.offer(record) || !state.unqueue(words, record)) return true;
      this.#withdraw(record, handle);
      return false;
    }
    const chosen = target === LEAST_LOADED ? thread.loads.least() : target;
    setPlace(words, record, thread.number, chosen);
    if (target === LEAST_LOADED && chosen === 0) {
      // All seats are vacant for the moment.
      this.#withdraw(record, handle);
      return false;
    }
    state.queue(words, record, false);
    if (code !== JOIN) thread.loads.place(chosen, 1);
    thread.deliver(record, chosen);
    // Delivered first, looked second: a death that is told of later finds the record in flight.
    if (isDead(thread.memory, chosen)) this.#lose(record, state.stateOf(words, record), chosen);
    return true;
  }

  /** Takes back a record that nobody has got: the values are the waiting task's, which gets another. */
  #withdraw(record: number, handle: WorkerHandle<unknown>): void {
    write(this.#thread.words, record + Record.PAYLOAD, NONE);
    this.#named.delete(record);
    this.#abandons.delete(record);
    handles.leave(handle);
    this.slab.give(record);
  }
}
