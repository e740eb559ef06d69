/**
 * Semaphore: a number of permits, of which everybody has some or waits; see `permits.ts`.
 */

import { DeadlockError, HandleConsumedError } from "../../errors.ts";
import { checkInteger } from "../../integer.ts";
import { read, write } from "../../memory/atomics.ts";
import { refuseWait } from "../../options.ts";
import { type Carried, type Carrier, CARRY, STAY } from "../../value/carry.ts";
import { slotOf } from "../participants.ts";
import { carry, type Parts, type SharedParts } from "../parts.ts";
import { tickSoon } from "../ticks.ts";
import { NOTHING } from "../waiting.ts";
import { LockBase } from "./lock_base.ts";
import { Arrived, createLock, DATA, OWN, registerLock, remember } from "./lock_memory.ts";
import type { Wish } from "./lock_queue.ts";
import { Permits } from "./permits.ts";

const KIND = "semaphore";
const RESERVED = OWN;
const COUNT: number = OWN + 1;

/** The most permits there can be: each is a word that is looked at. */
const MOST_PERMITS = 4096;

/** A semaphore on this thread. */
class Core extends LockBase {
  readonly permits: Permits;
  #seen = 0;

  constructor(memory: SharedParts) {
    super(memory);
    const { words } = memory;
    this.permits = new Permits(words, RESERVED, DATA, read(words, COUNT), this.line);
  }

  suspects(): Iterable<number> {
    return this.permits.holders();
  }

  bury(id: number): void {
    this.permits.bury(id);
  }

  passOn(): void {
    this.permits.cede(this.presence.self);
    this.permits.passOn();
  }

  passBy(): void {
    this.permits.passBy(this.presence.self);
  }

  /** What is kept, since the last look already, for a thread that was woken and does not come is not kept any more. */
  look(): void {
    const { keeper } = this.permits;
    if (keeper !== 0 && keeper !== this.#seen) tickSoon();
    else if (keeper !== 0 && !this.line.sleeps(slotOf(keeper))) this.permits.cede(keeper);
    this.#seen = keeper;
  }
}

let makePermit: (core: Core, permits: readonly number[]) => Permit;

/**
 * What one has acquired from a semaphore: one permit or several; best with `using`.
 *
 * It belongs to the thread that acquired it, and cannot be sent. One that is never released comes back when its thread ends.
 */
export class Permit implements Disposable {
  readonly #core: Core;
  readonly #permits: readonly number[];
  #held = true;

  private constructor(core: Core, permits: readonly number[]) {
    this.#core = core;
    this.#permits = permits;
  }

  static {
    makePermit = (core, permits) => new Permit(core, permits);
  }

  /** How many permits these are. */
  get count(): number {
    return this.#permits.length;
  }

  /** Whether they were released. */
  get released(): boolean {
    return !this.#held;
  }

  /**
   * Gives them back.
   *
   * @throws {HandleConsumedError} They were released before.
   */
  release(): void {
    if (!this.#held) {
      throw new HandleConsumedError("Cannot release this permit as it was released before: each is given back once");
    }
    this[Symbol.dispose]();
  }

  /** Gives them back, if this has not been done. */
  [Symbol.dispose](): void {
    if (!this.#held) return;
    this.#held = false;
    this.#core.permits.give(this.#permits);
  }

  /** @internal Why it cannot be sent. */
  get [STAY](): string {
    return "a Permit, which belongs to the thread that acquired it. Send the semaphore, and acquire it there.";
  }
}

/**
 * A number of permits that threads share: so many may do something at a time.
 *
 * It works on any thread, and arrives as the same semaphore where it is sent. Whoever comes by may take what is free; but
 * for one that was woken four times in vain, permits are kept until there are enough, so that one who wants many is not
 * passed over for ever. The permits of a thread that dies come back.
 *
 * @example No more than two at a time
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(2).init();
 * const slots = new webble.channel.Semaphore(2);
 * const tasks = Array.from({ length: 8 }, () =>
 *   webble.spawnStealable(async (slots: webble.channel.Semaphore) => {
 *     using _permit = await slots.acquire();
 *     await new Promise((resolve) => setTimeout(resolve, 1)); // never in more than two tasks
 *   }, slots));
 * for (const task of tasks) await task.recv();
 * assertEquals(slots.available, 2);
 * ```
 */
export class Semaphore implements Carrier {
  /** What structured clone needs to carry it; see `attach`. */
  readonly parts: Parts;
  readonly #core: Core;

  /**
   * Makes a semaphore.
   *
   * @param permits How many there are: an integer from 1 to 4,096.
   * @throws {TypeError} It is no number.
   * @throws {RangeError} It is no integer in range.
   * @throws {OutOfMemoryError} The system has not so much memory.
   * @throws {IsolationError} Memory cannot be shared here.
   */
  constructor(permits: number) {
    const given: unknown = permits;
    const memory = given instanceof Arrived ? given.memory : create(permits);
    this.#core = new Core(memory);
    this.parts = { webble: KIND, memory: memory.buffer, numbers: [] };
    remember(KIND, memory, this);
  }

  /** How many permits there are. */
  get permits(): number {
    return this.#core.permits.count;
  }

  /** How many are free. It may not be so any more when this returns. */
  get available(): number {
    return this.#core.permits.available;
  }

  /**
   * Acquires permits, all at once, when there are as many.
   *
   * @param count How many.
   * @param options A signal to give up with.
   * @returns A promise of them.
   * @throws {RangeError} There are never so many.
   */
  acquire(count = 1, options: { signal?: AbortSignal } = {}): Promise<Permit> {
    this.#check(count);
    return refuseWait(options) ?? this.#core.queue.wait(this.#wish(count), options.signal);
  }

  /**
   * Acquires permits, and blocks this thread until there are as many. On workers, and on Deno's main thread.
   *
   * @param count How many.
   * @param timeoutMs How long to wait at most.
   * @returns The permits; `undefined` if the time was up.
   * @throws {RangeError} There are never so many.
   * @throws {TypeError} This is a page's main thread, which must not block: use `acquire()`.
   * @throws {ShutdownError | WorkerLostError} This worker is to end: the runtime was shut down, or has given it up.
   */
  acquireSync(count: number, timeoutMs: number): Permit | undefined;
  /**
   * Acquires permits, and blocks this thread until there are as many.
   *
   * @param count How many.
   * @returns The permits.
   * @throws {DeadlockError} This thread has so many itself that there are never enough while it blocks.
   */
  acquireSync(count?: number): Permit;
  acquireSync(count = 1, timeoutMs = Infinity): Permit | undefined {
    this.#check(count);
    const { permits, presence, queue } = this.#core;
    const own = permits.heldBy(presence.self);
    if (count > permits.count - own && timeoutMs === Infinity) {
      throw new DeadlockError(
        `Cannot wait in 'acquireSync()' for ${count} of ${permits.count} permits as this thread has ${own} itself: it could ` +
          "not release them while it blocks. Release them first, or use 'await acquire()'.",
      );
    }
    const permit = queue.waitSync(this.#wish(count), timeoutMs, "acquireSync()", "await acquire()");
    return permit === NOTHING ? undefined : permit;
  }

  /**
   * Acquires permits if there are as many, now.
   *
   * @param count How many.
   * @returns The permits; `undefined` if there are too few, or they are kept for somebody.
   * @throws {RangeError} There are never so many.
   */
  tryAcquire(count = 1): Permit | undefined {
    this.#check(count);
    if (!this.#core.queue.isEmpty) return undefined;
    const permit = this.#core.queue.once(this.#wish(count));
    return permit === NOTHING ? undefined : permit;
  }

  /** @internal How it crosses threads. */
  [CARRY](): Carried {
    return carry(this.parts, "Semaphore");
  }

  #check(count: number): void {
    checkInteger("acquire permits", "count", count, 1, this.permits);
  }

  #wish(count: number): Wish<Permit> {
    const core = this.#core;
    return {
      attempt(hungry) {
        const permits = core.permits.take(core.presence.self, count, hungry);
        if (permits === undefined) return NOTHING;
        // Another may have been woken for what is left, or not at all.
        core.permits.passOn();
        return makePermit(core, permits);
      },
      cancel: () => void core.permits.cede(core.presence.self),
    };
  }
}

function create(permits: number): SharedParts {
  checkInteger("make a semaphore", "permits", permits, 1, MOST_PERMITS);
  const memory = createLock(KIND, permits, "a semaphore");
  write(memory.words, COUNT, permits);
  return memory;
}

registerLock(
  KIND,
  ({ words }) => Math.max(0, read(words, COUNT)),
  (arrived) => new Semaphore(arrived as unknown as number),
);
