/**
 * Pool: the workers as main sees them. It starts them, carries what they post, and ends them.
 */

import { InitError, LifecycleError } from "../errors.ts";
import { load, notify, store, waitAsync } from "../memory/atomics.ts";
import { Header, LAYOUT_VERSION, type Memory } from "../memory/layout.ts";
import { unpark } from "../sync/park.ts";
import type { Delivery } from "../value/post.ts";
import { type FromWorker, type Start, troubleError, WORKER_NAME } from "./messages.ts";
import type { Thread } from "./thread.ts";
import { VERSION } from "./version.ts";
import { WORKER_SOURCE } from "./worker_source.ts";

/** Milliseconds that a worker has at shutdown to finish the task that it runs and leave by itself. */
const GRACE = 20;

/** Milliseconds after which a script that has not imported the library is given up. */
const PATIENCE = 15_000;

/** What a pool is started with. */
export interface PoolOptions {
  readonly workerUrl: string | undefined;
  readonly glue: string | undefined;
}

/** The workers of one run of the runtime. */
export class Pool {
  readonly #memory: Memory;
  readonly #options: PoolOptions;
  readonly #workers: Worker[] = [];
  /** Workers in which the library has not been heard of yet, by index, each with what gives it up. */
  readonly #unattached = new Map<number, () => void>();
  /** Workers that are not ready yet, each with what ends the wait for it. */
  readonly #starting = new Map<number, (error: Error) => void>();

  constructor(memory: Memory, options: PoolOptions) {
    this.#memory = memory;
    this.#options = options;
  }

  /**
   * Starts the workers.
   *
   * @param receive Takes parcels that workers post.
   * @throws {InitError} One of them cannot start.
   */
  async start(receive: (delivery: Delivery) => void): Promise<void> {
    const own = this.#options.workerUrl;
    const url = own ?? URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
    const patience = setTimeout(() => this.#unattached.forEach((giveUp) => giveUp()), PATIENCE);
    try {
      const ready: Promise<void>[] = [];
      for (let i = 0; i < this.#memory.workers; i++) ready.push(this.#startOne(i, url, receive));
      await Promise.all(ready);
    } finally {
      clearTimeout(patience);
      if (own === undefined) URL.revokeObjectURL(url);
    }
  }

  /** Posts to a worker. */
  carry(delivery: Delivery, transfers: Transferable[]): void {
    this.#workers[delivery.to - 1]?.postMessage(delivery, transfers);
  }

  /** Ends all workers: those that sleep or come to the end of a task leave by themselves, the others are terminated. */
  async end(thread: Thread): Promise<void> {
    const { words } = this.#memory;
    store(words, Header.STOP, 1);
    for (const place of thread.places.slice(1)) unpark(place);
    const unready = [...this.#starting.keys()];
    const error = new LifecycleError("Cannot start the runtime as it was shut down meanwhile");
    for (const giveUp of this.#starting.values()) giveUp(error);
    for (const index of unready) this.#workers[index]?.terminate();
    await this.#allLeft(words, unready);
    const left = load(words, Header.LEFT);
    for (const worker of this.#workers) worker.terminate();
    for (let i = 0; i < this.#workers.length; i++) {
      if ((left & 1 << i) === 0 && !unready.includes(i)) warnOfGhost(i);
    }
  }

  /** Ends all workers at once. */
  terminate(): void {
    store(this.#memory.words, Header.STOP, 1);
    for (const worker of this.#workers) worker.terminate();
  }

  #startOne(index: number, url: string, receive: (delivery: Delivery) => void): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (what: string, cause: unknown) => {
      const script = this.#options.workerUrl ?? "the library's own script, a blob";
      reject(new InitError(`Cannot start worker ${index} (${script}): ${what}`, { cause }));
    };
    let worker: Worker;
    try {
      worker = new Worker(url, { type: "module", name: WORKER_NAME + index });
    } catch (cause) {
      fail(messageOf(cause), cause);
      return promise;
    }
    this.#workers[index] = worker;
    this.#starting.set(index, reject);
    this.#unattached.set(index, () => {
      const cause = new Error(`the script has not imported this library within ${PATIENCE / 1000} seconds; it must`);
      fail(cause.message, cause);
    });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data?.webble === "parcel") receive(data);
      else if (data?.webble === "attached") this.#unattached.delete(index);
      else if (data?.webble === "ready") {
        this.#starting.delete(index);
        resolve();
      } else if (data?.webble === "failed") fail(data.message, troubleError(data));
      else if (data?.webble === "uncaught") console.error(`Uncaught on worker ${index}:`, troubleError(data));
    };
    worker.onerror = (event) => {
      // Else the error of a worker would end a whole Deno program.
      event.preventDefault();
      const error = event.error ?? new Error(event.message || this.#whyNoScript(url));
      fail(messageOf(error), error);
    };
    const start: Start = {
      webble: "start",
      layout: LAYOUT_VERSION,
      version: VERSION,
      buffer: this.#memory.buffer,
      number: index + 1,
      glue: this.#options.glue,
    };
    worker.postMessage(start);
    return promise;
  }

  #whyNoScript(url: string): string {
    return this.#options.workerUrl === undefined
      ? "its script was refused. Where the page's Content-Security-Policy forbids 'blob:' workers, serve a script that " +
        "imports this library and name it with 'builder().workerUrl(…)'."
      : `the script ${url} could not be loaded or run. It must exist, be served as JavaScript, and import this library.`;
  }

  /** Waits until all workers have left, or the grace is over. */
  #allLeft(words: Memory["words"], except: readonly number[]): Promise<void> {
    let all = this.#memory.workers === 32 ? -1 : (1 << this.#memory.workers) - 1;
    for (const index of except) all &= ~(1 << index);
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
      if (over || (left & all) === all) return resolve();
      const wait = waitAsync(words, Header.LEFT, left);
      if (wait === undefined) look();
      else wait.then(look);
    };
    look();
    return promise.finally(() => clearTimeout(timer));
  }
}

let warned = false;

/** In Deno a thread that is terminated in the middle of a task runs on, and keeps the program from ending. */
function warnOfGhost(index: number): void {
  if (warned || !("Deno" in globalThis)) return;
  warned = true;
  console.warn(
    `webble: worker ${index} was shut down in the middle of a task that does not yield. Deno lets such a thread run on ` +
      "until the task ends, and the program cannot exit before; let long loops look at 'context().aborted'.",
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
