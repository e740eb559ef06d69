/**
 * spsc: a byte ring with one sender and one receiver; see `ring.ts` for how it works.
 *
 * Either end is one object on one thread. Sending it moves it: the one left behind is spent.
 */

import { HandleConsumedError } from "../errors.ts";
import { read, type Words, write } from "../memory/atomics.ts";
import type { Carried } from "../value/carry.ts";
import { Ends, RECEIVER, SENDER, type Side } from "./ends.ts";
import { type Message, MessageReader } from "./message.ts";
import { carry, createMemory, FIRST_WORD, MOST_BYTES, type Parts, registerKind, type SharedParts } from "./parts.ts";
import { type Inlet, makeReceiver, type Receiver } from "./receiver.ts";
import { Region, type Ring, RingReader, RingWriter, usedWords } from "./ring.ts";
import { CLOSED, FULL, makeSender, type Outlet, type Put, type Sender, SENT } from "./sender.ts";
import { wake } from "./signal.ts";
import { NOTHING } from "./waiting.ts";

/** The words of the memory. What one side writes and the other reads is together, on a cache line of its own. */
const CAPACITY = FIRST_WORD;
const TAIL: number = FIRST_WORD + 16;
/** What the receiver sleeps on. */
const ARRIVED: number = TAIL + 1;
const HEAD: number = TAIL + 16;
/** What the sender sleeps on. */
const ROOM: number = HEAD + 1;
const ENDS: number = HEAD + 16;
const RING: number = ENDS + Math.ceil(Ends.WORDS / 16) * 16;

const FAMILY = "spsc";
const NAMES = { [SENDER]: "spsc.sender", [RECEIVER]: "spsc.receiver" } as const;
const LEAST_BYTES = 4;
const MOST: number = MOST_BYTES - 4 * RING;

/** What both ends have. */
class Half {
  readonly words: Words;
  readonly parts: Parts;
  readonly ring: Ring;
  readonly ends: Ends;
  /** The generation that this end belongs to. */
  readonly generation: number;
  readonly #side: Side;
  readonly #id: number;
  #moved = false;

  /** @param join Gives the id under which this end is counted; 0 if it came too late, and the end is closed. */
  constructor(memory: SharedParts, side: Side, generation: number, join: (ends: Ends) => number) {
    const { words, bytes, buffer } = memory;
    this.words = words;
    this.#side = side;
    this.generation = generation;
    this.ring = { region: new Region(words, bytes, RING, read(words, CAPACITY)), head: HEAD, tail: TAIL };
    this.ends = new Ends(words, ENDS, () => {
      wake(words, ARRIVED);
      wake(words, ROOM);
    });
    this.#id = join(this.ends);
    this.parts = { webble: NAMES[side], memory: buffer, numbers: [generation, this.#id] };
  }

  /** Whether this end can be used: it was neither closed nor moved. */
  get isMine(): boolean {
    return !this.#moved && this.ends.generation(this.#side) === this.generation;
  }

  /** @throws {HandleConsumedError} This end was moved. */
  refuseIfMoved(): void {
    // Closed, if its side is gone: nobody else has it.
    if (this.isMine || (!this.#moved && (this.ends.gone & this.#side) !== 0)) return;
    const [what, verb] = this.#side === SENDER ? ["sender", "send"] : ["receiver", "receive"];
    throw new HandleConsumedError(
      `Cannot ${verb} here as this ${what} was moved: it was sent to a task or attached on another thread, and works ` +
        "there. Only one thread can have it.",
    );
  }

  get capacity(): number {
    return 4 * this.ring.region.capacity;
  }

  get used(): number {
    return 4 * usedWords(this.ring);
  }

  check(): void {
    this.ends.check();
  }

  ask(): void {
    this.ends.ask();
  }

  close(): void {
    if (this.#moved || !this.ends.giveUp(this.#side, this.generation)) return;
    this.ends.leave(this.#side, this.#id);
  }

  carry(): Carried {
    this.refuseIfMoved();
    this.#moved = true;
    return carry(this.parts, () => {
      this.#moved = false;
    });
  }
}

class SpscOutlet extends Half implements Outlet {
  readonly signal: number = ROOM;
  readonly #writer: RingWriter;

  constructor(memory: SharedParts, generation: number, join: (ends: Ends) => number) {
    super(memory, SENDER, generation, join);
    this.#writer = new RingWriter(this.ring);
  }

  get closed(): boolean {
    return !this.isMine || this.ends.gone !== 0;
  }

  put(message: Message): Put {
    if (!this.isMine) this.refuseIfMoved();
    if (this.ends.gone !== 0) return CLOSED;
    const { length } = message;
    const at = this.#writer.reserve(length);
    if (at < 0) {
      if (length > this.ring.region.capacity) throw tooLarge(length, this.capacity);
      return FULL;
    }
    message.write(this.ring.region, at);
    this.#writer.publish(length);
    wake(this.words, ARRIVED);
    return SENT;
  }
}

function tooLarge(length: number, capacity: number): RangeError {
  return new RangeError(
    `Cannot send a message of ${4 * length} bytes through a channel of ${capacity} bytes, however empty: make the ` +
      "channel larger, or send it in pieces",
  );
}

class SpscInlet extends Half implements Inlet {
  readonly signal: number = ARRIVED;
  readonly #reader: RingReader;
  readonly #messages = new MessageReader();

  constructor(memory: SharedParts, generation: number, join: (ends: Ends) => number) {
    super(memory, RECEIVER, generation, join);
    this.#reader = new RingReader(this.ring);
  }

  get closed(): boolean {
    return !this.isMine || this.ends.gone !== 0;
  }

  get ended(): boolean {
    // GONE first: what was sent before the end is seen after it.
    return !this.isMine || (this.ends.gone !== 0 && this.used === 0);
  }

  take(): unknown {
    if (!this.isMine) {
      this.refuseIfMoved();
      return NOTHING;
    }
    const at = this.#reader.next();
    if (at < 0) return NOTHING;
    try {
      return this.#messages.read(this.ring.region, at, this.#reader.available);
    } finally {
      this.#reader.release(this.#messages.length);
      wake(this.words, ROOM);
    }
  }
}

registerKind(
  NAMES[SENDER],
  (memory, numbers) => makeSender(new SpscOutlet(memory, ...taken(memory, SENDER, numbers))),
);
registerKind(
  NAMES[RECEIVER],
  (memory, numbers) => makeReceiver(new SpscInlet(memory, ...taken(memory, RECEIVER, numbers))),
);

/** Takes an end over. */
function taken({ words }: SharedParts, side: Side, numbers: readonly number[]): [number, (ends: Ends) => number] {
  const [generation = -1, from = 0] = numbers;
  const capacity = read(words, CAPACITY);
  if (!(capacity > 0 && RING + capacity <= words.length)) {
    throw new TypeError(`Cannot attach a '${NAMES[side]}' as its memory is corrupt`);
  }
  return [(generation + 1) | 0, (ends) => {
    const id = ends.takeOver(side, generation, from);
    // Closed meanwhile: then it comes as a closed end, which is no error.
    if (id === 0 && (ends.gone & side) === 0) {
      throw new HandleConsumedError(
        `Cannot attach this '${NAMES[side]}' as it was attached before, by the same parts: only one thread can have it`,
      );
    }
    return id;
  }];
}

/**
 * A channel that was not split yet.
 *
 * @typeParam T What goes through it.
 */
export class Spsc<T> {
  #memory: SharedParts | undefined;

  /** @internal Use {@linkcode spsc}. */
  constructor(memory: SharedParts) {
    this.#memory = memory;
  }

  /**
   * Gives the two ends. Once.
   *
   * @returns The sender and the receiver.
   * @throws {HandleConsumedError} It was split before.
   */
  split(): [Sender<T>, Receiver<T>] {
    const memory = this.#memory;
    if (memory === undefined) {
      throw new HandleConsumedError(
        "Cannot split this channel as it was split before: its two ends are what the first 'split()' gave",
      );
    }
    this.#memory = undefined;
    return [
      makeSender(new SpscOutlet(memory, 0, (ends) => ends.join(SENDER))),
      makeReceiver(new SpscInlet(memory, 0, (ends) => ends.join(RECEIVER))),
    ];
  }
}

/**
 * Makes a channel for one sender and one receiver: a ring of bytes, for messages of any length.
 *
 * The fastest of all channels. A message is copied into shared memory once, and out of it once. It must fit as a whole;
 * {@linkcode messageBytes} says how much it takes.
 *
 * @typeParam T What goes through it: anything that can be cloned, but for what only `postMessage` can carry.
 * @param bytes How much it holds. Rounded up to a multiple of 4; memory is committed as it is used.
 * @returns The channel, to be split into its ends.
 * @throws {RangeError} `bytes` is no integer from 4 to about 2 billion.
 * @throws {OutOfMemoryError} The system has not so much memory.
 * @throws {IsolationError} Memory cannot be shared here.
 *
 * @example Numbers to a task and back
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(1).init();
 * const [questions, asked] = webble.channel.spsc<number>(4096).split();
 * const [answers, answered] = webble.channel.spsc<number>(4096).split();
 * webble.spawn(async (
 *   asked: webble.channel.Receiver<number>,
 *   answers: webble.channel.Sender<number>,
 * ) => {
 *   for await (const n of asked) await answers.sendAsync(n * n);
 *   answers.close();
 * }, asked, answers);
 * questions.send(7);
 * assertEquals(await answered.recvAsync(), 49);
 * questions.close();
 * assertEquals(await answered.recvAsync(), undefined);
 * ```
 */
export function spsc<T = unknown>(bytes: number): Spsc<T> {
  if (!Number.isInteger(bytes) || bytes < LEAST_BYTES || bytes > MOST) {
    throw new RangeError(
      `Cannot make a channel as 'bytes' must be an integer from ${LEAST_BYTES} to ${MOST}: received ${String(bytes)}`,
    );
  }
  const capacity = Math.ceil(bytes / 4);
  const memory = createMemory(FAMILY, 4 * (RING + capacity), `a channel of ${bytes} bytes`);
  write(memory.words, CAPACITY, capacity);
  return new Spsc(memory);
}
