/**
 * Receiver: the end of a channel that messages come out of, whatever kind of channel it is.
 */

import { refuseWait } from "../options.ts";
import { nextTurn } from "../runtime/turns.ts";
import type { Wait } from "../task/wait.ts";
import { type Carried, type Carrier, CARRY, RELEASE } from "../value/carry.ts";
import { Arrivals } from "./arrival.ts";
import { forgetDropped, onDropped } from "./dropped.ts";
import type { Parts } from "./parts.ts";
import { hasten, turnDue } from "./presence.ts";
import type { Inlet } from "./sides.ts";
import { block, checkBlocking, NOTHING, Queue } from "./waiting.ts";

/** What a look gives after the last message. */
const ENDED: unique symbol = Symbol("ended");

/** Milliseconds that a loop over messages goes on before the event loop has its turn. */
const SLICE = 8;
/** How many messages between two looks at the clock. */
const SLICE_MESSAGES = 64;

let wrap: (inlet: Inlet) => Receiver<unknown>;

/** Makes a receiver. */
export function makeReceiver<T>(inlet: Inlet): Receiver<T> {
  return wrap(inlet) as Receiver<T>;
}

/**
 * The end of a channel that messages come out of.
 *
 * It can be sent to a task, or posted to a worker of your own; see {@linkcode attach} for that. `undefined` stands for
 * "nothing" where a method may find nothing: no message in time, or no more at all, which {@linkcode closed} tells.
 * A message may be `undefined` itself; `for await` and streams deliver it like any other. Where that matters to
 * `recv`, `tryRecv` or `recvAsync`, send `null`.
 *
 * To wait is no reason for a program to live on: in Deno, one that only awaits a message which no other thread can
 * send any more ends, as it does with any promise that nobody can resolve. A worker that still runs keeps it going.
 *
 * @typeParam T What it receives.
 *
 * @example Look, wait, or loop
 * ```ts
 * import { channel } from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * const [sender, receiver] = channel.spsc<string>(1024).split();
 * assertEquals(receiver.tryRecv(), undefined);
 * const next = receiver.recvAsync();
 * sender.send("hello");
 * assertEquals(await next, "hello");
 * sender.send("and");
 * sender.send("goodbye");
 * sender.close();
 * for await (const message of receiver) console.log(message);
 * assertEquals(receiver.closed, true);
 * ```
 */
export class Receiver<T> implements Carrier, Disposable, AsyncIterable<T> {
  /** What `postMessage` carries, and {@linkcode attach} makes a receiver again. */
  readonly parts: Parts;
  readonly #inlet: Inlet;
  #waiting: Queue | undefined;
  #arrivals: Arrivals | undefined;
  readonly #look = (): unknown => {
    const value = this.#inlet.take();
    if (value !== NOTHING || !this.#inlet.closed) return value;
    // Something may have been sent between the two, before the end.
    const last = this.#inlet.take();
    return last === NOTHING ? ENDED : last;
  };

  /** @internal Made by the kinds of channels. */
  constructor(inlet: Inlet) {
    this.parts = inlet.parts;
    this.#inlet = inlet;
    onDropped(this, () => inlet.close());
  }

  static {
    wrap = (inlet) => new Receiver(inlet);
  }

  /**
   * Takes the next message if there is one.
   *
   * @returns The message; `undefined` if there is none.
   * @throws {HandleConsumedError} This end has gone to another thread.
   */
  tryRecv(): T | undefined {
    const value = this.#inlet.take();
    if (value !== NOTHING) return value as T;
    hasten();
    return undefined;
  }

  /**
   * Takes the next message, and blocks this thread until there is one.
   *
   * @param timeoutMs How long to wait at most.
   * @returns The message; `undefined` when the time was up, and after the last one.
   * @throws {TypeError} This is a page's main thread, which must not block.
   * @throws {DeadlockError} Both ends are on this thread, and no time was given: it would be for ever.
   * @throws {ShutdownError | WorkerLostError} This worker is to end: the runtime was shut down, or has given it up.
   * @throws {HandleConsumedError} This end has gone to another thread.
   */
  recv(timeoutMs: number = Infinity): T | undefined {
    checkBlocking(timeoutMs, "recv()", "await receiver.recvAsync()");
    // Most often there is one; `block` would be called for it with a function.
    let value = this.#inlet.take();
    if (value === NOTHING) value = block(this.#inlet, this.#look, timeoutMs, "recv()");
    return value === NOTHING || value === ENDED ? undefined : value as T;
  }

  /**
   * Takes the next message as soon as there is one, without blocking.
   *
   * @param options With `signal`, the wait can be given up; no message is lost by that.
   * @returns The message; `undefined` after the last one. Rejects with the signal's reason, and with
   * `HandleConsumedError` where this end has gone to another thread.
   */
  recvAsync(options?: { signal?: AbortSignal }): Promise<T | undefined> {
    return this.#next(messageOf<T>, options, true);
  }

  /** Gives each message until the last one. Leaving the loop does not close the receiver: another goes on from there. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    let count = 0;
    let begun = performance.now();
    const next = (): Promise<IteratorResult<T, undefined>> => {
      // Messages that are there already come without a turn of the event loop, so a flood of them would hold it up.
      if (++count % SLICE_MESSAGES > 0 || performance.now() - begun <= SLICE) return this.#next(resultOf<T>);
      return nextTurn().then(() => {
        begun = performance.now();
        return this.#next(resultOf<T>);
      });
    };
    const iterator: AsyncIterableIterator<T, undefined> = {
      next,
      return: () => Promise.resolve({ done: true, value: undefined }),
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /**
   * Takes the next message in a task of an executor as soon as there is one: `yield* receiver`. In `blockOn` the thread
   * blocks for it. It throws `DeadlockError` where only its own tasks could send one and none can go on: that is
   * found out if no end has ever been sent to another thread, nor its `parts` been looked at.
   *
   * Only in such a task: a plain `for` loop over a receiver is a mistake, `for await` is what it is to be.
   *
   * @returns The message; `undefined` after the last one.
   * @throws {HandleConsumedError} This end has gone to another thread.
   *
   * @example In a task of an executor
   * ```ts
   * import { channel, executor } from "@webble/runtime";
   * import { assertEquals } from "@std/assert";
   *
   * const [sender, receiver] = channel.spsc<number>(1024).split();
   * const sum = executor.spawn(function* () {
   *   return (yield* receiver)! + (yield* receiver)!;
   * });
   * assertEquals(executor.run(), "yielded");
   * sender.send(40);
   * sender.send(2);
   * assertEquals(await sum.join(), 42);
   * ```
   */
  *[Symbol.iterator](): Generator<Wait, T | undefined, unknown> {
    this.#arrivals ??= new Arrivals(this.#inlet, "a message of a channel");
    return messageOf<T>(yield* this.#arrivals.wait(this.#look, "'for await (… of receiver)'"));
  }

  /**
   * The messages as a stream, which takes one out of the channel when it is asked for one: so backpressure reaches the
   * senders. Cancelling the stream closes this receiver.
   *
   * @returns The stream. While it is in use, nothing else should receive here.
   *
   * @example Through the platform's streams
   * ```ts
   * import { channel } from "@webble/runtime";
   * import { assertEquals } from "@std/assert";
   *
   * const [sender, receiver] = channel.spsc<string>(1024).split();
   * const piped = ReadableStream.from(["a", "b"]).pipeTo(sender.writable());
   * assertEquals(await Array.fromAsync(receiver.readable()), ["a", "b"]);
   * await piped;
   * ```
   */
  readable(): ReadableStream<T> {
    return new ReadableStream<T>({
      pull: async (controller) => {
        const { done, value } = await this.#next(resultOf<T>);
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => this.close(),
    }, { highWaterMark: 0 });
  }

  /**
   * Receives bytes in memory that is used again: from now on each message that is a `Uint8Array` of its own buffer, and
   * that fits, is copied into `target` and given as a view of its beginning, which the next one overwrites. All
   * others come as ever.
   *
   * An array of a mebibyte takes longer to be allocated and collected than to be copied; without that, messages of this
   * size go through two to three times as fast. Use a message, or copy what is needed of it, before another is taken; so do
   * not have two waits at a time, nor pipe a {@linkcode readable} stream, which takes the next before this one is used.
   *
   * @param target The memory; `undefined` for an array of its own for each message again.
   * @returns This receiver.
   * @throws {TypeError} `target` is no `Uint8Array`.
   *
   * @example Frames of a fixed size
   * ```ts
   * import { channel } from "@webble/runtime";
   * import { assertEquals } from "@std/assert";
   *
   * const [sender, receiver] = channel.spsc<Uint8Array>(1 << 16).split();
   * for (let n = 1; n <= 3; n++) sender.send(new Uint8Array(n).fill(n));
   * sender.close();
   * let sum = 0;
   * for await (const frame of receiver.into(new Uint8Array(1024))) {
   *   for (const byte of frame) sum += byte;
   * }
   * assertEquals(sum, 1 + 2 * 2 + 3 * 3);
   * ```
   */
  into(target: Uint8Array | undefined): this {
    if (target !== undefined && !(target instanceof Uint8Array)) {
      const what = Object.prototype.toString.call(target).slice("[object ".length, -1);
      throw new TypeError(
        `Cannot receive into ${what} with 'into()' as that is no 'Uint8Array': pass one, or undefined to stop that`,
      );
    }
    this.#inlet.messages.target = target;
    return this;
  }

  /** How much the channel holds: bytes for `spsc` and `oneshot`, else messages. */
  get capacity(): number {
    return this.#inlet.capacity;
  }

  /** How much of it holds messages that nobody has received yet. */
  get used(): number {
    return this.#inlet.used;
  }

  /** How much of it is free. */
  get free(): number {
    return this.#inlet.capacity - this.#inlet.used;
  }

  /** Whether nothing will come any more: the senders are gone and the channel is empty, or this end is closed. */
  get closed(): boolean {
    return this.#inlet.ended;
  }

  /**
   * Closes this end: what is in the channel is not received any more. With the last receiver, senders get
   * `ChannelClosedError`. Closing again does nothing, nor does closing an end that was sent to another thread.
   */
  close(): void {
    forgetDropped(this);
    this.#inlet.close();
    this.#waiting?.poke();
    this.#arrivals?.poke();
  }

  /**
   * Makes another receiver of the same channel, as sending one does: of an `mpmc`, each message goes to one of them; of a
   * `broadcast` or a `watch`, to all.
   *
   * @returns The other.
   * @throws {TypeError} The channel has one receiver only, as `spsc`, `oneshot` and `mpsc` have.
   */
  clone(): Receiver<T> {
    return makeReceiver(this.#inlet.clone());
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal A task to which it was given has failed, or was aborted. */
  [RELEASE](): void {
    this.close();
  }

  /** @internal How it crosses threads. */
  [CARRY](): Carried {
    return this.#inlet.carry();
  }

  /**
   * The next message, or the end, as `make` gives it. No async function: that would cost each message two microtasks.
   *
   * @param isCourteous Whether the event loop is to have its turn now and then, where messages are there already.
   */
  #next<R>(make: (value: unknown) => R, options?: { signal?: AbortSignal }, isCourteous = false): Promise<R> {
    try {
      const refused = refuseWait(options);
      if (refused !== undefined) return refused;
      const abort = options?.signal;
      if (this.#waiting === undefined || this.#waiting.isEmpty) {
        if (abort?.aborted) return Promise.reject(abort.reason);
        const value = this.#look();
        const turn = isCourteous && value !== NOTHING ? turnDue() : undefined;
        if (turn !== undefined) return turn.then(() => make(value));
        if (value !== NOTHING) return Promise.resolve(make(value));
        this.#waiting ??= new Queue(this.#inlet);
      }
      return this.#waiting.wait(this.#look, abort).then(make);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

function messageOf<T>(value: unknown): T | undefined {
  return value === ENDED ? undefined : value as T;
}

function resultOf<T>(value: unknown): IteratorResult<T, undefined> {
  return value === ENDED ? { done: true, value: undefined } : { done: false, value: value as T };
}
