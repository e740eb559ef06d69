/**
 * Undertaker: what main does when a worker dies.
 *
 * 1. Given up: its DEATH is written, its seat goes to another number, its bits are cleared, and all threads are told. Each
 *    fails its own tasks that the dead one had, and puts its stealable ones out again; see `Mourning.mourn`. A new
 *    worker starts in the seat.
 * 2. Gone: known once the lock that it held is free. Until then it may go on writing, to what is its own; to the bits of its
 *    seat, which are another's, for a moment at most.
 *    Now its records and pages are settled, step by step, and its number becomes free; see `reclaim.ts`.
 */

import { InitError } from "../errors.ts";
import { add, and, load, notify, store } from "../memory/atomics.ts";
import { Area, Header, MAIN, type Memory, VACATED } from "../memory/layout.ts";
import * as state from "../task/state.ts";
import { Cause, isDead } from "./death.ts";
import type { Engine } from "./engine.ts";
import type { Pool } from "./pool.ts";
import { Reclaim } from "./reclaim.ts";

/** Milliseconds before a worker is started again, by how often in a row its seat's died before they had run a task. */
const BACKOFF = [0, 50, 200, 1000, 3000];

/** Milliseconds for which a seat may be vacant for want of a number before that is worth a word. */
const VACANT = 3000;

/** Main's undertaker, for one run of the runtime. */
export class Undertaker {
  readonly #engine: Engine;
  readonly #pool: Pool;
  readonly #memory: Memory;
  /** For each seat, the numbers that are free. */
  readonly #free: number[][];
  /** For each seat, how many in a row have died before they had run a task. */
  readonly #fruitless: number[];
  /** For each seat, what its worker's count of started tasks was at first. */
  readonly #started: number[];
  readonly #reclaim: Reclaim;
  /** What is to be done later. */
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #closed = false;

  constructor(engine: Engine, pool: Pool) {
    this.#engine = engine;
    this.#pool = pool;
    this.#memory = engine.thread.memory;
    this.#reclaim = new Reclaim(engine, () => this.#tellAll(), (thread) => this.#isFree(thread));
    const { workers, threads } = this.#memory;
    this.#fruitless = new Array(workers).fill(0);
    this.#started = new Array(workers).fill(0);
    this.#free = Array.from({ length: workers }, () => []);
    for (let thread = workers + 1; thread < threads; thread++) this.#free[this.#memory.seatOf(thread)]!.push(thread);
  }

  /** Gives a worker up, if it was not yet. `error` is what it died of, if that is known. */
  giveUp(thread: number, cause: number, error?: unknown): void {
    const { words } = this.#memory;
    const seat = this.#memory.seatOf(thread);
    if (this.#closed || isDead(this.#memory, thread) || this.#memory.occupant(seat) !== thread) return;
    const started = load(words, this.#memory.area(thread, Area.STARTED));
    if (started !== this.#started[seat]) this.#fruitless[seat] = 0;
    const wait = BACKOFF[this.#fruitless[seat]!++];
    const next = wait === undefined ? VACATED : this.#take(seat);
    if (error !== undefined) this.#engine.home.deathErrors.set(thread, error);
    // The death before the seat: who finds a task with a dead thread finds it dead.
    store(words, this.#memory.area(thread, Area.DEATH), cause);
    store(words, Header.SEATS + seat, next);
    this.#pool.terminate(seat);
    this.#reclaim.offerAgain();
    this.#silence(seat);
    this.#tellAll();
    if (wait === undefined) this.#report(seat, error);
    else if (next !== 0) this.#startAgain(seat, next, wait);
    else this.#warnIfVacant(seat);
  }

  /** A task was aborted by force: gives its worker up if the task still runs. */
  stuck(thread: number, record: number, met: number): void {
    if (state.phaseOf(state.stateOf(this.#memory.words, record)) !== state.RUNNING) return;
    if (!state.isRevoked(this.#memory.words, record, met)) this.giveUp(thread, Cause.FORCED);
  }

  /** A worker is known to be gone; if it was not given up, this is how its death is noticed. */
  gone(thread: number): void {
    if (this.#closed) return;
    this.giveUp(thread, Cause.TERMINATED);
    const { words } = this.#memory;
    // As it ran on it may have set them again. Of one who has its seat now nothing is lost by that: all are woken below.
    this.#silence(this.#memory.seatOf(thread));
    store(words, this.#memory.area(thread, Area.GONE), 1);
    this.#reclaim.begin(thread);
  }

  /** The runtime ends. */
  close(): void {
    this.#closed = true;
    this.#reclaim.close();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Clears what others rely on of the worker in a seat. */
  #silence(seat: number): void {
    const { PARKED, SEARCHING, SENTINEL, ENGAGED, ABSTAINING } = Header;
    for (const word of [PARKED, SEARCHING, SENTINEL, ENGAGED, ABSTAINING]) and(this.#memory.words, word, ~(1 << seat));
  }

  /** Tells all threads, and wakes them: the dead one may have been about to. Gives the number to be seen. */
  #tellAll(): number {
    const { thread } = this.#engine;
    const { words } = this.#memory;
    const deaths = add(words, Header.DEATHS, 1) + 1;
    for (const { futex } of [thread.places[MAIN]!, ...thread.parking.places]) {
      add(words, futex, 1);
      notify(words, futex);
    }
    thread.poke();
    return deaths;
  }

  /** Takes a free number for a seat; 0 if there is none. */
  #take(seat: number): number {
    const thread = this.#free[seat]!.shift() ?? 0;
    if (thread !== 0) this.#started[seat] = load(this.#memory.words, this.#memory.area(thread, Area.STARTED));
    return thread;
  }

  /** Nothing is left of a thread, and another may have its number. A seat may be vacant for want of one. */
  #isFree(number: number): void {
    const seat = this.#memory.seatOf(number);
    this.#free[seat]!.push(number);
    if (this.#memory.occupant(seat) !== 0 || this.#fruitless[seat]! > BACKOFF.length) return;
    const thread = this.#take(seat);
    store(this.#memory.words, Header.SEATS + seat, thread);
    this.#tellAll();
    this.#startAgain(seat, thread, 0);
  }

  #startAgain(seat: number, thread: number, wait: number): void {
    this.#later(wait, async () => {
      const failure = await this.#pool.startAgain(seat, thread);
      if (failure === undefined) return;
      this.giveUp(thread, Cause.START, failure.error);
      if (failure.silent) this.gone(thread);
    });
  }

  /** Says so where a seat stays vacant: all who had its numbers run on. */
  #warnIfVacant(seat: number): void {
    this.#later(VACANT, () => {
      // Taken, or given up for good.
      if (load(this.#memory.words, Header.SEATS + seat) !== 0) return;
      console.error(
        `webble: worker ${seat} has not been started again for ${
          VACANT / 1000
        } seconds. The threads that it had before, or ` +
          "tasks that they had spawned, go on: a loop that looks at nothing, or a promise that never settles? Tasks may " +
          "wait until one of these ends; let long loops look at 'context().aborted'.",
      );
    });
  }

  /** Does something after so many milliseconds, unless the runtime ends before. */
  #later(wait: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, wait);
    this.#timers.add(timer);
  }

  #report(seat: number, cause: unknown): void {
    this.#engine.report(
      new InitError(
        `Cannot start worker ${seat} again: ${BACKOFF.length + 1} in a row have died before they had run a task. ` +
          "The runtime goes on with the others; what they died of is this error's 'cause'.",
        { cause },
      ),
    );
  }
}
