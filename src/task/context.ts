/**
 * What a running task can know of itself: its id, and whether it was aborted.
 */

import { AbortError } from "../errors.ts";
import type { Words } from "../memory/atomics.ts";
import { STAY } from "../value/carry.ts";
import { isCancelled, isRevoked, isUnwanted, listen } from "./state.ts";

/** A task's view of itself; see `context()`. It stays valid after the task's first `await`. */
export interface TaskContext {
  /** The task's number, the same as its handle's. */
  readonly id: number;
  /** Whether the task was aborted. Read from shared memory, so it turns true inside a loop that never yields. */
  readonly aborted: boolean;
  /** Fires at the worker's next turn after an abort. For `fetch` and other things that take a signal. */
  readonly signal: AbortSignal;
}

/** The context of a task that was claimed on this thread. */
export class Context implements TaskContext {
  #controller: AbortController | undefined;
  #ended = false;
  #wasAborted = false;

  /**
   * @param claimed The state word that the claim gave.
   * @param listening Where contexts are kept whose signal must be told of an abort.
   * @param reason Gives the reason of an abort that has happened.
   */
  constructor(
    readonly id: number,
    readonly words: Words,
    readonly record: number,
    readonly claimed: number,
    readonly listening: Map<number, Context>,
    readonly reason: (record: number) => unknown,
  ) {}

  get aborted(): boolean {
    return this.#ended ? this.#wasAborted : isUnwanted(this.words, this.record, this.claimed);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      // After the task has ended, or was revoked, the record is another's: a signal asked for so late never fires.
      if (!this.#ended && !isRevoked(this.words, this.record, this.claimed)) {
        this.listening.set(this.record, this);
        if (listen(this.words, this.record)) this.fire();
      }
    }
    return this.#controller.signal;
  }

  /** @internal Why it cannot be sent. */
  get [STAY](): string {
    return "the context of a task, which belongs to the thread that it runs on. Send its id, or whether it was aborted.";
  }

  /** The task ends: its record is about to go. */
  end(): void {
    this.#wasAborted = this.aborted;
    this.#ended = true;
    if (this.listening.get(this.record) === this) this.listening.delete(this.record);
  }

  /** Fires the signal if the task was aborted. */
  fire(): void {
    if (!isCancelled(this.words, this.record, this.claimed)) return;
    this.listening.delete(this.record);
    const reason = this.reason(this.record);
    this.#controller?.abort(reason === undefined ? new AbortError(`Task ${this.id} was aborted`) : reason);
  }
}
