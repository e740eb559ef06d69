/** Scenarios of a task's state word: its home, which aborts and looks, and those who find its record in a queue. */

import { add, load, read, write } from "../../../src/memory/atomics.ts";
import { Record } from "../../../src/memory/layout.ts";
import { type Place, Sleeper, unpark } from "../../../src/sync/park.ts";
import * as state from "../../../src/task/state.ts";
import { type End, type Memory, type Part, scenario } from "../scenario.ts";

/** What threads note: executors what became of the task, home what its abort met. */
const RAN = 1;
const SKIPPED = 2;
const REVOKED = 3;
const FIRED = 4;
const LATE = 5;
const BEFORE = 6;
const AMID = 7;

/** A record that is queued, and how often it has come home: a counter stands for home's inbox. */
interface Task {
  readonly memory: Memory;
  readonly record: number;
  readonly result: number;
  readonly homecomings: number;
}

function task(memory: Memory, stealable = true): Task {
  const record = memory.word("STATE") - Record.STATE;
  const the = { memory, record, result: memory.word("result"), homecomings: memory.word("homecomings") };
  state.queue(memory.words, record, stealable);
  return the;
}

/** Writes the result of a task that it has claimed, and sends it home. */
function finishes({ memory: { words }, record, result, homecomings }: Task, claimed: number): boolean {
  write(words, result, state.executorOf(claimed));
  if (state.finish(words, record, claimed, state.DONE) === state.STALE) return false;
  add(words, homecomings, 1);
  return true;
}

/** Has found the record in a queue, and does with it what a runner does. */
function runs(the: Task, executor: number, stolen = true): Part {
  const { memory: { words }, record, homecomings } = the;
  return (it) => {
    const claimed = state.claim(words, record, executor, stolen);
    if (claimed === state.STALE) return;
    it.notes(claimed === state.SKIP ? SKIPPED : RAN);
    if (claimed === state.SKIP) add(words, homecomings, 1);
    else if (!finishes(the, claimed)) it.notes(REVOKED);
  };
}

/** Aborts, and notes what that met. */
function abort({ memory: { words }, record }: Task): number {
  const met = state.cancel(words, record);
  return met === state.UNCHANGED ? LATE : state.phaseOf(met) === state.QUEUED ? BEFORE : AMID;
}

/** Each outcome is allowed, and the record comes home once. */
function assertSettled({ record, homecomings }: Task, { notes, dead, word }: End): void {
  const { home = [], ...others } = notes;
  const outcomes = Object.values(others).flat();
  const ran = outcomes.filter((outcome) => outcome === RAN).length;
  if (ran > 1) throw new Error("it ran twice");
  if (ran + outcomes.filter((outcome) => outcome === SKIPPED).length > 1) throw new Error("it was claimed twice");
  if (outcomes.includes(REVOKED)) throw new Error("its executor was refused, and nobody had revoked it");
  if (home.includes(BEFORE) && ran > 0) throw new Error("it ran although it was aborted before it began");
  if (home.includes(AMID) && outcomes.includes(SKIPPED)) throw new Error("it was skipped in the middle");
  const times = word(homecomings);
  if (times > 1) throw new Error(`it came home ${times} times`);
  if (dead !== undefined) return;
  if (times === 0) throw new Error("it never came home");
  if (home.includes(LATE) && ran === 0) throw new Error("it never ran although the abort came too late");
  const last = word(record + Record.STATE);
  if (!state.ended(last)) throw new Error("it came home before it had ended");
  if (home.length > 0 && home.includes(LATE) !== ((last & state.CANCELLED) === 0)) {
    throw new Error("the state word and the abort disagree");
  }
}

scenario("state: of two who find a task and home, which aborts it, one decides", (memory) => {
  const the = task(memory);
  const { words } = memory;
  return {
    threads: {
      home(it) {
        it.notes(abort(the));
        // A second one changes nothing.
        if (abort(the) !== LATE) throw new Error("aborted twice");
        // The look of a handle: what it finds was written before.
        if (state.ended(state.stateOf(words, the.record))) read(words, the.result);
      },
      one: runs(the, 1),
      two: runs(the, 2),
    },
    end: (end) => assertSettled(the, end),
  };
});

scenario("state: a look finds the result as soon as the task has ended", (memory) => {
  const the = task(memory);
  const { words } = memory;
  return {
    threads: {
      home() {
        const now = state.stateOf(words, the.record);
        if (state.ended(now) && read(words, the.result) !== state.executorOf(now)) throw new Error("no result");
      },
      one: runs(the, 1),
      two: runs(the, 2),
    },
    end: (end) => assertSettled(the, end),
  };
});

scenario("state: an entry left in a ring does not claim a task that is pinned by now", (memory) => {
  const the = task(memory, false);
  return {
    threads: {
      home(it) {
        it.notes(abort(the));
      },
      target: runs(the, 1, false),
      thief: runs(the, 2, true),
    },
    end(end) {
      assertSettled(the, end);
      if (end.notes["thief"]!.length > 0) throw new Error("the thief has claimed it");
    },
  };
});

scenario("state: who uses the signal and who aborts do not miss each other", (memory) => {
  const the = task(memory);
  const { words } = memory;
  const aborts = memory.word("ABORTS");
  const place: Place = { words, parked: memory.word("PARKED"), bit: 1, futex: memory.word("FUTEX") };
  return {
    threads: {
      home(it) {
        const met = state.cancel(words, the.record);
        it.notes(state.phaseOf(met) === state.QUEUED ? BEFORE : AMID);
        if (!state.isListening(met)) return;
        // Counted before it is woken.
        add(words, aborts, 1);
        unpark(place);
      },
      // Its task waits for the signal, and does nothing else.
      worker(it) {
        const claimed = state.claim(words, the.record, 1, true);
        if (claimed === state.SKIP) {
          it.notes(SKIPPED);
          add(words, the.homecomings, 1);
          return;
        }
        it.notes(RAN);
        const fire = () => {
          if (!state.isCancelled(words, the.record, claimed)) throw new Error("fired without an abort");
          it.notes(FIRED);
          if (!finishes(the, claimed)) throw new Error("could not finish");
        };
        const sleeper = new Sleeper(place, turn);
        function turn(): void {
          sleeper.retract();
          for (;;) {
            if (load(words, aborts) !== 0) return fire();
            sleeper.announce();
            if (load(words, aborts) === 0 && sleeper.sleep()) return;
          }
        }
        if (state.listen(words, the.record)) fire();
        else turn();
      },
    },
    end(end) {
      if (end.dead === undefined && end.asleep.length > 0) throw new Error("the abort did not reach the task");
      assertSettled(the, end);
    },
  };
});

scenario("state: a use of the signal amid an abort and the end changes neither", (memory) => {
  const the = task(memory);
  const { words } = memory;
  return {
    threads: {
      home(it) {
        it.notes(abort(the));
      },
      worker(it) {
        const claimed = state.claim(words, the.record, 1, true);
        it.notes(claimed === state.SKIP ? SKIPPED : RAN);
        if (claimed === state.SKIP) return void add(words, the.homecomings, 1);
        const aborted = state.listen(words, the.record);
        if (aborted && !state.isCancelled(words, the.record, claimed)) throw new Error("an abort that never was");
        if (!finishes(the, claimed)) it.notes(REVOKED);
      },
    },
    end: (end) => assertSettled(the, end),
  };
});

scenario(
  "state: a ghost whose record was revoked neither finishes the next task in it nor sees its abort",
  (memory) => {
    const the = task(memory);
    const { words } = memory;
    // A thread that was taken for dead, and one with its number in its place.
    const claimed = state.claim(words, the.record, 1, true);
    return {
      threads: {
        home(it) {
          const now = state.stateOf(words, the.record);
          if (state.ended(now) || !state.revoke(words, the.record, now)) return it.notes(LATE);
          it.notes(REVOKED);
          state.queue(words, the.record, true);
          state.cancel(words, the.record);
        },
        // It writes no result: memory that a ghost can write is not used again.
        ghost(it) {
          if (state.isCancelled(words, the.record, claimed)) {
            throw new Error(
              "the ghost sees the abort of another's task",
            );
          }
          const wasRevoked = state.isRevoked(words, the.record, claimed);
          const finished = state.finish(words, the.record, claimed, state.DONE) !== state.STALE;
          if (wasRevoked && finished) throw new Error("it knew, and finished all the same");
          if (finished) it.notes(RAN);
        },
        heir(it) {
          // Early, and perhaps late: it comes by twice.
          for (let i = 0; i < 2; i++) {
            const own = state.claim(words, the.record, 1, true);
            if (own === state.STALE) continue;
            it.notes(own === state.SKIP ? SKIPPED : RAN);
            if (own !== state.SKIP && state.finish(words, the.record, own, state.FAILED) === state.STALE) {
              it.notes(REVOKED);
            }
          }
        },
      },
      end({ notes: { home = [], ghost = [], heir = [] } }) {
        if (heir.includes(REVOKED)) throw new Error("the heir's task was finished by another");
        if (home.includes(REVOKED) && ghost.length > 0) throw new Error("the ghost has finished a revoked task");
        if (home.includes(LATE) && heir.length > 0) throw new Error("the heir has claimed a task that had ended");
        if (heir.length > 1) throw new Error("the heir has claimed one task twice");
      },
    };
  },
);
