/**
 * Home: the spawning side of a thread. It makes tasks, places them, and settles their handles when they come back.
 *
 * A task goes out as a record of this thread's slab. When there is none to be had, or its queue is full, the task waits
 * here, in order, and enters as records come home. Every record that leaves comes back exactly once, through this
 * thread's inbox, and only then is it used again; its handle may have settled before, by a look at the record.
 */

import { AbortError, LifecycleError, OutOfMemoryError, ShutdownError, WorkerLostError } from "../errors.ts";
import { Slab, slotOf } from "../heap/slab.ts";
import { add, read, readFloat, write } from "../memory/atomics.ts";
import { Area, Record } from "../memory/layout.ts";
import { NONE } from "../sync/inbox.ts";
import type { Aliases } from "../task/aliases.ts";
import { markArrived } from "../task/closure.ts";
import type { CodeWriter } from "../task/code.ts";
import * as handles from "../task/handle.ts";
import type { Failure, Home, SentHandle, WorkerHandle } from "../task/handle.ts";
import { type Packed, type Parcel, Payload } from "../task/payload.ts";
import * as state from "../task/state.ts";
import { parcelKey } from "../value/post.ts";
import { Backlog, type Waiting } from "./backlog.ts";
import { deathOf, isDead } from "./death.ts";
import { Failures } from "./failures.ts";
import { LOOKED, Mourning, NOBODY, type Remembered } from "./mourning.ts";
import { idOf, MAIN, setPlace, targetOf, taskId, type Thread } from "./thread.ts";

/** Where a task may run. */
export type Track = "pinned" | "stealable" | "main";

/** Milliseconds that a task has to end by itself when it is aborted by force. */
const FORCE_GRACE = 100;
/** With every so many spawned tasks, the clock says whether records are taken in, and so many at most. */
const SPAWNS_PER_GLANCE = 32;
const TAKEN_BY_SPAWN = 16_384;
/** Records taken in when somebody looks at a handle. */
const TAKEN_BY_LOOK = 4;
/** The target of a task that any worker may take. */
const ANY = -1;
/** The target of a task that goes to whichever worker has the least load when it enters. */
const LEAST_LOADED = -2;
/** The runtime's own function that waits for an exported handle. */
export const JOIN = 1;

const NOBODY_YET = "Cannot post to a worker as all have died just now. Spawn the task again in a moment.";

/** What the loop of a thread offers to its home. */
export interface Outlet {
  /** Puts a record where any worker may take it, and wakes one; `false` when there is no room. */
  offer(record: number): boolean;
  /** Takes in what has come home, so many records at most, and a few where their values are large. */
  takeIn(most: number): void;
  /** Takes in all that has come home. */
  takeInAll(): void;
  /** Somebody waits in async code for what comes home. */
  await(): void;
  /** Blocks the thread until something may have come home, and takes that in; with 0 milliseconds it only looks. */
  block(timeoutMs: number): void;
}

/** The spawning side of one thread. */
export class HomeDesk implements Home {
  readonly #thread: Thread;
  readonly #slab: Slab<Remembered>;
  readonly #backlog = new Backlog();
  readonly #mourning: Mourning;
  readonly #failures: Failures;
  /** By record, the shared memory that tasks in flight name. */
  readonly #named = new Map<number, readonly SharedArrayBuffer[]>();
  #serial: number;
  #untilGlance = SPAWNS_PER_GLANCE;
  /** The millisecond in which records were last taken in by a spawn. */
  #lastIntake = 0;
  /** Set at the end: nothing enters any more. */
  #closed: { readonly cause: unknown } | undefined;
  /** The thread's loop; set by it. */
  outlet!: Outlet;
  /** Handles settled that somebody waited for, since this was last set to 0: microtasks are likely to wait. */
  resumed = 0;

  /**
   * @param codes Writes functions to blocks.
   * @param report Reports a failure that nobody looked at.
   * @param kill Gives a worker up, as a task on it does not end.
   */
  constructor(
    thread: Thread,
    readonly codes: CodeWriter,
    report: (error: unknown) => void,
    readonly kill: (thread: number, record: number, met: number) => void,
  ) {
    this.#thread = thread;
    this.#serial = thread.firstSerial >>> 0;
    this.#failures = new Failures(report);
    this.#slab = new Slab(thread.words, thread.heap, thread.number);
    this.#mourning = new Mourning({
      thread,
      slab: this.#slab,
      backlog: this.#backlog,
      takeInAll: () => this.outlet.takeInAll(),
      comeHome: (record) => this.comeHome(record),
      offer: (record) => this.outlet.offer(record),
      fail: (handle, error) => this.#failHandle(handle, error),
    });
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
    if (!Payload.fits(args)) {
      values = this.#pack(args, ({ values, transfers }) => {
        // A parcel needs an address before anybody has claimed the task.
        if (target !== MAIN) {
          target = target === ANY ? thread.idlest() : thread.leastLoaded();
          if (target === 0) throw new WorkerLostError(NOBODY_YET);
        }
        thread.post.send(target, parcelKey(id, "arguments"), values, transfers);
      });
      // Reading the arguments may have run user code, which may have shut the runtime down …
      if (thread.stopping) {
        thread.payload.dropPacked(values);
        this.#refuse();
      }
      // … or have spawned, which may have given up the block.
      code = this.codes.block(fn, aliases);
    }
    return this.#send(handles.make(id), serial, target, code, values);
  }

  /**
   * However many are spawned in one turn, records that are home are used again while they are in a cache. But not at once, and
   * not a few at a time: to follow closely behind the thread that ends them, on cache lines that it has in hand or is
   * about to take, costs both threads more than all else that is done for a task. A millisecond keeps some thousands of
   * brief tasks in between, and fewer of those whose values take their time and their room.
   */
  #takeInSometimes(): void {
    this.#untilGlance = SPAWNS_PER_GLANCE;
    if (Date.now() === this.#lastIntake) return;
    this.outlet.takeIn(TAKEN_BY_SPAWN);
    this.#lastIntake = Date.now();
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
      this.#failHandle(handle, new WorkerLostError(`Task ${id} was lost as the worker that spawned it has died`));
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

  await(): void {
    this.outlet.await();
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
    if (!this.#settle(handle, record, now)) return false;
    // The record is still on its way; when it arrives nobody waits for it.
    this.#slab.items[slotOf(words, record)] = LOOKED;
    this.#thread.count(Area.SETTLED);
    return true;
  }

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
      if (met === state.FREE) {
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
    if (state.isStealable(met)) return;
    const target = targetOf(words, record);
    if (read(words, record + Record.CODE) !== JOIN) this.#thread.addLoad(target, -1);
    // It may be what holds up those behind it.
    this.#thread.rouse(target);
  }

  /** One of this thread's records has come home. */
  comeHome(record: number): void {
    const { words, payload, post, heap } = this.#thread;
    const handle = this.#slab.items[slotOf(words, record)];
    if (handle && handles.recordOf(handle) === record) {
      const now = state.stateOf(words, record);
      if (!this.#settle(handle, record, now)) {
        post.expect(parcelKey(idOf(words, record), "result"), () => this.comeHome(record));
        return;
      }
    } else {
      if (payload.isAttached(record)) post.drop(parcelKey(idOf(words, record), "result"));
      payload.drop(record);
    }
    const reason = read(words, record + Record.REASON);
    if (reason !== NONE) {
      write(words, record + Record.REASON, NONE);
      heap.free(reason);
    }
    if (this.#named.size > 0) this.#named.delete(record);
    this.#slab.give(record);
    if (handle !== LOOKED) this.#thread.count(Area.SETTLED);
    this.#mourning.offerAgain();
    if (!this.#backlog.isEmpty) this.enterWaiting(false);
  }

  /**
   * Lets waiting tasks enter while there is room.
   *
   * @param beyond Whether to take more than this thread's share of records: when it has nothing else to do, all of them
   * may be held by tasks that wait for tasks that wait here.
   */
  enterWaiting(beyond: boolean): void {
    const backlog = this.#backlog;
    for (let task = backlog.first; task !== undefined; task = backlog.first) {
      const aborted = !handles.isPending(task.handle);
      if (aborted) {
        if (!Array.isArray(task.values)) this.#drop(task, task.values as Packed);
        this.#thread.count(Area.STARTED);
        this.#thread.count(Area.SETTLED);
      } else {
        const record = beyond ? this.#slab.takeBeyond() : this.#slab.take();
        if (record === NONE || !this.#place(record, task.handle, task.serial, task.target, task.code, task.values)) {
          return;
        }
      }
      backlog.shift();
    }
  }

  /** Whether a worker was given up, or is gone, since the last `mourn`. */
  get hasDeaths(): boolean {
    return this.#mourning.hasDeaths;
  }

  /** Deals with deaths; see `mourning.ts`. */
  mourn(): void {
    this.#mourning.mourn();
  }

  /** On main: the errors that workers died of. */
  get deathErrors(): Map<number, unknown> {
    return this.#mourning.errors;
  }

  /** Whether tasks wait for a record. */
  get hasWaiting(): boolean {
    return !this.#backlog.isEmpty;
  }

  /** The code blocks that tasks in flight or waiting name. */
  codesInUse(): Set<number> {
    const used = new Set<number>();
    for (const record of this.#slab.inFlight()) used.add(read(this.#thread.words, record + Record.CODE));
    for (const { code } of this.#backlog) used.add(code);
    return used;
  }

  /** The runtime is gone: settles every pending handle, and reports failures that nobody saw. */
  close(cause: unknown): void {
    this.#closed = { cause };
    const pending = this.#slab.items.filter((handle) => handle instanceof handles.WorkerHandle);
    for (const { handle } of this.#backlog) pending.push(handle);
    this.#backlog.clear();
    for (const handle of pending) {
      // One that has ended and is on its way home did end before.
      this.settleIfEnded(handle);
      if (handles.isPending(handle)) this.#failForShutdown(handle, cause);
    }
    this.reportFailures();
  }

  #failForShutdown(handle: WorkerHandle<unknown>, cause: unknown): void {
    const error = new ShutdownError(
      `Task ${handle.id} did not end before the runtime was shut down`,
      cause === undefined ? undefined : { cause },
    );
    handles.fail(handle, { error, seen: true });
  }

  /** Reports the failures that nobody has seen, and nobody will; whether there were any. */
  reportFailures(): boolean {
    return this.#failures.reportAll();
  }

  #nextSerial(): number {
    return this.#serial = (this.#serial + 1) >>> 0;
  }

  /** Refuses to spawn: the runtime ends, or this worker, which runs on for a moment, has been given up. */
  #refuse(): never {
    const why = deathOf(this.#thread.memory, this.#thread.number);
    if (why === undefined) throw new LifecycleError("Cannot spawn a task as the runtime has shut down");
    throw new WorkerLostError(`Cannot spawn a task as this worker was given up: ${why}`);
  }

  #send(
    handle: WorkerHandle<unknown>,
    serial: number,
    target: number,
    code: number,
    values: readonly unknown[] | Packed,
  ): WorkerHandle<unknown> {
    if (this.#closed !== undefined) {
      // A handle that came with a result which was taken in at the end.
      this.#failForShutdown(handle, this.#closed.cause);
      return handle;
    }
    this.#thread.count(Area.SPAWNED);
    const record = this.#backlog.isEmpty ? this.#slab.take() : NONE;
    if (record === NONE || !this.#place(record, handle, serial, target, code, values)) {
      this.#backlog.push({ handle, serial, target, code, values });
      // A loop that sleeps would not notice.
      this.#thread.poke();
    }
    return handle;
  }

  /** Gives the worker up that runs an aborted task, unless the task ends by itself in time. */
  #killLater(record: number, met: number): void {
    const { words } = this.#thread;
    setTimeout(() => {
      const now = state.stateOf(words, record);
      if (state.phaseOf(now) !== state.RUNNING || state.isRevoked(words, record, met)) return;
      const executor = state.executorOf(now);
      if (executor !== MAIN && !this.#thread.stopping) this.kill(executor, record, now);
    }, FORCE_GRACE);
  }

  /** Whether somebody has this number, be it one that has died lately. */
  #isThere(thread: number): boolean {
    const { memory } = this.#thread;
    return thread === MAIN || memory.occupant(memory.seatOf(thread)) === thread || isDead(memory, thread);
  }

  #failHandle(handle: WorkerHandle<unknown>, error: unknown): void {
    const failure: Failure = { error, seen: false };
    if (handles.fail(handle, failure)) {
      failure.seen = true;
      this.resumed++;
    } else if (!failure.seen) this.#failures.add(handle, failure);
  }

  /** Encodes arguments; where there is no room, once more without the code that nothing uses any more. */
  #pack(args: readonly unknown[], post: (parcel: Parcel) => void): Packed {
    try {
      return this.#thread.payload.pack(args, post);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError) || !this.codes.giveUpUnused()) throw error;
      return this.#thread.payload.pack(args, post);
    }
  }

  /** Lets the arguments of a task go that never got a record. */
  #drop({ handle, target }: Waiting, values: Packed): void {
    if (Payload.isAttached(values)) this.#thread.post.revoke(target, parcelKey(handle.id, "arguments"));
    this.#thread.payload.dropPacked(values);
  }

  /** Fills a record and lets it go; `false`, and nothing has changed, when its queue is full or no worker is there. */
  #place(
    record: number,
    handle: WorkerHandle<unknown>,
    serial: number,
    target: number,
    code: number,
    values: readonly unknown[] | Packed,
  ): boolean {
    const thread = this.#thread;
    const { words, payload } = thread;
    write(words, record + Record.CODE, code);
    write(words, record + Record.SERIAL, serial);
    write(words, record + Record.REASON, NONE);
    if (Array.isArray(values)) payload.writeInline(record, values);
    else {
      const packed = values as Packed;
      payload.writePacked(record, packed);
      if (packed.named.length > 0) this.#named.set(record, packed.named);
    }
    this.#slab.items[slotOf(words, record)] = handle;
    handles.enter(handle, record);
    if (target === ANY) {
      setPlace(words, record, thread.number, 0);
      state.queue(words, record, true);
      if (this.outlet.offer(record) || !state.unqueue(words, record)) return true;
      this.#withdraw(record, handle);
      return false;
    }
    const chosen = target === LEAST_LOADED ? thread.leastLoaded() : target;
    setPlace(words, record, thread.number, chosen);
    if (target === LEAST_LOADED && chosen === 0) {
      // All seats are vacant for the moment.
      this.#withdraw(record, handle);
      return false;
    }
    state.queue(words, record, false);
    if (code !== JOIN) thread.addLoad(chosen, 1);
    thread.deliver(record, chosen);
    // Delivered first, looked second: a death that is told of later finds the record in flight.
    if (isDead(thread.memory, chosen)) this.#mourning.lose(record, state.stateOf(words, record), chosen);
    return true;
  }

  /** Takes back a record that nobody has got: the values are the waiting task's, which gets another. */
  #withdraw(record: number, handle: WorkerHandle<unknown>): void {
    write(this.#thread.words, record + Record.PAYLOAD, NONE);
    this.#named.delete(record);
    handles.leave(handle);
    this.#slab.give(record);
  }

  /** Settles a pending handle with what its record holds; `false` when a parcel must arrive first. */
  #settle(handle: WorkerHandle<unknown>, record: number, now: number): boolean {
    const { words, payload, post } = this.#thread;
    let attachments: readonly unknown[] | undefined;
    if (payload.isAttached(record)) {
      attachments = post.take(parcelKey(idOf(words, record), "result"));
      if (attachments === undefined) return false;
    }
    let failed = state.phaseOf(now) === state.FAILED;
    let outcome: unknown;
    try {
      outcome = payload.takeResult(record, attachments);
    } catch (error) {
      failed = true;
      outcome = error;
    }
    if (!failed) {
      if (handles.fulfil(handle, outcome)) this.resumed++;
    } else {
      // Of a handle that was received, who ran its task has told.
      if (read(words, record + Record.CODE) !== JOIN) {
        tellWhere(outcome, `task ${handle.id} on ${this.#thread.nameOf(state.executorOf(now))}`);
      }
      if (outcome instanceof Error) markArrived(outcome);
      this.#failHandle(handle, outcome);
    }
    return true;
  }
}

/** Says in an error's stack where it was thrown, below the frames of the thread that threw it. */
function tellWhere(error: unknown, where: string): void {
  if (!(error instanceof Error)) return;
  const stack = `${error.stack ?? `${error.name}: ${error.message}`}\n    in ${where}`;
  Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
}
