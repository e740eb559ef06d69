/** Scenarios of slots: senders and receivers of a bounded queue, each of which may die at any step. */

import { load, read, write } from "../../../src/memory/atomics.ts";
import type { SlotWords } from "../../../src/channel/positions.ts";
import { initialise, Slots } from "../../../src/channel/slots.ts";
import { announce, sleep, wake } from "../../../src/channel/signal.ts";
import { type End, type Memory, type Part, scenario, type Self } from "../scenario.ts";

interface Bed extends SlotWords {
  /** The INTENT of each who takes part, from 1. */
  readonly intents: number;
  readonly most: number;
  readonly arrived: number;
}

const STRIDE = 2;

/** A queue of so many slots, each with a state and one word, at a position; and so many who take part. */
function bed(memory: Memory, capacity: number, most: number): Bed {
  const { words } = memory;
  const head = memory.word("HEAD");
  const tail = memory.word("TAIL");
  const arrived = memory.word("ARRIVED");
  const states = memory.region("slots", capacity * STRIDE);
  const intents = memory.region("INTENT", most + 1);
  const queue = { words, head, tail, states, stride: STRIDE, capacity, intents, most, arrived };
  initialise(queue);
  return queue;
}

/** The queue as the thread `self` sees it, who knows that `gone` is. */
function seen(queue: Bed, self: number, gone = 0): Slots {
  const intent = (slot: number) => queue.intents + slot;
  return new Slots(queue, { self, most: queue.most, intent, isGone: (id) => id === gone });
}

function word(queue: Bed, slots: Slots, position: number): number {
  return queue.states + slots.slot(position) * STRIDE + 1;
}

function put(queue: Bed, slots: Slots, item: number): boolean {
  const position = slots.claim();
  if (position < 0) return false;
  write(queue.words, word(queue, slots, position), item);
  slots.publish(position);
  return true;
}

function take(queue: Bed, slots: Slots): number {
  const position = slots.take();
  if (position < 0) return 0;
  const item = read(queue.words, word(queue, slots, position));
  slots.release(position);
  return item;
}

/** Tries to send each item once. */
function sends(queue: Bed, self: number, ...items: number[]): Part {
  const slots = seen(queue, self);
  return (it) => {
    for (const item of items) it.gives(item, () => put(queue, slots, item));
  };
}

/** Looks so often. */
function looks(queue: Bed, self: number, times: number): Part {
  const slots = seen(queue, self);
  return (it) => {
    for (let i = 0; i < times; i++) it.takes(() => take(queue, slots));
  };
}

/** All that is left, for one who knows that everybody else has stopped. */
function rest(queue: Bed, gone = 0): number[] {
  const slots = seen(queue, queue.most, gone);
  const items: number[] = [];
  for (let item = take(queue, slots); item > 0; item = take(queue, slots)) items.push(item);
  return items;
}

/** Of each sender, whose items are 10, 11 …, 20, 21 …: in the order in which they were sent. */
function inOrder({ got, rest }: End): void {
  const lists = [...Object.values(got), rest];
  for (const items of lists) {
    for (const sender of [1, 2]) {
      const own = items.filter((item) => Math.floor(item / 10) === sender);
      if (own.some((item, i) => i > 0 && item <= own[i - 1]!)) throw new Error(`out of order: ${own.join()}`);
    }
  }
}

scenario("slots: two senders through two slots to one receiver", (memory) => {
  const queue = bed(memory, 2, 4);
  return {
    threads: { one: sends(queue, 1, 10), two: sends(queue, 2, 20), receiver: looks(queue, 3, 1) },
    // Behind what a dead one has left half done nothing can be had without a mourner.
    mortals: [],
    rest: () => rest(queue),
    end: inOrder,
  };
});

scenario("slots: one sender and two receivers share one slot", (memory) => {
  const queue = bed(memory, 1, 4);
  const slots = seen(queue, 1);
  put(queue, slots, 10);
  return {
    items: [10],
    threads: { one: sends(queue, 1, 11), receiver: looks(queue, 2, 1), other: looks(queue, 3, 1) },
    mortals: [],
    rest: () => rest(queue),
    end: inOrder,
  };
});

scenario("slots: what another still reads in the slot of the next position is not taken for a message", (memory) => {
  const queue = bed(memory, 2, 4);
  const slots = seen(queue, 1);
  for (const item of [10, 11]) put(queue, slots, item);
  return {
    items: [10, 11],
    threads: { receiver: looks(queue, 2, 2), other: looks(queue, 3, 2) },
    mortals: [],
    rest: () => rest(queue),
    end(end) {
      inOrder(end);
      if (load(queue.words, queue.head) !== 2) throw new Error("HEAD is elsewhere");
    },
  };
});

scenario("slots: a sender that comes round meets the receiver of the message before", (memory) => {
  const queue = bed(memory, 2, 4);
  const slots = seen(queue, 1);
  for (const item of [10, 11]) put(queue, slots, item);
  return {
    items: [10, 11],
    threads: { one: sends(queue, 1, 12, 13, 14), receiver: looks(queue, 2, 3) },
    mortals: [],
    rest: () => rest(queue),
    end: inOrder,
  };
});

/** Takes all that it can get. */
function drains(queue: Bed, slots: Slots): (it: Self) => void {
  return (it) => {
    while (it.takes(() => take(queue, slots)) > 0);
  };
}

scenario("slots: of a sender that dies, a receiver that knows it passes over what was half written", (memory) => {
  const queue = bed(memory, 2, 4);
  return {
    threads: { one: sends(queue, 1, 10, 11), two: sends(queue, 2, 20) },
    mortals: ["one"],
    mourner: drains(queue, seen(queue, 3, 1)),
    rest: () => rest(queue, 1),
    end(end) {
      inOrder(end);
      const given = [...end.got["mourner"] ?? [], ...end.rest];
      if (end.dead === "one" && end.notes["two"]!.length > 0 && !given.includes(20)) throw new Error("20 is stuck");
      if (seen(queue, 3, 1).used !== 0) throw new Error("HEAD is ahead of TAIL");
    },
  };
});

scenario("slots: of a receiver that dies, a sender that knows it takes the slot", (memory) => {
  const queue = bed(memory, 1, 4);
  const slots = seen(queue, 1);
  put(queue, slots, 10);
  return {
    items: [10],
    threads: { receiver: looks(queue, 2, 1) },
    mortals: ["receiver"],
    mourner(it) {
      const mine = seen(queue, 3, 2);
      it.takes(() => take(queue, mine));
      if (!it.gives(20, () => put(queue, mine, 20))) throw new Error("still full");
    },
    rest: () => rest(queue, 2),
    end({ got, rest, dead }) {
      if (dead !== undefined && ![...got["mourner"]!, ...rest].includes(20)) throw new Error("20 is stuck");
    },
  };
});

scenario("slots: a live sender is waited for, though another has died in the next slot", (memory) => {
  const queue = bed(memory, 2, 4);
  return {
    threads: { one: sends(queue, 1, 10), two: sends(queue, 2, 20) },
    mortals: ["two"],
    mourner: drains(queue, seen(queue, 3, 2)),
    rest: () => rest(queue, 2),
    end: inOrder,
  };
});

scenario("slots: a sender wakes a receiver that blocks, twice", (memory) => {
  const queue = bed(memory, 2, 4);
  const { words, arrived } = queue;
  const own = seen(queue, 1);
  const slots = seen(queue, 3);
  return {
    threads: {
      one(it) {
        for (const item of [10, 11]) {
          it.gives(item, () => put(queue, own, item));
          wake(words, arrived);
        }
      },
      receiver(it) {
        for (let got = 0; got < 2; got++) {
          while (it.takes(() => take(queue, slots)) === 0) {
            const ticket = announce(words, arrived);
            if (it.takes(() => take(queue, slots)) > 0) break;
            sleep(words, arrived, ticket, Infinity);
          }
        }
      },
    },
    mortals: [],
    rest: () => rest(queue),
    end({ asleep }) {
      if (asleep.length > 0) throw new Error("the receiver sleeps on");
      if (load(words, queue.head) !== 2) throw new Error("HEAD is behind");
    },
  };
});
