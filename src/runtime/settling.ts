/**
 * Settling: what becomes of a home's handles when their tasks end.
 *
 * Keeps true: a handle settles once; a failure is seen by who waits for the handle, or is reported.
 */

import { ShutdownError } from "../errors.ts";
import { read } from "../memory/atomics.ts";
import { Record } from "../memory/layout.ts";
import { markArrived } from "../task/closure.ts";
import { JOIN } from "../task/code_text.ts";
import * as handles from "../task/handle.ts";
import type { Failure, WorkerHandle } from "../task/handle.ts";
import { idOf } from "../task/place.ts";
import * as state from "../task/state.ts";
import { parcelKey } from "../value/post.ts";
import { Failures } from "./failures.ts";
import type { Thread } from "./thread.ts";

/** Settles the handles of one home. */
export class Settling {
  readonly #thread: Thread;
  readonly #failures: Failures;
  /** Handles of which nobody need know that they have failed. */
  readonly #ignored = new WeakSet<WorkerHandle<unknown>>();
  /** Handles settled that somebody waited for, since this was last set to 0: microtasks are likely to wait. */
  resumed = 0;

  /** @param report Reports a failure that nobody looked at. */
  constructor(thread: Thread, report: (error: unknown) => void) {
    this.#thread = thread;
    this.#failures = new Failures(report);
  }

  /** Settles a pending handle with what its record holds; `false` when a parcel must arrive first. */
  settle(handle: WorkerHandle<unknown>, record: number, now: number): boolean {
    const { words, payload, post } = this.#thread;
    let attachments: readonly unknown[] | undefined;
    if (payload.isAttached(record)) {
      attachments = post.take(parcelKey(idOf(words, record), "result"));
      if (attachments === undefined) return false;
    }
    let failed = state.phaseOf(now) === state.FAILED;
    let outcome: unknown;
    try {
      outcome = payload.takeResult(record, attachments);
    } catch (error) {
      failed = true;
      outcome = error;
    }
    if (!failed) {
      if (handles.fulfil(handle, outcome)) this.resumed++;
    } else {
      // Of a handle that was received, who ran its task has told.
      if (read(words, record + Record.CODE) !== JOIN) {
        tellWhere(outcome, `task ${handle.id} on ${this.#thread.nameOf(state.executorOf(now))}`);
      }
      if (outcome instanceof Error) markArrived(outcome);
      this.fail(handle, outcome);
    }
    return true;
  }

  /** Fails a handle with an error that somebody must see. */
  fail(handle: WorkerHandle<unknown>, error: unknown): void {
    const failure: Failure = { error, seen: false };
    if (handles.fail(handle, failure)) {
      failure.seen = true;
      this.resumed++;
    } else if (!failure.seen && !this.#ignored.has(handle)) this.#failures.add(handle, failure);
  }

  /** Nobody need know if the handle fails. */
  ignore(handle: WorkerHandle<unknown>): void {
    this.#ignored.add(handle);
  }

  /** Fails a handle whose task the shutdown has overtaken: nobody need see that. */
  failForShutdown(handle: WorkerHandle<unknown>, cause: unknown): void {
    const error = new ShutdownError(
      `Task ${handle.id} did not end before the runtime was shut down`,
      cause === undefined ? undefined : { cause },
    );
    handles.fail(handle, { error, seen: true });
  }

  /** Reports the failures that nobody has seen, and nobody will; whether there were any. */
  reportFailures(): boolean {
    return this.#failures.reportAll();
  }
}

/** Says in an error's stack where it was thrown, below the frames of the thread that threw it. */
function tellWhere(error: unknown, where: string): void {
  if (!(error instanceof Error)) return;
  const stack = `${error.stack ?? `${error.name}: ${error.message}`}\n    in ${where}`;
  Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
}
