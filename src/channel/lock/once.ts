/**
 * Once: a value that is made once, by whichever thread comes first. A lock word with one more bit, DONE, which is set
 * with the release and never taken back.
 */

import { DeadlockError } from "../../errors.ts";
import { read, write } from "../../memory/atomics.ts";
import { refuseWait } from "../../options.ts";
import { type Carried, type Carrier, CARRY } from "../../value/carry.ts";
import type { Send } from "../../value/send.ts";
import { carry, type Parts, type SharedParts } from "../parts.ts";
import { NOTHING } from "../waiting.ts";
import { Cell, roomFor } from "./cell.ts";
import type { RoomOptions } from "./guard.ts";
import { WordLock } from "./lock_base.ts";
import { Arrived, createLock, DATA, OWN, registerLock, remember } from "./lock_memory.ts";
import type { Wish } from "./lock_queue.ts";
import { DONE } from "./lock_word.ts";

const KIND = "once";
const ROOM: number = OWN + 1;

/** What a wait for it ends with: it is there, or it is this thread's to make. */
const THERE = "there";
const MINE = "mine";

/**
 * A value that is made at the first need, once for all threads; each then has its own copy of it.
 *
 * While one thread makes it, the others wait. If that fails, whoever called gets the error, and the next of those
 * who wait tries in its place; so too if the thread that makes it dies.
 *
 * @typeParam T The value's type.
 *
 * @example Read the settings once, whoever needs them first
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(2).init();
 * const settings = new webble.channel.Once<{ size: number }>();
 * const sizes = Array.from({ length: 3 }, () =>
 *   webble.spawnStealable(async (settings: webble.channel.Once<{ size: number }>) => {
 *     const { size } = await settings.get(async () => ({ size: 3 }));
 *     return size;
 *   }, settings));
 * for (const size of sizes) assertEquals(await size.recv(), 3);
 * assertEquals(settings.peek(), { size: 3 });
 * ```
 */
export class Once<T> implements Carrier {
  /** What structured clone needs to carry it; see `attach`. */
  readonly parts: Parts;
  readonly #core: WordLock;
  readonly #cell: Cell;
  /** This thread's copy, once there is one. */
  #copy: { readonly value: T } | undefined;

  /**
   * Makes one that is empty.
   *
   * @param options How many bytes there are for the value, encoded: 1 KiB if nothing is said.
   * @throws {TypeError} The room is no number.
   * @throws {RangeError} The room is no size.
   * @throws {OutOfMemoryError} The system has not so much memory.
   * @throws {IsolationError} Memory cannot be shared here.
   */
  constructor(options: Pick<RoomOptions, "room"> = {}) {
    const memory = options instanceof Arrived ? options.memory : create(options.room);
    this.#core = new WordLock(memory);
    this.#cell = new Cell(memory, DATA, read(memory.words, ROOM), "a once", "Once", 1);
    this.parts = { webble: KIND, memory: memory.buffer, numbers: [] };
    remember(KIND, memory, this);
  }

  /** Whether the value is there. */
  get isDone(): boolean {
    return (this.#core.word.state & DONE) !== 0;
  }

  /**
   * The value, if it is there.
   *
   * @returns This thread's copy of it, the same each time; `undefined` if nobody has made it yet.
   */
  peek(): T | undefined {
    return this.isDone ? this.#value() : undefined;
  }

  /**
   * The value; makes it if nobody has.
   *
   * `init` must not call this itself, and wait for it: it would wait for ever.
   *
   * @param init Makes the value, here. It may take its time.
   * @param options A signal to give up waiting with.
   * @returns A promise of this thread's copy. It rejects with what `init` throws, with `NotSendError` where something in the
   * value cannot cross threads, and with `RangeError` where the value exceeds the room; whoever asks next makes it then.
   */
  async get(init: () => (T & Send<T>) | PromiseLike<T & Send<T>>, options: { signal?: AbortSignal } = {}): Promise<T> {
    const refused = refuseWait(options);
    if (refused !== undefined) return refused;
    if (this.isDone) return this.#value();
    if (await this.#core.queue.wait(this.#wish(), options.signal) === THERE) return this.#value();
    let flip = 0;
    try {
      this.#cell.put(() => 0, await init());
      flip = DONE;
    } finally {
      this.#release(flip);
    }
    return this.#value();
  }

  /**
   * The value; makes it if nobody has, and blocks while another thread does.
   *
   * @param init Makes the value, here and now.
   * @returns This thread's copy.
   * @throws {DeadlockError} This thread makes it already, and could not go on while it blocks.
   * @throws {TypeError} This is a page's main thread, which must not block; or `init` gave a promise.
   * @throws {ShutdownError | WorkerLostError} This worker is to end: the runtime was shut down, or has given it up.
   * @throws {NotSendError} Something in the value cannot cross threads.
   * @throws {RangeError} The value exceeds the room.
   * @throws What `init` throws.
   */
  getSync(init: () => T & Send<T>): T {
    if (this.isDone) return this.#value();
    const { word, presence, queue } = this.#core;
    if (word.isHeldBy(presence.self)) {
      throw new DeadlockError(
        "Cannot wait in 'getSync()' for a value that this thread makes itself: it could not go on while it blocks. Use " +
          "'await get()', and not from within the function that makes it.",
      );
    }
    if (queue.waitSync(this.#wish(), Infinity, "getSync()", "await get()") === THERE) return this.#value();
    let flip = 0;
    try {
      const value: unknown = init();
      if (value instanceof Promise) throw new TypeError("Cannot wait for a promise in 'getSync()': use 'await get()'");
      this.#cell.put(() => 0, value);
      flip = DONE;
    } finally {
      this.#release(flip);
    }
    return this.#value();
  }

  /** @internal How it crosses threads. */
  [CARRY](): Carried {
    return carry(this.parts, "Once");
  }

  #value(): T {
    // Written before DONE was set, and never again.
    return (this.#copy ??= { value: this.#cell.get(0) as T }).value;
  }

  #release(flip: number): void {
    const { word, presence, line, queue } = this.#core;
    word.release(presence.self, flip);
    if (flip === 0) return;
    line.wakeAll();
    queue.poke();
  }

  #wish(): Wish<typeof THERE | typeof MINE> {
    const { word, presence } = this.#core;
    return {
      attempt(hungry) {
        if ((word.state & DONE) !== 0) return THERE;
        const id = presence.self;
        if (!word.take(id, hungry)) return NOTHING;
        if ((word.state & DONE) === 0) return MINE;
        word.release(id);
        return THERE;
      },
    };
  }
}

function create(room: number | undefined): SharedParts {
  const words = roomFor(room, "a once");
  const memory = createLock(KIND, words, "a once");
  write(memory.words, ROOM, words);
  return memory;
}

registerLock(KIND, ({ words }) => Math.max(0, read(words, ROOM)), (arrived) => new Once<unknown>(arrived as object));
