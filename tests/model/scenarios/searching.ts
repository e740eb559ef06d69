/** Scenarios of searching: the main thread pushes to the injector and wakes one; workers search, work and park. */

import { Owner, Thief } from "../../../src/sync/deque.ts";
import { Intake } from "../../../src/sync/injector.ts";
import { type Place, Sleeper } from "../../../src/sync/park.ts";
import { type Part, scenario, type Stage } from "../scenario.ts";
import { bury } from "./mourning.ts";
import { type Pool, pool, spawns } from "./pools.ts";
import { again, leftIn, ring } from "./rings.ts";
import { EMPTY, type RingWords } from "../../../src/sync/ring.ts";

interface SpawningPool extends Pool {
  /** The deque of a worker that is busy and spawns. */
  readonly spawner?: RingWords;
}

/** How a worker starts, and what its first task is like. */
interface Kind {
  readonly begins: "searching" | "parked";
  readonly task: "endless" | "short";
}

/** Searches, works and parks, again and again; or, if its first task never ends, until it has one. */
function works(the: SpawningPool, name: string, index: number, { begins, task }: Kind): Stage {
  const { parking, queue, spawner, memory } = the;
  const place = parking.places[index]!;
  const own = new Owner(ring(memory, 1, `${name}'s `));
  const intake = new Intake(queue, 1);
  const victim = spawner && new Thief(spawner);
  const sees = () => intake.size > 0 || (victim !== undefined && victim.size > 0);
  const [rested, up] = [`${name}, after work`, `${name}, up`];
  memory.words[begins === "parked" ? parking.parked : parking.searching]! |= place.bit;

  const part = (state: "searching" | "rested" | "up" | "parked"): Part => (it) => {
    const sleeper = new Sleeper(place, () => it.becomes(up));
    if (state === "parked" && sleeper.sleep()) return;
    // However it got up, its bit may be set.
    if (state === "up" || state === "parked") sleeper.retract();
    if (state !== "searching") parking.startSearching(place.bit);
    let item = EMPTY;
    do item = it.takes(() => intake.claim(own, 1)); while (again(item));
    if (item === EMPTY && victim) { do item = it.takes(() => victim.steal()); while (again(item)); }
    parking.stopSearching(place.bit);
    if (item > EMPTY) {
      // The look after `stopSearching`, at every queue: who pushed while this worker searched has woken nobody.
      if (sees()) parking.wakeOne();
      if (task === "endless") return;
      it.becomes(rested);
    }
    sleeper.announce();
    // The look after `announce`, and after `stopSearching`, too.
    if (sees() || !sleeper.sleep()) it.becomes(up);
  };
  return { threads: { [name]: part(begins) }, parts: { [rested]: part("rested"), [up]: part("up") } };
}

/** The main thread and the workers, all of whom are mourned. */
function stage(the: SpawningPool, main: Part, ...workers: Stage[]): Stage {
  const names = workers.flatMap(({ threads }) => Object.keys(threads));
  return {
    threads: Object.assign({ main }, ...workers.map(({ threads }) => threads)),
    parts: Object.assign({}, ...workers.map(({ parts }) => parts)),
    rest: () => leftIn(the.queue, ...the.spawner ? [the.spawner] : []),
    mortals: names,
    mourner: (_, dead) => bury(the.parking, the.parking.places[names.indexOf(dead)]),
  };
}

scenario("searching: a push wakes nobody where nobody is parked, and one at most", (memory) => {
  const the = pool(memory, 2);
  memory.words[the.parking.parked] = 0b11;
  const wakes: Part = (it) => {
    it.notes(the.parking.wakeOne() ? 1 : 0);
    it.notes(the.parking.wakeOne() ? 1 : 0);
    it.notes(the.parking.wakeOne() ? 1 : 0);
  };
  return {
    threads: { main: wakes },
    end({ notes, dead, word }) {
      const said = notes["main"]!.join();
      if (dead === undefined && said !== "1,1,0") throw new Error(`woke ${said}`);
      if (word(the.parking.parked) >>> 0 > 0b11) throw new Error("bits that were never set");
    },
  };
});

scenario("searching: two who wake one reach both of two sleepers", (memory) => {
  const the = pool(memory, 2);
  const { parking } = the;
  const wakes: Part = (it) => {
    if (parking.wakeOne()) it.notes(1);
  };
  const sleeps = (place: Place): Part => (it) => {
    const sleeper = new Sleeper(place, () => it.notes(1));
    // Parked from the start.
    if (!sleeper.sleep()) it.notes(1);
  };
  memory.words[parking.parked] = 0b11;
  return {
    threads: { main: wakes, worker: wakes, one: sleeps(parking.places[0]!), two: sleeps(parking.places[1]!) },
    end({ notes, dead }) {
      const { main = [], worker = [], one = [], two = [] } = notes;
      if (dead !== undefined) return;
      if (main.length !== 1 || worker.length !== 1) throw new Error("a wake found nobody");
      if (one.length !== 1 || two.length !== 1) throw new Error(`woken ${one.length} and ${two.length} times`);
    },
  };
});

scenario("searching: a second push reaches the other of two workers whose first task never ends", (memory) => {
  const the = pool(memory, 2, [1]);
  const one = works(the, "one", 0, { begins: "searching", task: "endless" });
  const two = works(the, "two", 1, { begins: "parked", task: "endless" });
  return {
    ...stage(the, spawns(the, 2), one, two),
    items: [1],
    mortals: [],
    end({ rest }) {
      if (rest.length > 0) throw new Error(`item ${rest} is left, and each worker could run one`);
    },
  };
});

scenario("searching: a searcher that has found something hands on what a busy worker spawned meanwhile", (memory) => {
  const the = { ...pool(memory, 2, [1]), spawner: ring(memory, 2, "spawner's ") };
  const busy = works(the, "busy", 0, { begins: "searching", task: "endless" });
  const idle = works(the, "idle", 1, { begins: "parked", task: "endless" });
  const owner = new Owner(the.spawner);
  const spawns: Part = (it) => {
    it.gives(2, () => {
      owner.push(2);
      the.parking.wakeOne();
    });
  };
  // The spawner takes the place of main: it spawns, and its own task never ends.
  return { ...stage(the, spawns, busy, idle), items: [1], mortals: [] };
});

scenario("searching: a push is found by the worker that searches, or wakes it", (memory) => {
  const the = pool(memory, 1);
  return stage(the, spawns(the, 1, 2), works(the, "worker", 0, { begins: "searching", task: "short" }));
});

scenario("searching: a searcher that has found something hands on what was pushed meanwhile", (memory) => {
  const the = pool(memory, 2, [1]);
  const busy = works(the, "busy", 0, { begins: "searching", task: "endless" });
  const idle = works(the, "idle", 1, { begins: "parked", task: "short" });
  return { ...stage(the, spawns(the, 2), busy, idle), items: [1] };
});

scenario(
  "searching: a searcher that finds nothing parks beside another, and one of them gets what is pushed",
  (memory) => {
    const the = pool(memory, 2);
    const one = works(the, "one", 0, { begins: "searching", task: "endless" });
    const two = works(the, "two", 1, { begins: "parked", task: "endless" });
    return stage(the, spawns(the, 1), one, two);
  },
);
