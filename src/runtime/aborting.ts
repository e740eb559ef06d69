/**
 * Aborting: how a home aborts its tasks.
 *
 * The handle settles at once, and the record comes home as any other: one that had not begun when it is its turn, one that
 * runs when it ends. Whether a task that is about to begin runs or not is decided by one exchange; see `task/state.ts`.
 */

import { AbortError } from "../errors.ts";
import { type Slab, slotOf } from "../heap/slab.ts";
import { add, read, write } from "../memory/atomics.ts";
import { Area, MAIN, Record } from "../memory/layout.ts";
import { NONE } from "../sync/inbox.ts";
import { JOIN } from "../task/code_text.ts";
import * as handles from "../task/handle.ts";
import type { WorkerHandle } from "../task/handle.ts";
import { targetOf } from "../task/place.ts";
import * as state from "../task/state.ts";
import type { Remembered } from "./mourning.ts";
import type { Thread } from "./thread.ts";

/** Milliseconds that a task has to end by itself when it is aborted by force. */
const FORCE_GRACE = 100;

/** Aborts the tasks of one home. */
export class Aborting {
  readonly #thread: Thread;
  readonly #slab: Slab<Remembered>;
  readonly #kill: (thread: number, record: number, met: number) => void;
  readonly #abandon: (record: number) => void;

  /**
   * @param kill Gives a worker up, as a task on it does not end.
   * @param abandon A task will never begin.
   */
  constructor(
    thread: Thread,
    slab: Slab<Remembered>,
    kill: (thread: number, record: number, met: number) => void,
    abandon: (record: number) => void,
  ) {
    this.#thread = thread;
    this.#slab = slab;
    this.#kill = kill;
    this.#abandon = abandon;
  }

  /**
   * Aborts a handle's task; `false` when it has ended. Where the task runs, a reason that cannot cross threads is left out.
   */
  abort(handle: WorkerHandle<unknown>, reason: unknown, force: boolean): boolean {
    const { words, payload, heap } = this.#thread;
    const record = handles.recordOf(handle);
    if (record > 0) {
      const isJoin = read(words, record + Record.CODE) === JOIN;
      // A received handle's abort is for the task that it stands for.
      const packed = isJoin ? { reason, force } : reason;
      const block = packed === undefined ? NONE : payload.packReason(packed);
      // Reading the reason may have run user code, in which the task may have come home.
      if (handles.recordOf(handle) !== record) {
        if (block !== NONE) heap.free(block);
        return false;
      }
      // Plain: published by the exchange in `cancel`, and read only by who has seen CANCELLED.
      write(words, record + Record.REASON, block);
      const met = state.cancel(words, record);
      if (met === state.UNCHANGED) {
        write(words, record + Record.REASON, NONE);
        if (block !== NONE) heap.free(block);
        return false;
      }
      this.#slab.items[slotOf(words, record)] = undefined;
      if (force && !isJoin) this.#killLater(record, met);
      if (state.isListening(met)) {
        const executor = state.executorOf(met);
        // Counted before it is woken: pairs with the loop, which reads the count after it has woken.
        add(words, this.#thread.memory.area(executor, Area.ABORTS), 1);
        this.#thread.rouse(executor);
      }
      if (state.phaseOf(met) === state.QUEUED) this.#neverStarts(record, met);
    }
    const error = new AbortError(
      `Task ${handle.id} was aborted`,
      reason === undefined ? undefined : { cause: reason },
    );
    handles.fail(handle, { error, seen: true });
    return true;
  }

  /** A task was aborted before it had started: whoever finds its record only sends it home. */
  #neverStarts(record: number, met: number): void {
    const { words } = this.#thread;
    this.#thread.count(Area.STARTED);
    this.#abandon(record);
    if (state.isStealable(met)) return;
    const target = targetOf(words, record);
    if (read(words, record + Record.CODE) !== JOIN) this.#thread.loads.place(target, -1);
    // It may be what holds up those behind it.
    this.#thread.rouse(target);
  }

  /** Gives the worker up that runs an aborted task, unless the task ends by itself in time. */
  #killLater(record: number, met: number): void {
    const { words } = this.#thread;
    setTimeout(() => {
      const now = state.stateOf(words, record);
      if (state.phaseOf(now) !== state.RUNNING || state.isRevoked(words, record, met)) return;
      const executor = state.executorOf(now);
      if (executor !== MAIN && !this.#thread.stopping) this.#kill(executor, record, now);
    }, FORCE_GRACE);
  }
}
