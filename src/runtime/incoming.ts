/**
 * Incoming: what comes in at a thread. It takes records from the inbox: the thread's own go home and settle their handles, tasks for
 * it get ready and are started.
 *
 * Tasks for this thread start in the order in which they came: one whose module is still loading, or whose parcel is
 * still on its way, holds up those behind it.
 */

import { Fifo } from "../fifo.ts";
import { read } from "../memory/atomics.ts";
import { Record } from "../memory/layout.ts";
import { NONE } from "../sync/inbox.ts";
import { MOST_BUILTINS } from "../task/code_text.ts";
import { homeOf, idOf } from "../task/place.ts";
import * as state from "../task/state.ts";
import { parcelKey } from "../value/post.ts";
import { steadyTime } from "./clock.ts";
import type { HomeDesk } from "./home.ts";
import type { Runner } from "./runner.ts";
import type { Thread } from "./thread.ts";

/** Records taken in amid running code before a look at the clock: at first, and at most. */
const FIRST_PIECE = 4;
const MOST_IN_PIECE = 64;
/** Milliseconds for a piece after which the next is larger; and for all of them. */
const BRIEF = 0.05;
const INTAKE = 1;

/** What comes in at one thread. */
export class Incoming {
  readonly #thread: Thread;
  readonly #home: HomeDesk;
  readonly #runner: Runner;
  /** Tasks for this thread that have not started. */
  readonly #ready = new Fifo<number>();
  /** The first of them, if it waits for its module or its parcel. */
  #held: number = NONE;
  /** What `drain` took from the inbox and has not looked at. */
  #chain: number = NONE;
  /** How often it has taken something. */
  #takes = 0;
  #draining = false;

  constructor(thread: Thread, home: HomeDesk, runner: Runner) {
    this.#thread = thread;
    this.#home = home;
    this.#runner = runner;
  }

  /** Takes over what was taken from the inbox before this was there; see `head_start.ts`. */
  takeOver(chain: number): void {
    this.#chain = chain;
  }

  /**
   * Takes records from the inbox.
   *
   * @param most How many at most.
   * @returns How many there were.
   */
  drain(most: number): number {
    const { words, inbox } = this.#thread;
    const outer = this.#draining;
    this.#draining = true;
    let taken = 0;
    try {
      while (taken < most) {
        if (this.#chain === NONE) {
          if ((this.#chain = inbox.take()) === NONE) break;
          this.#takes++;
        }
        const record = this.#chain;
        // Before the record is handed on: its link is not ours after.
        this.#chain = inbox.next(record);
        taken++;
        if (state.ended(state.stateOf(words, record))) {
          // Else it was another's task for this thread, and was revoked meanwhile.
          if (homeOf(words, record) === this.#thread.number) this.#home.comeHome(record);
        } else if (read(words, record + Record.CODE) < MOST_BUILTINS) this.#runner.start(record, false);
        else this.#ready.push(record);
      }
    } finally {
      this.#draining = outer;
    }
    return taken;
  }

  /**
   * The same amid code that runs: nothing if `drain` has called that, as a getter of a value that is sent, so that drains do
   * not pile up; and no piece is begun after a millisecond. Pieces are small as long as values are large.
   */
  takeIn(most: number): number {
    if (this.#draining) return 0;
    if (most <= FIRST_PIECE) return this.drain(most);
    const begun = steadyTime();
    let last = begun;
    let taken = 0;
    for (let piece = FIRST_PIECE; taken < most;) {
      const wanted = Math.min(piece, most - taken);
      const got = this.drain(wanted);
      taken += got;
      if (got < wanted) break;
      const now = steadyTime();
      if (now - begun > INTAKE) break;
      if (now - last < BRIEF) piece = Math.min(4 * piece, MOST_IN_PIECE);
      last = now;
    }
    return taken;
  }

  /** A mark of what has come in by now. */
  mark(): number {
    // What is in the inbox now comes with the next take, whatever comes with it.
    return this.#thread.inbox.occupied ? this.#takes + 1 : this.#takes;
  }

  /** Whether `drain` has had all that had come in at a mark. */
  hasDrained(mark: number): boolean {
    return this.#takes > mark || (this.#takes === mark && this.#chain === NONE);
  }

  /** Drains what has come in by now, and not what comes meanwhile: there may be no end to that. */
  drainPresent(): void {
    for (const mark = this.mark(); !this.hasDrained(mark);) this.drain(MOST_IN_PIECE);
  }

  /** Whether something has come in that does not wait for its turn: `drain`, or the runner's `fireAborts`, would find something. */
  get hasNews(): boolean {
    return this.#chain !== NONE || this.#thread.inbox.occupied || this.#runner.hasAborts;
  }

  /** Whether there is something to do: the same, or a task that can start. */
  get occupied(): boolean {
    return this.canStart || this.hasNews || (this.#held !== NONE && this.#isAborted(this.#held));
  }

  /** Whether a task has come in that does not wait for anything, as far as is known. */
  get canStart(): boolean {
    return this.#held === NONE && !this.#ready.isEmpty;
  }

  /** Whether a task here waits for the event loop: one that has started, or cannot yet. */
  get isWaiting(): boolean {
    return this.#held !== NONE || this.#runner.running > 0;
  }

  /** Starts the first of the tasks for this thread; `false` when there is none that can start. */
  startOne(): boolean {
    const record = this.#ready.first;
    if (record === undefined) return false;
    // An aborted task waits for nothing, and holds up nobody.
    if (!this.#isAborted(record)) {
      if (this.#held !== NONE) return false;
      const { post, payload, words } = this.#thread;
      const loading = this.#runner.loading(record);
      if (loading !== undefined) {
        this.#hold(record, (release) => loading.then(release));
        return false;
      }
      const key = parcelKey(idOf(words, record), "arguments");
      if (payload.isAttached(record) && !post.has(key)) {
        this.#hold(record, (release) => post.expect(key, release));
        return false;
      }
    }
    this.#held = NONE;
    this.#ready.shift();
    this.#runner.start(record, false);
    return true;
  }

  /** Whether a task for this thread was aborted, or revoked. */
  #isAborted(record: number): boolean {
    const now = state.stateOf(this.#thread.words, record);
    return (now & state.CANCELLED) !== 0 || state.phaseOf(now) !== state.QUEUED;
  }

  #hold(record: number, until: (release: () => void) => void): void {
    this.#held = record;
    until(() => {
      if (this.#held === record) this.#held = NONE;
      this.#thread.poke();
    });
  }
}
