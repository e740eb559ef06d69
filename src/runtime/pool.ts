/**
 * Pool: the workers as main sees them. It starts them, carries what they post, notices when they die, and ends them.
 *
 * Each worker holds a lock of its own for as long as it lives, which main asks for: it is granted when the thread has
 * really stopped, however that came about, and not before.
 */

import { InitError, LifecycleError } from "../errors.ts";
import { load, mayBlock, store, wait } from "../memory/atomics.ts";
import { Begun, Header, LAYOUT_VERSION, type Memory } from "../memory/layout.ts";
import { unpark } from "../sync/park.ts";
import { messageOf } from "../task/code.ts";
import { Keeper } from "../value/commons.ts";
import type { Delivery } from "../value/post.ts";
import { Cause } from "./death.ts";
import { haveLeft, leftOf, markLeft, warnOfGhost } from "./leaving.ts";
import { newLifeLockName } from "./life_lock.ts";
import { LifeWatch } from "./life_watch.ts";
import { type FromWorker, type Start, troubleError, WORKER_NAME } from "./messages.ts";
import { type Script, scriptFor, whyNoScript } from "./script.ts";
import { type Starting, StartWatch } from "./start_watch.ts";
import type { Thread } from "./thread.ts";
import { after, stayAlive } from "./turns.ts";
import { VERSION } from "./version.ts";

/** Milliseconds for which workers are started before the event loop has a turn: in Deno it takes 7 to start one. */
const SLICE = 4;
/** Milliseconds for messages that are here to be heard. */
const HEARING = 5;
/** Milliseconds between two workers for the event loop to have a turn, as little as the engine waits. */
const TURN = 0.1;
/** Milliseconds for which main sleeps when it has made a worker, where it may. */
const BREATH = 0.05;
/** What a pool is started with. */
export interface PoolOptions {
  readonly workerUrl: string | undefined;
  readonly glue: string | undefined;
}

/** Whom the pool tells what it notices. */
export interface PoolListener {
  /** A worker posted a parcel, or one that was held back can go on. */
  receive(delivery: Delivery): void;
  /** A worker is to be given up. */
  dying(thread: number, cause: number, error?: unknown): void;
  /** A task was aborted by force, and had not ended when its record's state was seen. */
  stuck(thread: number, record: number, met: number): void;
  /** A worker's thread has stopped. */
  gone(thread: number): void;
}

/** Where a worker is started. */
type Place = readonly [seat: number, thread: number];

/** A worker in its seat. */
interface Seated extends Starting {
  readonly worker: Worker;
  state: Starting["state"];
}

/** The workers of one run of the runtime. */
export class Pool {
  readonly #memory: Memory;
  readonly #options: PoolOptions;
  readonly #seats: (Seated | undefined)[] = [];
  readonly #lives: LifeWatch;
  readonly #starts: StartWatch;
  /** Starts some of the workers that are yet to be started, or all; and when one was started last. */
  #startSome: (all: boolean) => void = () => {};
  #lastStart = 0;
  /** Parcels for workers that are not there yet. */
  #undelivered: Delivery[] = [];
  /** Shared memory that all threads know by number. */
  readonly commons: Keeper = new Keeper((message) => {
    for (const seated of this.#seats) seated?.worker.postMessage(message);
    // Posted first, said second: whoever reads the number will hear what it stands for.
    if (message.webble === "share") store(this.#memory.words, Header.SHARED, message.number);
  });
  /** Whom to tell; set before `start`. */
  listener!: PoolListener;

  constructor(memory: Memory, options: PoolOptions) {
    this.#memory = memory;
    this.#options = options;
    this.#lives = new LifeWatch(memory, (thread) => this.listener.gone(thread));
    this.#starts = new StartWatch(this.#lives, options.glue);
  }

  /**
   * Starts the workers, the first of them at once.
   *
   * @throws {InitError} One of them cannot start.
   * @throws {LifecycleError} The runtime was shut down meanwhile.
   */
  async start(): Promise<void> {
    await this.#startAll(Array.from({ length: this.#memory.workers }, (_, seat) => [seat, seat + 1] as const));
  }

  /**
   * For main where it waits without giving the event loop a turn: starts workers that are yet to be started, one at a time, or
   * all, if main is about to block.
   */
  hasten(all: boolean): void {
    if (!this.#isStopping && (all || performance.now() - this.#lastStart > SLICE)) this.#startSome(all);
  }

  get #isStopping(): boolean {
    return load(this.#memory.words, Header.STOP) !== 0;
  }

  /**
   * Starts a worker in the seat of one that died.
   *
   * @returns Whether, if it could not start, nobody will say that it is gone.
   */
  async startAgain(seat: number, thread: number): Promise<{ error: unknown; silent: boolean } | undefined> {
    const starting = this.#startAll([[seat, thread]]);
    const seated = this.#seats[seat];
    try {
      await starting;
      return undefined;
    } catch (error) {
      if (seated === undefined) return { error, silent: true };
      // It may have the lock, and its message be on the way. If it has not, it must not get it any more.
      this.#lives.watch(seated);
      return { error, silent: !this.#lives.isPossible };
    }
  }

  /** Posts to a worker. */
  carry(delivery: Delivery, transfers: Transferable[]): void {
    const seated = this.#seats[this.#memory.seatOf(delivery.to)];
    if (seated?.thread === delivery.to) seated.worker.postMessage(delivery, transfers);
    // Cloned and moved now, as if it were posted.
    else if (this.#isExpected(delivery)) this.#undelivered.push(structuredClone(delivery, { transfer: transfers }));
  }

  /** Whether a parcel is for a worker that is alive, or is yet to be started. */
  #isExpected({ to }: Delivery): boolean {
    return this.#memory.occupant(this.#memory.seatOf(to)) === to;
  }

  /** Ends all workers: those that sleep or come to the end of a task leave by themselves, the others are terminated. */
  async end(thread: Thread): Promise<void> {
    const { words } = this.#memory;
    store(words, Header.STOP, 1);
    for (const place of thread.parking.places) unpark(place);
    const error = shutDownMeanwhile();
    let expected = 0;
    for (const [seat, seated] of this.#seats.entries()) {
      if (seated === undefined) continue;
      if (seated.state === "ready" || this.#lives.begun(seated) !== Begun.NOT) {
        expected |= 1 << seat;
        seated.succeed();
      } else {
        seated.fail(error);
        seated.worker.terminate();
      }
    }
    await haveLeft(words, expected);
    // Where main was busy for so long, what those who left have said is to be heard yet.
    if (leftOf(words, expected) !== expected) {
      await new Promise((resolve) => setTimeout(resolve, HEARING));
    }
    const left = leftOf(words, expected);
    this.terminateAll();
    await this.#lives.over();
    for (const seat of this.#seats.keys()) if ((expected & ~left & 1 << seat) !== 0) warnOfGhost(seat);
  }

  /** Ends all workers at once. */
  terminateAll(): void {
    store(this.#memory.words, Header.STOP, 1);
    this.#lives.end();
    for (const seat of this.#seats.keys()) this.terminate(seat);
  }

  /** Ends the worker in a seat. */
  terminate(seat: number): void {
    const seated = this.#seats[seat];
    this.#seats[seat] = undefined;
    if (seated === undefined) return;
    seated.worker.terminate();
    if (seated.state === "ready") return;
    // It may have died in a task, before it was heard that it was ready.
    if (this.#lives.begun(seated) !== Begun.NOT) {
      this.#lives.watchToTheEnd(seated);
      seated.succeed();
    } else seated.fail(new InitError(`Cannot start worker ${seat}: it died before it was ready`));
  }

  async #startAll(places: readonly Place[]): Promise<void> {
    const script = scriptFor(this.#options.workerUrl);
    const left = places.slice();
    const starts: Promise<void>[] = [];
    let isOver = false;
    // Else a program would end here that has nothing else to wait for, and no worker left that keeps it alive.
    const leave = stayAlive();
    const startSome = (all: boolean) => {
      const end = all ? Infinity : performance.now() + SLICE;
      while (left.length > 0) {
        const [seat, thread] = left.shift()!;
        const start = this.#startOne(seat, thread, script);
        start.catch(() => left.length = 0);
        starts.push(start);
        this.#lastStart = performance.now();
        if (this.#lastStart > end) return;
      }
    };
    try {
      startSome(false);
      this.#starts.watch(script.name, () => isOver ? undefined : this.#seatedIn(places));
      while (left.length > 0) {
        this.#startSome = startSome;
        await after(TURN);
        if (this.#isStopping) throw shutDownMeanwhile();
        startSome(false);
      }
      await Promise.all(starts);
    } finally {
      isOver = true;
      leave();
      script.release();
    }
  }

  #startOne(seat: number, thread: number, script: Script): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (what: string, cause: unknown) => {
      reject(new InitError(`Cannot start worker ${seat} (${script.name}): ${what}`, { cause }));
    };
    let worker: Worker;
    try {
      worker = new Worker(script.url, { type: "module", name: WORKER_NAME + seat });
    } catch (cause) {
      fail(messageOf(cause), cause);
      return promise;
    }
    const lock = newLifeLockName();
    const seated: Seated = {
      worker,
      thread,
      state: "starting",
      lock,
      locked: false,
      watched: false,
      glances: 0,
      succeed: resolve,
      fail: reject,
    };
    this.#seats[seat] = seated;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      switch (data?.webble) {
        case "parcel":
          return this.listener.receive(data);
        case "attached":
          // It may have begun before; see `head_start.ts`.
          if (seated.state === "starting") seated.state = "attached";
          return;
        case "locked":
          seated.locked = true;
          return this.#lives.watch(seated);
        case "ready":
          seated.state = "ready";
          return resolve();
        case "left":
          // Else it is another's seat by now.
          if (this.#seats[seat] !== seated) return;
          return markLeft(this.#memory.words, 1 << seat);
        case "closing":
          // It leaves, though it has not come to the end of its task.
          if (this.#isStopping && this.#seats[seat] === seated) markLeft(this.#memory.words, 1 << seat);
          return this.listener.dying(thread, Cause.CLOSED);
        case "kill":
          return this.listener.stuck(data.thread, data.record, data.met);
        case "failed":
          return fail(data.message, troubleError(data));
        case "uncaught":
          return this.#uncaught(seated, troubleError(data), fail);
        case "report":
          return console.error(`On worker ${seat}:`, troubleError(data));
      }
    };
    worker.onerror = (event) => {
      // Else the error of a worker would end a whole Deno program.
      event.preventDefault();
      this.#uncaught(seated, event.error ?? new Error(event.message || whyNoScript(this.#options.workerUrl)), fail);
    };
    const start: Start = {
      webble: "start",
      layout: LAYOUT_VERSION,
      version: VERSION,
      buffer: this.#memory.buffer,
      number: thread,
      glue: this.#options.glue,
      lock,
      boot: script.boot,
      shared: this.commons.shared,
    };
    worker.postMessage(start);
    // By itself, so that what the worker can do without it need not wait until it is copied.
    if (script.library !== undefined) worker.postMessage(script.library);
    // The new thread has woken this one, perhaps on its own processor, where both have much to do now: who sleeps for a moment
    // is put elsewhere. It is nothing beside what it has taken to make the worker, which has blocked this thread as well. Only in
    // the turn of the start: later ones are for whatever else main has to do.
    if (mayBlock()) wait(this.#memory.words, Header.SETTLED_IN, 0, BREATH);
    const waiting = this.#undelivered;
    this.#undelivered = waiting.filter((delivery) => delivery.to !== thread && this.#isExpected(delivery));
    for (const delivery of waiting) if (delivery.to === thread) this.listener.receive(delivery);
    return promise;
  }

  /** An error that no task is answerable for ends the worker: nobody knows what it has left undone. */
  #uncaught(seated: Seated, error: Error, fail: (what: string, cause: unknown) => void): void {
    if (seated.state !== "ready" && this.#lives.begun(seated) === Begun.NOT) return fail(error.message, error);
    if (this.#seats[this.#memory.seatOf(seated.thread)] !== seated) return;
    console.error(`Uncaught on worker ${this.#memory.seatOf(seated.thread)}, which is started again:`, error);
    this.listener.dying(seated.thread, Cause.UNCAUGHT, error);
  }

  /** Those of the workers started there that are still in their seats. */
  *#seatedIn(places: readonly Place[]): Iterable<[seat: number, seated: Seated]> {
    for (const [seat, thread] of places) {
      const seated = this.#seats[seat];
      if (seated?.thread === thread) yield [seat, seated];
    }
  }
}

function shutDownMeanwhile(): LifecycleError {
  return new LifecycleError("Cannot start the runtime as it was shut down meanwhile");
}
