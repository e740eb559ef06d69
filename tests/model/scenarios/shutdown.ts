/**
 * Scenarios of the end: main stops all workers and waits until they have left; see `src/runtime/pool.ts`, `end` and
 * `#allLeft`, and `src/runtime/worker_loop.ts`, `#turn`, `#sleep` and `#sayGoodbye`, whose steps are these.
 */

import { load, notify, or, store, waitAsync } from "../../../src/memory/atomics.ts";
import { Inbox, NONE } from "../../../src/sync/inbox.ts";
import { type Place, Sleeper, unpark } from "../../../src/sync/park.ts";
import { type End, type Memory, type Part, scenario, type Stage } from "../scenario.ts";

/** What threads note. */
const GONE = 1;

/** Words of the lifecycle, and where workers sleep. */
interface Pool {
  readonly memory: Memory;
  readonly stop: number;
  readonly left: number;
  readonly places: readonly Place[];
  readonly inboxes: readonly Inbox[];
}

function pool(memory: Memory, workers: number): Pool {
  const { words } = memory;
  const [stop, left, parked] = [memory.word("STOP"), memory.word("LEFT"), memory.word("PARKED")];
  const each = Array.from({ length: workers }, (_, i) => i);
  return {
    memory,
    stop,
    left,
    places: each.map((i) => ({ words, parked, bit: 1 << i, futex: memory.word(`FUTEX ${i}`) })),
    inboxes: each.map((i) => new Inbox(words, memory.word(`HEAD ${i}`), 0)),
  };
}

/** Main: stops everybody, and waits until all have left. */
function stops({ memory: { words }, stop, left, places }: Pool): Part {
  return (it) => {
    store(words, stop, 1);
    for (const place of places) unpark(place);
    const all = (1 << places.length) - 1;
    const look = () => {
      const gone = load(words, left);
      if ((gone & all) === all) return it.notes(GONE);
      const wait = waitAsync(words, left, gone);
      if (wait === undefined) look();
      else wait.then(look);
    };
    look();
  };
}

/** A worker: works, sleeps, and leaves when it sees STOP.  */
function works(the: Pool, index: number, begins: "awake" | "parked"): Stage {
  const { memory: { words }, stop, left } = the;
  const [place, inbox] = [the.places[index]!, the.inboxes[index]!];
  const [name, up] = [`worker ${index}`, `worker ${index}, up`];
  const stopping = () => load(words, stop) !== 0;
  if (begins === "parked") words[place.parked]! |= place.bit;

  const part = (state: "awake" | "parked"): Part => (it) => {
    const sleeper = new Sleeper(place, () => it.becomes(up));
    if (state === "parked" && sleeper.sleep()) return;
    // However it got up, its bit may be set.
    sleeper.retract();
    if (stopping()) {
      or(words, left, place.bit);
      notify(words, left);
      return it.notes(GONE);
    }
    // Records are no items here: one that comes after STOP is left alone.
    for (let record = inbox.take(); record !== NONE;) record = inbox.next(record);
    sleeper.announce();
    // Announced first, looked second, at STOP too. Pairs with main, which stores STOP first and reads PARKED second.
    if (inbox.occupied || stopping() || !sleeper.sleep()) it.becomes(up);
  };
  return { threads: { [name]: part(begins) }, parts: { [up]: part("awake") } };
}

/** Everybody but the dead is gone, and says so. */
function assertAllGone(the: Pool, { notes, dead, asleep, word }: End): void {
  if (dead === "main") return;
  for (const [index, place] of the.places.entries()) {
    const name = `worker ${index}`;
    if (name === dead) continue;
    if (asleep.includes(name)) throw new Error(`${name} sleeps on`);
    if (notes[name]!.join() !== String(GONE)) throw new Error(`${name} left ${notes[name]!.length} times`);
    if ((word(the.left) & place.bit) === 0) throw new Error(`${name} has left and did not say so`);
  }
  // Where a worker dies, main gives up after a while: a timer, which the model does not have.
  if (dead === undefined && notes["main"]!.join() !== String(GONE)) throw new Error("main waits on");
}

function stage(the: Pool, ...workers: Stage[]): Stage {
  return {
    threads: Object.assign({ main: stops(the) }, ...workers.map(({ threads }) => threads)),
    parts: Object.assign({}, ...workers.map(({ parts }) => parts)),
    end: (end) => assertAllGone(the, end),
  };
}

scenario("shutdown: a worker that parks and one that sleeps both leave", (memory) => {
  const the = pool(memory, 2);
  return stage(the, works(the, 0, "awake"), works(the, 1, "parked"));
});

scenario("shutdown: two workers that park both leave", (memory) => {
  const the = pool(memory, 2);
  return stage(the, works(the, 0, "awake"), works(the, 1, "awake"));
});

scenario("shutdown: a worker leaves whoever else wakes it", (memory) => {
  const the = pool(memory, 1);
  const record = memory.word("link");
  const own = stage(the, works(the, 0, "awake"));
  return {
    ...own,
    threads: {
      ...own.threads,
      // A worker that is about to end: its wake and main's may come together.
      producer() {
        the.inboxes[0]!.push(record);
        unpark(the.places[0]!);
      },
    },
    // A producer that dies between clearing the bit and notifying takes main's wake with it: then main's timer ends it.
    mortals: ["main", "worker 0"],
  };
});
