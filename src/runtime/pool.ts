/**
 * Pool: the workers as main sees them. It starts them, carries what they post, notices when they die, and ends them.
 *
 * Each worker holds a lock of its own for as long as it lives, which main asks for: it is granted when the thread has
 * really stopped, however that came about, and not before.
 */

import { InitError, LifecycleError } from "../errors.ts";
import { load, notify, or, store, waitAsync } from "../memory/atomics.ts";
import { Area, Header, LAYOUT_VERSION, MAIN, type Memory } from "../memory/layout.ts";
import { unpark } from "../sync/park.ts";
import { messageOf } from "../task/code.ts";
import { Keeper } from "../value/commons.ts";
import type { Delivery } from "../value/post.ts";
import { Cause, isDead, isGone } from "./death.ts";
import { newLifeLockName, webLocks } from "./life_lock.ts";
import { type FromWorker, type Start, troubleError, WORKER_NAME } from "./messages.ts";
import { ownScript } from "./script.ts";
import type { Thread } from "./thread.ts";
import { nextTurn } from "./turns.ts";
import { VERSION } from "./version.ts";

/** Milliseconds for which workers are started before the event loop has a turn: in Deno it takes 7 to start one. */
const SLICE = 4;
/** Milliseconds that a worker has at shutdown to finish the task that it runs and leave by itself. */
const GRACE = 100;
/** Milliseconds for messages that are here to be heard. */
const TURN = 5;
const SECOND = 1000;
/**
 * After so many seconds a script that has not imported the library is given up: of seconds in which main has heard what is
 * posted to it, and has not been busy itself.
 */
const PATIENCE = 15;

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
interface Seated {
  readonly worker: Worker;
  readonly thread: number;
  state: "starting" | "attached" | "ready";
  /** The lock that it holds while it lives. */
  readonly lock: string;
  locked: boolean;
  /** Whether that lock has been asked for. */
  watched: boolean;
  /** For how many seconds it has been waited for. */
  seconds: number;
  /** Ends the wait for it to be ready. */
  readonly succeed: () => void;
  readonly fail: (error: Error) => void;
}

/** The workers of one run of the runtime. */
export class Pool {
  readonly #memory: Memory;
  readonly #options: PoolOptions;
  readonly #seats: (Seated | undefined)[] = [];
  /** Absent in old runtimes, where deaths are noticed by messages only. */
  readonly #locks = webLocks();
  /** Ends the wait for locks. */
  readonly #ended = new AbortController();
  /** Starts some of the workers that are yet to be started, or all; and when one was started last. */
  #startSome: (all: boolean) => void = () => {};
  #lastStart = 0;
  /** Parcels for workers that are not there yet. */
  #undelivered: Delivery[] = [];
  readonly #watches = new Set<Promise<void>>();
  /** Shared memory that all threads know by number. */
  readonly commons: Keeper = new Keeper((number) => this.#allKnow(number), (message) => {
    for (const seated of this.#seats) seated?.worker.postMessage(message);
  });
  /** Whom to tell; set before `start`. */
  listener!: PoolListener;

  constructor(memory: Memory, options: PoolOptions) {
    this.#memory = memory;
    this.#options = options;
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
      this.#watch(seated);
      return { error, silent: this.#locks === undefined };
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

  /**
   * Whether all workers know a number of the commons; one that is yet to be started will. One that was given up and runs on
   * may take one more task.
   */
  #allKnow(number: number): boolean {
    const memory = this.#memory;
    for (let thread = MAIN + 1; thread < memory.threads; thread++) {
      const runs = memory.occupant(memory.seatOf(thread)) === thread ||
        (isDead(memory, thread) && !isGone(memory, thread));
      if (runs && load(memory.words, memory.area(thread, Area.KNOWS)) < number) return false;
    }
    return true;
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
      if (seated.state === "ready") expected |= 1 << seat;
      else {
        seated.fail(error);
        seated.worker.terminate();
      }
    }
    await this.#haveLeft(words, expected);
    // Where main was busy for so long, what those who left have said is to be heard yet.
    if ((load(words, Header.LEFT) & expected) !== expected) await new Promise((resolve) => setTimeout(resolve, TURN));
    const left = load(words, Header.LEFT);
    this.terminateAll();
    await Promise.all(this.#watches);
    for (const seat of this.#seats.keys()) if ((expected & ~left & 1 << seat) !== 0) warnOfGhost(seat);
  }

  /** Ends all workers at once. */
  terminateAll(): void {
    store(this.#memory.words, Header.STOP, 1);
    this.#ended.abort();
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
    if (load(this.#memory.words, this.#memory.area(seated.thread, Area.BEGUN)) !== 0) seated.succeed();
    else seated.fail(new InitError(`Cannot start worker ${seat}: it died before it was ready`));
  }

  async #startAll(places: readonly Place[]): Promise<void> {
    const own = this.#options.workerUrl;
    const script = own === undefined ? ownScript() : undefined;
    const url = own ?? URL.createObjectURL(new Blob([script!.module], { type: "text/javascript" }));
    const patience = setInterval(() => this.#giveUpLate(places), SECOND);
    const left = places.slice();
    const starts: Promise<void>[] = [];
    const startSome = (all: boolean) => {
      const end = all ? Infinity : performance.now() + SLICE;
      while (left.length > 0) {
        const [seat, thread] = left.shift()!;
        const start = this.#startOne(seat, thread, url, script?.rest);
        start.catch(() => left.length = 0);
        starts.push(start);
        this.#lastStart = performance.now();
        if (this.#lastStart > end) return;
      }
    };
    try {
      startSome(false);
      while (left.length > 0) {
        this.#startSome = startSome;
        await nextTurn();
        if (this.#isStopping) throw shutDownMeanwhile();
        startSome(false);
      }
      await Promise.all(starts);
    } finally {
      clearInterval(patience);
      if (own === undefined) URL.revokeObjectURL(url);
    }
  }

  #startOne(seat: number, thread: number, url: string, rest: Start["script"]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (what: string, cause: unknown) => {
      const script = this.#options.workerUrl ?? "the library's own script, a blob";
      reject(new InitError(`Cannot start worker ${seat} (${script}): ${what}`, { cause }));
    };
    let worker: Worker;
    try {
      worker = new Worker(url, { type: "module", name: WORKER_NAME + seat });
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
      seconds: 0,
      succeed: resolve,
      fail: reject,
    };
    this.#seats[seat] = seated;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      switch (data?.webble) {
        case "parcel":
          return this.listener.receive(data);
        case "attached":
          seated.state = "attached";
          return;
        case "locked":
          seated.locked = true;
          return this.#watch(seated);
        case "ready":
          seated.state = "ready";
          return resolve();
        case "left":
          // Else it is another's seat by now.
          if (this.#seats[seat] !== seated) return;
          or(this.#memory.words, Header.LEFT, 1 << seat);
          notify(this.#memory.words, Header.LEFT);
          return;
        case "closing":
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
      this.#uncaught(seated, event.error ?? new Error(event.message || this.#whyNoScript(url)), fail);
    };
    const start: Start = {
      webble: "start",
      layout: LAYOUT_VERSION,
      version: VERSION,
      buffer: this.#memory.buffer,
      number: thread,
      glue: this.#options.glue,
      lock,
      script: rest,
      shared: this.commons.shared,
    };
    worker.postMessage(start);
    const waiting = this.#undelivered;
    this.#undelivered = waiting.filter((delivery) => delivery.to !== thread && this.#isExpected(delivery));
    for (const delivery of waiting) if (delivery.to === thread) this.listener.receive(delivery);
    return promise;
  }

  /** An error that no task is answerable for ends the worker: nobody knows what it has left undone. */
  #uncaught(seated: Seated, error: Error, fail: (what: string, cause: unknown) => void): void {
    if (seated.state !== "ready") return fail(error.message, error);
    if (this.#seats[this.#memory.seatOf(seated.thread)] !== seated) return;
    console.error(`Uncaught on worker ${this.#memory.seatOf(seated.thread)}, which is started again:`, error);
    this.listener.dying(seated.thread, Cause.UNCAUGHT, error);
  }

  /**
   * Waits for the lock that a worker holds while it lives, and keeps it: a worker that has not got it yet, and is being
   * terminated, takes no work.
   */
  #watch(seated: Seated): void {
    if (this.#locks === undefined || seated.watched) return;
    seated.watched = true;
    const { signal } = this.#ended;
    const stopped = () => {
      this.listener.gone(seated.thread);
      if (seated.locked || signal.aborted) return;
      return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    };
    const watch = this.#locks.request(seated.lock, { signal }, stopped)
      // The runtime has ended.
      .catch(() => {})
      .finally(() => this.#watches.delete(watch));
    this.#watches.add(watch);
  }

  /**
   * A second is over: gives up, of those that were started together, whose script has not imported the library in time, or has
   * died unnoticed.
   */
  #giveUpLate(places: readonly Place[]): void {
    for (const [seat, thread] of places) {
      const seated = this.#seats[seat];
      if (seated?.thread !== thread || (seated.state !== "starting" && this.#isWatched(seated))) continue;
      if (++seated.seconds < PATIENCE) continue;
      const what = seated.state === "starting" ? "the script has not imported this library" : "it has not gone on";
      const cause = new Error(`${what} within ${PATIENCE} seconds; it must`);
      const script = this.#options.workerUrl ?? "the library's own script, a blob";
      seated.fail(new InitError(`Cannot start worker ${seat} (${script}): ${cause.message}`, { cause }));
    }
  }

  /** Whether the end of a worker's thread will be noticed, or cannot be. */
  #isWatched({ locked }: Seated): boolean {
    return locked || this.#locks === undefined;
  }

  #whyNoScript(url: string): string {
    return this.#options.workerUrl === undefined
      ? "its script was refused. Where the page's Content-Security-Policy forbids 'blob:' workers, serve a script that " +
        "imports this library and name it with 'builder().workerUrl(…)'."
      : `the script ${url} could not be loaded or run. It must exist, be served as JavaScript, and import this library.`;
  }

  /** Waits until the workers whose bits are given have left, or the grace is over. */
  #haveLeft(words: Memory["words"], expected: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let over = false;
    const timer = setTimeout(() => {
      over = true;
      resolve();
      // Ends the wait below, which would keep the memory alive for as long as nobody leaves.
      notify(words, Header.LEFT);
    }, GRACE);
    const look = () => {
      const left = load(words, Header.LEFT);
      if (over || (left & expected) === expected) return resolve();
      const wait = waitAsync(words, Header.LEFT, left);
      if (wait === undefined) look();
      else wait.then(look);
    };
    look();
    return promise.finally(() => clearTimeout(timer));
  }
}

function shutDownMeanwhile(): LifecycleError {
  return new LifecycleError("Cannot start the runtime as it was shut down meanwhile");
}

let warned = false;

/** In Deno a thread that is terminated in the middle of a task runs on, and keeps the program from ending. */
function warnOfGhost(seat: number): void {
  if (warned || !("Deno" in globalThis)) return;
  warned = true;
  console.warn(
    `webble: worker ${seat} was shut down in the middle of a task that does not yield. Deno lets such a thread run on ` +
      "until the task ends, and the program cannot exit before; let long loops look at 'context().aborted'.",
  );
}
