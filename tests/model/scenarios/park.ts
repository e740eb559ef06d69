/** Scenarios of park and unpark: one sleeper, those who push to its inbox, and those who wake it. */

import type { Inbox } from "../../../src/sync/inbox.ts";
import { type Place, Sleeper, unpark } from "../../../src/sync/park.ts";
import { type End, type Memory, type Part, scenario } from "../scenario.ts";
import { drainAndSleep, inboxOf, takeAll } from "./inbox_words.ts";
import { rouse } from "./mourning.ts";

/** An inbox with two records, and the place where its consumer sleeps. */
function bed(memory: Memory): { inbox: Inbox; a: number; b: number; place: Place } {
  const { inbox, records: [a = 0, b = 0] } = inboxOf(memory, 2);
  const place = { words: memory.words, parked: memory.word("PARKED"), bit: 4, futex: memory.word("FUTEX", -1) };
  return { inbox, a, b, place };
}

/** Pushes, then unparks. Notes each time that it woke the sleeper. */
function delivers(inbox: Inbox, place: Place, ...records: number[]): Part {
  return (it) => {
    for (const record of records) {
      it.gives(record, () => {
        inbox.push(record);
        if (unpark(place)) it.notes(1);
      });
    }
  };
}

/** Drains its inbox and sleeps, again and again, as "up". */
function drains(inbox: Inbox, place: Place, announced = false): Part {
  return (it) => {
    const sleeper = new Sleeper(place, () => it.becomes("up"));
    // However it got up, its bit may be set.
    if (announced) sleeper.retract();
    it.takes(() => takeAll(inbox), Infinity);
    sleeper.announce();
    // The look that `announce` asks for.
    if (inbox.occupied || !sleeper.sleep()) it.becomes("up");
  };
}

/** The same, but gets up by itself so many times, perhaps while it waits. Notes each time that it is woken. */
function stirs(inbox: Inbox, place: Place, uprisings: number): Part {
  return (it) => {
    let announced = false;
    const sleeper = new Sleeper(place, () => {
      it.notes(1);
      turn();
    });
    function turn(): void {
      for (;;) {
        if (announced) sleeper.retract();
        announced = false;
        it.takes(() => takeAll(inbox), Infinity);
        sleeper.announce();
        announced = true;
        if (!inbox.occupied && sleeper.sleep()) return;
      }
    }
    for (let i = 0; i < uprisings; i++) it.turn(turn);
    turn();
  };
}

/** Sleeps once by blocking, as code that waits for its inbox within a turn. */
function block(inbox: Inbox, sleeper: Sleeper): void {
  sleeper.announce();
  if (!inbox.occupied) sleeper.block(Infinity);
  sleeper.retract();
}

/** Drains its inbox and blocks in between, until it has got so many. */
function blocks(inbox: Inbox, place: Place, wanted: number): Part {
  return (it) => {
    const sleeper = new Sleeper(place, () => {});
    let got = it.takes(() => takeAll(inbox), Infinity).length;
    while (got < wanted) {
      block(inbox, sleeper);
      got += it.takes(() => takeAll(inbox), Infinity).length;
    }
  };
}

/** Sleeps; then something blocks in a turn of its own, and its loop is got going after that. */
function blocksInSleep(inbox: Inbox, place: Place): Part {
  return (it) => {
    const sleeper: Sleeper = new Sleeper(place, () => turn());
    const turn = () => drainAndSleep(it, inbox, sleeper);
    it.turn(() => {
      block(inbox, sleeper);
      turn();
    });
    turn();
  };
}

/** The sleeper was woken no more often than others say that they woke it. */
function assertNoneWasted({ notes }: End): void {
  const { sleeper = [], ...wakers } = notes;
  const woke = Object.values(wakers).flat().length;
  if (sleeper.length > woke) {
    throw new Error(`woken ${sleeper.length} times by ${woke} wakes`);
  }
}

scenario("park: two wakers wake once", (memory) => {
  const { place } = bed(memory);
  const wakes: Part = (it) => {
    if (unpark(place)) it.notes(1);
  };
  return {
    threads: {
      one: wakes,
      two: wakes,
      sleeper(it) {
        const sleeper = new Sleeper(place, () => it.notes(1));
        sleeper.announce();
        if (!sleeper.sleep()) it.notes(1);
      },
    },
    end({ notes, asleep, dead }) {
      const woke = notes["one"]!.length + notes["two"]!.length;
      const woken = notes["sleeper"]!.length;
      if (woke > 1) throw new Error("both say that they woke it");
      if (woken > 1) throw new Error("it was woken twice");
      if (dead === undefined && woke !== woken) throw new Error(`${woke} wakes, and woken ${woken} times`);
      if (dead === undefined && woke === 1 && asleep.length > 0) throw new Error("it sleeps on");
    },
  };
});

scenario("park: a push between set-parked and sleep is seen", (memory) => {
  const { inbox, a, place } = bed(memory);
  return {
    threads: { producer: delivers(inbox, place, a), sleeper: drains(inbox, place) },
    parts: { up: drains(inbox, place, true) },
    rest: () => takeAll(inbox),
  };
});

scenario("park: each of two pushes of one producer is seen", (memory) => {
  const { inbox, a, b, place } = bed(memory);
  return {
    threads: { producer: delivers(inbox, place, a, b), sleeper: drains(inbox, place) },
    parts: { up: drains(inbox, place, true) },
    rest: () => takeAll(inbox),
  };
});

scenario("park: a waiter from an earlier sleep is the only one, and wakes", (memory) => {
  const { inbox, a, place } = bed(memory);
  return {
    threads: { producer: delivers(inbox, place, a), sleeper: stirs(inbox, place, 2) },
    rest: () => takeAll(inbox),
    end: assertNoneWasted,
  };
});

scenario("park: a sleeper that gets up by itself misses neither of two pushes", (memory) => {
  const { inbox, a, b, place } = bed(memory);
  return {
    threads: { producer: delivers(inbox, place, a, b), sleeper: stirs(inbox, place, 1) },
    rest: () => takeAll(inbox),
    end: assertNoneWasted,
  };
});

scenario("park: a push is seen where another waker came before, though that one dies half-way", (memory) => {
  const { inbox, a, b, place } = bed(memory);
  return {
    threads: {
      producer: delivers(inbox, place, a),
      other: delivers(inbox, place, b),
      sleeper: drains(inbox, place),
    },
    parts: { up: drains(inbox, place, true) },
    rest: () => takeAll(inbox),
    mortals: ["producer"],
    mourner: () => rouse(place),
  };
});

scenario("park: one that blocks sees each of two pushes of two producers", (memory) => {
  const { inbox, a, b, place } = bed(memory);
  return {
    threads: { one: delivers(inbox, place, a), two: delivers(inbox, place, b), sleeper: blocks(inbox, place, 2) },
    rest: () => takeAll(inbox),
    mortals: ["one"],
    mourner: () => rouse(place),
    end({ asleep, dead }) {
      if (dead === undefined && asleep.length > 0) throw new Error("it blocks on");
    },
  };
});

scenario("park: one that blocks while its loop sleeps leaves no push to a bit that is gone", (memory) => {
  const { inbox, a, b, place } = bed(memory);
  return {
    threads: { producer: delivers(inbox, place, a, b), sleeper: blocksInSleep(inbox, place) },
    rest: () => takeAll(inbox),
  };
});
