/** Scenarios of the tape: senders that overwrite, receivers that are overtaken, and the death of a sender. */

import { ABANDONED, NOTHING_YET, OVERTAKEN, Tape } from "../../../src/channel/tape.ts";
import { read, write } from "../../../src/memory/atomics.ts";
import { type Memory, type Part, scenario, type Self } from "../scenario.ts";

const RACY = "what is read while it is overwritten is found not to be whole";
const STRIDE = 3;
const MOST = 4;

interface Bed {
  readonly queue: ConstructorParameters<typeof Tape>[0];
  readonly intents: number;
}

function bed(memory: Memory, capacity: number): Bed {
  const tail = memory.word("TAIL");
  const states = memory.region("slots", capacity * STRIDE, RACY);
  const intents = memory.region("INTENT", MOST + 1);
  const one = { queue: { words: memory.words, head: -1, tail, states, stride: STRIDE, capacity }, intents };
  seen(one, 1).initialise();
  return one;
}

function seen({ queue, intents }: Bed, self: number, gone = 0): Tape {
  const intent = (slot: number) => intents + slot;
  return new Tape(queue, { self, most: MOST, intent, isGone: (id) => id === gone });
}

function send({ queue }: Bed, tape: Tape, item: number): boolean {
  const position = tape.claim();
  if (position < 0) return false;
  const at = queue.states + tape.slot(position) * STRIDE + 1;
  write(queue.words, at, item);
  write(queue.words, at + 1, item);
  tape.publish(position);
  return true;
}

function sends(one: Bed, self: number, ...items: number[]): Part {
  const tape = seen(one, self);
  return () => {
    for (const item of items) send(one, tape, item);
  };
}

/** Looks so often from position 0 on, and notes what it gets. */
function receives(one: Bed, self: number, times: number, gone = 0): (it: Self) => void {
  const tape = seen(one, self, gone);
  const { words, states } = one.queue;
  return (it) => {
    let next = 0;
    for (let i = 0; i < times; i++) {
      const found = tape.look(next);
      if (found === NOTHING_YET) continue;
      if (found === ABANDONED) {
        if (gone === 0) throw new Error(`${next} is passed over, and nobody is gone`);
        next++;
        continue;
      }
      if (found === OVERTAKEN) {
        next += Math.max(1, tape.since(next) - one.queue.capacity);
        continue;
      }
      const at = states + tape.slot(next) * STRIDE + 1;
      const [a, b] = [read(words, at), read(words, at + 1)];
      if (!tape.isWhole(next)) continue;
      if (a !== b || a <= 0) throw new Error(`torn: ${a}, ${b}`);
      it.notes(a);
      next++;
    }
  };
}

function ascending(notes: readonly number[]): void {
  for (const sender of [1, 2]) {
    const own = notes.filter((item) => Math.floor(item / 10) === sender);
    if (own.some((item, i) => i > 0 && item <= own[i - 1]!)) throw new Error(`out of order: ${notes.join()}`);
  }
}

scenario("tape: a receiver that is overtaken gets whole messages in order", (memory) => {
  const one = bed(memory, 2);
  return {
    threads: { sender: sends(one, 1, 10, 11, 12, 13), receiver: receives(one, 3, 4) },
    end: ({ notes }) => ascending(notes["receiver"]!),
  };
});

scenario("tape: two senders and a receiver", (memory) => {
  const one = bed(memory, 2);
  return {
    threads: { one: sends(one, 1, 10), two: sends(one, 2, 20), receiver: receives(one, 3, 2) },
    end: ({ notes }) => ascending(notes["receiver"]!),
  };
});

scenario("tape: two senders meet in one slot", (memory) => {
  const one = bed(memory, 1);
  return {
    threads: { one: sends(one, 1, 10), two: sends(one, 2, 20), receiver: receives(one, 3, 1) },
    end: ({ notes }) => ascending(notes["receiver"]!),
  };
});

scenario("tape: a receiver that knows of a sender's death goes on behind what that had taken", (memory) => {
  const one = bed(memory, 4);
  return {
    threads: { one: sends(one, 1, 10), two: sends(one, 2, 20) },
    mortals: ["one"],
    mourner: receives(one, 3, 3, 1),
    end({ notes, dead }) {
      if (dead !== undefined && notes["mourner"]!.some((item) => item !== 10 && item !== 20)) throw new Error("junk");
    },
  };
});

scenario("tape: a sender that knows of another's death takes its slot", (memory) => {
  const one = bed(memory, 1);
  return {
    threads: { one: sends(one, 1, 10) },
    mortals: ["one"],
    mourner() {
      if (!send(one, seen(one, 2, 1), 20)) throw new Error("the slot is still taken");
    },
  };
});
