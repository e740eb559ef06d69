/** Scenarios of permits: no more are out than there are, all or none are had, and those of the dead come back. */

import { load, store } from "../../../src/memory/atomics.ts";
import { Permits } from "../../../src/channel/lock/permits.ts";
import { type End, type Memory, type Part, scenario } from "../scenario.ts";
import { idOf, lineFor, lookAgain, waitFor } from "./seats.ts";

interface Stage {
  readonly words: Memory["words"];
  readonly permits: Permits;
  readonly gone: number;
}

function semaphore(memory: Memory, threads: number, count: number): Stage {
  const { words } = memory;
  const reserved = memory.word("RESERVED");
  const start = memory.region("permit", count);
  return {
    words,
    permits: new Permits(words, reserved, start, count, lineFor(memory, threads)),
    gone: memory.word("gone"),
  };
}

/** Has so many permits once, and notes what it had. */
function has({ words, permits, gone }: Stage, slot: number, wanted: number, patience = 9): Part {
  const id = idOf(slot);
  return (it) => {
    let taken: number[] = [];
    waitFor(permits.line, slot, (woken) => {
      const dead = woken > 0 ? load(words, gone) : 0;
      if (dead !== 0) permits.bury(dead);
      taken = permits.take(id, wanted, woken >= patience) ?? [];
      if (taken.length === 0 && woken > 0) permits.passBy(id);
      return taken.length > 0;
    });
    permits.passOn();
    for (const permit of taken) {
      if (load(words, permits.start + permit) !== id) throw new Error("somebody else has its permit");
    }
    it.notes(taken.length);
    permits.give(taken);
  };
}

function assertBack({ permits, gone }: Stage, { asleep, dead, word }: End): void {
  if (asleep.length > 0) throw new Error(`${asleep.join()} sleeps on`);
  for (let i = 0; i < permits.count; i++) {
    const holder = word(permits.start + i);
    if (holder !== 0 && (dead === undefined || holder !== word(gone))) throw new Error(`permit ${i} is still out`);
  }
  const keeper = word(permits.reserved);
  if (keeper !== 0 && keeper !== word(gone)) throw new Error("permits are kept for nobody");
}

function mourns({ words, permits, gone }: Stage, names: readonly string[]): (it: unknown, dead: string) => void {
  return (_, dead) => {
    const id = idOf(names.indexOf(dead) + 1);
    store(words, gone, id);
    permits.bury(id);
    lookAgain(permits.line, names.length);
  };
}

scenario("permits: two who want the only one", (memory) => {
  const stage = semaphore(memory, 2, 1);
  return {
    threads: { one: has(stage, 1, 1), two: has(stage, 2, 1) },
    mourner: mourns(stage, ["one", "two"]),
    end: (end) => assertBack(stage, end),
  };
});

scenario("permits: one wants both, and another one of them", (memory) => {
  const stage = semaphore(memory, 2, 2);
  return {
    threads: { both: has(stage, 1, 2), one: has(stage, 2, 1) },
    mortals: ["both"],
    mourner: mourns(stage, ["both", "one"]),
    end: (end) => assertBack(stage, end),
  };
});

scenario("permits: what is too little for one goes to another behind it", (memory) => {
  const stage = semaphore(memory, 2, 2);
  const { words, permits } = stage;
  for (const permit of [0, 1]) store(words, permits.start + permit, idOf(3));
  return {
    threads: {
      // Is woken once, in vain, and waits no more.
      both: () =>
        waitFor(permits.line, 1, (woken) => {
          if (permits.take(idOf(1), 2, false) === undefined && woken > 0) permits.passBy(idOf(1));
          return woken > 0;
        }),
      one: () => waitFor(permits.line, 2, () => permits.take(idOf(2), 1, false) !== undefined),
      other: () => permits.give([0]),
    },
    mortals: [],
    end({ asleep }) {
      if (asleep.includes("one")) throw new Error("one sleeps on, beside a free permit");
    },
  };
});

scenario("permits: kept for one who is hungry, and wants both", (memory) => {
  const stage = semaphore(memory, 2, 2);
  const { words, permits } = stage;
  for (const permit of [0, 1]) store(words, permits.start + permit, idOf(2));
  return {
    threads: {
      hungry: has(stage, 1, 2, 0),
      other(it) {
        permits.give([0]);
        permits.give([1]);
        it.notes(2);
      },
    },
    mortals: [],
    end: (end) => assertBack(stage, end),
  };
});

scenario("permits: what is kept for one that gives up goes to another", (memory) => {
  const stage = semaphore(memory, 2, 1);
  const { permits } = stage;
  store(stage.words, permits.reserved, idOf(1));
  return {
    threads: {
      quitter() {
        permits.cede(idOf(1));
        permits.passOn();
      },
      other: has(stage, 2, 1),
    },
    mortals: [],
    end: (end) => assertBack(stage, end),
  };
});
