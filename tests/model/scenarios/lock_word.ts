/** Scenarios of a lock's word: taken, released, handed over, buried; with what it guards written plainly. */

import { load, read, store, write } from "../../../src/memory/atomics.ts";
import { DONE, HANDED, LockWord, POISONED, SECOND, STARTING } from "../../../src/channel/lock/lock_word.ts";
import { ID_MASK } from "../../../src/channel/participants.ts";
import { type End, type Memory, type Part, scenario } from "../scenario.ts";
import { idOf, lineFor, lookAgain, waitFor } from "./seats.ts";

interface Stage {
  readonly memory: Memory;
  readonly word: LockWord;
  /** What it guards: one of these counts, as SECOND says. */
  readonly places: number;
  /** The id of the one who is known to be gone, for those who look for the dead whenever they wait. */
  readonly gone: number;
}

function lock(memory: Memory, threads: number, state = 0): Stage {
  const word = new LockWord(memory.words, memory.word("STATE", state), lineFor(memory, threads));
  return { memory, word, places: memory.region("place", 2), gone: memory.word("gone") };
}

/** Which place counts. */
function place(state: number): number {
  return (state & SECOND) === 0 ? 0 : 1;
}

/** Counts one up in what is guarded, some times. Woken in vain `patience` times, it is hungry. */
function counts({ memory: { words }, word, places, gone }: Stage, slot: number, times: number, patience = 9): Part {
  return (it) => {
    for (let i = 0; i < times; i++) {
      waitFor(word.line, slot, (woken) => {
        if (patience < 9 && load(words, gone) !== 0) word.bury(load(words, gone));
        return word.take(idOf(slot), woken >= patience);
      });
      const now = place(word.state);
      write(words, places + 1 - now, read(words, places + now) + 1);
      word.release(idOf(slot), SECOND);
      it.notes(1);
    }
  };
}

/** Buries the dead, and has everybody look again, as they do after a while. */
function mourns(
  { memory: { words }, word, gone }: Stage,
  names: readonly string[],
): (it: unknown, dead: string) => void {
  return (_, dead) => {
    const id = idOf(names.indexOf(dead) + 1);
    store(words, gone, id);
    word.bury(id);
    lookAgain(word.line, names.length);
  };
}

/** All who live have counted, and what counts is what they say; one that died may have, too. */
function assertCounted({ word, places, gone }: Stage, { notes, dead, asleep, word: at }: End): void {
  if (asleep.length > 0) throw new Error(`${asleep.join()} sleeps on`);
  const state = at(word.at);
  // What was handed to a dead thread is there for the next who waits to find.
  const isLost = dead !== undefined && (state & HANDED) !== 0 && (state & ID_MASK) === at(gone);
  if ((state & ID_MASK) !== 0 && !isLost) throw new Error(`the lock is left with an owner, ${state}`);
  const counted = at(places + place(state));
  const noted = Object.values(notes).flat().length;
  // Poisoned: it died before the release, and so before what it wrote counts.
  const mayBeOneMore = dead !== undefined && (state & POISONED) === 0;
  if (counted !== noted && !(mayBeOneMore && counted === noted + 1)) {
    throw new Error(`${noted} have counted, and it is ${counted}`);
  }
  if (dead === undefined && (state & POISONED) !== 0) throw new Error("poisoned, and nobody died");
}

scenario("lock: two who take and release lose no count, whoever dies", (memory) => {
  const stage = lock(memory, 2);
  return {
    threads: { one: counts(stage, 1, 1), two: counts(stage, 2, 1) },
    mourner: mourns(stage, ["one", "two"]),
    end: (end) => assertCounted(stage, end),
  };
});

scenario("lock: one that comes by again and again, and one that was woken in vain and is hungry", (memory) => {
  const stage = lock(memory, 2);
  return {
    threads: { busy: counts(stage, 1, 2), hungry: counts(stage, 2, 1, 1) },
    mortals: [],
    end: (end) => assertCounted(stage, end),
  };
});

scenario("lock: handed over by one that dies", (memory) => {
  const stage = lock(memory, 2, idOf(1));
  return {
    threads: { owner: () => stage.word.release(idOf(1)), hungry: counts(stage, 2, 1, 0) },
    mortals: ["owner"],
    mourner: mourns(stage, ["owner", "hungry"]),
    end: (end) => assertCounted(stage, end),
  };
});

scenario("lock: what is handed over and taken back is had by one of two", (memory) => {
  const stage = lock(memory, 2, idOf(2) | HANDED);
  const { word } = stage;
  return {
    threads: {
      impatient(it) {
        const { state } = word;
        word.takeBack(state);
        counts(stage, 1, 1)(it);
      },
      slow: counts(stage, 2, 1),
    },
    mortals: [],
    end: (end) => assertCounted(stage, end),
  };
});

/** Waits, hungry from the start, and gives up. */
function quits({ word }: Stage, slot: number): Part {
  return () => {
    word.line.join(slot);
    if (word.take(idOf(slot), true)) return word.release(idOf(slot));
    word.line.leave(slot);
    word.passOn(idOf(slot));
  };
}

scenario("lock: one that gives up passes on what it was handed", (memory) => {
  const stage = lock(memory, 2, idOf(1) | HANDED);
  const { word } = stage;
  return {
    threads: {
      quitter: () => word.passOn(idOf(1)),
      other: counts(stage, 2, 1),
    },
    mortals: [],
    end: (end) => assertCounted(stage, end),
  };
});

scenario("lock: what is handed to one that gives up meanwhile does not stay there", (memory) => {
  const stage = lock(memory, 3, idOf(3));
  const { word } = stage;
  return {
    threads: { owner: () => word.release(idOf(3)), quitter: quits(stage, 1) },
    mortals: [],
    end: (end) => assertCounted(stage, end),
  };
});

scenario("lock: one that dies with it poisons it, and one that has not begun does not", (memory) => {
  const stage = lock(memory, 2);
  const { word } = stage;
  return {
    threads: {
      owner(it) {
        waitFor(word.line, 1, () => word.take(idOf(1), false, STARTING));
        word.begin(idOf(1));
        it.notes(1);
        word.release(idOf(1), SECOND);
      },
      other(it) {
        waitFor(word.line, 2, () => word.take(idOf(2)));
        it.notes(word.state & POISONED);
        word.clearPoison();
        word.release(idOf(2));
      },
    },
    mortals: ["owner"],
    mourner: mourns(stage, ["owner", "other"]),
    end({ notes, asleep, dead, word: at }) {
      if (asleep.length > 0) throw new Error(`${asleep.join()} sleeps on`);
      if ((at(word.at) & ID_MASK) !== 0) throw new Error("the lock is left with an owner");
      const poisoned = notes["other"]![0] === POISONED || (at(word.at) & POISONED) !== 0;
      if (poisoned && dead === undefined) throw new Error("poisoned, and nobody died");
      // It says that it has begun, and its word that it has released.
      const isAmid = notes["owner"]!.length > 0 && (at(word.at) & SECOND) === 0;
      if (dead !== undefined && isAmid && !poisoned) throw new Error("not poisoned");
    },
  };
});

scenario("once: one of two makes the value, and where that fails the other does", (memory) => {
  const stage = lock(memory, 2);
  const { word, places } = stage;
  const { words } = memory;
  const gets = (slot: number, fails: boolean): Part => (it) => {
    const id = idOf(slot);
    let isMine = false;
    waitFor(word.line, slot, () => {
      if ((word.state & DONE) !== 0) return true;
      if (!word.take(id)) return false;
      if ((word.state & DONE) === 0) return isMine = true;
      word.release(id);
      return true;
    });
    if (!isMine) return it.notes(read(words, places));
    if (!fails) write(words, places, slot);
    word.release(id, fails ? 0 : DONE);
    if (!fails) word.line.wakeAll();
    it.notes(fails ? 0 : slot);
  };
  return {
    threads: { one: gets(1, true), two: gets(2, false) },
    mourner: mourns(stage, ["one", "two"]),
    end({ notes, dead, asleep, word: at }) {
      if (asleep.length > 0) throw new Error(`${asleep.join()} sleeps on`);
      if ((at(word.at) & ID_MASK) !== 0) throw new Error("left with an owner");
      if (dead === undefined && (at(word.at) & DONE) === 0) throw new Error("nobody has made it");
      if (dead === undefined && notes["two"]![0] !== 2) throw new Error("two has another value");
    },
  };
});

// Last, as it has by far the most states.
scenario("lock: handed to one that dies meanwhile, by one that wants it once more", (memory) => {
  const stage = lock(memory, 2, idOf(1));
  return {
    threads: {
      busy() {
        const { memory: { words }, word, gone } = stage;
        word.release(idOf(1));
        waitFor(word.line, 1, () => {
          if (load(words, gone) !== 0) word.bury(load(words, gone));
          return word.take(idOf(1));
        });
        word.release(idOf(1));
      },
      hungry: counts(stage, 2, 1, 0),
    },
    mortals: ["hungry"],
    mourner: mourns(stage, ["busy", "hungry"]),
    end: (end) => assertCounted(stage, end),
  };
});
