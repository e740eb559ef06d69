/** Scenarios of notices: who began to wait before the notice can have it, and each notice is had by one. */

import { load, store } from "../../../src/memory/atomics.ts";
import { Notices } from "../../../src/channel/lock/notices.ts";
import { type Memory, type Part, scenario } from "../scenario.ts";
import { idOf, lineFor, lookAgain, waitFor } from "./seats.ts";

interface Stage {
  readonly words: Memory["words"];
  readonly notices: Notices;
  /** For each waiter, whether it has released the mutex: stands for the mutex. */
  readonly released: number;
  readonly gone: number;
}

function condition(memory: Memory, threads: number): Stage {
  const gone = memory.word("gone");
  const { words } = memory;
  const isGone = (id: number) => load(words, gone) === id;
  const notices = new Notices(lineFor(memory, threads), memory.word("CURSOR"), isGone, threads);
  return { words, notices, released: memory.region("released", threads + 1), gone };
}

/** Waits once; notes that it was notified. */
function waits({ words, notices, released, gone }: Stage, slot: number): Part {
  const id = idOf(slot);
  return (it) => {
    notices.enter(id);
    store(words, released + slot, 1);
    waitFor(notices.line, slot, () => {
      const dead = load(words, gone);
      if (dead !== 0) notices.bury(dead);
      return notices.take(id);
    });
    it.notes(1);
  };
}

scenario("condvar: who has released before the notice is notified", (memory) => {
  const stage = condition(memory, 1);
  const { words, notices, released } = stage;
  return {
    threads: {
      waiter: waits(stage, 1),
      notifier(it) {
        const hadReleased = load(words, released + 1) === 1;
        const notified = notices.notifyOne();
        if (hadReleased && !notified) throw new Error("a waiter was missed");
        if (notified) it.notes(1);
      },
    },
    mortals: [],
    end({ notes, asleep }) {
      if (notes["notifier"]!.length > 0 && asleep.length > 0) throw new Error("notified, and sleeps on");
      if (notes["notifier"]!.length < notes["waiter"]!.length) throw new Error("woke without a notice");
    },
  };
});

scenario("condvar: two notices for two who wait, and each has one", (memory) => {
  const stage = condition(memory, 2);
  const { notices } = stage;
  for (const slot of [1, 2]) notices.enter(idOf(slot));
  const goesOn = (slot: number): Part => (it) => {
    waitFor(notices.line, slot, () => notices.take(idOf(slot)));
    it.notes(1);
  };
  return {
    threads: {
      one: goesOn(1),
      two: goesOn(2),
      notifier() {
        if (!notices.notifyOne() || !notices.notifyOne()) throw new Error("nobody waits");
        if (notices.notifyOne()) throw new Error("a third one waits");
      },
    },
    mortals: [],
    end({ asleep }) {
      if (asleep.length > 0) throw new Error(`${asleep.join()} sleeps on`);
    },
  };
});

scenario("condvar: one that gives up has had the notice, or another has", (memory) => {
  const stage = condition(memory, 2);
  const { notices } = stage;
  for (const slot of [1, 2]) notices.enter(idOf(slot));
  return {
    threads: {
      quitter(it) {
        if (!notices.withdraw(idOf(1))) it.notes(1);
      },
      stayer(it) {
        if (notices.take(idOf(2))) it.notes(1);
      },
      notifier(it) {
        if (!notices.notifyOne()) throw new Error("nobody waits");
        if (notices.notifyOne()) it.notes(1);
      },
    },
    mortals: [],
    end({ notes: { quitter = [], stayer = [], notifier = [] }, word }) {
      const had = quitter.length + stayer.length;
      const left = word(notices.line.table.word(2, 2)) & 2047;
      if (had + left !== 1 + notifier.length) {
        throw new Error(`${1 + notifier.length} notices, ${had} had, ${left} left`);
      }
    },
  };
});

scenario("condvar: a notice to one that is dead goes to another", (memory) => {
  const stage = condition(memory, 2);
  const { words, notices, gone } = stage;
  for (const slot of [1, 2]) notices.enter(idOf(slot));
  return {
    threads: {
      // It never gets to its notice.
      doomed: () => void load(words, gone),
      other(it) {
        waitFor(notices.line, 2, (woken) => {
          const dead = woken > 0 ? load(words, gone) : 0;
          if (dead !== 0) notices.bury(dead);
          return notices.take(idOf(2));
        });
        it.notes(1);
      },
      notifier: () => void notices.notifyOne(),
    },
    mortals: ["doomed"],
    mourner() {
      store(words, gone, idOf(1));
      notices.bury(idOf(1));
      lookAgain(notices.line, 2);
    },
    end({ asleep, dead }) {
      if (dead !== undefined && asleep.length > 0) throw new Error("the notice was lost");
    },
  };
});
