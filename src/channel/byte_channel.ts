/**
 * Byte channel: the two sides of a ring of bytes; see `ring.ts` for how that works. It is behind `spsc` and `oneshot`.
 */

import { read, write } from "../memory/atomics.ts";
import { Ends } from "./ends.ts";
import { Half, refuseCorrupt } from "./half.ts";
import type { Exclusive } from "./hold.ts";
import { type Message, MessageReader, whole } from "./message.ts";
import { createMemory, FIRST_WORD, MOST_BYTES, type SharedParts } from "./parts.ts";
import { Region, type Ring, RingReader, RingWriter, usedWords } from "./ring.ts";
import { FULL, type Inlet, type Outlet, type Put, SENT } from "./sides.ts";
import { nudge } from "./signal.ts";
import { NOTHING } from "./waiting.ts";

/** The words of the memory. What one side writes and the other reads is together, on a cache line of its own. */
const CAPACITY = FIRST_WORD;
const TAIL: number = FIRST_WORD + 16;
const HEAD: number = TAIL + 16;
const ENDS: number = HEAD + 16;
const RING: number = ENDS + Math.ceil(Ends.WORDS / 16) * 16;

/** The least and the most bytes that a ring can have. */
export const LEAST_BYTES = 4;
export const MOST: number = MOST_BYTES - 4 * RING;

/** What both ends have. */
class ByteHalf extends Half<Exclusive> {
  readonly ring: Ring;

  constructor(memory: SharedParts, hold: (ends: Ends) => Exclusive) {
    const { words, bytes } = memory;
    const capacity = read(words, CAPACITY);
    refuseCorrupt(capacity > 0 && RING + capacity <= words.length);
    super(memory, ENDS, () => {
      nudge(words, TAIL);
      nudge(words, HEAD);
    }, hold);
    this.ring = { region: new Region(words, bytes, RING, capacity), head: HEAD, tail: TAIL };
  }

  get capacity(): number {
    return 4 * this.ring.region.capacity;
  }

  get used(): number {
    return 4 * usedWords(this.ring);
  }

  clone(): never {
    return this.hold.clone();
  }
}

/** A sender's side. */
export class ByteOutlet extends ByteHalf implements Outlet {
  readonly signal: number = HEAD;
  readonly #writer: RingWriter;

  constructor(memory: SharedParts, hold: (ends: Ends) => Exclusive) {
    super(memory, hold);
    this.#writer = new RingWriter(this.ring);
  }

  put(message: Message): Put {
    if (this.seemsClosed) return this.refuse();
    const { length } = message;
    const at = this.#writer.reserve(length);
    if (at < 0) {
      if (length > this.ring.region.capacity) throw tooLarge(length, this.capacity);
      return this.closed ? this.refuse() : FULL;
    }
    message.write(this.ring.region, at);
    this.#writer.publish(length);
    return SENT;
  }
}

function tooLarge(length: number, capacity: number): RangeError {
  return new RangeError(
    `Cannot send a message of ${4 * length} bytes through a channel of ${capacity} bytes, however empty: make the ` +
      "channel larger, or send it in pieces (as a generator has to yield it)",
  );
}

/** A receiver's side. */
export class ByteInlet extends ByteHalf implements Inlet {
  readonly signal: number = TAIL;
  readonly #reader: RingReader;
  readonly messages: MessageReader = new MessageReader();

  constructor(memory: SharedParts, hold: (ends: Ends) => Exclusive) {
    super(memory, hold);
    this.#reader = new RingReader(this.ring);
  }

  get ended(): boolean {
    // GONE first: what was sent before the end is seen after it.
    return !this.hold.isMine || (this.ends.gone !== 0 && this.used === 0);
  }

  take(): unknown {
    // Before the look at whose it is: this may take its time, and the end may go to another thread meanwhile.
    const at = this.#reader.next();
    if (!this.hold.seemsMine) {
      this.hold.refuseIfMoved();
      return NOTHING;
    }
    if (at < 0) return NOTHING;
    let value: unknown;
    try {
      value = this.messages.copy(this.ring.region, at, this.#reader.available);
    } finally {
      this.#reader.release(this.messages.length);
    }
    return whole(value);
  }
}

/** Makes the memory of a new channel. */
export function createRing(family: string, bytes: number): SharedParts {
  const capacity = Math.ceil(bytes / 4);
  const memory = createMemory(family, 4 * (RING + capacity), `a channel of ${bytes} bytes`);
  write(memory.words, CAPACITY, capacity);
  return memory;
}
