/** Scenarios of readers and writers: never one beside the other, and nobody waits for ever. */

import { load, read, store, write } from "../../../src/memory/atomics.ts";
import { LockWord, POISONED, STARTING } from "../../../src/channel/lock/lock_word.ts";
import { ID_MASK } from "../../../src/channel/participants.ts";
import { RwWord } from "../../../src/channel/lock/rw_word.ts";
import { type End, type Memory, type Part, scenario } from "../scenario.ts";
import { idOf, lineFor, lookAgain, waitFor } from "./seats.ts";

interface Stage {
  readonly words: Memory["words"];
  readonly rw: RwWord;
  readonly value: number;
  readonly gone: number;
}

function lock(memory: Memory, threads: number, state = 0): Stage {
  const word = new LockWord(memory.words, memory.word("STATE", state), lineFor(memory, threads));
  return {
    words: memory.words,
    rw: new RwWord(word, threads),
    value: memory.word("value"),
    gone: memory.word("gone"),
  };
}

function bury({ words, rw, gone }: Stage): void {
  const id = load(words, gone);
  if (id !== 0) rw.bury(id);
}

/** Reads the value, plainly. */
function reads(stage: Stage, slot: number, patience = 9): Part {
  const { words, rw, value } = stage;
  return (it) => {
    waitFor(rw.word.line, slot, (woken) => {
      if (woken > 0) bury(stage);
      return rw.read(idOf(slot), woken >= patience);
    });
    rw.word.passOn(idOf(slot));
    it.notes(read(words, value));
    rw.leave(idOf(slot));
  };
}

/** Writes the value, plainly. */
function writes(stage: Stage, slot: number, times = 1): Part {
  const { words, rw, value } = stage;
  return (it) => {
    for (let i = 0; i < times; i++) {
      let isMine = false;
      waitFor(rw.word.line, slot, (woken) => {
        if (woken > 0) bury(stage);
        isMine ||= rw.word.take(idOf(slot), false, STARTING);
        return isMine && !rw.hasReaders();
      });
      rw.word.begin(idOf(slot));
      write(words, value, read(words, value) + 1);
      rw.word.release(idOf(slot));
      it.notes(-1);
    }
  };
}

function mourns({ words, rw, gone }: Stage, names: readonly string[]): (it: unknown, dead: string) => void {
  return (_, dead) => {
    const id = idOf(names.indexOf(dead) + 1);
    store(words, gone, id);
    rw.bury(id);
    lookAgain(rw.word.line, names.length);
  };
}

function assertQuiet({ rw, gone }: Stage, { asleep, dead, word }: End): void {
  if (asleep.length > 0) throw new Error(`${asleep.join()} sleeps on`);
  const state = word(rw.word.at);
  const owner = state & ID_MASK;
  if (owner !== 0 && owner !== word(gone)) throw new Error("left with an owner");
  if (dead === undefined && (state & POISONED) !== 0) throw new Error("poisoned, and nobody died");
}

scenario("rw: a reader and a writer are never both there, whoever dies", (memory) => {
  const stage = lock(memory, 2);
  return {
    threads: { reader: reads(stage, 1), writer: writes(stage, 2) },
    mourner: mourns(stage, ["reader", "writer"]),
    end: (end) => assertQuiet(stage, end),
  };
});

scenario("rw: a reader that is hungry gets in, whatever the writer does next", (memory) => {
  const stage = lock(memory, 2, idOf(2));
  return {
    threads: {
      reader: reads(stage, 1, 0),
      writer() {
        const { words, rw: { word }, value } = stage;
        word.release(idOf(2));
        if (!word.take(idOf(2), false, STARTING)) return;
        if (!stage.rw.hasReaders()) write(words, value, 1);
        word.release(idOf(2));
      },
    },
    mortals: [],
    end: (end) => assertQuiet(stage, end),
  };
});

scenario("rw: two writers", (memory) => {
  const stage = lock(memory, 2);
  return {
    threads: { one: writes(stage, 1), two: writes(stage, 2) },
    mourner: mourns(stage, ["one", "two"]),
    end(end) {
      assertQuiet(stage, end);
      if (end.dead === undefined && end.word(stage.value) !== 2) throw new Error("a write was lost");
    },
  };
});

scenario("rw: what is said late of a dead reader does not discount the next in its slot", (memory) => {
  const stage = lock(memory, 2);
  const { rw, words } = stage;
  // The first holder of slot 1 died reading.
  const old = idOf(1) - 64;
  store(words, rw.word.line.table.word(1, 2), 1);
  return {
    threads: {
      undertaker: () => rw.bury(old),
      heir: () => {
        // It enters once somebody has buried its predecessor.
        rw.bury(old);
        if (!rw.read(idOf(1), false)) throw new Error("nobody writes, and it cannot read");
        if (!rw.isRead(idOf(1))) throw new Error("it reads, and is not counted");
        rw.leave(idOf(1));
        if (rw.hasReaders()) throw new Error("it is still counted");
      },
    },
    mortals: [],
  };
});
