/** Scenarios of a worker that leaves work to others and looks after them, and of those who rely on it. */

import { Owner } from "../../../src/sync/deque.ts";
import { Intake } from "../../../src/sync/injector.ts";
import { Sleeper } from "../../../src/sync/park.ts";
import { type Part, scenario, type Stage } from "../scenario.ts";
import { bury } from "./mourning.ts";
import { type Pool, pool, spawns } from "./pools.ts";
import { again, leftIn, ring } from "./rings.ts";
import { EMPTY } from "../../../src/sync/ring.ts";

/** How a worker begins: it is up, it is parked, or it leaves what there is to others. */
type Beginning = "up" | "parked" | "spare";

/** A worker whose first task never ends; if it `stirs`, that may be one of its own, which gets it up. */
function works({ parking, queue, memory }: Pool, index: number, begins: Beginning, stirs = false): Part {
  const place = parking.places[index]!;
  const { bit } = place;
  const own = new Owner(ring(memory, 1, `${index}'s `));
  const intake = new Intake(queue, 1);
  if (begins === "parked") memory.words[parking.parked]! |= bit;

  return (it) => {
    let sentinel = false;
    let busy = false;
    const sleeper = new Sleeper(place, () => turn(false));

    function getUp(): void {
      sleeper.retract();
      // Before anything else: others have left work to it, or woken it for some and nobody else.
      parking.startSearching(bit);
      if (sentinel) parking.resign(bit);
      sentinel = false;
    }

    function turn(hasOwn: boolean): void {
      if (busy) return;
      for (;;) {
        getUp();
        let item = EMPTY;
        if (!hasOwn) { do item = it.takes(() => intake.claim(own, 1)); while (again(item)); }
        parking.stopSearching(bit);
        busy = hasOwn || item > EMPTY;
        if (busy) {
          if (intake.size > 0) parking.wakeOne();
          return;
        }
        sleeper.announce();
        if (intake.size === 0 && sleeper.sleep()) return;
      }
    }

    /** A look after a while, at work that others have perhaps not taken. */
    function look(): void {
      if (busy || !sentinel) return;
      parking.resign(bit);
      sentinel = false;
      if (intake.size > 0) turn(false);
    }

    if (begins === "up") return turn(false);
    if (stirs) it.turn(() => turn(true));
    if (begins === "spare") {
      sleeper.announce();
      const left = parking.leaveToOthers(bit, true);
      if (left === undefined) return turn(false);
      sentinel = left === "watch";
      if (sentinel) it.turn(look);
    }
    if (!sleeper.sleep()) turn(false);
  };
}

/** A sentinel that does nothing, once it is up, but hand on what others may have left to it. */
function handsOn({ parking, queue }: Pool, index: number): Part {
  const place = parking.places[index]!;
  const { bit } = place;
  const intake = new Intake(queue, 1);

  return (it) => {
    let sentinel = false;
    let isUp = false;
    const sleeper = new Sleeper(place, getUp);
    function getUp(): void {
      if (isUp) return;
      isUp = true;
      sleeper.retract();
      parking.startSearching(bit);
      if (sentinel) parking.resign(bit);
      parking.stopSearching(bit);
      if (intake.size > 0) parking.wakeOne();
    }
    sleeper.announce();
    sentinel = parking.leaveToOthers(bit, true) === "watch";
    if (sentinel) it.turn(getUp);
    if (!sentinel || !sleeper.sleep()) getUp();
  };
}

/** Main and the workers. A death is mourned; a task that never ends is lost with who ran it. */
function stage(
  the: Pool,
  items: readonly number[],
  main: Part,
  workers: Part[],
  mortals: readonly number[] = [],
): Stage {
  return {
    threads: { main, ...Object.fromEntries(workers.map((part, i) => [`worker ${i}`, part])) },
    items,
    rest: () => leftIn(the.queue),
    mortals: mortals.map((i) => `worker ${i}`),
    mourner: (_, dead) => bury(the.parking, the.parking.places[Number(dead.slice("worker ".length))]),
    end({ rest, dead }) {
      if (dead === undefined && rest.length > 0) throw new Error(`item ${rest} is left, and each worker could run one`);
    },
  };
}

const nothing: Part = () => {};

scenario("sentinel: what it left to another that is busy for ever, it takes", (memory) => {
  const the = pool(memory, 2, [1, 2]);
  return stage(the, [1, 2], nothing, [works(the, 0, "up"), works(the, 1, "spare")]);
});

scenario("sentinel: a push is found by who is awake, or by the sentinel", (memory) => {
  const the = pool(memory, 2, [1]);
  return stage(the, [1], spawns(the, 2), [works(the, 0, "up"), works(the, 1, "spare")]);
});

scenario("sentinel: of two who leave work to each other, one takes it, though the other dies", (memory) => {
  const the = pool(memory, 2, [1]);
  return stage(the, [1], nothing, [works(the, 0, "spare"), works(the, 1, "spare")], [0, 1]);
});

// In the following there is one worker more, which is busy for ever: its place is never parked.

scenario("sentinel: got up by something of its own, it hands on what others left to it", (memory) => {
  const the = pool(memory, 3, [1]);
  return stage(the, [1], nothing, [works(the, 0, "spare", true), works(the, 1, "spare")]);
});

scenario("sentinel: got up by something of its own, it hands on what was pushed meanwhile", (memory) => {
  const the = pool(memory, 3);
  return stage(the, [], spawns(the, 1), [works(the, 0, "spare", true), works(the, 1, "parked")]);
});

scenario("sentinel: nobody relies on one that is dead", (memory) => {
  const the = pool(memory, 3);
  return stage(the, [], spawns(the, 1), [handsOn(the, 0), works(the, 1, "parked")], [0]);
});
