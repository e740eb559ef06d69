/**
 * watch: the newest value, for any number of readers; see `latest.ts` for how it works.
 */

import { checkInteger } from "../integer.ts";
import { load, read, write } from "../memory/atomics.ts";
import { checkOptions, refuseWait } from "../options.ts";
import { type Carried, type Carrier, CARRY, RELEASE } from "../value/carry.ts";
import type { Send } from "../value/send.ts";
import { forgetDropped, onDropped } from "./dropped.ts";
import { Ends, RECEIVER, SENDER } from "./ends.ts";
import { Half, refuseCorrupt } from "./half.ts";
import { Exclusive, type Hold, Shared } from "./hold.ts";
import { bufferOf, BUFFERS, isWhole, nextVersion, publish } from "./latest.ts";
import { done, type Message, MessageReader, prepare, stage } from "./message.ts";
import { createMemory, FIRST_WORD, MOST_BYTES, type Parts, registerKind, type SharedParts } from "./parts.ts";
import { Region } from "./ring.ts";
import { Sender } from "./sender.ts";
import { type Outlet, type Put, SENT } from "./sides.ts";
import { wake } from "./signal.ts";
import { block, checkBlocking, NOTHING, Queue, type Waitable } from "./waiting.ts";

/** The words of the memory. */
const MESSAGE_WORDS = FIRST_WORD;
const VERSION: number = FIRST_WORD + 16;
/** What readers sleep on. */
const CHANGED: number = VERSION + 1;
const ENDS: number = VERSION + 16;
const VALUES: number = ENDS + Math.ceil(Ends.WORDS / 16) * 16;

const SENDER_NAME = "watch.sender";
const RECEIVER_NAME = "watch.receiver";
const USUAL_BYTES = 65_536;

/** How many words a buffer takes, with one before the value, so that each value begins at an even word. */
function strideFor(mostWords: number): number {
  return 2 + Math.ceil(mostWords / 2) * 2;
}

/** What both sides have. */
class WatchHalf<H extends Hold = Hold> extends Half<H> implements Waitable {
  readonly signal: number = CHANGED;
  readonly mostWords: number;
  readonly #region: Region;

  constructor(memory: SharedParts, hold: (ends: Ends) => H) {
    const { words, bytes } = memory;
    const mostWords = read(words, MESSAGE_WORDS);
    refuseCorrupt(mostWords > 0 && VALUES + BUFFERS * strideFor(mostWords) <= words.length);
    super(memory, ENDS, () => wake(words, CHANGED), hold);
    this.mostWords = mostWords;
    this.#region = new Region(words, bytes, 0, mostWords);
  }

  /** Where the value of a version is; the word before says how long it is. */
  region(version: number): Region {
    this.#region.start = VALUES + bufferOf(version) * strideFor(this.mostWords) + 2;
    return this.#region;
  }

  get version(): number {
    return load(this.words, VERSION);
  }

  override get closed(): boolean {
    // Without receivers it stays open: there may be some later.
    return !this.hold.isMine || (this.ends.gone & SENDER) !== 0;
  }
}

class WatchOutlet extends WatchHalf<Exclusive> implements Outlet {
  readonly capacity: number = 1;
  readonly used: number = 0;

  put(message: Message): Put {
    if (this.closed) return this.refuse();
    this.write(message);
    return SENT;
  }

  write(message: Message): void {
    if (message.length > this.mostWords) {
      throw new RangeError(
        `Cannot send a value of ${4 * message.length} bytes through a channel made for ${4 * this.mostWords} bytes: ` +
          "make it with a larger 'messageBytes'",
      );
    }
    const next = nextVersion(this.words, VERSION);
    const region = this.region(next);
    write(this.words, region.start - 1, message.length);
    message.write(region, 0);
    publish(this.words, VERSION, next);
    wake(this.words, CHANGED);
  }

  clone(): never {
    return this.hold.clone();
  }
}

/**
 * The sending end of a {@linkcode watch} channel: each value takes the place of the one before.
 *
 * @typeParam T The value.
 */
export class WatchSender<T> extends Sender<T> {
  readonly #outlet: WatchOutlet;

  /** @internal Use {@linkcode watch}. */
  constructor(outlet: WatchOutlet) {
    super(outlet);
    this.#outlet = outlet;
  }

  /**
   * Makes a receiver, to which the present value is new.
   *
   * @returns The receiver.
   */
  subscribe(): WatchReceiver<T> {
    const { memory } = this.#outlet;
    const hold = (ends: Ends) => Shared.another(ends, RECEIVER, RECEIVER_NAME, memory.buffer);
    return new WatchReceiver(new WatchInlet(memory, hold, undefined));
  }
}

/** What a receiver reads through. */
class WatchInlet extends WatchHalf {
  readonly #messages = new MessageReader();
  /** The version that was seen last; none where the present one is new. */
  seen: number | undefined;

  constructor(memory: SharedParts, hold: (ends: Ends) => Hold, seen: number | undefined) {
    super(memory, hold);
    this.seen = seen;
  }

  /** Whether there is a newer value. */
  get isNew(): boolean {
    return this.seen !== this.version;
  }

  /** Reads the newest value. */
  read(): unknown {
    for (;;) {
      const { version } = this;
      const region = this.region(version);
      const length = Math.max(1, Math.min(read(this.words, region.start - 1), this.mostWords));
      const copy = stage(region, length);
      if (!isWhole(this.words, VERSION, version)) continue;
      this.seen = version;
      return this.#messages.read(copy, 0, length);
    }
  }
}

/**
 * A receiving end of a {@linkcode watch} channel: it sees the newest value, and may never see those between.
 *
 * Sending it to a task, or posting it, makes another there.
 *
 * @typeParam T The value.
 */
export class WatchReceiver<T> implements Carrier, Disposable {
  /** What `postMessage` carries, and {@linkcode attach} makes a receiver again. */
  readonly parts: Parts;
  readonly #inlet: WatchInlet;
  #value: unknown;
  #valueOf: number | undefined;
  #waiting: Queue | undefined;
  readonly #look = (): boolean | typeof NOTHING => {
    const inlet = this.#inlet;
    if (!inlet.hold.isMine) return false;
    // GONE first: a value that was sent before the end is seen after it.
    const gone = inlet.closed;
    if (!inlet.isNew) return gone ? false : NOTHING;
    inlet.seen = inlet.version;
    return true;
  };

  /** @internal Use {@linkcode watch}, or `subscribe()`. */
  constructor(inlet: WatchInlet) {
    this.parts = inlet.parts;
    this.#inlet = inlet;
    onDropped(this, () => inlet.close());
  }

  /**
   * The newest value, at once. It counts as seen from then on.
   *
   * @returns The value; the same object each time until there is a newer one.
   */
  borrow(): T {
    const inlet = this.#inlet;
    if (this.#valueOf === undefined || this.#valueOf !== inlet.version) {
      this.#value = inlet.read();
      this.#valueOf = inlet.seen;
    } else inlet.seen = this.#valueOf;
    return this.#value as T;
  }

  /**
   * Waits until there is a value that this receiver has not seen, which counts as seen then: {@linkcode borrow} gives it,
   * or a newer one.
   *
   * @param options With `signal`, the wait can be given up.
   * @returns `true`; `false` once the sender is gone and its last value was seen, and where this receiver is closed.
   */
  changed(options?: { signal?: AbortSignal }): Promise<boolean> {
    this.#waiting ??= new Queue(this.#inlet);
    return refuseWait(options) ?? this.#waiting.wait(this.#look, options?.signal);
  }

  /**
   * The same as {@linkcode changed}, but blocks this thread.
   *
   * @param timeoutMs How long to wait at most.
   * @returns `true` if there is a new value.
   * @throws {TypeError} This is a page's main thread, which must not block.
   * @throws {DeadlockError} Both ends are on this thread, and no time was given: it would be for ever.
   * @throws {ShutdownError | WorkerLostError} This worker is to end: the runtime was shut down, or has given it up.
   */
  changedSync(timeoutMs: number = Infinity): boolean {
    checkBlocking(timeoutMs, "changedSync()", "await receiver.changed()");
    return block(this.#inlet, this.#look, timeoutMs, "changedSync()") === true;
  }

  /** Whether no newer value will come: the sender is gone, or this receiver is closed. */
  get closed(): boolean {
    return this.#inlet.closed;
  }

  /** Makes another receiver, which has seen the same. */
  clone(): WatchReceiver<T> {
    const { memory, hold, seen } = this.#inlet;
    return new WatchReceiver(new WatchInlet(memory, () => hold.clone(), seen));
  }

  /** Closes this receiver. The sender goes on: there may be others later. */
  close(): void {
    forgetDropped(this);
    this.#inlet.close();
    this.#waiting?.poke();
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
}

registerKind(
  SENDER_NAME,
  (memory, _, parts) => new WatchSender(new WatchOutlet(memory, (ends) => Exclusive.taken(ends, SENDER, parts))),
);
registerKind(RECEIVER_NAME, (memory, _, parts) => {
  return new WatchReceiver(new WatchInlet(memory, (ends) => Shared.taken(ends, RECEIVER, parts), undefined));
});

/**
 * Makes a channel that holds one value, the newest: settings, progress, a position.
 *
 * Sending never waits. A receiver gets the newest value whenever it looks, whole, and can wait for a newer one. The sender
 * is moved by sending it to a task, receivers are cloned; more come from `subscribe()`.
 *
 * @typeParam T The value.
 * @param initial The first value. To the receiver that comes with it, it is not new.
 * @param options How long a value may be: `messageBytes`, 64 KiB if left out. Memory is committed as it is used.
 * @returns The sender and the first receiver.
 * @throws {TypeError} `messageBytes` is not a number, or `options` no object.
 * @throws {RangeError} `messageBytes` is no integer in range, or too small for `initial`.
 * @throws {NotSendError} `initial` cannot cross threads.
 * @throws {OutOfMemoryError} The system has not so much memory.
 * @throws {IsolationError} Memory cannot be shared here.
 *
 * @example Progress
 * ```ts
 * import { channel } from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * const [sender, receiver] = channel.watch({ done: 0, of: 10 });
 * assertEquals(receiver.borrow().done, 0);
 * sender.send({ done: 4, of: 10 });
 * sender.send({ done: 5, of: 10 });
 * assertEquals(await receiver.changed(), true);
 * assertEquals(receiver.borrow().done, 5);
 * sender.close();
 * assertEquals(await receiver.changed(), false);
 * ```
 */
export function watch<T>(
  initial: Send<T>,
  options: { messageBytes?: number } = {},
): [WatchSender<T>, WatchReceiver<T>] {
  checkOptions("make a channel", options, "options such as { messageBytes: 64 }");
  const { messageBytes = USUAL_BYTES } = options;
  checkInteger("make a channel", "messageBytes", messageBytes, 1, Math.floor((MOST_BYTES - 4 * VALUES) / BUFFERS) - 16);
  const messageWords = Math.ceil(messageBytes / 4);
  const bytes = 4 * (VALUES + BUFFERS * strideFor(messageWords));
  const memory = createMemory("watch", bytes, `a channel for a value of up to ${messageBytes} bytes`);
  write(memory.words, MESSAGE_WORDS, messageWords);
  const { buffer } = memory;
  const outlet = new WatchOutlet(memory, (ends) => Exclusive.first(ends, SENDER, SENDER_NAME, buffer));
  const message = prepare(initial);
  try {
    outlet.write(message);
  } finally {
    done(message);
  }
  const hold = (ends: Ends) => Shared.another(ends, RECEIVER, RECEIVER_NAME, buffer);
  return [new WatchSender(outlet), new WatchReceiver(new WatchInlet(memory, hold, outlet.version))];
}
