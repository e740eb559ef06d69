/**
 * broadcast: each message goes to all receivers; see `tape.ts` for how it works.
 */

import { ChannelClosedError } from "../errors.ts";
import { checkInteger } from "../integer.ts";
import { read, write } from "../memory/atomics.ts";
import type { Carried } from "../value/carry.ts";
import { checkOptions } from "../options.ts";
import { Ends, RECEIVER, SENDER } from "./ends.ts";
import { Half, refuseCorrupt } from "./half.ts";
import { type Hold, Shared } from "./hold.ts";
import { type Message, MessageReader, stage } from "./message.ts";
import { createMemory, FIRST_WORD, MOST_BYTES, type Parts, registerKind, type SharedParts } from "./parts.ts";
import { Receiver } from "./receiver.ts";
import { Region } from "./ring.ts";
import { Sender } from "./sender.ts";
import { CLOSED, FULL, type Inlet, type Outlet, type Put, SENT } from "./sides.ts";
import { wake } from "./signal.ts";
import { ABANDONED, NOTHING_YET, OVERTAKEN, Tape } from "./tape.ts";
import { NOTHING } from "./waiting.ts";

/** The words of the memory. */
const CAPACITY = FIRST_WORD;
const MESSAGE_WORDS: number = FIRST_WORD + 1;
const TAIL: number = FIRST_WORD + 16;
/** What receivers sleep on, and senders, who hardly ever do. */
const ARRIVED: number = TAIL + 1;
const ENDS: number = TAIL + 16;
const STATES: number = ENDS + Math.ceil(Ends.WORDS / 16) * 16;
/** What stands before a message in its slot: the state, and how many words the message has. */
const SLOT_HEAD = 2;

const SENDER_NAME = "broadcast.sender";
const RECEIVER_NAME = "broadcast.receiver";

const USUAL_BYTES = 16_384;
const USUAL_TOTAL = 16_777_216;
const LEAST_USUAL = 56;
const MOST_CAPACITY = 16_777_216;
/** Who seems to be this far behind is a little ahead: positions wrap. */
const MOST_AHEAD = 1 << 28;

/** What both sides have. */
class BroadcastHalf extends Half {
  readonly tape: Tape;
  readonly capacity: number;
  readonly signal: number = ARRIVED;
  readonly mostWords: number;
  readonly #stride: number;
  readonly #region: Region;

  constructor(memory: SharedParts, hold: (ends: Ends) => Hold) {
    const { words, bytes } = memory;
    const capacity = read(words, CAPACITY);
    const mostWords = read(words, MESSAGE_WORDS);
    const stride = strideFor(mostWords);
    refuseCorrupt(capacity > 0 && mostWords > 0 && STATES + capacity * stride <= words.length);
    super(memory, ENDS, () => wake(words, ARRIVED), hold);
    this.capacity = capacity;
    this.mostWords = mostWords;
    this.#stride = stride;
    this.tape = new Tape({ words, head: -1, tail: TAIL, states: STATES, stride, capacity }, this.ends);
    this.#region = new Region(words, bytes, 0, mostWords);
  }

  /** Where the message of a position is. */
  region(position: number): Region {
    this.#region.start = STATES + this.tape.slot(position) * this.#stride + SLOT_HEAD;
    return this.#region;
  }

  override get closed(): boolean {
    // Without receivers it stays open: there may be some later.
    return !this.hold.isMine || (this.ends.gone & SENDER) !== 0;
  }
}

/** A slot's words, in whole cache lines: who writes one does not disturb who reads the next. */
function strideFor(messageWords: number): number {
  return Math.ceil((SLOT_HEAD + messageWords) / 16) * 16;
}

class BroadcastOutlet extends BroadcastHalf implements Outlet {
  get used(): number {
    return 0;
  }

  put(message: Message): Put {
    if (this.closed) return CLOSED;
    if (message.length > this.mostWords) {
      throw new RangeError(
        `Cannot send a message of ${4 * message.length} bytes through a channel made for ${4 * this.mostWords} bytes ` +
          "each: make it with a larger 'messageBytes'",
      );
    }
    const position = this.tape.claim();
    if (position < 0) return FULL;
    const region = this.region(position);
    write(this.words, region.start - 1, message.length);
    message.write(region, 0);
    this.tape.publish(position);
    wake(this.words, ARRIVED);
    return SENT;
  }

  clone(): BroadcastOutlet {
    return new BroadcastOutlet(this.memory, () => this.hold.clone());
  }

  subscribe(): BroadcastInlet {
    const { buffer } = this.memory;
    return new BroadcastInlet(this.memory, (ends) => Shared.another(ends, RECEIVER, RECEIVER_NAME, buffer));
  }
}

class BroadcastInlet extends BroadcastHalf implements Inlet {
  readonly messages: MessageReader = new MessageReader();
  #next: number;
  missed = 0;

  constructor(memory: SharedParts, hold: (ends: Ends) => Hold, next?: number) {
    super(memory, hold);
    this.#next = next ?? this.tape.end;
  }

  get used(): number {
    const { tape, capacity } = this;
    // A message may be there before TAIL counts it.
    return tape.since(this.#next) > MOST_AHEAD ? 0 : Math.min(tape.since(this.#next), capacity);
  }

  get ended(): boolean {
    return this.closed && (!this.hold.isMine || this.used === 0);
  }

  take(): unknown {
    if (!this.hold.isMine) return NOTHING;
    const { tape } = this;
    for (;;) {
      const found = tape.look(this.#next);
      if (found === NOTHING_YET) return NOTHING;
      if (found === OVERTAKEN) this.#catchUp();
      else if (found === ABANDONED) this.#next = tape.after(this.#next, 1);
      else {
        const position = this.#next;
        const region = this.region(position);
        const length = Math.max(1, Math.min(read(this.words, region.start - 1), this.mostWords));
        const copy = stage(region, length);
        if (!tape.isWhole(position)) continue;
        this.#next = tape.after(position, 1);
        return this.messages.read(copy, 0, length);
      }
    }
  }

  #catchUp(): void {
    // One look at TAIL, as it goes on meanwhile. The one that has overtaken may not be counted yet.
    const missed = Math.max(1, this.tape.since(this.#next) - this.capacity);
    this.missed += missed;
    this.#next = this.tape.after(this.#next, missed);
  }

  override carry(): Carried {
    const carried = super.carry();
    const parts = carried.data as Parts;
    const [id = 0] = parts.numbers;
    return { ...carried, data: { ...parts, numbers: [id, this.#next] } };
  }

  clone(): BroadcastInlet {
    return new BroadcastInlet(this.memory, () => this.hold.clone(), this.#next);
  }
}

/**
 * The sending end of a {@linkcode broadcast} channel. It never waits for receivers, and is open while there is none.
 *
 * @typeParam T What it sends.
 */
export class BroadcastSender<T> extends Sender<T> {
  readonly #outlet: BroadcastOutlet;

  /** @internal Use {@linkcode broadcast}. */
  constructor(outlet: BroadcastOutlet) {
    super(outlet);
    this.#outlet = outlet;
  }

  /**
   * Makes a receiver, for all that is sent from now on.
   *
   * @returns The receiver.
   */
  subscribe(): BroadcastReceiver<T> {
    return new BroadcastReceiver(this.#outlet.subscribe());
  }

  /** Makes another sender of the same channel, which is open until the last is closed. */
  override clone(): BroadcastSender<T> {
    if (this.closed) throw new ChannelClosedError("Cannot clone this sender as it is closed: clone one that is open");
    return new BroadcastSender(this.#outlet.clone());
  }
}

/**
 * A receiving end of a {@linkcode broadcast} channel.
 *
 * Sending it to a task makes another there, which goes on from the same message; posting it makes one for all that is
 * sent from then on.
 *
 * @typeParam T What it receives.
 */
export class BroadcastReceiver<T> extends Receiver<T> {
  readonly #inlet: BroadcastInlet;

  /** @internal Use {@linkcode broadcast}, or `subscribe()`. */
  constructor(inlet: BroadcastInlet) {
    super(inlet);
    this.#inlet = inlet;
  }

  /**
   * How many messages this receiver has missed so far, as it was slower than the senders by more than the channel's
   * capacity. It grows when a message is received, or looked for: then the oldest comes that is still there.
   */
  get missed(): number {
    return this.#inlet.missed;
  }

  /** Makes another receiver, which goes on from the same message. */
  override clone(): BroadcastReceiver<T> {
    return new BroadcastReceiver(this.#inlet.clone());
  }
}

registerKind(
  SENDER_NAME,
  (memory, _, parts) => new BroadcastSender(new BroadcastOutlet(memory, (ends) => Shared.taken(ends, SENDER, parts))),
);
registerKind(RECEIVER_NAME, (memory, [, next], parts) => {
  const valid = next !== undefined && Number.isInteger(next) && next >= 0 ? next : undefined;
  return new BroadcastReceiver(new BroadcastInlet(memory, (ends) => Shared.taken(ends, RECEIVER, parts), valid));
});

/**
 * Makes a channel that gives each message to all its receivers.
 *
 * Senders never wait: one that sends more than the capacity ahead of a receiver overwrites what that has not received
 * yet. Such a receiver goes on with the oldest message that is left, and counts in `missed` how many it has not got. Both
 * ends are cloned by sending them; new receivers come from `subscribe()`. Receivers end with the last sender.
 *
 * @typeParam T What goes through it.
 * @param capacity How many messages a receiver can be behind.
 * @param options How long a message may be: `messageBytes`. If left out: 16 KiB, or less where all together would be more
 * than 16 MiB, but 56 bytes at least.
 * @returns The first sender and the first receiver.
 * @throws {TypeError} One of them is not a number, or `options` no object.
 * @throws {RangeError} `capacity` or `messageBytes` is no integer in range.
 * @throws {OutOfMemoryError} The system has not so much memory.
 * @throws {IsolationError} Memory cannot be shared here.
 *
 * @example Everybody is told, and who is slow knows what it has missed
 * ```ts
 * import { channel } from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * const [sender, first] = channel.broadcast<string>(2);
 * sender.send("one");
 * const second = sender.subscribe();
 * sender.send("two");
 * sender.send("three");
 * assertEquals([first.tryRecv(), first.missed], ["two", 1]);
 * assertEquals([second.tryRecv(), second.missed], ["two", 0]);
 * ```
 */
export function broadcast<T = unknown>(
  capacity: number,
  options: { messageBytes?: number } = {},
): [BroadcastSender<T>, BroadcastReceiver<T>] {
  checkInteger("make a channel", "capacity", capacity, 1, MOST_CAPACITY);
  const usual = Math.max(LEAST_USUAL, Math.min(USUAL_BYTES, Math.floor(USUAL_TOTAL / capacity)));
  checkOptions("make a channel", options, "options such as { messageBytes: 64 }");
  const { messageBytes = usual } = options;
  checkInteger("make a channel", "messageBytes", messageBytes, 1, MOST_BYTES);
  const messageWords = Math.ceil(messageBytes / 4);
  const bytes = 4 * (STATES + capacity * strideFor(messageWords));
  const memory = createMemory("broadcast", bytes, `a channel of ${capacity} messages of up to ${messageBytes} bytes`);
  write(memory.words, CAPACITY, capacity);
  write(memory.words, MESSAGE_WORDS, messageWords);
  const { buffer } = memory;
  const outlet = new BroadcastOutlet(memory, (ends) => Shared.another(ends, SENDER, SENDER_NAME, buffer));
  outlet.tape.initialise();
  return [new BroadcastSender(outlet), new BroadcastReceiver(outlet.subscribe())];
}
