/**
 * Destination: which thread the arguments of a task go to, where that must be known before the task is placed. What is long is
 * announced to its receiver while it is copied, and what only `postMessage` can carry is posted to a thread.
 *
 * Keeps true: a task goes where its arguments were posted to, and, as long as that worker lives, where they were announced to.
 */

import { WorkerLostError } from "../errors.ts";
import type { Fifo } from "../fifo.ts";
import { MAIN } from "../memory/layout.ts";
import type { Addressee, Parcel } from "../task/payload.ts";
import { NO_RECEIVER } from "../value/block.ts";
import { parcelKey } from "../value/post.ts";
import { isDead } from "./death.ts";
import { ANY, LEAST_LOADED } from "./placing.ts";
import type { Thread } from "./thread.ts";

/** Where one task goes. */
export class Destination implements Addressee {
  readonly #thread: Thread;
  readonly #backlog: Fifo<unknown>;
  readonly #id: number;
  #target: number;
  /** The worker that was chosen for an announcement; 0 if none was. */
  #receiver = 0;

  /**
   * @param backlog The tasks that wait for records, behind which this one would.
   * @param id The task's.
   * @param target A thread, `ANY` or `LEAST_LOADED`.
   */
  constructor(thread: Thread, backlog: Fifo<unknown>, id: number, target: number) {
    this.#thread = thread;
    this.#backlog = backlog;
    this.#id = id;
    this.#target = target;
  }

  findReceiver(): number {
    const { memory, loads } = this.#thread;
    // One that waits has none yet.
    if (!this.#backlog.isEmpty) return NO_RECEIVER;
    // Who takes it is not known, unless there is one worker. To wake one that does not is worse than nothing.
    if (this.#target === ANY) return (memory.workers === 1 && memory.occupant(0)) || NO_RECEIVER;
    if (this.#target !== LEAST_LOADED) return this.#target;
    // Asked once: to ask counts as to place a task there.
    this.#receiver ||= loads.least();
    return this.#receiver || NO_RECEIVER;
  }

  post({ values, transfers }: Parcel): void {
    const thread = this.#thread;
    // A parcel needs an address before anybody has claimed the task.
    if (this.#target !== MAIN) {
      const worker = this.#target === ANY ? thread.idlest() : thread.loads.least();
      if (worker === 0) {
        throw new WorkerLostError(
          "Cannot post to a worker as all have died just now. Spawn the task again in a moment.",
        );
      }
      this.#target = worker;
    }
    thread.post.send(this.#target, parcelKey(this.#id, "arguments"), values, transfers);
  }

  /** Where the task goes, once its arguments are packed: a thread, `ANY` or `LEAST_LOADED`. */
  get target(): number {
    // That worker may be copying it out already: it gets the task, unless it has died.
    if (this.#target !== LEAST_LOADED || this.#receiver === 0) return this.#target;
    return isDead(this.#thread.memory, this.#receiver) ? LEAST_LOADED : this.#receiver;
  }
}
