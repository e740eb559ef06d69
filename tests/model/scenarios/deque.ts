/** Scenarios of the deque: one owner, and thieves. */

import { Owner, Thief } from "../../../src/sync/deque.ts";
import { type End, type Part, scenario, type Self } from "../scenario.ts";
import { assertAscending, filled, leftIn, ring } from "./rings.ts";

/** Just below the place where a counter turns negative. */
const NEAR_WRAP = 0x7ffffffe;

function steals(thief: Thief, times: number): Part {
  return (it) => {
    for (let i = 0; i < times; i++) it.takes(() => thief.steal());
  };
}

function pushes(it: Self, owner: Owner, ...items: number[]): void {
  for (const item of items) it.gives(item, () => owner.push(item));
}

/** Items were pushed in ascending order and nobody pushes while the owner takes: oldest to thieves, newest to it. */
function assertEnds({ got, rest }: End): void {
  const { owner = [], ...thieves } = got;
  assertAscending([...owner].reverse(), "taken by the owner (shown from the last)");
  for (const [name, items] of Object.entries(thieves)) {
    assertAscending(items, `stolen by ${name}`);
    for (const stolen of items) {
      const older = [...rest, ...owner].find((item) => item < stolen);
      if (older !== undefined) throw new Error(`${name} stole ${stolen}, and not ${older}, which is older`);
    }
  }
}

scenario("deque: take and two steals share out two items", (memory) => {
  const deque = filled(memory, 2, [1, 2]);
  const owner = new Owner(deque);
  return {
    items: [1, 2],
    threads: {
      owner: (it) => it.takes(() => owner.take()),
      thief: steals(new Thief(deque), 1),
      other: steals(new Thief(deque), 1),
    },
    rest: () => leftIn(deque),
    end: assertEnds,
  };
});

scenario("deque: last item goes to exactly one of owner and thief", (memory) => {
  const deque = filled(memory, 2, [1]);
  const owner = new Owner(deque);
  return {
    items: [1],
    threads: { owner: (it) => it.takes(() => owner.take()), thief: steals(new Thief(deque), 1) },
    rest: () => leftIn(deque),
    end({ got, rest, dead }) {
      if (rest.length > 0) throw new Error("both left the item behind");
      if (dead === undefined && got["owner"]!.length + got["thief"]!.length !== 1) throw new Error("not one has it");
    },
  };
});

scenario("deque: two takes and two thieves with two steals each share out three items", (memory) => {
  const deque = filled(memory, 4, [1, 2, 3]);
  const owner = new Owner(deque);
  return {
    items: [1, 2, 3],
    threads: {
      owner(it) {
        it.takes(() => owner.take());
        it.takes(() => owner.take());
      },
      thief: steals(new Thief(deque), 2),
      other: steals(new Thief(deque), 2),
    },
    rest: () => leftIn(deque),
    end: assertEnds,
  };
});

scenario("deque: its owner steals its own oldest, pushes and takes, against a thief, in a ring of two", (memory) => {
  const deque = filled(memory, 2, [1, 2]);
  const owner = new Owner(deque);
  const oldest = new Thief(deque);
  return {
    items: [1, 2],
    threads: {
      owner(it) {
        it.takes(() => oldest.steal());
        pushes(it, owner, 3);
        it.takes(() => owner.take());
        it.takes(() => oldest.steal());
      },
      thief: steals(new Thief(deque), 2),
    },
    rest: () => leftIn(deque),
    end({ got }) {
      assertAscending(got["thief"]!, "stolen by thief");
    },
  };
});

scenario("deque: pushes and takes in turn against two thieves, in a ring of two", (memory) => {
  const deque = ring(memory, 2);
  const owner = new Owner(deque);
  return {
    threads: {
      owner(it) {
        pushes(it, owner, 1, 2);
        it.takes(() => owner.take());
        pushes(it, owner, 3, 4);
        it.takes(() => owner.take());
      },
      thief: steals(new Thief(deque), 2),
      other: steals(new Thief(deque), 1),
    },
    rest: () => leftIn(deque),
    end({ got }) {
      for (const name of ["thief", "other"]) assertAscending(got[name]!, `stolen by ${name}`);
    },
  };
});

scenario("deque: a full ring refuses a push, and takes one where a thief made room", (memory) => {
  const deque = filled(memory, 2, [1, 2]);
  const owner = new Owner(deque);
  return {
    items: [1, 2],
    threads: {
      owner(it) {
        pushes(it, owner, 3, 4, 5);
        it.notes(owner.size);
      },
      thief: steals(new Thief(deque), 2),
      other: steals(new Thief(deque), 1),
    },
    rest: () => leftIn(deque),
    end({ notes }) {
      const [size = 0] = notes["owner"]!;
      if (size < 0 || size > 2) throw new Error(`the owner saw ${size} items in a ring of 2`);
    },
  };
});

scenario("deque: indices survive wrapping past 2^31", (memory) => {
  const deque = filled(memory, 2, [1], "", NEAR_WRAP);
  const owner = new Owner(deque);
  return {
    items: [1],
    threads: {
      owner(it) {
        pushes(it, owner, 2, 3);
        it.takes(() => owner.take());
        pushes(it, owner, 4);
        it.takes(() => owner.take());
      },
      thief: steals(new Thief(deque), 2),
      other: steals(new Thief(deque), 1),
    },
    rest: () => leftIn(deque),
  };
});

scenario("deque: half of the items move, each to one deque, while the owner takes", (memory) => {
  const deque = filled(memory, 4, [1, 2, 3, 4]);
  const mine = ring(memory, 4, "thief's ");
  const [owner, thiefs, thief, other] = [new Owner(deque), new Owner(mine), new Thief(deque), new Thief(mine)];
  return {
    items: [1, 2, 3, 4],
    threads: {
      owner(it) {
        it.takes(() => owner.take());
        it.takes(() => owner.take());
        it.takes(() => owner.take());
      },
      thief(it) {
        // The first, and the one that is on its way.
        it.takes(() => thief.stealHalf(thiefs, 4), 2);
        it.takes(() => thiefs.take());
      },
      other: steals(other, 1),
    },
    rest: () => leftIn(deque, mine),
    end({ got, rest }) {
      const last = got["owner"]![0];
      if (last !== undefined && last < Math.max(...got["thief"]!, ...got["other"]!, ...rest)) {
        throw new Error(`the owner's first take gave ${last}, not the newest`);
      }
    },
  };
});

scenario("deque: two thieves halve the same deque at once", (memory) => {
  const deque = filled(memory, 4, [1, 2, 3, 4], "", NEAR_WRAP);
  const mine = ring(memory, 4, "thief's ");
  const others = ring(memory, 4, "other's ", -2);
  const owner = new Owner(deque);
  const halves = (thief: Thief, into: Owner): Part => (it) => it.takes(() => thief.stealHalf(into, 4), 2);
  return {
    items: [1, 2, 3, 4],
    threads: {
      owner: (it) => it.takes(() => owner.take()),
      thief: halves(new Thief(deque), new Owner(mine)),
      other: halves(new Thief(deque), new Owner(others)),
    },
    rest: () => leftIn(deque, mine, others),
  };
});
