/**
 * Mourning: what a home does about the deaths of workers. Tasks that were lost with one fail; stealable ones that nobody
 * had begun are put out again, as the dead worker may have had them in its hands.
 *
 * Keeps true:
 * - a task that has ended before its worker died is not lost, and one that is put out twice is claimed once;
 * - the record of a lost task is used again only when its worker is gone, and can write to it no more.
 */

import { WorkerLostError } from "../errors.ts";
import { type Slab, slotOf } from "../heap/slab.ts";
import { load, store } from "../memory/atomics.ts";
import { Area, Header, MAIN } from "../memory/layout.ts";
import * as handles from "../task/handle.ts";
import type { WorkerHandle } from "../task/handle.ts";
import { idOf, targetOf } from "../task/place.ts";
import * as state from "../task/state.ts";
import { parcelKey } from "../value/post.ts";
import { deathOf, isDead, isGone } from "./death.ts";
import type { Waiting } from "./placing.ts";
import type { Thread } from "./thread.ts";

/** Milliseconds that a parcel has to arrive when the thread that sent it is gone. */
const PARCEL_GRACE = 200;
/** Tasks gone through at a time, in about a millisecond; and put out again when one has come home. */
const PIECE = 2000;
const FEW = 64;

/** In a record's slot: its handle was settled by a look, before the record came home. */
export const LOOKED = null;
/** In a record's slot: its task was lost with the thread that had it, which may still write to the record. */
const LOST = 0;
/** What a home remembers of each record: its handle while somebody waits for it. */
export type Remembered = WorkerHandle<unknown> | typeof LOOKED | typeof LOST;

export const NOBODY = "no worker is left: all have died, and did not start again";

/** What mourning asks of the home. */
export interface Household {
  readonly thread: Thread;
  readonly slab: Slab<Remembered>;
  readonly backlog: Iterable<Waiting>;
  /** A mark of what has come home by now; see {@linkcode Outlet}. */
  mark(): number;
  /** Whether all that had come home at a mark has been taken in. */
  hasTakenIn(mark: number): boolean;
  /** A record has come home. */
  comeHome(record: number): void;
  /** Puts a stealable record where any worker may take it; `false` when there is no room. */
  offer(record: number): boolean;
  /** A task in flight will never begin. */
  abandon(record: number): void;
  /** Fails a handle. */
  fail(handle: WorkerHandle<unknown>, error: unknown): void;
}

/** A lost task's record, with the thread that had it, and which holder of its number that was. */
interface Lost {
  readonly record: number;
  readonly thread: number;
  readonly holder: number;
}

/** How one home deals with deaths. */
export class Mourning {
  readonly #home: Household;
  readonly #thread: Thread;
  /** The DEATHS that have been heard of, and those that have been dealt with. */
  #heard = 0;
  #mourned = 0;
  /** What was heard of them, until they have been dealt with. */
  #gone: ReadonlySet<number> = new Set();
  #isNews = false;
  /** The tasks in flight that are yet to be gone through for it. */
  #unseen: Iterator<number> | undefined;
  /** What must have been taken in before. */
  #mark = 0;
  /** For each thread, what was known of its death when it was last heard of deaths. */
  readonly #known: (number | undefined)[] = [];
  /** Until their threads are gone. */
  #lost: Lost[] = [];
  #deserted = false;
  /** Stealable records that no queue had room for. */
  #unoffered: number[] = [];
  /** On main: the errors that workers died of. */
  readonly errors: Map<number, unknown> = new Map();

  constructor(home: Household) {
    this.#home = home;
    this.#thread = home.thread;
  }

  /** Whether a worker was given up, or is gone, that has not been dealt with. */
  get hasDeaths(): boolean {
    return load(this.#thread.words, Header.DEATHS) !== this.#mourned;
  }

  /** Whether all workers have died for good, as far as this thread has heard. */
  get isDeserted(): boolean {
    return this.#deserted;
  }

  /**
   * Deals with deaths, a piece at a time, as there may be very many tasks in flight; and not before all that had come home when
   * they were heard of has been taken in, which the loop does in pieces as well. To be called as long as {@linkcode hasDeaths}.
   *
   * @returns Whether they were heard of just now.
   */
  mourn(): boolean {
    const deaths = load(this.#thread.words, Header.DEATHS);
    const isNew = deaths !== this.#heard;
    if (isNew) this.#hear(deaths);
    // Those that had come home before their thread died are not lost.
    if (this.#home.hasTakenIn(this.#mark)) this.#goOn();
    return isNew;
  }

  /** Looks who has died. */
  #hear(deaths: number): void {
    const { words, memory } = this.#thread;
    this.#heard = deaths;
    const gone = new Set<number>();
    for (let thread = 1; thread < memory.threads; thread++) {
      const dead = isDead(memory, thread);
      if (isGone(memory, thread)) gone.add(thread);
      // Which holder of the number it is, and how far its death is; 0 for one that lives.
      const death = dead ? 2 * load(words, memory.area(thread, Area.HOLDERS)) + (gone.has(thread) ? 2 : 1) : 0;
      if (death !== this.#known[thread]) this.#isNews ||= dead;
      this.#known[thread] = death;
    }
    this.#gone = gone;
    this.#unseen = undefined;
    // Looked before: what a thread sends before it is gone is there now.
    this.#mark = this.#home.mark();
    this.#deserted = memory.deserted;
  }

  #goOn(): void {
    const { words, memory, number } = this.#thread;
    if (this.#isNews) {
      if (this.#unseen === undefined) {
        this.#unoffered = [];
        this.#unseen = this.#home.slab.inFlight()[Symbol.iterator]();
      }
      if (!this.#findLost(this.#unseen)) return;
      this.#unseen = undefined;
      this.#isNews = false;
      this.#findLostWaiting();
    }
    if (!this.offerAgain(PIECE)) return;
    const lost = this.#lost;
    this.#lost = [];
    for (const one of lost) {
      // Gone, or its number is another's already, which comes after.
      const isGone = this.#gone.has(one.thread) || load(words, memory.area(one.thread, Area.HOLDERS)) !== one.holder;
      if (isGone) this.#retire(one.record);
      else this.#lost.push(one);
    }
    this.#mourned = this.#heard;
    store(words, memory.area(number, Area.MOURNED), this.#heard);
  }

  /** Puts some out again that no queue had room for, as far as there is room now; `false` when there may be room for more. */
  offerAgain(most = FEW): boolean {
    const { words } = this.#thread;
    for (let i = 0; this.#unoffered.length > 0; i++) {
      if (i === most) return false;
      const now = state.stateOf(words, this.#unoffered.at(-1)!);
      if (state.phaseOf(now) === state.QUEUED && state.isStealable(now)) {
        if (!this.#home.offer(this.#unoffered.at(-1)!)) return true;
      }
      this.#unoffered.pop();
    }
    return true;
  }

  /** Fails a task that was lost with a thread, unless it has just ended. */
  lose(record: number, met: number, thread: number): void {
    const { words, memory } = this.#thread;
    if (!state.revoke(words, record, met)) return;
    if (state.phaseOf(met) === state.QUEUED) this.#home.abandon(record);
    const { items } = this.#home.slab;
    const slot = slotOf(words, record);
    const handle = items[slot];
    items[slot] = LOST;
    if (state.waits(met)) this.#thread.count(Area.STARTED);
    this.#thread.count(Area.SETTLED);
    this.#lost.push({ record, thread, holder: load(words, memory.area(thread, Area.HOLDERS)) });
    if (!handle || handles.recordOf(handle) !== record) return;
    this.#home.fail(handle, this.#lossOf(handle, deathOf(memory, thread), thread));
  }

  /**
   * Goes through some of the tasks in flight for what a death has changed; whether these were all. What comes into flight
   * meanwhile has nothing to do with those who are dead.
   */
  #findLost(unseen: Iterator<number>): boolean {
    const { words, memory } = this.#thread;
    const { slab } = this.#home;
    for (let i = 0; i < PIECE; i++) {
      const { value: record, done } = unseen.next();
      if (done) return true;
      if (slab.items[slotOf(words, record)] === LOST) continue;
      const met = state.stateOf(words, record);
      const phase = state.phaseOf(met);
      const executor = state.executorOf(met);
      const target = targetOf(words, record);
      if (phase === state.RUNNING && isDead(memory, executor)) this.lose(record, met, executor);
      else if (phase === state.QUEUED && state.isStealable(met)) {
        if (this.#deserted) this.#desert(record, met);
        else this.#unoffered.push(record);
      } else if (phase === state.QUEUED && isDead(memory, target)) this.lose(record, met, target);
      else if (state.ended(met) && this.#gone.has(executor)) {
        // It died between ending the task and sending the record home. Once home, the record may be another task's.
        const handle = slab.items[slotOf(words, record)];
        const key = parcelKey(idOf(words, record), "result");
        this.#home.comeHome(record);
        this.#expectNoParcel(key, handle, record, executor);
      }
    }
    return false;
  }

  /** Fails tasks that wait for a record, and for a worker that is dead: one that they have posted to, or any. */
  #findLostWaiting(): void {
    const { memory } = this.#thread;
    for (const { handle, target } of this.#home.backlog) {
      const isLost = this.#deserted ? target !== MAIN : target > 0 && isDead(memory, target);
      if (!isLost || !handles.isPending(handle)) continue;
      // They are let go when it is their turn, as if they had been aborted.
      this.#home.fail(
        handle,
        this.#deserted ? desertion(handle) : this.#lossOf(handle, deathOf(memory, target), target),
      );
    }
  }

  /** Fails a stealable task that nobody will take any more. */
  #desert(record: number, met: number): void {
    const { words } = this.#thread;
    if (!state.revoke(words, record, met)) return;
    this.#home.abandon(record);
    const { items } = this.#home.slab;
    const handle = items[slotOf(words, record)];
    items[slotOf(words, record)] = undefined;
    if (state.waits(met)) this.#thread.count(Area.STARTED);
    // Before the record is given to another task.
    if (handle && handles.recordOf(handle) === record) this.#home.fail(handle, desertion(handle));
    this.#home.comeHome(record);
  }

  /** A lost task's record can be used again: nobody writes to it any more. */
  #retire(record: number): void {
    this.#home.slab.items[slotOf(this.#thread.words, record)] = LOOKED;
    if (this.#thread.payload.isAttached(record)) this.#thread.payload.detach(record);
    this.#home.comeHome(record);
  }

  /** A task of a thread that is gone has ended, but what it posted may have died with it: waits no longer than this. */
  #expectNoParcel(key: number, handle: Remembered | undefined, record: number, thread: number): void {
    const { memory, payload, post } = this.#thread;
    if (!post.expects(key)) return;
    const why = deathOf(memory, thread);
    setTimeout(() => {
      if (!post.forget(key)) return;
      payload.detach(record);
      if (handle && handles.recordOf(handle) === record) this.#home.fail(handle, this.#lossOf(handle, why, thread));
      this.#home.comeHome(record);
    }, PARCEL_GRACE);
  }

  #lossOf(handle: WorkerHandle<unknown>, why: string | undefined, thread: number): WorkerLostError {
    const cause = this.errors.get(thread);
    return new WorkerLostError(
      `Task ${handle.id} was lost as ${this.#thread.nameOf(thread)} died while it held the task: ${why}. ` +
        "Spawn it again if it may run twice.",
      cause === undefined ? undefined : { cause },
    );
  }
}

function desertion(handle: WorkerHandle<unknown>): WorkerLostError {
  return new WorkerLostError(`Task ${handle.id} was lost as ${NOBODY}`);
}
