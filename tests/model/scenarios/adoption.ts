/**
 * A scenario of a stealable task whose spawner is gone before anybody has begun it, and which another worker has in hand: it runs
 * once, there or as main's own, and with what it was given. See `src/runtime/adoption.ts`, whose steps are main's here.
 */

import { read, write } from "../../../src/memory/atomics.ts";
import { Owner } from "../../../src/sync/deque.ts";
import * as state from "../../../src/task/state.ts";
import { type Memory, type Part, scenario, type Self, type Stage } from "../scenario.ts";
import { EMPTY } from "../../../src/sync/ring.ts";

const WORKER = 1;
/** What the task was given, and what else the block comes to hold. */
const GIVEN = 5;
const RESULT = 7;
/** What is noted of a run that had something else. */
const WRONG = -1;

function stage(memory: Memory): Stage {
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

  const run = (it: Self) => it.notes(read(words, block) === GIVEN ? GIVEN : WRONG);
  const worker: Part = (it) => {
    if (new Owner(ring).take() === EMPTY) return;
    const claimed = state.claim(words, record, WORKER, true);
    if (claimed === state.STALE) return;
    run(it);
    // In the arguments' place.
    write(words, block, RESULT);
    state.finish(words, record, claimed, state.DONE);
  };
  const main: Part = (it) => {
    const met = state.stateOf(words, record);
    if (state.phaseOf(met) === state.QUEUED && state.revoke(words, record, met)) run(it);
  };
  return {
    threads: { main, worker },
    mortals: ["worker"],
    mourner: () => {},
    end: ({ notes, dead }) => {
      const runs = [...notes["main"]!, ...notes["worker"]!];
      if (runs.includes(WRONG)) throw new Error("it has run with something else");
      if (runs.length > 1) throw new Error("it has run twice");
      if (runs.length === 0 && dead === undefined) throw new Error("it has not run");
    },
  };
}

scenario("adoption: a task that another has in hand runs once, with what it was given", stage);
