/**
 * Scenarios of workers that sleep or block and can take no stealable work for the moment: nobody wakes them for some, and what
 * was pushed meanwhile is found when they can again.
 */

import { load, notify, store, waitAsync } from "../../../src/memory/atomics.ts";
import { Owner } from "../../../src/sync/deque.ts";
import { Intake } from "../../../src/sync/injector.ts";
import { Sleeper, unpark } from "../../../src/sync/park.ts";
import { EMPTY } from "../../../src/sync/ring.ts";
import { type End, type Part, scenario, type Stage } from "../scenario.ts";
import { rouse } from "./mourning.ts";
import { type Pool, pool, spawns } from "./pools.ts";
import { again, leftIn, ring } from "./rings.ts";

/**
 * How a worker begins: it is parked and abstains, for ever or until a turn of its event loop; it is parked and can take work, for
 * ever or until it begins to abstain in a turn; or it is about to block.
 */
type Beginning = "abstains for ever" | "abstains" | "parked" | "begins to" | "blocks";

/**
 * A worker. A task that it takes never ends.
 *
 * @param answer A word that one that blocks waits for.
 */
function works({ parking, queue, memory }: Pool, index: number, begins: Beginning, answer = 0): Part {
  const place = parking.places[index]!;
  const { bit } = place;
  const own = new Owner(ring(memory, 1, `${index}'s `));
  const intake = new Intake(queue, 1);
  const abstainsFirst = begins === "abstains" || begins === "abstains for ever";
  if (begins !== "blocks") memory.words[parking.parked]! |= bit;
  if (abstainsFirst) memory.words[parking.abstaining]! |= bit;

  return (it) => {
    let abstains = abstainsFirst;
    let busy = false;
    const sleeper = new Sleeper(place, () => {
      it.notes(1);
      turn();
    });

    function passOn(): void {
      if (intake.size > 0) parking.wakeOne();
    }

    function turn(): void {
      while (!busy) {
        sleeper.retract();
        let item = EMPTY;
        if (!abstains) { do item = it.takes(() => intake.claim(own, 1)); while (again(item)); }
        busy = item > EMPTY;
        // Busy, or beginning to abstain, or perhaps woken for what it can't take.
        if (busy || abstains) passOn();
        if (busy) return;
        parking.setAbstaining(bit, abstains);
        sleeper.announce();
        if ((abstains || intake.size === 0) && sleeper.sleep()) return;
      }
    }

    if (begins === "blocks") {
      parking.setAbstaining(bit, true);
      passOn();
      sleeper.announce();
      if (load(memory.words, answer) === 0) sleeper.block(Infinity);
      sleeper.retract();
      passOn();
    }
    if (begins === "abstains" || begins === "begins to") {
      it.turn(() => {
        abstains = !abstains;
        turn();
      });
    }
    if (begins === "blocks" || !sleeper.sleep()) turn();
  };
}

/** Main and some workers. */
function stage(the: Pool, main: Part, workers: readonly Part[], end: (end: End) => void = () => {}): Stage {
  return {
    threads: { main, ...Object.fromEntries(workers.map((part, i) => [`worker ${i}`, part])) },
    rest: () => leftIn(the.queue),
    mortals: [],
    end(how) {
      if (how.rest.length > 0) throw new Error(`item ${how.rest} is left, and a worker could run it`);
      end(how);
    },
  };
}

/** A worker was not woken, as that would have been for nothing. */
function letSleep({ notes }: End, name: string): void {
  if ((notes[name] ?? []).length > 0) throw new Error(`${name} was woken, and can't take anything`);
}

scenario("abstaining: what is pushed wakes who can take it, and not who can't", (memory) => {
  const the = pool(memory, 2);
  const workers = [works(the, 0, "abstains for ever"), works(the, 1, "parked")];
  return stage(the, spawns(the, 1), workers, (end) => letSleep(end, "worker 0"));
});

scenario("abstaining: where nobody can, one takes what was pushed as soon as it can", (memory) => {
  const the = pool(memory, 2);
  const workers = [works(the, 0, "abstains for ever"), works(the, 1, "abstains")];
  return stage(the, spawns(the, 1), workers, (end) => letSleep(end, "worker 0"));
});

scenario("abstaining: each of two takes one of two tasks as soon as it can", (memory) => {
  const the = pool(memory, 2, [1, 2]);
  return { ...stage(the, () => {}, [works(the, 0, "abstains"), works(the, 1, "abstains")]), items: [1, 2] };
});

scenario("abstaining: one that can again, and is busy, lets another take the next", (memory) => {
  const the = pool(memory, 2, [1]);
  return { ...stage(the, spawns(the, 2), [works(the, 0, "abstains"), works(the, 1, "parked")]), items: [1] };
});

scenario("abstaining: one that begins to hands on what there is", (memory) => {
  const the = pool(memory, 2);
  return stage(the, spawns(the, 1), [works(the, 0, "begins to"), works(the, 1, "parked")]);
});

scenario("abstaining: one that blocks looks for what was pushed when it goes on", (memory) => {
  const the = pool(memory, 2);
  const answer = memory.word("ANSWER");
  const spawn = spawns(the, 1);
  const main: Part = (it) => {
    spawn(it);
    store(memory.words, answer, 1);
    unpark(the.parking.places[0]!);
  };
  const workers = [works(the, 0, "blocks", answer), works(the, 1, "abstains for ever")];
  return stage(the, main, workers, (end) => letSleep(end, "worker 1"));
});

scenario(
  "abstaining: what one says who was given up, of who has its seat, holds no longer than it runs on",
  (memory) => {
    const the = pool(memory, 1);
    const { words } = memory;
    const { parking } = the;
    const place = parking.places[0]!;
    const gone = memory.word("GONE");
    const ghost: Part = () => {
      // It had looked just before it was given up.
      parking.setAbstaining(place.bit, true);
      store(words, gone, 1);
      notify(words, gone);
    };
    const spawn = spawns(the, 1);
    const main: Part = (it) => {
      spawn(it);
      const buries = () => {
        parking.setAbstaining(place.bit, false);
        rouse(place);
      };
      const waits = waitAsync(words, gone, 0);
      if (waits === undefined) buries();
      else waits.then(buries);
    };
    return stage(the, main, [works(the, 0, "parked"), ghost]);
  },
);
