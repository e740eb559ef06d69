/**
 * mpsc and mpmc: bounded queues with many senders; see `slots.ts` for how they work.
 *
 * Each slot is a cache line: its state, then the message if it is short. A longer one lies in the slot's room behind all
 * slots, of which the system commits what is written to.
 */

import { checkInteger } from "../integer.ts";
import { read, write } from "../memory/atomics.ts";
import { checkOptions } from "../options.ts";
import { Ends, RECEIVER, SENDER } from "./ends.ts";
import { Half, refuseCorrupt } from "./half.ts";
import { Exclusive, type Hold, Shared } from "./hold.ts";
import { type Message, MessageReader, whole } from "./message.ts";
import { createMemory, FIRST_WORD, MOST_BYTES, registerKind, type SharedParts } from "./parts.ts";
import { makeReceiver, type Receiver } from "./receiver.ts";
import { Region } from "./ring.ts";
import { makeSender, type Sender } from "./sender.ts";
import { FULL, type Inlet, type Outlet, type Put, SENT } from "./sides.ts";
import { wake } from "./signal.ts";
import { initialise, Slots } from "./slots.ts";
import { NOTHING } from "./waiting.ts";

/** The words of the memory. */
const CAPACITY = FIRST_WORD;
/** How many words a slot has behind all slots. */
const ROOM_WORDS: number = FIRST_WORD + 1;
const TAIL: number = FIRST_WORD + 16;
/** What receivers sleep on. */
const ARRIVED: number = TAIL + 1;
const HEAD: number = TAIL + 16;
/** What senders sleep on. */
const LEFT: number = HEAD + 1;
const ENDS: number = HEAD + 16;
const STATES: number = ENDS + Math.ceil(Ends.WORDS / 16) * 16;
const STRIDE = 16;

/** How many words of a message fit beside the state. A longer one has 0 there, which begins no message. */
const SHORT: number = STRIDE - 1;
const FAR = 0;

/** How long messages may be, if nothing else was asked for: so much, and so much in all slots together. */
const USUAL_BYTES = 65_536;
const USUAL_TOTAL = 16_777_216;
const MOST_CAPACITY = 16_777_216;

/** How far one room is from the next, so that each begins at an even word. */
function evenly(roomWords: number): number {
  return roomWords + (roomWords & 1);
}

/** What both sides have. */
class QueueHalf extends Half {
  readonly slots: Slots;
  readonly capacity: number;
  readonly #roomWords: number;
  readonly #rooms: number;
  /** Where the message of a slot is, set anew for each. */
  readonly #near: Region;
  readonly #far: Region;

  constructor(memory: SharedParts, hold: (ends: Ends) => Hold) {
    const { words, bytes } = memory;
    const capacity = read(words, CAPACITY);
    const roomWords = read(words, ROOM_WORDS);
    const rooms = STATES + capacity * STRIDE;
    refuseCorrupt(capacity > 0 && roomWords >= 0 && rooms + capacity * evenly(roomWords) <= words.length);
    super(memory, ENDS, () => {
      wake(words, ARRIVED);
      wake(words, LEFT);
    }, hold);
    this.capacity = capacity;
    this.#roomWords = roomWords;
    this.#rooms = rooms;
    this.slots = new Slots({ words, head: HEAD, tail: TAIL, states: STATES, stride: STRIDE, capacity }, this.ends);
    this.#near = new Region(words, bytes, 0, SHORT);
    this.#far = new Region(words, bytes, 0, Math.max(1, roomWords));
  }

  /** The most words that a message can have. */
  get mostWords(): number {
    return Math.max(SHORT, this.#roomWords);
  }

  /** Where a short message of a position is. */
  near(position: number): Region {
    this.#near.start = STATES + this.slots.slot(position) * STRIDE + 1;
    return this.#near;
  }

  /** Where a longer one is. */
  far(position: number): Region {
    this.#far.start = this.#rooms + this.slots.slot(position) * evenly(this.#roomWords);
    return this.#far;
  }

  get used(): number {
    return this.slots.used;
  }
}

class QueueOutlet extends QueueHalf implements Outlet {
  readonly signal: number = LEFT;

  put(message: Message): Put {
    if (this.seemsClosed) return this.refuse();
    if (message.length > this.mostWords) {
      throw new RangeError(
        `Cannot send a message of ${4 * message.length} bytes through a channel made for ${4 * this.mostWords} bytes ` +
          "each: make it with a larger 'messageBytes'",
      );
    }
    const position = this.slots.claim();
    if (position < 0) return this.closed ? this.refuse() : FULL;
    const near = this.near(position);
    if (message.length <= SHORT) message.write(near, 0);
    else {
      write(this.words, near.start, FAR);
      message.write(this.far(position), 0);
    }
    this.slots.publish(position);
    wake(this.words, ARRIVED);
    return SENT;
  }

  clone(): QueueOutlet {
    return new QueueOutlet(this.memory, () => this.hold.clone());
  }
}

class QueueInlet extends QueueHalf implements Inlet {
  readonly signal: number = ARRIVED;
  readonly messages: MessageReader = new MessageReader();

  get ended(): boolean {
    return !this.hold.isMine || (this.ends.gone !== 0 && this.used === 0);
  }

  take(): unknown {
    if (!this.hold.seemsMine) {
      this.hold.refuseIfMoved();
      return NOTHING;
    }
    const position = this.slots.take();
    if (position < 0) return NOTHING;
    let value: unknown;
    try {
      const near = this.near(position);
      const isFar = read(this.words, near.start) === FAR;
      value = this.messages.copy(isFar ? this.far(position) : near, 0, isFar ? this.mostWords : SHORT);
    } finally {
      this.slots.release(position);
      wake(this.words, LEFT);
    }
    return whole(value);
  }

  clone(): QueueInlet {
    return new QueueInlet(this.memory, () => this.hold.clone());
  }
}

/** What a queue is made with. */
export interface QueueOptions {
  /**
   * How long a message may be, in bytes; {@linkcode messageBytes} says how long one is. Each slot has so much memory
   * reserved, and the system commits what is written to. If left out: 64 KiB, or less where the slots together would have
   * more than 16 MiB, but 60 at least.
   */
  messageBytes?: number;
}

/**
 * Makes a channel for many senders and one receiver.
 *
 * Sending the sender to a task clones it, as `clone()` does; the receiver is moved. The channel closes with the last
 * sender. Messages of one sender arrive in their order. A sender whose thread dies in the middle of a message holds nobody
 * up: the message never was.
 *
 * @typeParam T What goes through it.
 * @param capacity How many messages it holds.
 * @param options How long they may be.
 * @returns The first sender, and the receiver.
 * @throws {TypeError} One of them is not a number, or `options` no object.
 * @throws {RangeError} `capacity` or `messageBytes` is no integer in range.
 * @throws {OutOfMemoryError} The system has not so much memory.
 * @throws {IsolationError} Memory cannot be shared here.
 *
 * @example Results of many tasks, as they come
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(2).init();
 * const [sender, receiver] = webble.channel.mpsc<number>(16);
 * for (let n = 1; n <= 4; n++) {
 *   webble.spawnStealable(async (n: number, sender: webble.channel.Sender<number>) => {
 *     await sender.sendAsync(n * n);
 *     sender.close();
 *   }, n, sender);
 * }
 * sender.close();
 * const squares = await Array.fromAsync(receiver);
 * assertEquals(squares.sort((a, b) => a - b), [1, 4, 9, 16]);
 * ```
 */
export function mpsc<T = unknown>(capacity: number, options: QueueOptions = {}): [Sender<T>, Receiver<T>] {
  const memory = make("mpsc", capacity, options);
  const { buffer } = memory;
  return [
    makeSender(new QueueOutlet(memory, (ends) => Shared.another(ends, SENDER, "mpsc.sender", buffer))),
    makeReceiver(new QueueInlet(memory, (ends) => Exclusive.first(ends, RECEIVER, "mpsc.receiver", buffer))),
  ];
}

/**
 * Makes a channel for many senders and many receivers: each message goes to one of the receivers.
 *
 * Sending either end to a task clones it, as `clone()` does. Receivers end when the last sender is gone, senders are
 * told when the last receiver is. Otherwise as {@linkcode mpsc}.
 *
 * @typeParam T What goes through it.
 * @param capacity How many messages it holds.
 * @param options How long they may be.
 * @returns The first sender and the first receiver.
 * @throws {TypeError} One of them is not a number, or `options` no object.
 * @throws {RangeError} `capacity` or `messageBytes` is no integer in range.
 * @throws {OutOfMemoryError} The system has not so much memory.
 * @throws {IsolationError} Memory cannot be shared here.
 *
 * @example Work shared out
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(2).init();
 * const [sender, receiver] = webble.channel.mpmc<number>(16);
 * const sums = [0, 1].map(() =>
 *   webble.spawn(async (receiver: webble.channel.Receiver<number>) => {
 *     let sum = 0;
 *     for await (const n of receiver) sum += n;
 *     return sum;
 *   }, receiver)
 * );
 * receiver.close();
 * for (let n = 1; n <= 100; n++) await sender.sendAsync(n);
 * sender.close();
 * const [a, b] = await Promise.all(sums.map((sum) => sum.recv()));
 * assertEquals(a! + b!, 5050);
 * ```
 */
export function mpmc<T = unknown>(capacity: number, options: QueueOptions = {}): [Sender<T>, Receiver<T>] {
  const memory = make("mpmc", capacity, options);
  const { buffer } = memory;
  return [
    makeSender(new QueueOutlet(memory, (ends) => Shared.another(ends, SENDER, "mpmc.sender", buffer))),
    makeReceiver(new QueueInlet(memory, (ends) => Shared.another(ends, RECEIVER, "mpmc.receiver", buffer))),
  ];
}

function make(family: string, capacity: number, options: QueueOptions): SharedParts {
  checkInteger("make a channel", "capacity", capacity, 1, MOST_CAPACITY);
  const usual = Math.max(4 * SHORT, Math.min(USUAL_BYTES, Math.floor(USUAL_TOTAL / capacity)));
  checkOptions("make a channel", options, "options such as { messageBytes: 64 }");
  const { messageBytes = usual } = options;
  checkInteger("make a channel", "messageBytes", messageBytes, 1, MOST_BYTES);
  const roomWords = messageBytes <= 4 * SHORT ? 0 : Math.ceil(messageBytes / 4);
  const bytes = 4 * (STATES + capacity * (STRIDE + evenly(roomWords)));
  const memory = createMemory(family, bytes, `a channel of ${capacity} messages of up to ${messageBytes} bytes`);
  const { words } = memory;
  write(words, CAPACITY, capacity);
  write(words, ROOM_WORDS, roomWords);
  initialise({ words, head: HEAD, tail: TAIL, states: STATES, stride: STRIDE, capacity });
  return memory;
}

for (const family of ["mpsc", "mpmc"]) {
  registerKind(
    `${family}.sender`,
    (memory, _, parts) => makeSender(new QueueOutlet(memory, (ends) => Shared.taken(ends, SENDER, parts))),
  );
  const holds = family === "mpsc" ? Exclusive : Shared;
  registerKind(
    `${family}.receiver`,
    (memory, _, parts) => makeReceiver(new QueueInlet(memory, (ends) => holds.taken(ends, RECEIVER, parts))),
  );
}
