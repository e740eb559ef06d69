/** Scenarios of the channel's ring: messages of several words, in rings that hold a few, across the wrap. */

import { Region, type Ring, RingReader, RingWriter, usedWords } from "../../../src/channel/ring.ts";
import { announce, counterIn, nudge, sleep } from "../../../src/channel/signal.ts";
import { load, store } from "../../../src/memory/atomics.ts";
import { type End, type Memory, type Part, scenario, type Self, type Stage } from "../scenario.ts";

/** A ring of so many words, whose counters begin at `from`. */
function bed(memory: Memory, capacity: number, from = 0): Ring {
  const { words } = memory;
  const head = memory.word("HEAD", from << 2);
  const tail = memory.word("TAIL", from << 2);
  const region = new Region(words, new Uint8Array(words.buffer), memory.region("ring", capacity), capacity);
  return { region, head, tail };
}

/** A message: its length, then the item so often. */
function write(writer: RingWriter, item: number, length: number): boolean {
  const at = writer.reserve(length);
  if (at < 0) return false;
  const words = new Int32Array(length).fill(item);
  words[0] = length;
  writer.ring.region.copyIn(at, words, length);
  writer.publish(length);
  return true;
}

/** The item of the next message; 0 if there is none. Throws if it is torn. */
function take(reader: RingReader): number {
  const at = reader.next();
  if (at < 0) return 0;
  const { region } = reader.ring;
  const length = region.word(at);
  if (length < 2 || length > reader.available) throw new Error(`a message of ${length} words`);
  const words = new Int32Array(length);
  region.copyOut(at, words, length);
  if (words.some((word, i) => i > 0 && word !== words[1])) throw new Error(`torn: ${words.join()}`);
  reader.release(length);
  return words[1]!;
}

/** No item: nobody has given it. */
const TORN = 999;

function rest(ring: Ring): number[] {
  const reader = new RingReader(ring);
  const items: number[] = [];
  try {
    for (let item = take(reader); item > 0; item = take(reader)) items.push(item);
  } catch {
    items.push(TORN);
  }
  return items;
}

/** Tries to send each item once. */
function sends(ring: Ring, ...messages: readonly (readonly [item: number, length: number])[]): Part {
  const writer = new RingWriter(ring);
  return (it) => {
    for (const [item, length] of messages) it.gives(item, () => write(writer, item, length));
  };
}

/** Looks so often. */
function looks(ring: Ring, times: number): Part {
  const reader = new RingReader(ring);
  return (it) => {
    for (let i = 0; i < times; i++) it.takes(() => take(reader));
  };
}

function inOrder({ got, rest }: End): void {
  const items = [...got["receiver"] ?? [], ...rest];
  if (items.some((item, i) => i > 0 && item <= items[i - 1]!)) throw new Error(`out of order: ${items.join()}`);
}

function story(ring: Ring, threads: Stage["threads"]): Stage {
  return { threads, rest: () => rest(ring), end: inOrder };
}

scenario("ring: three messages through a ring with room for exactly two", (memory) => {
  const ring = bed(memory, 4);
  return story(ring, { sender: sends(ring, [1, 2], [2, 2], [3, 2]), receiver: looks(ring, 3) });
});

scenario("ring: messages of two and three words lie across the end of a ring of five", (memory) => {
  const ring = bed(memory, 5, 3);
  return story(ring, { sender: sends(ring, [1, 3], [2, 2], [3, 3]), receiver: looks(ring, 3) });
});

scenario("ring: counters wrap at twice the capacity", (memory) => {
  const ring = bed(memory, 3, 4);
  return story(ring, { sender: sends(ring, [1, 2], [2, 3], [3, 2], [4, 2]), receiver: looks(ring, 4) });
});

scenario("ring: one who only counts sees what can be", (memory) => {
  const ring = bed(memory, 2);
  return story(ring, {
    sender: sends(ring, [1, 2], [2, 2]),
    receiver: looks(ring, 2),
    onlooker() {
      const used = usedWords(ring);
      if (used < 0 || used > 2) throw new Error(`${used} words in use`);
    },
  });
});

/** Sends each item, and blocks until there is room. */
function sendsAll(ring: Ring, ...items: number[]): Part {
  const { words } = ring.region;
  const writer = new RingWriter(ring);
  const send = (it: Self, item: number) => it.gives(item, () => write(writer, item, 2));
  return (it) => {
    for (const item of items) {
      while (!send(it, item)) {
        const ticket = announce(words, ring.head);
        if (send(it, item)) break;
        sleep(words, ring.head, ticket, Infinity);
      }
    }
  };
}

/** Receives so many, and blocks until they are there. */
function receivesAll(ring: Ring, count: number): Part {
  const { words } = ring.region;
  const reader = new RingReader(ring);
  return (it) => {
    for (let i = 0; i < count; i++) {
      while (it.takes(() => take(reader)) === 0) {
        const ticket = announce(words, ring.tail);
        if (it.takes(() => take(reader)) > 0) break;
        sleep(words, ring.tail, ticket, Infinity);
      }
    }
  };
}

scenario("ring: sender and receiver that block pass three messages through a ring for one", (memory) => {
  const ring = bed(memory, 2);
  return {
    threads: { sender: sendsAll(ring, 1, 2, 3), receiver: receivesAll(ring, 3) },
    rest: () => rest(ring),
    // Without a mourner, who outlives the other waits for ever.
    mortals: [],
    end(end) {
      inOrder(end);
      if (end.asleep.length > 0) throw new Error(`${end.asleep.join()} sleeps on`);
      if (counterIn(memory.words, ring.head) !== counterIn(memory.words, ring.tail)) {
        throw new Error("something is left");
      }
    },
  };
});

scenario(
  "ring: a receiver that blocks hears of a message, and of the end after it, which is told beside the counter",
  (memory) => {
    const ring = bed(memory, 2);
    const { words } = memory;
    const gone = memory.word("GONE");
    const writer = new RingWriter(ring);
    const reader = new RingReader(ring);
    return {
      threads: {
        sender(it) {
          it.gives(1, () => write(writer, 1, 2));
          store(words, gone, 1);
          nudge(words, ring.tail);
        },
        receiver(it) {
          for (;;) {
            const ticket = announce(words, ring.tail);
            const isOver = load(words, gone) !== 0;
            if (it.takes(() => take(reader)) > 0) continue;
            if (isOver) return;
            sleep(words, ring.tail, ticket, Infinity);
          }
        },
      },
      rest: () => rest(ring),
      mortals: [],
      end(end) {
        inOrder(end);
        if (end.asleep.length > 0) throw new Error(`${end.asleep.join()} sleeps on`);
        if (end.rest.length > 0) throw new Error("something is left");
      },
    };
  },
);
