/**
 * The builder: says how the runtime is to be, then starts it.
 */

import { WebbleError } from "../errors.ts";
import { checkInteger } from "../integer.ts";
import { MOST_WORKERS, PAGE_BYTES } from "../memory/layout.ts";
import { resolveUrl } from "../task/module.ts";
import { STAY } from "../value/carry.ts";
import { runtime } from "./runtime.ts";

const DEFAULT_BYTES = 64 * 1024 * 1024;
/** As far as 32-bit word offsets reach, less what is not for values. */
const MOST_BYTES = 7 * 1024 * 1024 * 1024;

/**
 * Gives a builder, with which the runtime is started.
 *
 * @example Start, work, stop
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(2).init();
 * assertEquals(webble.numWorkers(), 2);
 * ```
 */
export function builder(): WebbleBuilder {
  return new WebbleBuilder();
}

/** Reserved: what {@linkcode WebbleBuilder.wasm} will be told. */
export type WasmOptions = Readonly<Record<string, unknown>>;

/** Says how the runtime is to be; see {@linkcode builder}. */
export class WebbleBuilder {
  #workers: number | undefined;
  #glue: string | undefined;
  #workerUrl: string | undefined;
  #bytes = DEFAULT_BYTES;

  /**
   * Sets how many workers there are. Without it: as many as the last time, or at first as many as the machine has processors.
   *
   * @param count From 1 to 32.
   * @throws {TypeError} It is not a number.
   * @throws {RangeError} It is not such a number.
   */
  workers(count: number): this {
    this.#workers = checkInteger("start the runtime", "workers", count, 1, MOST_WORKERS);
    return this;
  }

  /**
   * Names the glue: a module that every worker imports before it takes work. Its exports are what `tasks()` gives.
   *
   * @param path A URL, or a path relative to the page (in Deno: to the current directory).
   * @throws {TypeError} It is not a URL.
   */
  gluePath(path: string | URL): this {
    this.#glue = resolveUrl(path, "the glue path");
    return this;
  }

  /**
   * Names a script of your own for the workers, used as it is: no blob and no eval, for pages with a strict
   * Content-Security-Policy. It is loaded as a module, and all that it must do is to import this library.
   *
   * @param url A URL, or a path relative to the page (in Deno: to the current directory).
   * @throws {TypeError} It is not a URL.
   */
  workerUrl(url: string | URL): this {
    this.#workerUrl = resolveUrl(url, "the worker URL");
    return this;
  }

  /**
   * Reserved for modules of WebAssembly, which this version does not start on workers by itself: throws, always.
   *
   * @throws {WebbleError} There is no such thing yet; says what does it meanwhile.
   */
  wasm(_options: WasmOptions): this {
    throw new WebbleError(
      "Cannot start workers with a module of WebAssembly, as 'wasm()' is reserved for a later version. Name a module that " +
        "loads it, such as the output of wasm-bindgen, with 'gluePath(…)': its exports are what 'tasks()' gives.",
    );
  }

  /**
   * Sets how much shared memory values in flight may take. It is reserved at once, and used only as needed.
   *
   * Each thread takes whole pages of 64 KiB, one for each size of value: with fewer than six and two more for each worker there
   * may be no room for the smallest task that is not made of numbers.
   *
   * @param bytes From 65,536 (one page) to 7 GiB; rounded up to whole pages. Without it: 64 MiB.
   * @throws {TypeError} It is not a number.
   * @throws {RangeError} It is not such a number.
   */
  memory(bytes: number): this {
    this.#bytes = checkInteger("start the runtime", "memory", bytes, PAGE_BYTES, MOST_BYTES);
    return this;
  }

  /**
   * Starts the runtime; this thread becomes its main thread. Tasks can be spawned as soon as this was called.
   *
   * Workers start one after the other, and the event loop has turns in between: with many workers in Deno, where each takes
   * some 7 ms of this thread, the first results are there before the last workers are. Who looks in a loop meanwhile at
   * a handle, a channel or the figures, or blocks, has them started all the same. Not so a loop of your own around
   * `Atomics.load`: await this first.
   *
   * A program goes on for as long as the runtime runs: `await using` what this gives, or call `shutdown()`, and it ends.
   *
   * @returns Resolves when every worker is ready, with an object that shuts the runtime down when it is disposed of.
   * Rejects with `LifecycleError` if it is running or is shut down meanwhile, `IsolationError` if memory cannot be shared
   * here, `InitError` if a worker cannot start, `OutOfMemoryError` if the memory cannot be had; the runtime is then as it was
   * before.
   */
  async init(): Promise<AsyncDisposable> {
    return await runtime().init({
      workers: this.#workers,
      glue: this.#glue,
      workerUrl: this.#workerUrl,
      bytes: this.#bytes,
    });
  }

  /** @internal Why it cannot be sent. */
  get [STAY](): string {
    return "a WebbleBuilder, which starts the runtime on its own thread. Call 'builder()' there.";
  }
}
