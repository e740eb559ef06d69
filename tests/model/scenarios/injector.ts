/** Scenarios of the injector: one producer, many consumers that claim several items at once. */

import { Owner } from "../../../src/sync/deque.ts";
import { Injector, Intake } from "../../../src/sync/injector.ts";
import { type Memory, type Part, scenario } from "../scenario.ts";
import { again, assertAscending, filled, leftIn, ring } from "./rings.ts";
import { type RingWords, takeOldest } from "../../../src/sync/ring.ts";

const NEAR_WRAP = 0x7ffffffe;

/** A consumer that claims so many times, and what it runs then: all that came into its own deque. */
function claims(memory: Memory, queue: RingWords, name: string, times: number, most: number): [Part, RingWords] {
  const mine = ring(memory, 2, `${name}'s `);
  const [intake, own] = [new Intake(queue, most), new Owner(mine)];
  const part: Part = (it) => {
    for (let i = 0; i < times; i++) {
      const first = it.takes(() => intake.claim(own, 1), most);
      if (first > 0) { while (it.takes(() => own.take()) > 0); }
    }
  };
  return [part, mine];
}

function pushes(injector: Injector, ...items: number[]): Part {
  return (it) => {
    for (const item of items) it.gives(item, () => injector.push(item));
  };
}

scenario("injector: two consumers that claim several share out four items in order", (memory) => {
  const queue = filled(memory, 4, [1, 2, 3, 4]);
  const [one, ones] = claims(memory, queue, "one", 2, 2);
  const [two, twos] = claims(memory, queue, "two", 1, 2);
  return {
    items: [1, 2, 3, 4],
    threads: { one, two },
    rest: () => leftIn(ones, twos, queue),
    end({ got, dead }) {
      for (const [name, items] of Object.entries(got)) {
        if (name !== dead) assertAscending(items, `claimed by ${name}`);
      }
    },
  };
});

scenario("injector: a claim of several against pushes that reuse the words, in a ring of two", (memory) => {
  const queue = filled(memory, 2, [1, 2]);
  const injector = new Injector(queue);
  const [one, ones] = claims(memory, queue, "one", 2, 2);
  const [two, twos] = claims(memory, queue, "two", 1, 2);
  return {
    items: [1, 2],
    threads: { main: pushes(injector, 3, 4, 5), one, two },
    rest: () => leftIn(ones, twos, queue),
    end({ got }) {
      for (const [name, items] of Object.entries(got)) assertAscending(items, `claimed by ${name}`);
    },
  };
});

scenario("injector: claims of two out of four against pushes, in a ring of four", (memory) => {
  const queue = filled(memory, 4, [1, 2, 3, 4]);
  const injector = new Injector(queue);
  const [one, ones] = claims(memory, queue, "one", 2, 2);
  const [two, twos] = claims(memory, queue, "two", 1, 2);
  return {
    items: [1, 2, 3, 4],
    threads: { main: pushes(injector, 5, 6), one, two },
    rest: () => leftIn(ones, twos, queue),
    end({ got, rest, dead }) {
      for (const [name, items] of Object.entries(got)) assertAscending(items, `claimed by ${name}`);
      // First in, first out: nothing that was claimed is newer than what is still in the queue.
      if (dead === undefined) assertAscending([Math.max(0, ...got["one"]!, ...got["two"]!), ...rest], "left");
    },
  };
});

scenario("injector: indices survive wrapping past 2^31", (memory) => {
  const queue = filled(memory, 2, [1], "", NEAR_WRAP);
  const injector = new Injector(queue);
  const [one, ones] = claims(memory, queue, "one", 3, 2);
  return {
    items: [1],
    threads: { main: pushes(injector, 2, 3, 4), one },
    rest: () => leftIn(ones, queue),
    end: ({ got }) => assertAscending(got["one"]!, "claimed"),
  };
});

scenario("injector: a claim refused by another is tried again and gets the next", (memory) => {
  const queue = filled(memory, 2, [1, 2]);
  const own = ring(memory, 2, "own ");
  const part = (): Part => {
    const [intake, owner] = [new Intake(queue, 1), new Owner(own)];
    return (it) => {
      while (again(it.takes(() => intake.claim(owner, 2))));
    };
  };
  return {
    items: [1, 2],
    threads: { one: part(), two: part() },
    rest: () => leftIn(queue),
    end({ rest }) {
      // Who is refused was so because the other got one: in the end each has one, or died with it.
      if (rest.length > 1) throw new Error(`left behind: ${rest.join(", ")}`);
    },
  };
});

scenario("injector: one that takes single items shares with one that claims several, against pushes", (memory) => {
  const queue = filled(memory, 4, [1, 2, 3, 4]);
  const injector = new Injector(queue);
  const [several, own] = claims(memory, queue, "several", 1, 2);
  const single: Part = (it) => {
    for (let i = 0; i < 2; i++) it.takes(() => takeOldest(queue));
  };
  return {
    items: [1, 2, 3, 4],
    threads: { main: pushes(injector, 5), single, several },
    rest: () => leftIn(own, queue),
    end({ got }) {
      for (const [name, items] of Object.entries(got)) assertAscending(items, `claimed by ${name}`);
    },
  };
});
