/**
 * Bugs that the model must find in what lies above `src/sync/`: a task's state, the heap, the end of the runtime.
 */

import type { Bug } from "./bugs.ts";

const STATE = "src/task/state.ts";
const HEAP = "src/heap/heap.ts";
const PAGES = "src/heap/pages.ts";
const SHUTDOWN = "tests/model/scenarios/shutdown.ts";

/** All of them. */
export const BUGS_ABOVE_SYNC: readonly Bug[] = [
  {
    name: "state: claim stores where it should exchange",
    file: STATE,
    find: "    if (compareExchange(words, record + Record.STATE, state, next) === state) return aborted ? SKIP : next;",
    put: "    store(words, record + Record.STATE, next);\n    return aborted ? SKIP : next;",
    by: "state.ts",
  },
  {
    name: "state: claim does not look whether the task was aborted",
    file: STATE,
    find: "const aborted = (state & CANCELLED) !== 0;",
    put: "const aborted = false;",
    by: "state.ts",
  },
  {
    name: "state: claim reads CANCELLED once more after its exchange",
    file: STATE,
    find: "=== state) return aborted ? SKIP : next;",
    put: "=== state) return (load(words, record + Record.STATE) & CANCELLED) !== 0 ? SKIP : next;",
    by: "state.ts",
  },
  {
    name: "state: claim takes a pinned task out of a ring",
    file: STATE,
    find: " || fromRing !== ((state & STEALABLE) !== 0)) return STALE;",
    put: ") return void fromRing, STALE;",
    by: "state.ts",
  },
  {
    name: "state: finish takes an abort for a revocation",
    file: STATE,
    find: "if (((seen ^ claimed) & ~(CANCELLED | LISTENING)) !== 0) return STALE;",
    put: "if (((seen ^ claimed) & ~LISTENING) !== 0) return STALE;",
    by: "state.ts",
  },
  {
    name: "state: finish ignores the sequence",
    file: STATE,
    find: "if (((seen ^ claimed) & ~(CANCELLED | LISTENING)) !== 0) return STALE;",
    put: "if (((seen ^ claimed) & ~(CANCELLED | LISTENING | SEQUENCE)) !== 0) return STALE;",
    by: "state.ts",
  },
  {
    name: "state: finish stores",
    file: STATE,
    find: "const seen = compareExchange(words, record + Record.STATE, state, next);",
    put:
      "const seen = load(words, record + Record.STATE);\n    if (seen === state) store(words, record + Record.STATE, next);",
    by: "state.ts",
  },
  {
    name: "state: cancel stores",
    file: STATE,
    find: "if (compareExchange(words, record + Record.STATE, state, state | CANCELLED) === state) return state;",
    put: "store(words, record + Record.STATE, state | CANCELLED);\n    return state;",
    by: "state.ts",
  },
  {
    name: "state: listen looks at CANCELLED before it sets LISTENING",
    file: STATE,
    find: "return (or(words, record + Record.STATE, LISTENING) & CANCELLED) !== 0;",
    put:
      "const aborted = (load(words, record + Record.STATE) & CANCELLED) !== 0;\n  or(words, record + Record.STATE, LISTENING);\n  return aborted;",
    by: "state.ts",
  },
  {
    name: "state: isCancelled ignores the sequence",
    file: STATE,
    find: "return ((state ^ claimed) & SEQUENCE) === 0 && (state & CANCELLED) !== 0;",
    put: "return void claimed, (state & CANCELLED) !== 0;",
    by: "state.ts",
  },
  {
    name: "state: home wakes the executor before it counts the abort",
    file: "tests/model/scenarios/state.ts",
    find: "add(words, aborts, 1);\n        unpark(place);",
    put: "unpark(place);\n        add(words, aborts, 1);",
    by: "state.ts",
  },
  {
    name: "state: an executor sends the record home before it writes the result",
    file: "tests/model/scenarios/state.ts",
    find:
      "  write(words, result, state.executorOf(claimed));\n  if (state.finish(words, record, claimed, state.DONE) === state.STALE) return false;",
    put:
      "  if (state.finish(words, record, claimed, state.DONE) === state.STALE) return false;\n  write(words, result, state.executorOf(claimed));",
    by: "state.ts",
  },
  {
    name: "state: revoke stores",
    file: STATE,
    find: "return compareExchange(words, record + Record.STATE, met, next) === met;",
    put: "store(words, record + Record.STATE, next);\n  return true;",
    by: "state.ts",
  },
  {
    name: "heap: a page is claimed without an exchange",
    file: PAGES,
    find:
      "return load(this.#words, entry) === 0 &&\n      compareExchange(this.#words, entry, 0, use << 8 | (this.#thread + 1)) === 0;",
    put:
      "if (load(this.#words, entry) !== 0) return false;\n    store(this.#words, entry, use << 8 | (this.#thread + 1));\n    return true;",
    by: "heap.ts",
  },
  {
    name: "heap: a block of another thread's goes onto the list of who frees it",
    file: HEAP,
    find: "else this.#returned[owner]!.push(block);",
    put: "else this.#returned[this.#thread]!.push(block);",
    by: "heap.ts",
  },
  {
    name: "heap: a block of another thread's goes onto the list of its owner without an exchange",
    file: HEAP,
    find: "else this.#returned[owner]!.push(block);",
    put:
      "else {\n      write(this.#words, block, read(this.#words, this.#memory.area(owner, Area.FREED_BLOCKS)));\n      write(this.#words, this.#memory.area(owner, Area.FREED_BLOCKS), block);\n    }",
    by: "heap.ts",
  },
  {
    name: "heap: what was returned is put back before its link is read",
    file: HEAP,
    find:
      "const next = returned.next(block);\n      this.#put(this.#pages[this.#table.pageOf(block)]!, block);\n      block = next;",
    put: "this.#put(this.#pages[this.#table.pageOf(block)]!, block);\n      block = returned.next(block);",
    by: "heap.ts",
  },
  {
    name: "heap: trim gives up a page of which some block is free",
    file: HEAP,
    find: "if (room[i]!.live === 0) this.#releasePage",
    put: "if (room[i]!.live < room[i]!.blocks) this.#releasePage",
    by: "heap.ts",
  },
  {
    name: "heap: trim does not take back what others freed",
    file: HEAP,
    find: "trim(): void {\n    this.#collect();",
    put: "trim(): void {",
    by: "heap.ts",
  },
  {
    name: "heap: pages are uncounted before they are free",
    file: PAGES,
    find:
      "for (let i = length - 1; i >= 0; i--) store(this.#words, this.#memory.pageTable + page + i, 0);\n    if (length === 1) this.#hint = Math.min(this.#hint, page);\n    this.#uncount(length);",
    put:
      "this.#uncount(length);\n    for (let i = length - 1; i >= 0; i--) store(this.#words, this.#memory.pageTable + page + i, 0);\n    if (length === 1) this.#hint = Math.min(this.#hint, page);",
    by: "heap.ts",
  },
  {
    name: "heap: who gives way to another's run keeps the pages it had",
    file: PAGES,
    find: "for (let i = 1; i <= claimed; i++) store(this.#words, pageTable + page + i, 0);\n        claimed",
    put: "claimed",
    by: "heap.ts",
  },
  {
    name: "heap: who finds no run does not uncount its pages",
    file: PAGES,
    find: "    for (let i = 0; i < claimed; i++) store(this.#words, pageTable + i, 0);\n    this.#uncount(length);",
    put: "    for (let i = 0; i < claimed; i++) store(this.#words, pageTable + i, 0);",
    by: "heap.ts",
  },
  {
    name: "shutdown: a worker does not look at STOP after it has announced that it sleeps",
    file: SHUTDOWN,
    find: "if (inbox.occupied || stopping() || !sleeper.sleep())",
    put: "if (inbox.occupied || !sleeper.sleep())",
    by: "shutdown.ts",
  },
  {
    name: "shutdown: main wakes all before it stores STOP",
    file: SHUTDOWN,
    find: "    store(words, stop, 1);\n    for (const place of places) unpark(place);",
    put: "    for (const place of places) unpark(place);\n    store(words, stop, 1);",
    by: "shutdown.ts",
  },
  {
    name: "shutdown: main waits on what it reads anew",
    file: SHUTDOWN,
    find: "waitAsync(words, left, gone)",
    put: "waitAsync(words, left, load(words, left))",
    by: "shutdown.ts",
  },
  {
    name: "shutdown: a worker notifies before it sets its bit",
    file: SHUTDOWN,
    find: "      or(words, left, place.bit);\n      notify(words, left);",
    put: "      notify(words, left);\n      or(words, left, place.bit);",
    by: "shutdown.ts",
  },
  {
    name: "shutdown: a worker stores its bit",
    file: SHUTDOWN,
    find: "or(words, left, place.bit);",
    put: "store(words, left, load(words, left) | place.bit);",
    by: "shutdown.ts",
  },
  {
    name: "shutdown: main wakes only the first worker",
    file: SHUTDOWN,
    find: "for (const place of places) unpark(place);",
    put: "unpark(places[0]!);",
    by: "shutdown.ts",
  },
];
