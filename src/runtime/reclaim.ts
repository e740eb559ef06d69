/**
 * Reclaim: how what a dead worker held comes back, once its thread is gone.
 *
 * Step by step, for each: its tasks come to an end, wherever they are, or are put out again, or become main's (`adoption.ts`);
 * what its records hold in pages of others is dropped; its pages are given back, each when nobody can hold a block there any
 * more; the words of its area become as they were at first, and its number is free.
 *
 * Keeps true: nothing is given back that somebody may still write to. Between two steps everybody alive has been seen
 * between two pieces of work, and what a ghost, one that was given up and runs on, may be in the middle of is waited for.
 */

import { Estate } from "../heap/estate.ts";
import { add, load, read, store } from "../memory/atomics.ts";
import { Area, Header, MAIN, type Memory, Record, total } from "../memory/layout.ts";
import { NONE } from "../sync/inbox.ts";
import { JOIN } from "../task/code_text.ts";
import { idOf, targetOf } from "../task/place.ts";
import * as state from "../task/state.ts";
import { parcelKey } from "../value/post.ts";
import { Adoption } from "./adoption.ts";
import { isDead, isGone } from "./death.ts";
import type { Engine } from "./engine.ts";

/**
 * Milliseconds that a dead thread which runs on has for what it is in the middle of: to send home a record that it has
 * ended, to free a block that it has taken out. Held up there for longer, it would find them in other hands. One that never
 * stops is not waited for, as it is in the middle of a task.
 */
const GHOST_GRACE = 2000;
/** Milliseconds between two steps of settling an estate: at first, and at most, where nothing comes of them. */
const STEP = 50;
const MOST_STEP = 1000;

/** An estate under way. */
interface Case {
  readonly thread: number;
  readonly estate: Estate;
  /** Records of the dead thread that were put out again since anybody died: who dies may have had them in hand. */
  readonly offered: Set<number>;
  /** Other dead threads that had tasks of its, and may write to their records until they are gone. */
  readonly awaited: Set<number>;
  /** When it was known to be gone. */
  readonly since: number;
  /** Whether its tasks have ended, as far as everybody could see in the round before. */
  ended: boolean;
  /** The DEATHS that everybody must have seen before the next step. */
  seenBy: number;
  /** The pages that were unused at the last step. */
  unused: number[];
  /** Since everybody else has been seen: who was dead and ran on then, may hold a block there, and is waited for. */
  ghosts: { readonly threads: readonly number[]; readonly since: number } | undefined;
}

/** Reclaims what dead workers held, for one run of the runtime. */
export class Reclaim {
  readonly #engine: Engine;
  readonly #memory: Memory;
  readonly #tellAll: () => number;
  readonly #free: (thread: number) => void;
  readonly #cases: Case[] = [];
  /** Whether a death has disturbed the totals in `stats`. */
  #unbalanced = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause = STEP;

  /**
   * @param tellAll Tells all threads that there is something to see, and gives the number of DEATHS to be seen.
   * @param free A thread's number is free.
   */
  constructor(engine: Engine, tellAll: () => number, free: (thread: number) => void) {
    this.#engine = engine;
    this.#memory = engine.thread.memory;
    this.#tellAll = tellAll;
    this.#free = free;
  }

  /** A worker is gone. */
  begin(thread: number): void {
    this.offerAgain();
    this.#cases.push({
      thread,
      estate: new Estate(this.#memory, thread),
      offered: new Set(),
      awaited: new Set(),
      since: performance.now(),
      ended: false,
      unused: [],
      ghosts: undefined,
      seenBy: this.#tellAll(),
    });
    // The next step is far away where nothing has come of the last ones.
    if (this.#pause > STEP) this.close();
    this.#pause = STEP;
    this.#timer ??= setTimeout(() => this.#step(), STEP);
  }

  /** Somebody has died, who may have had in hand what was put out again. */
  offerAgain(): void {
    for (const { offered } of this.#cases) offered.clear();
  }

  /** The runtime ends. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Goes one step on with each estate. */
  #step(): void {
    this.#timer = undefined;
    const seenBy = this.#cases.map((one) => one.seenBy);
    for (const one of this.#cases.splice(0)) if (!this.#settle(one)) this.#cases.push(one);
    this.#balance();
    // A case that has gone on waits for others to see that; one whose tasks run on may do so for long.
    const hasChanged = this.#cases.some((one, i) => one.seenBy !== seenBy[i]) || this.#cases.length !== seenBy.length;
    this.#pause = hasChanged ? STEP : Math.min(MOST_STEP, 2 * this.#pause);
    if (this.#cases.length > 0 || this.#unbalanced) this.#timer = setTimeout(() => this.#step(), this.#pause);
  }

  /** Settles what can be settled of an estate; `true` when nothing is left. */
  #settle(one: Case): boolean {
    const { words } = this.#memory;
    if (!this.#allHaveSeen(one.seenBy)) return false;
    if (!this.#recordsEnded(one)) return false;
    if (!one.ended) {
      // A task that ended in this moment may not have been sent home yet.
      one.ended = true;
      one.seenBy = this.#tellAll();
      return false;
    }
    this.#dropValues(one.estate);
    // Unused at the last step, and since then everybody has been seen between two pieces of work.
    if (one.unused.length > 0 && this.#awaitsGhosts(one)) return false;
    for (const page of one.unused) one.estate.release(page);
    one.unused = one.estate.unused();
    one.ghosts = undefined;
    if (one.unused.length > 0) {
      one.seenBy = this.#tellAll();
      return false;
    }
    one.estate.releaseRests();
    if (one.estate.size > 0) return false;
    this.#release(one.thread);
    this.#unbalanced = true;
    for (const word of [Area.BEGUN, Area.DEATH, Area.GONE]) store(words, this.#memory.area(one.thread, word), 0);
    this.#free(one.thread);
    return true;
  }

  /** Whether all living threads have dealt with that many deaths. */
  #allHaveSeen(deaths: number): boolean {
    const seen = (thread: number) =>
      ((load(this.#memory.words, this.#memory.area(thread, Area.MOURNED)) - deaths) | 0) >= 0;
    if (!seen(MAIN)) return false;
    for (let seat = 0; seat < this.#memory.workers; seat++) {
      const thread = this.#memory.occupant(seat);
      // Not whether its message that it is ready has come: that may take its time.
      const hasBegun = thread !== 0 && load(this.#memory.words, this.#memory.area(thread, Area.BEGUN)) !== 0;
      if (hasBegun && !seen(thread)) return false;
    }
    return true;
  }

  /** Whether nobody runs or may run a task that the dead thread spawned. Its stealable ones are put out again. */
  #recordsEnded({ thread, estate, offered, awaited, since }: Case): boolean {
    const { words } = this.#memory;
    const isSeatVacant = load(words, Header.SEATS + this.#memory.seatOf(thread)) === 0;
    // What cannot move has its time: another number of the seat may become free, and somebody come who makes room.
    const isHopeless = performance.now() - since > GHOST_GRACE && !this.#isAnybodyThere;
    const adoption = isSeatVacant ? new Adoption(this.#engine, thread, isHopeless, offered) : undefined;
    let ended = true;
    for (const record of estate.records()) {
      const now = state.stateOf(words, record);
      const phase = state.phaseOf(now);
      if (state.ended(now) && this.#isGhost(state.executorOf(now))) ended &&= performance.now() - since > GHOST_GRACE;
      if (phase !== state.RUNNING && phase !== state.QUEUED) continue;
      if (phase === state.QUEUED && state.isStealable(now)) {
        if (adoption?.adopt(record, now)) continue;
        ended = false;
        if (!offered.has(record) && this.#engine.home.outlet.offer(record)) offered.add(record);
        continue;
      }
      const holder = this.#holderOf(record, now);
      if (isSeatVacant && holder === MAIN && phase === state.RUNNING && read(words, record + Record.CODE) !== JOIN) {
        // A call to main, which may wait for what only a worker can do. It goes on, and has no record any more to write to.
        if (state.revoke(words, record, now)) this.#engine.thread.loads.end();
        else ended = false;
      } else if (!isDead(this.#memory, holder)) {
        ended = false;
        if (read(words, record + Record.CODE) === JOIN) this.#endJoin(record, holder);
        else if (phase === state.QUEUED && performance.now() - since > GHOST_GRACE) this.#endUnarrived(record, holder);
      } else if (state.revoke(words, record, now)) awaited.add(holder);
      else ended = false;
    }
    for (const thread of awaited) ended &&= isGone(this.#memory, thread) || !isDead(this.#memory, thread);
    return ended;
  }

  /** Whether a thread that runs on may still be about to free a block that it had taken out of a record. */
  #awaitsGhosts(one: Case): boolean {
    if (one.ghosts === undefined) {
      const threads: number[] = [];
      for (let thread = MAIN + 1; thread < this.#memory.threads; thread++) {
        if (this.#isGhost(thread)) threads.push(thread);
      }
      one.ghosts = { threads, since: performance.now() };
    }
    const { threads, since } = one.ghosts;
    return performance.now() - since < GHOST_GRACE && threads.some((thread) => this.#isGhost(thread));
  }

  /** Whether a worker lives, or is about to. */
  get #isAnybodyThere(): boolean {
    for (let seat = 0; seat < this.#memory.workers; seat++) if (this.#memory.occupant(seat) !== 0) return true;
    return false;
  }

  /** Whether a thread was given up, and has not stopped. */
  #isGhost(thread: number): boolean {
    return isDead(this.#memory, thread) && !isGone(this.#memory, thread);
  }

  /** The thread that runs a task, or to which it is pinned; -1 for one that is nobody's. */
  #holderOf(record: number, now: number): number {
    const phase = state.phaseOf(now);
    if (phase === state.RUNNING) return state.executorOf(now);
    return phase === state.QUEUED && !state.isStealable(now) ? targetOf(this.#memory.words, record) : -1;
  }

  /** The dead one waits no more for a handle that it had received, whose task may take for ever. */
  #endJoin(record: number, holder: number): void {
    const { words } = this.#memory;
    if (state.cancel(words, record) === state.UNCHANGED) return;
    add(words, this.#memory.area(holder, Area.ABORTS), 1);
    this.#engine.thread.rouse(holder);
  }

  /**
   * What the dead one posted with a task may have died with it: then whoever waits for it, with all that is behind, must hear
   * that it does not come. Said at each step, as that one may come to wait only later.
   */
  #endUnarrived(record: number, holder: number): void {
    const { payload, post, words } = this.#engine.thread;
    if (payload.isAttached(record)) post.giveUp(holder, parcelKey(idOf(words, record), "arguments"));
  }

  /**
   * Revokes what a thread that is gone had of those who were given up and run on: they deal with no deaths, and the
   * next holder of its number must not be taken for it.
   */
  #revokeForGhosts(holder: number): void {
    const { words, threads } = this.#memory;
    for (let home = MAIN + 1; home < threads; home++) {
      if (home === holder || !isDead(this.#memory, home)) continue;
      for (const record of new Estate(this.#memory, home).records()) {
        const now = state.stateOf(words, record);
        if (this.#holderOf(record, now) === holder) state.revoke(words, record, now);
      }
    }
  }

  /** Gives back what the dead thread's records hold in pages of others. */
  #dropValues(estate: Estate): void {
    const { words } = this.#memory;
    const { payload, heap } = this.#engine.thread;
    for (const record of estate.records()) {
      payload.drop(record);
      const reason = read(words, record + Record.REASON);
      if (reason === NONE) continue;
      store(words, record + Record.REASON, NONE);
      heap.free(reason);
    }
  }

  /** Makes the words of a dead thread's area as they were at first; its counters stand, MAIL among them. */
  #release(thread: number): void {
    const { words } = this.#memory;
    const area = (word: number) => this.#memory.area(thread, word);
    for (const word of [Area.INBOX, Area.FREED_BLOCKS, Area.DEQUE_TOP, Area.DEQUE_BOTTOM, Area.ENDED, Area.ABORTS]) {
      store(words, area(word), 0);
    }
    store(words, Header.PLACED + thread, 0);
    store(words, area(Area.SETTLED), load(words, area(Area.SPAWNED)));
    // After the inbox was cleared: what is put there from now on is for the next holder.
    this.#revokeForGhosts(thread);
    add(words, area(Area.HOLDERS), 1);
    this.#engine.home.deathErrors.delete(thread);
  }

  /** Once nothing is in flight, what the dead did not count can be told, and is made good. */
  #balance(): void {
    if (!this.#unbalanced) return;
    const memory = this.#memory;
    const { words } = memory;
    const spawned = total(memory, Area.SPAWNED);
    if (spawned !== total(memory, Area.SETTLED)) return;
    this.#unbalanced = false;
    // The dead have a share in each total; it is made good in main's, which only this thread writes.
    const held = memory.area(MAIN, Area.HELD);
    store(words, held, (load(words, held) - total(memory, Area.HELD)) | 0);
    const started = memory.area(MAIN, Area.STARTED);
    store(words, started, (load(words, started) + spawned - total(memory, Area.STARTED)) | 0);
  }
}
