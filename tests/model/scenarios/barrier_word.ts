/** Scenarios of a barrier's word: one leader for each round, and nobody is left behind. */

import { arrive, hasPassed, withdraw } from "../../../src/channel/lock/barrier_word.ts";
import type { Line } from "../../../src/channel/lock/line.ts";
import { type Memory, type Part, scenario } from "../scenario.ts";
import { lineFor, waitFor } from "./seats.ts";

const LEADER = 1;
const OTHER = 2;
const QUIT = 3;

function arrives({ words }: Memory, line: Line, at: number, count: number, slot: number): Part {
  return (it) => {
    const round = arrive(words, at, count);
    if (round === undefined) {
      line.wakeAll();
      return it.notes(LEADER);
    }
    waitFor(line, slot, () => hasPassed(words, at, round));
    it.notes(OTHER);
  };
}

scenario("barrier: two arrive, one leads, and both go on", (memory) => {
  const at = memory.word("STATE");
  const line = lineFor(memory, 2);
  return {
    threads: { one: arrives(memory, line, at, 2, 1), two: arrives(memory, line, at, 2, 2) },
    mortals: [],
    end({ notes, asleep }) {
      if (asleep.length > 0) throw new Error(`${asleep.join()} sleeps on`);
      const all = Object.values(notes).flat().sort();
      if (all.join() !== [LEADER, OTHER].join()) throw new Error(`notes ${all}`);
    },
  };
});

scenario("barrier: of three, one takes its arrival back unless the round has ended", (memory) => {
  const at = memory.word("STATE");
  const { words } = memory;
  const comes: Part = (it) => it.notes(arrive(words, at, 3) === undefined ? LEADER : OTHER);
  return {
    threads: {
      one: comes,
      two: comes,
      quitter(it) {
        const round = arrive(words, at, 3);
        if (round === undefined) return it.notes(LEADER);
        it.notes(withdraw(words, at, round) ? QUIT : OTHER);
      },
    },
    mortals: [],
    end({ notes, word }) {
      const all = Object.values(notes).flat();
      const leaders = all.filter((note) => note === LEADER).length;
      const left = word(at) & 1023;
      if (leaders > 1) throw new Error("two leaders");
      if (left !== (leaders === 1 ? 0 : all.filter((note) => note === OTHER).length)) {
        throw new Error(`${left} are left`);
      }
      if (leaders === 0 && !all.includes(QUIT)) throw new Error("three have come, and nobody leads");
    },
  };
});
