/**
 * Barrier: a number of arrivals, upon which all go on; see `barrier_word.ts`.
 */

import { checkInteger } from "../../integer.ts";
import { read, type Words, write } from "../../memory/atomics.ts";
import { refuseWait } from "../../options.ts";
import { type Carried, type Carrier, CARRY } from "../../value/carry.ts";
import { carry, type Parts, type SharedParts } from "../parts.ts";
import { NOTHING } from "../waiting.ts";
import { arrive, hasPassed, MOST_ARRIVALS, withdraw } from "./barrier_word.ts";
import { LockBase } from "./lock_base.ts";
import { Arrived, createLock, OWN, registerLock, remember } from "./lock_memory.ts";
import { checkWait, type Wish } from "./lock_queue.ts";

const KIND = "barrier";
const STATE = OWN;
const COUNT: number = OWN + 1;

/** A barrier on this thread. */
class Core extends LockBase {
  readonly words: Words;
  readonly count: number;

  constructor(memory: SharedParts) {
    super(memory);
    this.words = memory.words;
    this.count = read(this.words, COUNT);
  }

  /** An arrival stands, whoever dies. */
  suspects(): Iterable<number> {
    return [];
  }

  bury(): void {}

  passOn(): void {}
}

/**
 * A place where so many must have arrived before any goes on; then it is there for the next round.
 *
 * What counts are arrivals, calls of `wait` or `waitSync`, wherever they come from. An arrival stands even if its thread
 * dies while it waits; one that dies before it arrives is waited for, so give a signal or a limit where that can be.
 *
 * @example Two threads that go in step
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(2).init();
 * const barrier = new webble.channel.Barrier(2);
 * const one = webble.spawn((barrier: webble.channel.Barrier) => barrier.wait(), barrier);
 * const other = webble.spawn((barrier: webble.channel.Barrier) => barrier.wait(), barrier);
 * const leaders = [await one.recv(), await other.recv()];
 * assertEquals(leaders.filter((leads) => leads).length, 1);
 * ```
 */
export class Barrier implements Carrier {
  /** What structured clone needs to carry it; see `attach`. */
  readonly parts: Parts;
  readonly #core: Core;

  /**
   * Makes a barrier.
   *
   * @param count How many must arrive: an integer from 1 to 1,023.
   * @throws {TypeError} It is no number.
   * @throws {RangeError} It is no integer in range.
   * @throws {OutOfMemoryError} The system has not so much memory.
   * @throws {IsolationError} Memory cannot be shared here.
   */
  constructor(count: number) {
    const given: unknown = count;
    const memory = given instanceof Arrived ? given.memory : create(count);
    this.#core = new Core(memory);
    this.parts = { webble: KIND, memory: memory.buffer, numbers: [] };
    remember(KIND, memory, this);
  }

  /** How many must arrive. */
  get count(): number {
    return this.#core.count;
  }

  /**
   * Arrives, and waits for the others.
   *
   * @param options A signal to give up with: the arrival is taken back. Where all have arrived by then, it
   * counts, and the promise resolves.
   * @returns A promise of whether this was the last to arrive, the leader: true for one in each round.
   */
  wait(options: { signal?: AbortSignal } = {}): Promise<boolean> {
    // Before it arrives.
    const refused = refuseWait(options);
    if (refused !== undefined) return refused;
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    const wish = this.#arrive();
    return wish === undefined ? Promise.resolve(true) : this.#core.queue.wait(wish, options.signal);
  }

  /**
   * Arrives, and blocks this thread until the others have. On workers, and on Deno's main thread.
   *
   * @param timeoutMs How long to wait at most; then the arrival is taken back.
   * @returns Whether this was the last to arrive, the leader; `undefined` if the time was up.
   * @throws {TypeError} This is a page's main thread, which must not block: use `wait()`.
   * @throws {ShutdownError | WorkerLostError} This worker is to end: the runtime was shut down, or has given it up.
   */
  waitSync(timeoutMs: number): boolean | undefined;
  /**
   * Arrives, and blocks this thread until the others have.
   *
   * @returns Whether this was the last to arrive, the leader.
   */
  waitSync(): boolean;
  waitSync(timeoutMs = Infinity): boolean | undefined {
    // Refused before it counts as an arrival.
    checkWait(timeoutMs, "waitSync()", "await wait()");
    const wish = this.#arrive();
    if (wish === undefined) return true;
    const passed = this.#core.queue.waitSync(wish, timeoutMs, "waitSync()", "await wait()");
    return passed === NOTHING ? undefined : passed;
  }

  /** @internal How it crosses threads. */
  [CARRY](): Carried {
    return carry(this.parts, "Barrier");
  }

  /** Arrives; gives what to wait for, nothing if this was the last. */
  #arrive(): Wish<boolean> | undefined {
    const { words, line, queue, count } = this.#core;
    const met = arrive(words, STATE, count);
    if (met === undefined) {
      line.wakeAll();
      queue.poke();
      return undefined;
    }
    return {
      attempt: () => hasPassed(words, STATE, met) ? false : NOTHING,
      // Too late to go: all have arrived.
      cancel: () => withdraw(words, STATE, met) ? undefined : false,
    };
  }
}

function create(count: number): SharedParts {
  checkInteger("make a barrier", "count", count, 1, MOST_ARRIVALS);
  const memory = createLock(KIND, 0, "a barrier");
  write(memory.words, COUNT, count);
  return memory;
}

registerLock(KIND, () => 0, (arrived) => new Barrier(arrived as unknown as number));
