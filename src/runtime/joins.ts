/**
 * Joins: the runtime's own function, by which a thread that has received a handle hears how the handle's task ends, and aborts
 * it. It runs where the handle is at home.
 */

import { read } from "../memory/atomics.ts";
import { Record } from "../memory/layout.ts";
import { NONE } from "../sync/inbox.ts";
import type { Context } from "../task/context.ts";
import { wakeWhenSettled, type WorkerHandle } from "../task/handle.ts";
import { homeOf } from "../task/place.ts";
import { isDead } from "./death.ts";
import type { HomeDesk } from "./home.ts";
import type { Thread } from "./thread.ts";

/** Answers those who have received this thread's handles. */
export class Joins {
  readonly #thread: Thread;
  readonly #home: HomeDesk;
  /** How many wait for an answer. */
  running = 0;

  constructor(thread: Thread, home: HomeDesk) {
    this.#thread = thread;
    this.#home = home;
  }

  /**
   * Answers the join in a record once its handle has settled, or aborts the handle's task if that is aborted there.
   *
   * The answer goes out in the moment in which the handle settles: this thread may be looking in a loop for what the other
   * makes of it, and then has no turn.
   *
   * @param finish Ends the join.
   */
  answer(record: number, context: Context, finish: (ok: boolean, outcome: unknown) => void): void {
    let answered = false;
    const answer = (ok: boolean, outcome: unknown) => {
      if (answered) return;
      answered = true;
      this.running--;
      finish(ok, outcome);
    };
    this.running++;
    try {
      const [ticket] = this.#thread.payload.readArguments(record) as [number];
      const handle = this.#thread.payload.exports.take(ticket);
      const { signal } = context;
      const abort = () => {
        // Whoever received the handle is dead, and waits no more: that is no abort of the task.
        if (this.#isOrphan(record)) answer(true, undefined);
        else abortFor(handle, signal.reason);
      };
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort);
      // No look, which would take in the next one's question within this one's.
      this.#home.settleIfEnded(handle);
      wakeWhenSettled(handle, {
        wake: () => {
          if (answered) return;
          // Nobody hears the answer, so nobody has seen a failure.
          if (this.#isOrphan(record)) return answer(true, undefined);
          let value: unknown;
          try {
            value = handle.tryRecv();
          } catch (error) {
            return answer(false, error);
          }
          answer(true, value);
        },
      });
    } catch (error) {
      answer(false, error);
    }
  }

  /** A received handle was aborted before the join that it stands for had begun. */
  skip(record: number): void {
    const { payload, words } = this.#thread;
    const [ticket] = payload.readArguments(record) as [number];
    const reason = read(words, record + Record.REASON);
    const handle = payload.exports.take(ticket);
    if (!this.#isOrphan(record)) abortFor(handle, reason === NONE ? undefined : payload.readReason(reason));
  }

  /** Whether the thread that spawned a task is dead. */
  #isOrphan(record: number): boolean {
    return isDead(this.#thread.memory, homeOf(this.#thread.words, record));
  }
}

/** Aborts a task as was asked where its handle had been received; see `Aborting.abort`. */
function abortFor(handle: WorkerHandle<unknown>, asked: unknown): void {
  const { reason, force } = (asked ?? {}) as { reason?: unknown; force?: boolean };
  handle.abort(reason, { force: force === true });
}
