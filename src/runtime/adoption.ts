/**
 * Adoption: how stealable tasks of a worker that is gone become main's own.
 *
 * They wait in the dead one's records until somebody takes them, and its number is not free before. Where its seat is
 * vacant for want of a number, and nobody else is there, they would wait for each other for ever.
 *
 * Keeps true: a task is run by who claimed it before it was revoked, or as main's own, and by nobody else.
 */

import { OutOfMemoryError, WorkerLostError } from "../errors.ts";
import { Area, countUp, type Memory } from "../memory/layout.ts";
import * as state from "../task/state.ts";
import type { Engine } from "./engine.ts";

/** Adopts tasks of one thread, in one go. */
export class Adoption {
  readonly #engine: Engine;
  readonly #memory: Memory;
  readonly #thread: number;
  readonly #isHopeless: boolean;
  readonly #offered: Set<number>;
  /** Main's blocks for the code in blocks of the dead one's. They stand: the tasks that name them come home later than this. */
  readonly #codes = new Map<number, number>();
  #isFull = false;
  #isReported = false;

  /**
   * @param isHopeless Whether nobody is there, or will be in time, who could run a task where it is.
   * @param offered The records that were put out again.
   */
  constructor(engine: Engine, thread: number, isHopeless: boolean, offered: Set<number>) {
    this.#engine = engine;
    this.#memory = engine.thread.memory;
    this.#thread = thread;
    this.#isHopeless = isHopeless;
    this.#offered = offered;
  }

  /**
   * Adopts a task that nobody has begun, or lets it go where that is hopeless.
   *
   * @param met The state of its record.
   * @returns Whether the record is done with; else the task is still there to be claimed, or was claimed in this moment.
   */
  adopt(record: number, met: number): boolean {
    const { words } = this.#memory;
    const { payload } = this.#engine.thread;
    // Its handles are the dead one's to answer for: a reader must find that number dead, and not another's.
    const canMove = !payload.hasCarried(record) && !(this.#isFull && payload.hasBlock(record));
    if (!canMove && !this.#isHopeless) return false;
    if (!state.revoke(words, record, met)) return false;
    // One that was aborted never runs.
    if (state.waits(met)) {
      if (!canMove || !this.#move(record)) {
        if (!this.#isHopeless) {
          state.queue(words, record, true);
          // Whoever had it in hand may have found it revoked.
          this.#offered.delete(record);
          return false;
        }
        this.#reportLoss();
      }
      countUp(words, this.#memory.area(this.#thread, Area.STARTED));
    }
    // Of a thread that is gone nobody else writes the counters.
    countUp(words, this.#memory.area(this.#thread, Area.SETTLED));
    return true;
  }

  /** Says whether there was room. */
  #move(record: number): boolean {
    try {
      this.#engine.home.adopt(record, this.#codes);
      return true;
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error;
      this.#isFull = true;
      return false;
    }
  }

  /** Once: there may be very many. */
  #reportLoss(): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#engine.report(
      new WorkerLostError(
        "Tasks were lost whose spawner has died: no worker is left to run them where they are, and they cannot be moved, as " +
          "the heap has no room or they were given handles that died with it. Start the runtime with a larger " +
          "'memory(bytes)', or spawn them from the main thread.",
      ),
    );
  }
}
