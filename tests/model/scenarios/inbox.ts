/** Scenarios of the inbox: many producers, one consumer, and records that are used again. */

import { Inbox } from "../../../src/sync/inbox.ts";
import { type End, type Part, scenario, type Self } from "../scenario.ts";
import { inboxOf, takeAll } from "./inbox_words.ts";

function pushes(inbox: Inbox, ...records: number[]): Part {
  return (it) => {
    for (const record of records) it.gives(record, () => inbox.push(record));
  };
}

function takes(it: Self, inbox: Inbox): readonly number[] {
  return it.takes(() => takeAll(inbox), Infinity);
}

/** Of each pair, the first arrives before the second. */
function assertArrival({ got, rest }: End, ...pairs: (readonly [number, number])[]): void {
  const arrived = [...got["consumer"]!, ...rest];
  for (const [first, second] of pairs) {
    const [one, two] = [arrived.indexOf(first), arrived.indexOf(second)];
    if (one >= 0 && two >= 0 && two < one) throw new Error(`record ${second} arrived before ${first}`);
  }
}

scenario("inbox: two producers' records arrive once each, in the order of each producer", (memory) => {
  const { inbox, records: [a = 0, b = 0, c = 0, d = 0] } = inboxOf(memory, 4);
  return {
    threads: {
      producer: pushes(inbox, a, b),
      other: pushes(inbox, c, d),
      consumer(it) {
        takes(it, inbox);
        takes(it, inbox);
      },
    },
    rest: () => takeAll(inbox),
    end: (end) => assertArrival(end, [a, b], [c, d]),
  };
});

scenario("inbox: a head that went away and came back links the right records", (memory) => {
  const { inbox, records: [a = 0, b = 0] } = inboxOf(memory, 2);
  return {
    threads: {
      producer: pushes(inbox, b),
      // Takes `a` and pushes it again, perhaps between the producer's load of the head and its exchange.
      consumer(it) {
        it.gives(a, () => inbox.push(a));
        const taken = takes(it, inbox);
        if (taken.includes(a)) it.gives(a, () => inbox.push(a));
        takes(it, inbox);
      },
    },
    rest: () => takeAll(inbox),
  };
});

scenario("inbox: a record taken and pushed again by its new owner, against another producer", (memory) => {
  const { inbox, records: [a = 0, b = 0, c = 0] } = inboxOf(memory, 3);
  const back = new Inbox(memory.words, memory.word("HEAD of the way back"), 0);
  return {
    threads: {
      // Its records come back through another inbox, and leave again.
      producer(it) {
        it.gives(a, () => inbox.push(a));
        for (const record of it.takes(() => takeAll(back), Infinity)) it.gives(record, () => inbox.push(record));
      },
      other: pushes(inbox, b, c),
      consumer(it) {
        for (const record of takes(it, inbox)) {
          if (record === a) it.gives(a, () => back.push(a));
        }
        takes(it, inbox);
      },
    },
    rest: () => [...takeAll(inbox), ...takeAll(back)],
    end: (end) => assertArrival(end, [b, c]),
  };
});

scenario("inbox: occupied says what a take would find", (memory) => {
  const { inbox, records: [a = 0] } = inboxOf(memory, 1);
  return {
    threads: {
      producer: pushes(inbox, a),
      consumer(it) {
        const occupied = inbox.occupied;
        const found = takes(it, inbox).length > 0;
        if (occupied && !found) throw new Error("occupied, and nothing there");
      },
    },
    rest: () => takeAll(inbox),
  };
});
