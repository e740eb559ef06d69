/**
 * Sender: the end of a channel that messages go into, whatever kind of channel it is.
 */

import { ChannelClosedError, ChannelFullError } from "../errors.ts";
import { refuseWait } from "../options.ts";
import { type Carried, type Carrier, CARRY, RELEASE } from "../value/carry.ts";
import type { Send } from "../value/send.ts";
import { forgetDropped, onDropped } from "./dropped.ts";
import { done, type Message, prepare } from "./message.ts";
import type { Parts } from "./parts.ts";
import { hasten, turnDue } from "./presence.ts";
import { CLOSED, FULL, type Outlet, SENT } from "./sides.ts";
import { block, checkBlocking, NOTHING, Queue } from "./waiting.ts";

let wrap: (outlet: Outlet) => Sender<unknown>;

/** Makes a sender. */
export function makeSender<T>(outlet: Outlet): Sender<T> {
  return wrap(outlet) as Sender<T>;
}

/**
 * The end of a channel that messages go into.
 *
 * It can be sent to a task, or posted to a worker of your own; see {@linkcode attach} for that. Close it when there is
 * nothing more to send, with `close()` or `using`: then the receivers end, after the last message. One that was given to a
 * task closes by itself when the task fails, ends after it was aborted, or never begins; one that is garbage collected some time
 * later.
 *
 * @typeParam T What it sends.
 *
 * @example From a task to here
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(1).init();
 * const [sender, receiver] = webble.channel.spsc<number>(1024).split();
 * webble.spawn((sender: webble.channel.Sender<number>) => {
 *   for (let n = 0; n < 3; n++) sender.send(n);
 *   sender.close();
 * }, sender);
 * assertEquals(await Array.fromAsync(receiver), [0, 1, 2]);
 * ```
 */
export class Sender<T> implements Carrier, Disposable {
  /** What `postMessage` carries, and {@linkcode attach} makes a sender again. */
  readonly parts: Parts;
  readonly #outlet: Outlet;
  #waiting: Queue | undefined;

  /** @internal Made by the kinds of channels. */
  constructor(outlet: Outlet) {
    this.parts = outlet.parts;
    this.#outlet = outlet;
    onDropped(this, () => outlet.close());
  }

  static {
    wrap = (outlet) => new Sender(outlet);
  }

  /**
   * Sends a message: copies it into the channel.
   *
   * @param value The message.
   * @throws {ChannelFullError} There is no room now. Wait for it with {@linkcode sendAsync}, or look with {@linkcode trySend}.
   * @throws {ChannelClosedError} Nobody can receive it, or this end is closed.
   * @throws {RangeError} It is larger than the channel.
   * @throws {NotSendError} It cannot cross threads, or not in memory alone; the message names its path.
   * @throws {HandleConsumedError} This end has gone to another thread.
   */
  send(value: Send<T>): void {
    if (!this.trySend(value)) {
      const { used, capacity } = this.#outlet;
      throw new ChannelFullError(
        `Cannot send as the channel is full (${used} of ${capacity} in use): wait with 'await sender.sendAsync(…)', ` +
          "or make the channel larger",
      );
    }
  }

  /**
   * Sends a message if there is room now.
   *
   * @param value The message.
   * @returns Whether it was sent. It is not while earlier messages of this end wait for room, as they go first.
   * @throws {ChannelClosedError} Nobody can receive it, or this end is closed.
   * @throws {RangeError} It is larger than the channel.
   * @throws {NotSendError} It cannot cross threads, or not in memory alone; the message names its path.
   * @throws {HandleConsumedError} This end has gone to another thread.
   */
  trySend(value: Send<T>): boolean {
    const message = prepare(value);
    if (this.#sendNow(message)) return true;
    try {
      const sent = this.#put(message);
      if (!sent) hasten();
      return sent;
    } finally {
      done(message);
    }
  }

  /**
   * Sends a message, and blocks this thread until there is room.
   *
   * @param value The message.
   * @param timeoutMs How long to wait at most.
   * @returns Whether it was sent: `false` when the time was up.
   * @throws {TypeError} This is a page's main thread, which must not block.
   * @throws {DeadlockError} Both ends are on this thread, and no time was given: it would be for ever.
   * @throws {ShutdownError | WorkerLostError} This worker is to end: the runtime was shut down, or has given it up.
   * @throws {ChannelClosedError} Nobody can receive it, or this end is closed.
   * @throws {RangeError} It is larger than the channel.
   * @throws {NotSendError} It cannot cross threads, or not in memory alone; the message names its path.
   * @throws {HandleConsumedError} This end has gone to another thread.
   */
  sendSync(value: Send<T>, timeoutMs: number = Infinity): boolean {
    checkBlocking(timeoutMs, "sendSync()", "await sender.sendAsync()");
    const unsent = this.#offer(value);
    return unsent === undefined || this.#sendBlocking(unsent, timeoutMs);
  }

  /**
   * Sends a message as soon as there is room. It is copied at the call; messages arrive in the order of the calls.
   *
   * @param value The message.
   * @param options With `signal`, the wait can be given up: then the message is not sent.
   * @returns Resolves when it was sent. Rejects with what {@linkcode send} throws but for `ChannelFullError`.
   */
  sendAsync(value: Send<T>, options?: { signal?: AbortSignal }): Promise<void> {
    const refused = refuseWait(options);
    if (refused !== undefined) return refused;
    let unsent: Message | undefined;
    try {
      if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
      unsent = this.#offer(value);
    } catch (error) {
      return Promise.reject(error);
    }
    if (unsent === undefined) return turnDue() ?? Promise.resolve();
    return this.#sendWaiting(unsent, options?.signal);
  }

  /**
   * A stream that sends what is written to it, and takes more when there is room. Closing or aborting it closes this sender;
   * where the receivers are gone it fails with `ChannelClosedError`.
   *
   * @returns The stream.
   */
  writable(): WritableStream<T> {
    return new WritableStream<T>({
      // That it may cross was asked where the type of the sender was chosen; what may not is refused when it is sent.
      write: (value) => this.sendAsync(value as Send<T>),
      close: () => this.close(),
      abort: () => this.close(),
    });
  }

  /** How much the channel holds: bytes for `spsc` and `oneshot`, else messages. */
  get capacity(): number {
    return this.#outlet.capacity;
  }

  /** How much of it holds messages that nobody has received yet. */
  get used(): number {
    return this.#outlet.used;
  }

  /** How much of it is free. */
  get free(): number {
    return this.#outlet.capacity - this.#outlet.used;
  }

  /** Whether nothing can be sent any more: all receivers are gone, or this end is closed or has gone elsewhere. */
  get closed(): boolean {
    return this.#outlet.closed;
  }

  /**
   * Closes this end. Receivers still get what was sent; with the last sender they end. What `sendAsync` has not sent by now, for
   * want of room, is not sent: it rejects with `ChannelClosedError`, so await it before. Closing again does nothing, nor does
   * closing an end that was sent to another thread.
   */
  close(): void {
    forgetDropped(this);
    this.#outlet.close();
    this.#waiting?.poke();
  }

  /**
   * Makes another sender of the same channel, which is open until the last is closed.
   *
   * To send one does the same, so there is no need to send a clone: the clone here would hold the channel open.
   *
   * @returns The other.
   * @throws {TypeError} The channel has one sender only, as `spsc` and `oneshot` have.
   * @throws {ChannelClosedError} This one is closed.
   */
  clone(): Sender<T> {
    if (this.#outlet.closed) throw this.#closedError("clone this sender");
    return makeSender(this.#outlet.clone());
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
    return this.#outlet.carry();
  }

  /** Whether no message of this end waits for room. */
  get #isFree(): boolean {
    return this.#waiting === undefined || this.#waiting.isEmpty;
  }

  /** Sends a value if that can be done now; else gives a message of it that stays. */
  #offer(value: Send<T>): Message | undefined {
    const message = prepare(value);
    if (this.#sendNow(message)) return undefined;
    try {
      return this.#put(message) ? undefined : message.copy();
    } finally {
      done(message);
    }
  }

  /** Blocks until a message is sent or the time is up. Apart: what a closure captures costs each call an allocation. */
  #sendBlocking(unsent: Message, timeoutMs: number): boolean {
    const attempt = () => {
      // Earlier messages of this end go first; while this thread blocks nobody else sends them.
      this.#waiting?.poke();
      return this.#isFree ? this.#attempt(unsent) : NOTHING;
    };
    return block(this.#outlet, attempt, timeoutMs, "sendSync()") !== NOTHING;
  }

  #sendWaiting(unsent: Message, abort: AbortSignal | undefined): Promise<void> {
    this.#waiting ??= new Queue(this.#outlet);
    return this.#waiting.wait(() => this.#attempt(unsent), abort) as Promise<undefined>;
  }

  /** Sends a message that needs no tidying up, if nothing stands in its way: most often that is so. */
  #sendNow(message: Message): boolean {
    return this.#waiting === undefined && message.isLight && this.#outlet.put(message) === SENT;
  }

  /** Sends a message if that can be done now. */
  #put(message: Message): boolean {
    const put = this.#isFree ? this.#outlet.put(message) : this.#outlet.closed ? CLOSED : FULL;
    if (put === CLOSED) throw this.#closedError();
    return put === SENT;
  }

  #attempt(message: Message): undefined | typeof NOTHING {
    const put = this.#outlet.put(message);
    if (put === CLOSED) throw this.#closedError();
    return put === SENT ? undefined : NOTHING;
  }

  #closedError(what = "send"): ChannelClosedError {
    return new ChannelClosedError(
      `Cannot ${what} as the channel is closed: its receivers are gone, or this sender was closed. ` +
        "Ask 'sender.closed' before, or catch this to stop.",
    );
  }
}
