/**
 * Bugs that the model must find in what is done about a death: a task's handle and record, a dead thread's pages.
 */

import type { Bug } from "./bugs.ts";

const BURIAL = "tests/model/scenarios/burial.ts";
const ADOPTION = "tests/model/scenarios/adoption.ts";
const ESTATE = "tests/model/scenarios/estate.ts";

/** All of them. */
export const BUGS_OF_DEATH: readonly Bug[] = [
  {
    name: "estate: a page is given back whosever it is by now",
    file: "src/heap/estate.ts",
    find: "if (ownerIn(this.#pages.entry(page)) === this.#owner) this.#pages.release(page);",
    put: "this.#pages.release(page);",
    by: "estate.ts",
  },
  {
    name: "estate: a page is given back although a record names a block in it",
    file: "src/heap/estate.ts",
    find: "!named.has(page) && this.#isHead(page)",
    put: "this.#isHead(page)",
    by: "estate.ts",
  },
  {
    name: "estate: a page is given back before everybody has been seen",
    file: ESTATE,
    find: "if (load(words, mourned) < told) return;",
    put: "",
    by: "estate.ts",
  },
  {
    name: "estate: a thread says that it has heard in the middle of a piece of work",
    file: ESTATE,
    find: "    store(words, record + Record.PAYLOAD, NONE);\n",
    put: "    store(words, record + Record.PAYLOAD, NONE);\n    mourns();\n",
    by: "estate.ts",
  },
  {
    name: "estate: a run is given back but for its first page",
    file: "src/heap/pages.ts",
    find: "for (let i = length - 1; i >= 0; i--)",
    put: "for (let i = length - 1; i > 0; i--)",
    by: "estate.ts",
  },
  {
    name: "burial: a task that has ended is revoked",
    file: "src/task/state.ts",
    find: "  if ((met & PHASE) !== QUEUED && (met & PHASE) !== RUNNING) return false;\n",
    put: "",
    by: "burial.ts",
  },
  {
    name: "burial: home looks for who is gone after it has emptied its inbox",
    file: BURIAL,
    find: "      const isGone = load(words, gone) !== 0;\n      takeInAll();",
    put: "      takeInAll();\n      const isGone = load(words, gone) !== 0;",
    by: "burial.ts",
  },
  {
    name: "burial: a lost task's record is used again while its worker may write to it",
    file: BURIAL,
    find: "if (isLost && isGone) {",
    put: "if (isLost) {",
    by: "burial.ts",
  },
  {
    name: "burial: a task that has ended is taken home before its worker is gone",
    file: BURIAL,
    find: "else if (state.ended(met) && isGone) comeHome();",
    put: "else if (state.ended(met) && isDead) comeHome();",
    by: "burial.ts",
  },
  {
    name: "burial: a task that had ended and was not sent is left out",
    file: BURIAL,
    find: "        else if (state.ended(met) && isGone) comeHome();\n",
    put: "",
    by: "burial.ts",
  },
  {
    name: "burial: home does not look for a death after it has delivered",
    file: BURIAL,
    find: "      if (load(words, death) !== 0) lose(state.stateOf(words, record));\n",
    put: "",
    by: "burial.ts",
  },
  {
    name: "burial: main tells of a death before it is written down",
    file: BURIAL,
    find: "    store(words, death, 1);\n    rouse();",
    put: "    rouse();\n    store(words, death, 1);",
    by: "burial.ts",
  },
  {
    name: "adoption: a task is revoked whatever has become of it",
    file: ADOPTION,
    find: "state.revoke(words, record, met)",
    put: "state.revoke(words, record, state.stateOf(words, record))",
    by: "adoption.ts",
  },
  {
    name: "adoption: a task is taken over before it is revoked",
    file: ADOPTION,
    find: "if (state.phaseOf(met) === state.QUEUED && state.revoke(words, record, met)) run(it);",
    put: "run(it);\n    state.revoke(words, record, met);",
    by: "adoption.ts",
  },
];
