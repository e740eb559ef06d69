/**
 * Failures that nobody has looked at: each is reported once, as an unhandled rejection is.
 *
 * Nobody can look any more when the handle has been collected, or when the runtime shuts down. Only failed tasks whose
 * handle nobody waits for come here, so tasks that succeed pay nothing.
 */

import type { Failure, WorkerHandle } from "../task/handle.ts";

/** The unseen failures of one thread. */
export class Failures {
  readonly #unseen = new Set<Failure>();
  /** @param report Reports a failure as an unhandled rejection is reported. */
  constructor(readonly report: (error: unknown) => void) {}

  readonly #handles = new FinalizationRegistry<Failure>((failure) => this.#report(failure));

  /** A task has failed, and nobody waits for it. */
  add(handle: WorkerHandle<unknown>, failure: Failure): void {
    this.#unseen.add(failure);
    this.#handles.register(handle, failure);
  }

  /** Nobody will look any more. Whether there was anything to report. */
  reportAll(): boolean {
    let reported = false;
    for (const failure of this.#unseen) {
      reported ||= !failure.seen;
      this.#report(failure);
    }
    return reported;
  }

  #report(failure: Failure): void {
    this.#unseen.delete(failure);
    if (failure.seen) return;
    failure.seen = true;
    this.report(failure.error);
  }
}
