/** Scenarios of a worker that is woken for work that any may run, and finds work in its inbox that only it may run. */

import { Owner } from "../../../src/sync/deque.ts";
import type { Inbox } from "../../../src/sync/inbox.ts";
import { Injector, Intake } from "../../../src/sync/injector.ts";
import { Sleeper, unpark } from "../../../src/sync/park.ts";
import { type Part, scenario } from "../scenario.ts";
import { inboxOf, takeAll } from "./inbox_words.ts";
import { parkingOf } from "./pools.ts";
import { again, leftIn, ring } from "./rings.ts";
import { EMPTY } from "../../../src/sync/ring.ts";

scenario("roused: a worker that has a task of its own to run hands on what it was woken for", (memory) => {
  const { inbox, records: [pinned = 0] } = inboxOf(memory, 1);
  const parking = parkingOf(memory, 2, 0b11);
  const { places } = parking;
  const queue = ring(memory, 2);
  const own = ring(memory, 1, "own ");
  const injector = new Injector(queue);
  const STEALABLE = 99;

  /** Parked from the start. Whatever it finds first is a task that never ends. */
  const works = (index: number, mine: Inbox | undefined, up: boolean): Part => (it) => {
    const place = places[index]!;
    const [intake, owner] = [new Intake(queue, 1), new Owner(own)];
    const sleeper = new Sleeper(place, () => it.becomes(`${index} up`));
    if (!up && sleeper.sleep()) return;
    sleeper.retract();
    // Before anything else: it may have been woken for what lies in the queue.
    parking.startSearching(place.bit);
    let found = mine !== undefined && takeAll(mine).length > 0;
    if (!found) {
      let item: number;
      do item = it.takes(() => intake.claim(owner, 1)); while (again(item));
      found = item !== EMPTY;
    }
    parking.stopSearching(place.bit);
    if (found) {
      if (intake.size > 0) parking.wakeOne();
      return;
    }
    sleeper.announce();
    if (mine?.occupied || intake.size > 0 || !sleeper.sleep()) it.becomes(`${index} up`);
  };

  return {
    threads: {
      main(it) {
        it.gives(STEALABLE, () => {
          injector.push(STEALABLE);
          parking.wakeOne();
        });
        // Not in the ledger: where worker one is busy with the other, this waits for that to end.
        inbox.push(pinned);
        unpark(places[0]!);
      },
      one: works(0, inbox, false),
      two: works(1, undefined, false),
    },
    parts: { "0 up": works(0, inbox, true), "1 up": works(1, undefined, true) },
    mortals: [],
    rest: () => leftIn(queue),
    end({ rest }) {
      if (rest.length > 0) throw new Error("what any worker may run is left");
    },
  };
});
