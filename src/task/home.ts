/**
 * Home: what handles ask of the thread that they live on. The runtime answers; while it does not run there is nobody to ask.
 */

import { LifecycleError } from "../errors.ts";
import type { WorkerHandle } from "./handle.ts";
import type { Blocking } from "./wait.ts";

/** What a handle asks of the thread that it lives on; blocking takes in what comes home meanwhile. */
export interface Home extends Blocking {
  /** The thread's number. */
  readonly number: number;
  /** The number of the task in a record that is in flight. */
  idOf(record: number): number;
  /**
   * Settles the handle if its task has ended, and takes in some of what else has come home; nothing if it has not, and the
   * thread waits for it next.
   */
  look(handle: WorkerHandle<unknown>, waits: boolean): void;
  /** Throws where this thread is a worker that is to end: a task that polls would go on for ever, once nothing comes. */
  refuseIfStopping(): void;
  /** Somebody waits for this handle in async code. */
  await(): void;
  /** The same, for one that has settled: gives what to wait for first, if the event loop should have its turn. */
  turn(): Promise<void> | undefined;
  /** Whether a pending handle can only settle in a later turn of this thread's event loop. */
  needsTurn(handle: WorkerHandle<unknown>): boolean;
  /** Aborts the handle's task; says whether that changed anything. */
  abort(handle: WorkerHandle<unknown>, reason: unknown, force: boolean): boolean;
  /** Makes the handle known to other threads; whoever receives it joins it with the ticket that goes along. */
  export(handle: WorkerHandle<unknown>): number;
  /** The handle is not sent after all. */
  cancelExport(ticket: number): void;
  /** Gives a handle on this thread for one that was sent here. */
  join(sent: SentHandle): WorkerHandle<unknown>;
}

/** A handle on its way. */
export interface SentHandle {
  readonly id: number;
  /** The thread that it lives on. */
  readonly home: number;
  readonly ticket: number;
}

let current: Home | undefined;

/** Names what the pending handles of this thread belong to; there are none while the runtime does not run. */
export function setHome(home: Home | undefined): void {
  current = home;
}

/**
 * Whom the handles of this thread ask.
 *
 * @throws {LifecycleError} There is nobody.
 */
export function home(): Home {
  if (current === undefined) throw new LifecycleError("Cannot use a handle here as the runtime is not running");
  return current;
}

/** The same, where nobody need be there. */
export function homeIfAny(): Home | undefined {
  return current;
}
