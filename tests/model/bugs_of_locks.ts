/**
 * Bugs that the model must find in locks, and in the table of those who take part in them.
 */

import type { Bug } from "./bugs.ts";

const WORD = "src/channel/lock/lock_word.ts";
const LINE = "src/channel/lock/line.ts";
const READERS = "src/channel/lock/rw_word.ts";
const PERMITS = "src/channel/lock/permits.ts";
const NOTICES = "src/channel/lock/notices.ts";
const BARRIER = "src/channel/lock/barrier_word.ts";
const TABLE = "src/channel/participants.ts";

/** All of them. */
export const BUGS_OF_LOCKS: readonly Bug[] = [
  {
    name: "lock: taken with a store",
    file: WORD,
    find: "if (this.#change(state, state | id | as)) return true;",
    put: "this.#change(load(words, at), state | id | as);\n        return true;",
    by: "lock_word.ts",
  },
  {
    name: "lock: what was handed over is taken up with a store",
    file: WORD,
    find: "if (this.#change(state, state & ~HANDED | as)) return true;",
    put: "this.#change(load(words, at), state & ~HANDED | as);\n        return true;",
    by: "lock_word.ts",
  },
  {
    name: "lock: nobody is woken after a release",
    file: WORD,
    find: "// Released first, looked second; pairs with `Line.join`.\n        return this.line.wakeNext();",
    put: "return;",
    by: "lock_word.ts",
  },
  {
    name: "lock: looks who waits before it releases",
    file: WORD,
    find: "      if (heir !== 0) {",
    put:
      "      if (heir === 0) {\n        const next = this.line.next();\n        if (!this.#change(state, rest)) continue;\n        if (next !== 0) this.line.wake(next);\n        return;\n      }\n      if (heir !== 0) {",
    by: "lock_word.ts",
  },
  {
    name: "lock: the one it was handed to is not woken",
    file: WORD,
    find: "if (this.#change(state, rest | heir | HANDED)) return this.line.wake(slot);",
    put: "if (this.#change(state, rest | heir | HANDED)) return;",
    by: "lock_word.ts",
  },
  {
    name: "lock: a dead owner does not poison it",
    file: WORD,
    find: "const poison = (state & (HANDED | STARTING)) === 0 ? POISONED : 0;",
    put: "const poison = 0;",
    by: "lock_word.ts",
  },
  {
    name: "lock: the new value counts before the release",
    file: WORD,
    find: "const rest = state & ~POSSESSION ^ flip;",
    put:
      "if (flip !== 0 && !this.#change(state, state ^ flip)) continue;\n      const rest = state & ~POSSESSION;\n      if (flip !== 0) return this.release(id);",
    by: "lock_word.ts",
  },
  {
    name: "lock: a burial that comes late frees another's lock",
    file: WORD,
    find: "if ((state & ID_MASK) !== id) return;\n      const poison",
    put: "const poison",
    by: "lock_word.ts",
  },
  {
    name: "lock: what was handed to one that gives up stays there",
    file: WORD,
    find: "else if ((state & ID_MASK) === id && (state & HANDED) !== 0) this.takeBack(state);",
    put: "",
    by: "lock_word.ts",
  },
  {
    name: "lock: taken back with a store",
    file: WORD,
    find: "if ((seen & HANDED) !== 0 && this.#change(seen, seen & ~POSSESSION)) this.line.wakeNext();",
    put: "if ((seen & HANDED) !== 0 && this.#change(this.state, seen & ~POSSESSION)) this.line.wakeNext();",
    by: "lock_word.ts",
  },
  {
    name: "line: the bit is set when the look is over",
    file: "tests/model/scenarios/seats.ts",
    find:
      "line.join(slot);\n    const ticket = announce(line.words, line.signal(slot));\n    if (attempt(woken)) break;\n    sleep",
    put:
      "const ticket = announce(line.words, line.signal(slot));\n    if (attempt(woken)) break;\n    line.join(slot);\n    sleep",
    by: "lock_word.ts",
  },
  {
    name: "line: whoever leaves stays in the line",
    file: LINE,
    find: "and(this.words, this.#waiting(slot), ~(1 << (slot & 31)));\n    store",
    put: "store",
    by: "lock_word.ts",
  },
  {
    name: "rw: a reader looks at the word before it counts itself",
    file: READERS,
    find: "this.#count(id);\n    const owner = word.owner;",
    put: "const owner = word.owner;\n    this.#count(id);",
    by: "rw_word.ts",
  },
  {
    name: "rw: a reader that goes does not wake the writer",
    file: READERS,
    find: "if ((before & COUNT_MASK) === 1) this.#wakeOwner();",
    put: "void before;",
    by: "rw_word.ts",
  },
  {
    name: "rw: a writer looks at the readers before it takes the word",
    file: "tests/model/scenarios/rw_word.ts",
    find: "isMine ||= rw.word.take(idOf(slot), false, STARTING);\n        return isMine && !rw.hasReaders();",
    put:
      "const free = !rw.hasReaders();\n        isMine ||= rw.word.take(idOf(slot), false, STARTING);\n        return isMine && free;",
    by: "rw_word.ts",
  },
  {
    name: "rw: a dead reader still counts",
    file: READERS,
    find: "if (compareExchange(this.#words, at, seen, seen & ~COUNT_MASK) !== seen) continue;",
    put: "void compareExchange;",
    by: "rw_word.ts",
  },
  {
    name: "rw: a burial that comes late discounts the next in the slot",
    file: READERS,
    find: "if (seen >>> COUNT_BITS !== generationOf(id) || (seen & COUNT_MASK) === 0) break;",
    put: "if ((seen & COUNT_MASK) === 0) break;",
    by: "rw_word.ts",
  },
  {
    name: "permits: taken with a store",
    file: PERMITS,
    find: "if (load(words, at) === 0 && compareExchange(words, at, 0, id) === 0) taken.push(i);",
    put: "if (load(words, at) === 0) {\n        store(words, at, id);\n        taken.push(i);\n      }",
    by: "permits.ts",
  },
  {
    name: "permits: too few are not put back",
    file: PERMITS,
    find: "if (taken.length > 0) this.give(taken);",
    put: "",
    by: "permits.ts",
  },
  {
    name: "permits: those of the dead do not come back",
    file: PERMITS,
    find: "if (load(words, start + i) === id && compareExchange(words, start + i, id, 0) === id) freed++;",
    put: "if (load(words, start + i) === -1) freed++;",
    by: "permits.ts",
  },
  {
    name: "permits: one for whom there are too few keeps its wake",
    file: PERMITS,
    find: "if (this.keeper === 0 && this.#count(0, 1) > 0) this.line.wakeBehind(slotOf(id));",
    put: "",
    by: "permits.ts",
  },
  {
    name: "permits: the one they are kept for is not woken",
    file: PERMITS,
    find:
      "// Put back first, looked second; pairs with `Line.join`.\n    const { keeper } = this;\n    if (keeper !== 0) line.wake(slotOf(keeper));",
    put: "const { keeper } = this;\n    if (keeper !== 0) return;",
    by: "permits.ts",
  },
  {
    name: "condvar: a waiter counts itself after it has released",
    file: "tests/model/scenarios/notices.ts",
    find: "notices.enter(id);\n    store(words, released + slot, 1);",
    put: "store(words, released + slot, 1);\n    notices.enter(id);",
    by: "notices.ts",
  },
  {
    name: "condvar: one that gives up drops its notice",
    file: NOTICES,
    find: "seen, waits ? seen - ONE_WAITS : seen - 1) === seen) return waits;",
    put: "seen, waits ? seen - ONE_WAITS : seen - 1) === seen) return true;",
    by: "notices.ts",
  },
  {
    name: "condvar: the notice of a dead one is lost",
    file: NOTICES,
    find: "for (let i = noticesIn(seen); i > 0; i--) this.notifyOne();",
    put: "",
    by: "notices.ts",
  },
  {
    name: "condvar: notified with a store",
    file: NOTICES,
    find: "if (compareExchange(this.#words, this.#at(slot), seen, seen - ONE_WAITS + 1) !== seen) continue;",
    put: "store(this.#words, this.#at(slot), seen - ONE_WAITS + 1);",
    by: "notices.ts",
  },
  {
    name: "barrier: an arrival is stored",
    file: BARRIER,
    find: "if (compareExchange(words, at, state, next) === state) return isLast ? undefined : round;",
    put: "compareExchange(words, at, load(words, at), next);\n    return isLast ? undefined : round;",
    by: "barrier_word.ts",
  },
  {
    name: "barrier: one that goes does not look whether the round has ended",
    file: BARRIER,
    find: "if (state >> COUNT_BITS !== round) return false;",
    put: "if (state >> COUNT_BITS === round + 9) return false;",
    by: "barrier_word.ts",
  },
  {
    name: "participants: claimed with a store",
    file: TABLE,
    find: "return compareExchange(words, this.#state(slot), state, claimed) === state ? idOf(slot, claimed) : 0;",
    put: "store(words, this.#state(slot), claimed);\n    return idOf(slot, claimed);",
    by: "participants.ts",
  },
  {
    name: "participants: a slot goes on without a burial",
    file: TABLE,
    find: "if (phase === GONE) this.bury(idOf(slot, state));",
    put: "",
    by: "participants.ts",
  },
  {
    name: "participants: a slot goes on with the same generation",
    file: TABLE,
    find: "(phase === GONE ? 1 : 0)",
    put: "0",
    by: "participants.ts",
  },
  {
    name: "participants: an entry is read without a second look",
    file: TABLE,
    find: "if (!isThere(now) || idOf(slot, now) !== id) return undefined;\n    return {",
    put: "return {",
    by: "participants.ts",
  },
];
