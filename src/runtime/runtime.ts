/**
 * Runtime: the life of the runtime on one thread, and the one door through which the public functions go.
 *
 * There is one for each thread, shared by all copies of the library there. On the thread that calls `init` it goes
 * `uninit → running → shutdown → running …`; on a pool worker it runs from the start, until the worker ends.
 */

import { InitError, IsolationError, LifecycleError, OutOfMemoryError } from "../errors.ts";
import { load, store } from "../memory/atomics.ts";
import { Header, LAYOUT_VERSION, MAIN, Memory, MOST_WORKERS } from "../memory/layout.ts";
import { ALIASED, type Aliases } from "../task/aliases.ts";
import type { TaskContext } from "../task/context.ts";
import { wakeWhenSettled, type WorkerHandle } from "../task/handle.ts";
import type { Waker } from "../task/wait.ts";
import { beforeUnknown } from "../value/carry.ts";
import { Engine } from "./engine.ts";
import type { HeadStart } from "./head_start.ts";
import type { Track } from "./home.ts";
import type { LifeLock } from "./life_lock.ts";
import { Pool } from "./pool.ts";
import { availableParallelism } from "./processors.ts";
import { readIdle, readLoads, readStats, type RuntimeStats } from "./stats.ts";
import type { Thread } from "./thread.ts";
import { nextTurn } from "./turns.ts";
import { Undertaker } from "./undertaker.ts";
import { VERSION } from "./version.ts";

/** What `lifecycle()` gives. */
export type Lifecycle = "uninit" | "running" | "shutdown";

/** A thread: the one that called `init`, or a pool worker by its index. */
export type ThreadId = "main" | number;

/** What `init` is given. */
export interface RunOptions {
  readonly workers: number | undefined;
  readonly bytes: number;
  readonly glue: string | undefined;
  readonly workerUrl: string | undefined;
}

/** The runtime on this thread. */
export class Runtime {
  readonly version: string = VERSION;
  readonly layout: number = LAYOUT_VERSION;
  /** Gives what shipped closures see as `webble`; set by the first copy of the library. */
  giveApi: (() => Readonly<Record<string, unknown>>) | undefined = undefined;
  #state: Lifecycle = "uninit";
  #engine: Engine | undefined;
  #pool: Pool | undefined;
  #undertaker: Undertaker | undefined;
  #lastWorkers: number | undefined;
  /** {@linkcode dbg} while the runtime does not run. */
  #dbg = 0;
  /** Counts starts. */
  #runs = 0;
  /** The shutdown under way, so that a second call waits for the same. */
  #ending: Promise<void> | undefined;

  /** On a pool worker, what has been done before the library was there; see `head_start.ts`. */
  headStart: (() => HeadStart | undefined) | undefined = undefined;
  /** On a pool worker, the lock that it holds while it lives. */
  lifeLock: LifeLock | undefined = undefined;

  /** What shipped closures see as `webble`. */
  get api(): Readonly<Record<string, unknown>> | null {
    return this.giveApi?.() ?? null;
  }

  /** This thread's part in shared memory, while the runtime runs. */
  get thread(): Thread | undefined {
    return this.#engine?.thread;
  }

  /** Where the runtime is in its life. */
  get lifecycle(): Lifecycle {
    return this.#state === "running" && this.#engine!.thread.stopping ? "shutdown" : this.#state;
  }

  /** This thread, while the runtime runs. */
  get threadId(): ThreadId | undefined {
    const number = this.#engine?.thread.number;
    if (number === undefined) return undefined;
    return number === MAIN ? "main" : this.#engine!.thread.memory.seatOf(number);
  }

  /** How `dbg` is set, as one number; see `dbg/settings.ts`. While the runtime runs, all its threads share it. */
  get dbg(): number {
    return this.#engine === undefined ? this.#dbg : load(this.#engine.thread.words, Header.DBG);
  }

  set dbg(value: number) {
    this.#dbg = value;
    if (this.#engine !== undefined) store(this.#engine.thread.words, Header.DBG, value);
  }

  /** Starts the runtime with this thread as main. */
  async init(options: RunOptions): Promise<AsyncDisposable> {
    const before = this.#state;
    this.#refuseToStart();
    const workers = options.workers ?? this.#lastWorkers ?? Math.min(availableParallelism(), MOST_WORKERS);
    const memory = reserve(workers, options.bytes);
    store(memory.words, Header.DBG, this.#dbg);
    const pool = new Pool(memory, options);
    // First, as threads take a while to come up; what they say is heard in a later turn, when all below is there.
    const started = pool.start();
    // A rejection that nobody handles: pages and Deno report it in the way that their users have chosen.
    const report = (error: unknown) => void Promise.reject(error);
    const engine = new Engine({
      number: MAIN,
      memory,
      glue: options.glue,
      api: (aliases) => this.apiFor(aliases),
      commons: pool.commons,
      carry: (delivery, transfers) => pool.carry(delivery, transfers),
      leave: () => {},
      report,
      kill: (thread, record, met) => undertaker.stuck(thread, record, met),
    });
    const undertaker = new Undertaker(engine, pool);
    pool.listener = {
      receive: (delivery) => engine.thread.post.receive(delivery),
      dying: (thread, cause, error) => undertaker.giveUp(thread, cause, error),
      stuck: (thread, record, met) => undertaker.stuck(thread, record, met),
      gone: (thread) => undertaker.gone(thread),
    };
    const run = ++this.#runs;
    // From here on tasks can be spawned: they wait in shared memory for the workers.
    this.#state = "running";
    this.#engine = engine;
    this.#pool = pool;
    this.#undertaker = undertaker;
    engine.thread.hasten = (all) => pool.hasten(all);
    engine.start();
    try {
      await started;
      engine.thread.hasten = undefined;
    } catch (error) {
      if (this.#engine === engine) {
        this.#state = before;
        this.#engine = this.#pool = this.#undertaker = undefined;
        engine.close(error);
        undertaker.close();
        pool.terminateAll();
      }
      // Else a shutdown is under way, which sees to the workers, and lets those leave that can.
      throw error;
    }
    this.#lastWorkers = workers;
    // The number of the run rather than the engine: who keeps this object does not keep the memory.
    return { [Symbol.asyncDispose]: () => this.#runs === run ? this.shutdown() : Promise.resolve() };
  }

  /** Makes this thread a worker of a runtime that another thread started. */
  becomeWorker(engine: Engine, lifeLock: LifeLock): void {
    this.#state = "running";
    this.lifeLock = lifeLock;
    this.#engine = engine;
  }

  /** Ends the runtime. */
  shutdown(): Promise<void> {
    const engine = this.#engine;
    const pool = this.#pool;
    if (engine === undefined) return this.#ending ?? Promise.resolve();
    if (pool === undefined) {
      return Promise.reject(
        new LifecycleError(
          "Cannot shut the runtime down from a worker: call 'shutdown()' on the thread that called 'init()'",
        ),
      );
    }
    this.#state = "shutdown";
    this.#dbg = this.dbg;
    this.#undertaker?.close();
    this.#engine = this.#pool = this.#undertaker = undefined;
    const ended = pool.end(engine.thread).finally(() => {
      if (this.#ending === ended) this.#ending = undefined;
    });
    this.#ending = ended;
    engine.close();
    return ended;
  }

  /** Spawns a task. `aliases` are those of the code that `fn` was written in. */
  spawn(track: Track, fn: unknown, args: readonly unknown[], aliases: Aliases): WorkerHandle<unknown> {
    if (this.#engine === undefined) this.#refuseToSpawn();
    return this.#engine!.home.spawn(track, fn, args, aliases);
  }

  /** Wakes a waker once a handle has settled, which is no look at the outcome. */
  whenSettled(handle: WorkerHandle<unknown>, waker: Waker): void {
    wakeWhenSettled(handle, waker);
  }

  /** The API as a shipped closure sees it: what it spawns is written where it was written itself. */
  apiFor(aliases: Aliases): Readonly<Record<string, unknown>> {
    const spawner = (track: Track) => ({
      value: (fn: unknown, ...args: unknown[]) => this.spawn(track, fn, args, aliases),
      enumerable: true,
    });
    let channel: object | undefined;
    // Not a copy, which would evaluate what is to be evaluated when it is first used.
    return Object.create(this.api, {
      spawn: spawner("pinned"),
      spawnStealable: spawner("stealable"),
      onMain: spawner("main"),
      channel: { get: () => channel ??= aliased(this.api!.channel as object, aliases), enumerable: true },
    });
  }

  /** Names parts of the API that are made when they are first used, or when something of theirs arrives. */
  defer(names: readonly string[], load: () => Readonly<Record<string, unknown>>): void {
    let loaded: Readonly<Record<string, unknown>> | undefined;
    const use = () => loaded ??= load();
    const parts = names.map((name) => [name, { get: () => use()[name], enumerable: true }] as const);
    const api = Object.create(this.api, Object.fromEntries(parts));
    this.giveApi = () => api;
    beforeUnknown(use);
  }

  /** The context of the task that runs now. */
  context(): TaskContext {
    if (this.#engine === undefined) {
      throw new LifecycleError(
        "Cannot give a context as the runtime does not run on this thread: call 'context()' in a task",
      );
    }
    return this.#engine.runner.context();
  }

  /** Resolves in a later turn of the event loop. */
  yieldNow(): Promise<void> {
    const turns = this.#engine?.turns;
    return turns === undefined ? nextTurn() : new Promise((resolve) => turns.later(resolve));
  }

  /** How many workers there are; 0 unless running. */
  get workers(): number {
    return this.#engine?.thread.memory.workers ?? 0;
  }

  /** Figures; zeros unless running. */
  stats(): RuntimeStats {
    this.#look();
    if (this.#engine !== undefined) return readStats(this.#engine.thread.memory);
    return { workers: [], tasks: { live: 0, waiting: 0 }, heap: { used: 0, peak: 0, size: 0 } };
  }

  /** Live pinned tasks for each worker. */
  loads(): number[] {
    this.#look();
    return this.#engine === undefined ? [] : readLoads(this.#engine.thread.memory);
  }

  /** The bits of parked workers. */
  idle(): number {
    this.#look();
    return this.#engine === undefined ? 0 : readIdle(this.#engine.thread.memory);
  }

  /** Figures may be looked at in a loop, too. */
  #look(): void {
    this.#engine?.thread.hasten?.(false);
  }

  #refuseToStart(): void {
    if (this.#engine !== undefined) {
      throw new LifecycleError(
        this.threadId === "main"
          ? "Cannot start the runtime as it is running: call and await 'shutdown()' first"
          : `Cannot start the runtime as it is running, and this is worker ${this.threadId} of its pool: spawn here as anywhere`,
      );
    }
    const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated;
    if ((globalThis as { isSecureContext?: boolean }).isSecureContext === false) {
      throw new IsolationError(
        "Cannot share memory between threads as this page is not a secure context, whatever headers it has: open it over " +
          "https, or from localhost",
      );
    }
    if (isolated === false || typeof SharedArrayBuffer === "undefined") {
      throw new IsolationError(
        "Cannot share memory between threads as this page is not cross-origin isolated. Send it with the headers " +
          "'Cross-Origin-Opener-Policy: same-origin' and 'Cross-Origin-Embedder-Policy: require-corp' (or " +
          "'credentialless'), over https or from localhost. The included server does: 'deno run -A jsr:@webble/runtime/serve'.",
      );
    }
    if (typeof Atomics.waitAsync !== "function") {
      throw new IsolationError("Cannot start the runtime as this browser lacks 'Atomics.waitAsync': update it");
    }
  }

  #refuseToSpawn(): never {
    throw new LifecycleError(
      this.#state === "shutdown"
        ? "Cannot spawn a task as the runtime is in state 'shutdown': start it again with 'builder().init()'"
        : "Cannot spawn a task as the runtime is in state 'uninit': start it with 'await builder().init()'",
    );
  }
}

/** A part of the API, of which what spawns does so with these aliases. */
function aliased(part: object, aliases: Aliases): object {
  const bind = (value: unknown): unknown =>
    (value as { [ALIASED]?(aliases: Aliases): unknown })[ALIASED]?.(aliases) ?? value;
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, bind(value)]));
}

function reserve(workers: number, bytes: number): Memory {
  try {
    return Memory.create(workers, bytes);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw new InitError("Cannot set up shared memory", { cause });
    throw new OutOfMemoryError(
      `Cannot reserve ${bytes} bytes of shared memory for values: the system refuses. Ask for less with 'memory(bytes)'.`,
      { cause },
    );
  }
}

const KEY = Symbol.for("@webble/runtime");

/**
 * The runtime of this thread, made by whichever copy of the library comes first.
 *
 * @throws {LifecycleError} It was made by a copy whose memory layout differs from this one's.
 */
export function runtime(): Runtime {
  return own ??= attach();
}

let own: Runtime | undefined;

function attach(): Runtime {
  const realm = globalThis as { [KEY]?: Runtime };
  const existing = realm[KEY];
  if (existing === undefined) {
    const made = new Runtime();
    Object.defineProperty(realm, KEY, { value: made });
    return made;
  }
  if (existing.layout !== LAYOUT_VERSION) {
    throw new LifecycleError(
      `Cannot use this copy of @webble/runtime, version ${VERSION} (memory layout ${LAYOUT_VERSION}), beside version ` +
        `${existing.version} (memory layout ${existing.layout}), which was loaded first on this thread: load one version only.`,
    );
  }
  return existing;
}
