/** Scenarios of the table of participants: a slot for each, and another's once its thread is gone. */

import { load, store } from "../../../src/memory/atomics.ts";
import { type Entry, type Identity, Participants, slotOf } from "../../../src/channel/participants.ts";
import { type Memory, type Part, scenario } from "../scenario.ts";

const SLOT_WORDS = 16;

/** Who a thread is; the last word of its token tells it from the others. */
function person(name: number): Identity {
  return { token: [0, 0, 0, 0, name], run: [0, 0], holder: name };
}

interface Stage {
  readonly words: Memory["words"];
  readonly at: number;
  /** Whether what the owner of the table keeps of the one who is gone was cleared away. */
  readonly buried: number;
  readonly slots: number;
}

function table(memory: Memory, slots: number): Stage {
  return {
    words: memory.words,
    at: memory.region("table", SLOT_WORDS * (slots + 1)),
    buried: memory.word("buried"),
    slots,
  };
}

function seenBy({ words, at, buried, slots }: Stage): Participants {
  return new Participants(words, at, () => store(words, buried, 1), slots);
}

const nobody = () => false;
const isFirst = ({ holder }: Entry) => holder === 1;

/** Enters, and notes its id; what the table says of that id is what this thread is. */
function enters(stage: Stage, name: number, isGone: (entry: Entry) => boolean = nobody): Part {
  return (it) => {
    const participants = seenBy(stage);
    const id = participants.enter(person(name), false, isGone);
    it.notes(id);
    if (id === 0) return;
    if (participants.entry(id)?.holder !== name) throw new Error("the table has somebody else under its id");
  };
}

scenario("participants: two enter at the same time, and have a slot each", (memory) => {
  const stage = table(memory, 2);
  return {
    threads: { one: enters(stage, 1), two: enters(stage, 2) },
    mortals: [],
    end({ notes }) {
      const [one, two] = [notes["one"]![0]!, notes["two"]![0]!];
      if (one === 0 || two === 0 || slotOf(one) === slotOf(two)) throw new Error(`they have ${one} and ${two}`);
    },
  };
});

scenario("participants: of two who want the slot of one that is gone, one has it, once that is buried", (memory) => {
  const stage = table(memory, 1);
  const old = seenBy(stage).enter(person(1), true, nobody);
  const wants = (name: number): Part => (it) => {
    const participants = seenBy(stage);
    const id = participants.enter(person(name), false, isFirst);
    it.notes(id);
    if (id === 0) return;
    if (load(stage.words, stage.buried) !== 1) throw new Error("its predecessor was not buried");
    if (id === old) throw new Error("it has the id of one that is gone");
    if (participants.entry(id)?.holder !== name) throw new Error("the table has somebody else under its id");
    if (participants.entry(old) !== undefined) throw new Error("the dead one is still there");
  };
  return {
    threads: { two: wants(2), three: wants(3) },
    mortals: [],
    end({ notes }) {
      const ids = [notes["two"]![0]!, notes["three"]![0]!];
      if (ids.filter((id) => id !== 0).length !== 1) throw new Error(`they have ${ids}`);
    },
  };
});

scenario("participants: who reads an entry reads that of one thread", (memory) => {
  const stage = table(memory, 1);
  const old = seenBy(stage).enter(person(1), true, nobody);
  return {
    threads: {
      reader() {
        const entry = seenBy(stage).entry(old);
        if (entry !== undefined && (entry.holder !== 1 || entry.token[4] !== 1)) {
          throw new Error("it reads another's");
        }
      },
      heir(it) {
        it.notes(seenBy(stage).enter(person(2), false, isFirst));
      },
    },
    mortals: [],
  };
});
