/**
 * Outcomes: how what came out of a task is written into its record, whatever it is. What cannot cross, or has no room, becomes
 * an error that can and has.
 */

import { NotSendError, OutOfMemoryError, TaskError } from "../errors.ts";
import { messageOf } from "../task/code.ts";
import { NO_NUMBERS } from "../task/payload.ts";
import { homeOf, idOf } from "../task/place.ts";
import { errorOf, withoutWhatStays } from "../task/thrown.ts";
import { parcelKey } from "../value/post.ts";
import type { Thread } from "./thread.ts";

/** A part of an error that takes so many bytes at most is kept where there is no room for all. */
const SMALL = 4096;

/** Writes the outcomes of one thread's tasks. */
export class Outcomes {
  readonly #thread: Thread;
  /** By record, the numbers of the shared memory that the arguments of tasks that run named. */
  readonly #named = new Map<number, readonly number[]>();

  constructor(thread: Thread) {
    this.#thread = thread;
  }

  /** A task begins whose arguments name shared memory: it may name the same in its result. */
  remember(record: number, named: readonly number[]): void {
    this.#named.set(record, named);
  }

  /** A task has ended, or is not ours any more. */
  forget(record: number): void {
    if (this.#named.size > 0) this.#named.delete(record);
  }

  /** Writes what came out into the record; says whether it was a value. */
  write(record: number, ok: boolean, outcome: unknown): boolean {
    try {
      return this.#tryToWrite(record, ok, outcome);
    } catch (cause) {
      // It threw when it was looked at.
      const error = new TaskError("A task ended with something that cannot be read", { cause: messageOf(cause) });
      if (!this.#put(record, error, "error", () => {})) this.#thread.payload.writeLost(record);
      return false;
    }
  }

  #tryToWrite(record: number, ok: boolean, outcome: unknown): boolean {
    const { payload } = this.#thread;
    if (ok && this.#put(record, outcome, "result", (error) => outcome = this.#ofResult(record, error))) return true;
    const error = errorOf(
      outcome,
      `Task ${idOf(this.#thread.words, record)} on ${this.#thread.nameOf(this.#thread.number)}`,
    );
    let why: unknown;
    const put = (value: unknown) => this.#put(record, value, "error", (problem) => why = problem);
    const rest = (most: number, why: NotSendError | OutOfMemoryError) =>
      withoutWhatStays(error, (part) => payload.crosses(part, most), why);
    if (put(error)) return false;
    // Something in it cannot cross. The rest can.
    if (why instanceof NotSendError && put(rest(Infinity, why))) return false;
    // There is no room for it. There may be for what is small: each attempt waits for a while, so none is made in vain.
    if (why instanceof OutOfMemoryError) {
      const isHopeless = payload.crosses(error, SMALL);
      if (isHopeless) payload.writeLost(record);
      if (isHopeless || put(rest(SMALL, why))) return false;
    }
    if (!put(why)) payload.writeLost(record);
    return false;
  }

  /** What refused a result, in words that say so. */
  #ofResult(record: number, error: unknown): unknown {
    if (!(error instanceof OutOfMemoryError)) return error;
    return new OutOfMemoryError(`Cannot send the result of task ${idOf(this.#thread.words, record)}: ${error.message}`);
  }

  #put(record: number, value: unknown, root: string, refused: (error: unknown) => void): boolean {
    const { payload, post, words } = this.#thread;
    const named = this.#named.size === 0 ? NO_NUMBERS : this.#named.get(record) ?? NO_NUMBERS;
    try {
      payload.writeResult(record, value, root, named, ({ values, transfers }) => {
        post.send(homeOf(words, record), parcelKey(idOf(words, record), "result"), values, transfers);
      });
      return true;
    } catch (error) {
      refused(error);
      return false;
    }
  }
}
