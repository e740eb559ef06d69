/**
 * Bugs that the model must find: small changes to the real source, or to what a scenario's threads do with it.
 *
 * Each was, or could have been, made by someone. A patch that no longer applies fails its test: write it anew.
 */

/** A change to one file. */
export interface Bug {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly put: string;
  /** The scenarios' file that finds it. */
  readonly by: string;
}

const DEQUE = "src/sync/deque.ts";
const INBOX = "src/sync/inbox.ts";
const INJECTOR = "src/sync/injector.ts";
const RING = "src/sync/ring.ts";
const PARK = "src/sync/park.ts";
const MAIL = "src/sync/mail.ts";
const ANNOUNCEMENT = "src/sync/announcement.ts";
const PREFETCH = "src/value/prefetch.ts";

/** All of them. */
export const BUGS: readonly Bug[] = [
  {
    name: "deque: take looks at TOP before it announces",
    file: DEQUE,
    find: "store(words, this.bottom, end);\n    const start = load(words, this.top);",
    put: "const start = load(words, this.top);\n    store(words, this.bottom, end);",
    by: "deque.ts",
  },
  {
    name: "deque: take gets the last item without an exchange",
    file: DEQUE,
    find: "const won = left === 0 && compareExchange(words, this.top, start, (start + 1) | 0) === start;",
    put: "const won = left === 0;\n    if (won) store(words, this.top, (start + 1) | 0);",
    by: "deque.ts",
  },
  {
    name: "deque: push publishes before it writes the item",
    file: RING,
    find:
      "write(this.words, this.ring + (end & this.mask), item);\n    this.end = (end + 1) | 0;\n    store(this.words, this.bottom, this.end);",
    put:
      "this.end = (end + 1) | 0;\n    store(this.words, this.bottom, this.end);\n    write(this.words, this.ring + (end & this.mask), item);",
    by: "deque.ts",
  },
  {
    name: "deque: steal reads BOTTOM before TOP",
    file: RING,
    find: "const start = load(words, top);\n  if (((load(words, bottom) - start) | 0) <= 0) return EMPTY;",
    put:
      "const end = load(words, bottom);\n  const start = load(words, top);\n  if (((end - start) | 0) <= 0) return EMPTY;",
    by: "deque.ts",
  },
  {
    name: "deque: steal stores TOP where it should exchange",
    file: RING,
    find: "return compareExchange(words, top, start, (start + 1) | 0) === start ? item : RETRY;",
    put: "store(words, top, (start + 1) | 0);\n  return item;",
    by: "deque.ts",
  },
  {
    name: "deque: steal reads the item after the exchange",
    file: RING,
    find:
      "const item = read(words, ring + (start & (capacity - 1)));\n  return compareExchange(words, top, start, (start + 1) | 0) === start ? item : RETRY;",
    put:
      "if (compareExchange(words, top, start, (start + 1) | 0) !== start) return RETRY;\n  return read(words, ring + (start & (capacity - 1)));",
    by: "deque.ts",
  },
  {
    name: "deque: counters are compared as numbers",
    file: RING,
    find: "if (((load(words, bottom) - start) | 0) <= 0) return EMPTY;",
    put: "if (load(words, bottom) <= start) return EMPTY;",
    by: "deque.ts",
  },
  {
    name: "inbox: push stores the head",
    file: INBOX,
    find: "if (compareExchange(words, head, first, record) === first) return;",
    put: "exchange(words, head, record);\n      return;",
    by: "inbox.ts",
  },
  {
    name: "inbox: push links the record after it is published",
    file: INBOX,
    find:
      "write(words, record + this.link, first);\n      if (compareExchange(words, head, first, record) === first) return;",
    put:
      "if (compareExchange(words, head, first, record) === first) {\n        write(words, record + this.link, first);\n        return;\n      }",
    by: "inbox.ts",
  },
  {
    name: "inbox: take looks, then clears",
    file: INBOX,
    find: "let newest = exchange(words, head, NONE);",
    put: "let newest = load(words, head);\n    exchange(words, head, NONE);",
    by: "inbox.ts",
  },
  {
    name: "inbox: take does not turn the stack round",
    file: INBOX,
    find: "let oldest = NONE;",
    put: "let oldest = newest;\n    newest = NONE;",
    by: "inbox.ts",
  },
  {
    name: "injector: claim stores HEAD where it should exchange",
    file: INJECTOR,
    find: "if (compareExchange(words, top, start, (start + share) | 0) !== start) return RETRY;",
    put: "compareExchange(words, top, load(words, top), (start + share) | 0);",
    by: "injector.ts",
  },
  {
    name: "injector: claim reads the items after the exchange",
    file: INJECTOR,
    find:
      "for (let i = 0; i < share; i++) this.#claimed[i] = read(words, ring + ((start + i) & (capacity - 1)));\n    if (compareExchange(words, top, start, (start + share) | 0) !== start) return RETRY;",
    put:
      "if (compareExchange(words, top, start, (start + share) | 0) !== start) return RETRY;\n    for (let i = 0; i < share; i++) this.#claimed[i] = read(words, ring + ((start + i) & (capacity - 1)));",
    by: "injector.ts",
  },
  {
    name: "injector: a claim of one reads the item after the exchange",
    file: RING,
    find:
      "const item = read(words, ring + (start & (capacity - 1)));\n  return compareExchange(words, top, start, (start + 1) | 0) === start ? item : RETRY;",
    put:
      "const done = compareExchange(words, top, start, (start + 1) | 0) === start;\n  return done ? read(words, ring + (start & (capacity - 1))) : RETRY;",
    by: "injector.ts",
  },
  {
    name: "injector: push publishes before it writes the item",
    file: RING,
    find:
      "write(this.words, this.ring + (end & this.mask), item);\n    this.end = (end + 1) | 0;\n    store(this.words, this.bottom, this.end);",
    put:
      "this.end = (end + 1) | 0;\n    store(this.words, this.bottom, this.end);\n    write(this.words, this.ring + (end & this.mask), item);",
    by: "injector.ts",
  },
  {
    name: "injector: a claim of several goes into the deque the wrong way round",
    file: INJECTOR,
    find: "for (let i = share - 1; i > 0; i--) into.push(this.#claimed[i]!);\n    return this.#claimed[0]!;",
    put: "for (let i = 0; i < share - 1; i++) into.push(this.#claimed[i]!);\n    return this.#claimed[share - 1]!;",
    by: "injector.ts",
  },
  {
    name: "park: the bit is set when the look is over",
    file: PARK,
    find: "or(words, parked, bit);\n  }",
    put: "}",
    by: "park.ts",
  },
  {
    name: "park: the ticket is read after the bit is set",
    file: PARK,
    find: "this.#ticket = load(words, futex);",
    put: "or(words, parked, bit);\n    this.#ticket = load(words, futex);",
    by: "park.ts",
  },
  {
    name: "park: unpark notifies before it changes the futex",
    file: PARK,
    find: "add(words, futex, 1);\n  notify(words, futex);",
    put: "notify(words, futex);\n  add(words, futex, 1);",
    by: "park.ts",
  },
  {
    name: "park: all who try to clear the bit wake",
    file: PARK,
    find: "if ((and(words, parked, ~bit) & bit) === 0) return false;",
    put: "and(words, parked, ~bit);",
    by: "park.ts",
  },
  {
    name: "park: a second waiter joins the first",
    file: PARK,
    find: "if (this.#waiting) return true;",
    put: "",
    by: "park.ts",
  },
  {
    name: "park: a sleeper does not look before it sleeps",
    file: "tests/model/scenarios/park.ts",
    find: "if (inbox.occupied || !sleeper.sleep()) it.becomes",
    put: "if (!sleeper.sleep()) it.becomes",
    by: "park.ts",
  },
  {
    name: "park: a producer unparks before it pushes",
    file: "tests/model/scenarios/park.ts",
    find: "inbox.push(record);\n        if (unpark(place)) it.notes(1);",
    put: "if (unpark(place)) it.notes(1);\n        inbox.push(record);",
    by: "park.ts",
  },
  {
    name: "park: one that blocks reads its ticket when it lies down",
    file: PARK,
    find: "wait(this.place.words, this.place.futex, this.#ticket, timeoutMs);",
    put: "wait(this.place.words, this.place.futex, load(this.place.words, this.place.futex), timeoutMs);",
    by: "park.ts",
  },
  {
    name: "park: one that blocks does not look after it has announced itself",
    file: "tests/model/scenarios/park.ts",
    find: "if (!inbox.occupied) sleeper.block(Infinity);",
    put: "sleeper.block(Infinity);",
    by: "park.ts",
  },
  {
    name: "park: one that blocked leaves its loop asleep without a bit",
    file: "tests/model/scenarios/park.ts",
    find: "block(inbox, sleeper);\n      turn();",
    put: "block(inbox, sleeper);",
    by: "park.ts",
  },
  {
    name: "searching: wakeOne gives up when another has cleared the bit",
    file: PARK,
    find: "if (unpark(this.places[31 - Math.clz32(choice & -choice)]!)) return true;",
    put: "return unpark(this.places[31 - Math.clz32(choice & -choice)]!);",
    by: "searching.ts",
  },
  {
    name: "searching: cleared after the look that follows a find",
    file: "tests/model/scenarios/searching.ts",
    find: "parking.stopSearching(place.bit);\n    if (item > EMPTY) {",
    put:
      "const left = intake.size;\n    parking.stopSearching(place.bit);\n    if (item > EMPTY && left === 0) return;\n    if (item > EMPTY) {",
    by: "searching.ts",
  },
  {
    name: "searching: cleared after the look that comes before sleep",
    file: "tests/model/scenarios/searching.ts",
    find: "if (sees() || !sleeper.sleep()) it.becomes(up);",
    put: "if (!sleeper.sleep()) it.becomes(up);",
    by: "searching.ts",
  },
  {
    name: "searching: the look that follows a find leaves out the deques of others",
    file: "tests/model/scenarios/searching.ts",
    find: "if (sees()) parking.wakeOne();",
    put: "if (intake.size > 0) parking.wakeOne();",
    by: "searching.ts",
  },
  {
    name: "searching: a producer looks for searchers before it pushes",
    file: "tests/model/scenarios/pools.ts",
    find: "if (!injector.push(item)) return false;\n        parking.wakeOne();",
    put: "parking.wakeOne();\n        if (!injector.push(item)) return false;",
    by: "searching.ts",
  },
  {
    name: "roused: a worker runs a task of its own before it looks at what it was woken for",
    file: "tests/model/scenarios/roused.ts",
    find: "if (intake.size > 0) parking.wakeOne();\n      return;",
    put: "return;",
    by: "roused.ts",
  },
  {
    name: "abstaining: a wake for stealable work goes to a worker that can't take any",
    file: PARK,
    find: "const able = parked & ~load(words, this.abstaining);",
    put: "const able = parked;",
    by: "abstaining.ts",
  },
  {
    name: "abstaining: a worker that no longer does keeps its bit when it lies down",
    file: PARK,
    find: "else and(this.words, word, ~bit);",
    put: "",
    by: "abstaining.ts",
  },
  {
    name: "abstaining: who finds a worker gone does not wake the one that has its seat",
    file: "tests/model/scenarios/abstaining.ts",
    find: "parking.setAbstaining(place.bit, false);\n        rouse(place);",
    put: "parking.setAbstaining(place.bit, false);",
    by: "abstaining.ts",
  },
  {
    name: "abstaining: a worker that begins to hands on nothing",
    file: "tests/model/scenarios/abstaining.ts",
    find: "if (busy || abstains) passOn();",
    put: "if (busy) passOn();",
    by: "abstaining.ts",
  },
  {
    name: "sentinel: its bit is cleared after its last look",
    file: "tests/model/scenarios/sentinel.ts",
    find: "parking.resign(bit);\n      sentinel = false;\n      if (intake.size > 0) turn(false);",
    put:
      "const left = intake.size;\n      parking.resign(bit);\n      sentinel = false;\n      if (left > 0) turn(false);",
    by: "sentinel.ts",
  },
  {
    name: "sentinel: another leaves work to it before it is parked",
    file: "tests/model/scenarios/sentinel.ts",
    find: "sleeper.announce();\n      const left = parking.leaveToOthers(bit, true);",
    put: "const left = parking.leaveToOthers(bit, true);\n      sleeper.announce();",
    by: "sentinel.ts",
  },
  {
    name: "sentinel: got up, it runs something of its own before it hands on what was left to it",
    file: "tests/model/scenarios/sentinel.ts",
    find: "if (intake.size > 0) parking.wakeOne();\n          return;",
    put: "return;",
    by: "sentinel.ts",
  },
  {
    name: "sentinel: a producer looks for it before it pushes",
    file: "tests/model/scenarios/pools.ts",
    find: "if (!injector.push(item)) return false;\n        parking.wakeOne();",
    put: "parking.wakeOne();\n        if (!injector.push(item)) return false;",
    by: "sentinel.ts",
  },
  {
    name: "sentinel: a dead worker's bit stays",
    file: "tests/model/scenarios/mourning.ts",
    find: "parking.resign(dead.bit);",
    put: "",
    by: "sentinel.ts",
  },
  {
    name: "searching: a dead searcher's bit stays",
    file: "tests/model/scenarios/mourning.ts",
    find: "parking.stopSearching(dead.bit);",
    put: "",
    by: "searching.ts",
  },
  {
    name: "park: nobody makes good what a dead waker left undone",
    file: "tests/model/scenarios/mourning.ts",
    find: "add(words, futex, 1);\n  notify(words, futex);",
    put: "void [add, notify, words, futex];",
    by: "park.ts",
  },
  {
    name: "mail: messages are not counted",
    file: MAIL,
    find: "add(this.words, this.mail, MESSAGE);",
    put: "",
    by: "mail.ts",
  },
  {
    name: "mail: who is about to block does not say so",
    file: MAIL,
    find: "add(this.words, this.mail, BLOCKS);",
    put: "",
    by: "mail.ts",
  },
  {
    name: "mail: who blocked when the message was posted is taken to receive it",
    file: MAIL,
    find: "(this.#before & BLOCKS) === 0 && load",
    put: "load",
    by: "mail.ts",
  },
  {
    name: "mail: MAIL is read after the message was posted",
    file: MAIL,
    find: "const before = load(this.words, this.mail);\n    post();",
    put: "post();\n    const before = load(this.words, this.mail);",
    by: "mail.ts",
  },
  {
    name: "mail: what could not be posted is relied on",
    file: MAIL,
    find: "const before = load(this.words, this.mail);\n    post();",
    put: "const before = this.#before = load(this.words, this.mail);\n    post();",
    by: "mail.ts",
  },
  {
    name: "mail: a sender looks for messages before it has pushed",
    file: "tests/model/scenarios/mail.ts",
    find: "inbox.push(record);\n  if (!outbox.isUnderWay) unpark(place);",
    put: "const isUnderWay = outbox.isUnderWay;\n  inbox.push(record);\n  if (!isUnderWay) unpark(place);",
    by: "mail.ts",
  },
  {
    name: "mail: a receiver looks at its inbox before it has counted",
    file: "tests/model/scenarios/mail.ts",
    find: "for (; taken < now; taken++) mailbox.receive();\n          turn();",
    put: "turn();\n          for (; taken < now; taken++) mailbox.receive();",
    by: "mail.ts",
  },
  {
    name: "mail: who is about to block says so after its last look",
    file: "tests/model/scenarios/mail.ts",
    find: "mailbox.block();\n        sleeper.announce();\n        if (!inbox.occupied) sleeper.block(Infinity);",
    put:
      "sleeper.announce();\n        const empty = !inbox.occupied;\n        mailbox.block();\n        if (empty) sleeper.block(Infinity);",
    by: "mail.ts",
  },
  {
    name: "announcement: bytes are counted before they are copied",
    file: ANNOUNCEMENT,
    find: "      copyBytesIn(bytes, start + at, source.subarray(at, end));\n",
    put: "      store(words, own + DONE, end);\n      copyBytesIn(bytes, start + at, source.subarray(at, end));\n",
    by: "announcement.ts",
  },
  {
    name: "announcement: what the last one has counted counts for the next",
    file: ANNOUNCEMENT,
    find: "    store(words, own + DONE, 0);\n",
    put: "",
    by: "announcement.ts",
  },
  {
    name: "announcement: where the next one is, is written under the last one's number",
    file: ANNOUNCEMENT,
    find: "    this.#next();\n    store(words, own + START",
    put: "    store(words, own + START",
    by: "announcement.ts",
  },
  {
    name: "announcement: it is not looked at NUMBER after START",
    file: ANNOUNCEMENT,
    find: "return this.isCurrent(number) ? stretch : undefined;",
    put: "return stretch;",
    by: "announcement.ts",
  },
  {
    name: "announcement: what was copied ahead counts whatever its number",
    file: PREFETCH,
    find: "held?.number !== number || held.start !== start",
    put: "held?.start !== start",
    by: "announcement.ts",
  },
  {
    name: "announcement: what was not there yet is left out",
    file: PREFETCH,
    find: "    this.#copy(held, size);\n",
    put: "    void size;\n",
    by: "announcement.ts",
  },
];
