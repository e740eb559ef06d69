/**
 * Scenarios of a stealable task whose spawner is given up before anybody has begun it, and runs on: it runs once, where it is or
 * as main's own, and with what it was given. See `adopt` in `src/runtime/home.ts`, whose steps are main's here.
 */

import { read, write } from "../../../src/memory/atomics.ts";
import { EMPTY, Owner } from "../../../src/sync/deque.ts";
import * as state from "../../../src/task/state.ts";
import { type Memory, type Part, scenario, type Stage } from "../scenario.ts";

const GHOST = 1;
/** What the task was given, and what else the block comes to hold once it is free. */
const GIVEN = 5;
const OTHER = 7;
/** What is noted of a run that had something else. */
const WRONG = -1;

function stage(memory: Memory, looks: boolean): Stage {
  const { words } = memory;
  const record = memory.region("record", 2);
  const block = memory.word("block");
  const ring = {
    words,
    top: memory.word("TOP"),
    bottom: memory.word("BOTTOM"),
    ring: memory.region("ring", 2, "an item counts only if the exchange succeeds"),
    capacity: 2,
  };
  write(words, block, GIVEN);
  state.queue(words, record, true);
  new Owner(ring).push(record);

  const run = (it: Parameters<Part>[0], given: number) => it.notes(given === GIVEN ? GIVEN : WRONG);
  /** It has not heard yet that it was given up: takes what it has in hand, or looks whether that has ended. */
  const ghost: Part = (it) => {
    if (looks) {
      // It would take the arguments for what came of the task, and free them.
      if (state.ended(state.stateOf(words, record))) write(words, block, OTHER);
      return;
    }
    if (new Owner(ring).take() === EMPTY) return;
    const claimed = state.claim(words, record, GHOST, true);
    if (claimed === state.STALE) return;
    run(it, read(words, block));
    // The result, in the arguments' place.
    write(words, block, OTHER);
    state.finish(words, record, claimed, state.DONE);
  };
  const main: Part = (it) => {
    const met = state.stateOf(words, record);
    if (state.phaseOf(met) !== state.QUEUED) return;
    if (state.disown(words, record, met)) run(it, read(words, block));
  };
  return {
    threads: { main, ghost },
    mortals: ["ghost"],
    mourner: () => {},
    end: ({ notes, dead }) => {
      const runs = [...notes["main"]!, ...notes["ghost"]!];
      if (runs.includes(WRONG)) throw new Error("it has run with something else");
      if (runs.length > 1) throw new Error("it has run twice");
      if (runs.length === 0 && dead === undefined) throw new Error("it has not run");
    },
  };
}

scenario("adoption: a task that its spawner has in hand runs once", (memory) => stage(memory, false));

scenario("adoption: a task that its spawner looks at stays whole", (memory) => stage(memory, true));
