/**
 * What the library's own workers begin with where their script comes by message: it waits for the library, evaluates it, and
 * lets that have main's first message. In between a first task may run; see `head_start.ts`.
 */

import { load, wait } from "../memory/atomics.ts";
import { Header } from "../memory/layout.ts";
import { type HeadStart, headStart } from "./head_start.ts";
import { holdLifeLock } from "./life_lock.ts";
import { type Library, reportUncaught, type Start } from "./messages.ts";

/** Milliseconds between two looks for a task while main is about to bring one, and how many looks. */
const BREATH = 0.2;
const BREATHS = 20;

/** Main's first message: an argument of the function that this is made; see `script.ts`. */
declare const start: Start;

const { buffer, number, lock, glue, shared } = start;
const views = { words: new Int32Array(buffer), bytes: new Uint8Array(buffer), floats: new Float64Array(buffer) };
let begun: HeadStart | undefined;

// Before anything of the user's runs. The library adds what reports the rest.
reportUncaught();

/** No task is begun before the glue, and one in all. */
function look(): void {
  if (glue !== undefined || begun !== undefined) return;
  begun = headStart(views, number, shared.last, () => holdLifeLock(lock));
}

look();
addEventListener("message", ({ data: { early, later } }: MessageEvent<Library>) => {
  // In a new program main may take longer to come to its first task than this worker to come up.
  for (let i = 0; i < BREATHS && begun === undefined && load(views.words, Header.SETTLED_IN) === 0; i++) {
    wait(views.words, Header.SETTLED_IN, 0, BREATH);
    look();
  }
  look();
  // Not by its own name, which would let texts see the names that are here.
  const evaluate = globalThis.eval;
  const library = evaluate(early);
  look();
  library(() => evaluate(later), () => begun);
  look();
  dispatchEvent(new MessageEvent("message", { data: start }));
}, { once: true });
