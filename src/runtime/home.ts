/**
 * Home: the spawning side of a thread. It makes tasks, places them, and settles their handles when they come back.
 *
 * A task goes out as a record of this thread's slab. Every record that leaves comes back exactly once, through this thread's
 * inbox, and only then is it used again; its handle may have settled before, by a look at the record.
 */

import { LifecycleError, OutOfMemoryError, WorkerLostError } from "../errors.ts";
import { slotOf } from "../heap/slab.ts";
import { read, readFloat, write } from "../memory/atomics.ts";
import { Area, MAIN, Record } from "../memory/layout.ts";
import { NONE } from "../sync/inbox.ts";
import type { Aliases } from "../task/aliases.ts";
import type { CodeWriter } from "../task/code.ts";
import { JOIN } from "../task/code_text.ts";
import * as handles from "../task/handle.ts";
import type { WorkerHandle } from "../task/handle.ts";
import type { Home, SentHandle } from "../task/home.ts";
import type { Addressee, Packed } from "../task/payload.ts";
import { idOf, targetOf, taskId } from "../task/place.ts";
import { areScalars } from "../task/scalars.ts";
import * as state from "../task/state.ts";
import { parcelKey } from "../value/post.ts";
import { Aborting } from "./aborting.ts";
import { millisecond } from "./clock.ts";
import { deathOf, isDead } from "./death.ts";
import { Destination } from "./destination.ts";
import { LOOKED, Mourning, NOBODY } from "./mourning.ts";
import { ANY, LEAST_LOADED, type Outlet, Placing } from "./placing.ts";
import { Settling } from "./settling.ts";
import type { Thread } from "./thread.ts";

/** Where a task may run. */
export type Track = "pinned" | "stealable" | "main";

/** With every so many spawned tasks there is a glance at the clock, which says whether records are taken in. */
const SPAWNS_PER_GLANCE = 32;
/** After so many glances they are taken in whatever the clock says. */
const MOST_GLANCES = 512;
/** Records taken in by a spawn, as far as time allows. */
const TAKEN_BY_SPAWN = 16_384;
/** Records taken in when somebody looks at a handle. */
const TAKEN_BY_LOOK = 4;

/** The spawning side of one thread. */
export class HomeDesk implements Home {
  readonly #thread: Thread;
  readonly #placing: Placing;
  readonly #settling: Settling;
  readonly #aborting: Aborting;
  readonly #mourning: Mourning;
  #serial: number;
  #untilGlance = SPAWNS_PER_GLANCE;
  #glancesLeft = MOST_GLANCES;
  /** The millisecond in which records were last taken in by a spawn. */
  #lastIntake = 0;
  /** Set at the end: nothing enters any more. */
  #closed: { readonly cause: unknown } | undefined;

  /**
   * @param codes Writes functions to blocks.
   * @param report Reports a failure that nobody looked at.
   * @param kill Gives a worker up, as a task on it does not end.
   */
  constructor(
    thread: Thread,
    readonly codes: CodeWriter,
    report: (error: unknown) => void,
    kill: (thread: number, record: number, met: number) => void,
  ) {
    this.#thread = thread;
    this.#serial = thread.firstSerial >>> 0;
    this.#placing = new Placing(thread, (record, met, worker) => this.#mourning.lose(record, met, worker));
    this.#settling = new Settling(thread, report);
    const { slab, backlog } = this.#placing;
    const abandon = (record: number) => this.#placing.abandon(record);
    this.#aborting = new Aborting(thread, slab, kill, abandon);
    this.#mourning = new Mourning({
      thread,
      slab,
      backlog,
      mark: () => this.outlet.mark(),
      hasTakenIn: (mark) => this.outlet.hasTakenIn(mark),
      comeHome: (record) => this.comeHome(record),
      offer: (record) => this.outlet.offer(record),
      abandon,
      fail: (handle, error) => this.#settling.fail(handle, error),
    });
  }

  /** The thread's loop; set by it. */
  get outlet(): Outlet {
    return this.#placing.outlet;
  }

  set outlet(loop: Outlet) {
    this.#placing.outlet = loop;
  }

  /** Makes a task of a function and its arguments, and places it. */
  spawn(track: Track, fn: unknown, args: readonly unknown[], aliases: Aliases): WorkerHandle<unknown> {
    const thread = this.#thread;
    // Before all else, since to answer for a handle of this thread may run user code.
    if (--this.#untilGlance === 0) this.#takeInSometimes();
    if (thread.stopping) this.#refuse();
    if (this.#mourning.isDeserted && track !== "main") throw new WorkerLostError(`Cannot place a task as ${NOBODY}`);
    let code = this.codes.block(fn, aliases);
    const serial = this.#nextSerial();
    const id = taskId(serial, thread.number);
    let target = track === "stealable" ? ANY : track === "main" ? MAIN : LEAST_LOADED;
    let values: readonly unknown[] | Packed = args;
    if (!areScalars(args)) {
      const destination = new Destination(thread, this.#placing.backlog, id, target);
      values = this.#pack(args, destination);
      target = destination.target;
      // Reading the arguments may have run user code, which may have shut the runtime down …
      if (thread.stopping) {
        this.#placing.drop(id, target, values);
        this.#refuse();
      }
      // … or have spawned, which may have given up the block, and where there is no room, packing has.
      try {
        code = this.codes.block(fn, aliases);
      } catch (error) {
        this.#placing.drop(id, target, values);
        throw error;
      }
    }
    return this.#send(handles.make(id), serial, target, code, values);
  }

  /**
   * However many are spawned in one turn, records that are home are used again while they are in a cache. But not at once, and
   * not a few at a time: to follow closely behind the thread that ends them, on cache lines that it has in hand or is
   * about to take, costs both threads more than all else that is done for a task. A millisecond keeps some thousands of
   * brief tasks in between, and fewer of those whose values take their time and their room. Where room is short there is no
   * waiting: what has come home may hold it.
   */
  #takeInSometimes(): void {
    this.#untilGlance = SPAWNS_PER_GLANCE;
    if (--this.#glancesLeft > 0 && millisecond() === this.#lastIntake && !this.#thread.heap.isTight) return;
    this.outlet.takeIn(TAKEN_BY_SPAWN);
    this.#lastIntake = millisecond();
    this.#glancesLeft = MOST_GLANCES;
  }

  get number(): number {
    return this.#thread.number;
  }

  idOf(record: number): number {
    const { words, memory } = this.#thread;
    if (read(words, record + Record.CODE) !== JOIN) return idOf(words, record);
    // A received handle has the number of the task that it stands for, which came with the ticket. Results leave it there.
    return readFloat(memory.floats, ((record + Record.NUMBERS) >> 1) + 1);
  }

  join({ id, home, ticket }: SentHandle): WorkerHandle<unknown> {
    const thread = this.#thread;
    if (home === thread.number) return thread.payload.exports.take(ticket);
    const serial = this.#nextSerial();
    const handle = handles.make(id);
    if (!this.#isThere(home)) {
      this.#settling.fail(handle, new WorkerLostError(`Task ${id} was lost as the worker that spawned it has died`));
      return handle;
    }
    return this.#send(handle, serial, home, JOIN, [ticket, id]);
  }

  export(handle: WorkerHandle<unknown>): number {
    return this.#thread.payload.exports.add(handle);
  }

  cancelExport(ticket: number): void {
    this.#thread.payload.exports.cancel(ticket);
  }

  refuseIfStopping(): void {
    if (this.#thread.number !== MAIN) this.#thread.refuseIfStopping();
  }

  await(): void {
    this.outlet.await();
  }

  turn(): Promise<void> | undefined {
    return this.outlet.turn();
  }

  block(timeoutMs: number): void {
    this.outlet.block(timeoutMs);
  }

  needsTurn(handle: WorkerHandle<unknown>): boolean {
    const { words, number, memory, payload } = this.#thread;
    const record = handles.recordOf(handle);
    // One that waits at home enters while the thread is blocked.
    if (record <= 0) return false;
    const now = state.stateOf(words, record);
    // Only the task's parcel is missing, which comes as a message.
    if (state.ended(now)) return payload.isAttached(record);
    if (state.phaseOf(now) === state.RUNNING) return state.executorOf(now) === number;
    if (!state.isStealable(now)) return targetOf(words, record) === number;
    for (let seat = 0; seat < memory.workers; seat++) {
      const worker = memory.occupant(seat);
      if (worker !== 0 && worker !== number) return false;
    }
    return true;
  }

  look(handle: WorkerHandle<unknown>, waits: boolean): void {
    if (!this.settleIfEnded(handle)) return;
    // Who only looks, and always finds, keeps the rest going too: records come home, and waiting tasks enter. Who waits next
    // leaves that to the loop: to look for others' records in a burst would have threads contend for the inbox.
    if (!waits || !handles.isPending(handle)) this.outlet.takeIn(TAKEN_BY_LOOK);
  }

  /** Settles a pending handle whose task has ended, be its record home or not; `false` while a parcel is missing. */
  settleIfEnded(handle: WorkerHandle<unknown>): boolean {
    const { words } = this.#thread;
    const record = handles.recordOf(handle);
    if (record <= 0) return true;
    const now = state.stateOf(words, record);
    if (!state.ended(now)) return true;
    if (!this.#settling.settle(handle, record, now)) return false;
    this.#thread.loads.forget();
    // The record is still on its way; when it arrives nobody waits for it.
    this.#placing.slab.items[slotOf(words, record)] = LOOKED;
    this.#thread.count(Area.SETTLED);
    return true;
  }

  abort(handle: WorkerHandle<unknown>, reason: unknown, force: boolean): boolean {
    return this.#aborting.abort(handle, reason, force);
  }

  /** One of this thread's records has come home. */
  comeHome(record: number): void {
    const { words, post, heap } = this.#thread;
    const handle = this.#placing.slab.items[slotOf(words, record)];
    // Claimed, perhaps, but not begun.
    this.#placing.abandonUnreceived(record);
    if (handle && handles.recordOf(handle) === record) {
      const now = state.stateOf(words, record);
      if (!this.#settling.settle(handle, record, now)) {
        post.expect(parcelKey(idOf(words, record), "result"), () => this.comeHome(record));
        return;
      }
    } else if (!this.#drop(record)) return;
    const reason = read(words, record + Record.REASON);
    if (reason !== NONE) {
      write(words, record + Record.REASON, NONE);
      heap.free(reason);
    }
    this.#placing.takeBack(record);
    this.#thread.loads.forget();
    if (handle !== LOOKED) this.#thread.count(Area.SETTLED);
    this.#mourning.offerAgain();
    if (!this.#placing.backlog.isEmpty) this.#placing.enterWaiting(false);
  }

  /** Lets go of what a record holds, which nobody wants; `false` when a parcel must arrive first, with ends of channels in it. */
  #drop(record: number): boolean {
    const { words, payload, post } = this.#thread;
    let attachments: readonly unknown[] | undefined;
    if (payload.isAttached(record)) {
      const key = parcelKey(idOf(words, record), "result");
      if (!payload.hasCarried(record)) post.drop(key);
      else if ((attachments = post.take(key)) === undefined) {
        post.expect(key, () => this.comeHome(record));
        return false;
      }
    }
    payload.drop(record, attachments);
    return true;
  }

  /** Lets waiting tasks enter; see `Placing`. */
  enterWaiting(beyond: boolean): void {
    this.#placing.enterWaiting(beyond);
  }

  /** Handles settled that somebody waited for, since this was last set to 0: microtasks are likely to wait. */
  get resumed(): number {
    return this.#settling.resumed;
  }

  set resumed(count: number) {
    this.#settling.resumed = count;
  }

  /** Whether a worker was given up, or is gone, that has not been dealt with. */
  get hasDeaths(): boolean {
    return this.#mourning.hasDeaths;
  }

  /** Deals with deaths; see `mourning.ts`. Says whether they were heard of just now. */
  mourn(): boolean {
    return this.#mourning.mourn();
  }

  /** On main: the errors that workers died of. */
  get deathErrors(): Map<number, unknown> {
    return this.#mourning.errors;
  }

  /** Whether tasks that were spawned here have not ended, as far as is known here. */
  get hasTasksOut(): boolean {
    const { words, memory, number } = this.#thread;
    const own = (area: number) => read(words, memory.area(number, area));
    return own(Area.SPAWNED) !== own(Area.SETTLED);
  }

  /** Whether tasks wait for a record. */
  get hasWaiting(): boolean {
    return !this.#placing.backlog.isEmpty;
  }

  /** The code blocks that tasks in flight or waiting name. */
  codesInUse(): Set<number> {
    const used = new Set<number>();
    for (const record of this.#placing.slab.inFlight()) used.add(read(this.#thread.words, record + Record.CODE));
    for (const { code } of this.#placing.backlog) used.add(code);
    return used;
  }

  /** The runtime is gone: settles every pending handle, and reports failures that nobody saw. */
  close(cause: unknown): void {
    this.#closed = { cause };
    const pending = this.#placing.slab.items.filter((handle) => handle instanceof handles.WorkerHandle);
    for (const { handle } of this.#placing.backlog) pending.push(handle);
    this.#placing.abandonAll();
    for (const handle of pending) {
      // One that has ended and is on its way home did end before.
      this.settleIfEnded(handle);
      if (handles.isPending(handle)) this.#settling.failForShutdown(handle, cause);
    }
    this.reportFailures();
  }

  /** Reports the failures that nobody has seen, and nobody will; whether there were any. */
  reportFailures(): boolean {
    return this.#settling.reportFailures();
  }

  /**
   * Makes a stealable task of a thread that is gone, and whose record nobody can claim, one of this thread's own. Who spawned it
   * cannot look at what comes of it, and it is not known whether somebody would have: that it fails is not reported.
   *
   * @param codes This thread's blocks for code in blocks of that thread's, as far as is known.
   * @throws {OutOfMemoryError} There is no room for it.
   */
  adopt(record: number, codes: Map<number, number>): void {
    const { words, number, payload } = this.#thread;
    const old = read(words, record + Record.CODE);
    const code = codes.get(old) ?? this.codes.copy(old);
    const values = payload.copyArguments(record);
    codes.set(old, code);
    const serial = this.#nextSerial();
    const handle = handles.make(taskId(serial, number));
    this.#settling.ignore(handle);
    this.#send(handle, serial, ANY, code, values);
  }

  #nextSerial(): number {
    return this.#serial = (this.#serial + 1) >>> 0;
  }

  #send(
    handle: WorkerHandle<unknown>,
    serial: number,
    target: number,
    code: number,
    values: readonly unknown[] | Packed,
  ): WorkerHandle<unknown> {
    // A handle that came with a result which was taken in at the end.
    if (this.#closed !== undefined) this.#settling.failForShutdown(handle, this.#closed.cause);
    else this.#placing.send(handle, serial, target, code, values);
    return handle;
  }

  /** Refuses to spawn: the runtime ends, or this worker, which runs on for a moment, has been given up. */
  #refuse(): never {
    const why = deathOf(this.#thread.memory, this.#thread.number);
    if (why === undefined) throw new LifecycleError("Cannot spawn a task as the runtime has shut down");
    throw new WorkerLostError(`Cannot spawn a task as this worker was given up: ${why}`);
  }

  /** Whether somebody has this number, be it one that has died lately. */
  #isThere(thread: number): boolean {
    const { memory } = this.#thread;
    return thread === MAIN || memory.occupant(memory.seatOf(thread)) === thread || isDead(memory, thread);
  }

  /** Encodes arguments; where there is no room, once more without what has come home, and code that nothing uses any more. */
  #pack(args: readonly unknown[], to: Addressee): Packed {
    try {
      return this.#thread.payload.pack(args, to);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error;
      const taken = this.outlet.takeIn(TAKEN_BY_SPAWN);
      if (!this.codes.giveUpUnused() && taken === 0) throw error;
      return this.#thread.payload.pack(args, to);
    }
  }
}
