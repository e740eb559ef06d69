/**
 * Vigil by itself: when a thread that waits for a parcel keeps its event loop turning, and for how long.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Vigil } from "../../src/runtime/vigil.ts";

/** Milliseconds for which it goes on; and of a wait that is brief though the thread slept, and of one that is not. */
const ON = 0.25;
const BRIEF = 0.44;
const LONG = 0.46;

/** A vigil, in a time in which nothing passes but what the test says. */
function vigil() {
  const terms = { isAtLeisure: true, time: 1000 };
  const one = new Vigil(() => terms.isAtLeisure, () => terms.time);
  const pass = (ms: number) => terms.time += ms;
  /** Something is waited for, and comes after that time; says what was done at first. */
  const wait = (ms: number) => {
    const rule = one.keep(true, true);
    pass(ms);
    one.end();
    return rule;
  };
  return { one, terms, pass, wait };
}

Deno.test("vigil: it is kept where something is waited for, and the last wait was brief", () => {
  const { one, wait } = vigil();
  assertEquals(one.keep(false, true), undefined, "nothing is waited for");
  assertEquals(wait(BRIEF), "sleep", "the first wait");
  assertEquals(one.keep(false, true), undefined, "nothing is waited for any more");
  assertEquals(wait(LONG), "turn");
  assertEquals(wait(BRIEF), "sleep", "the last wait was long");
  assertEquals(wait(BRIEF), "turn");
});

Deno.test("vigil: it ends after a quarter of a millisecond, and the thread sleeps", () => {
  const { one, pass, wait } = vigil();
  wait(BRIEF);
  assertEquals(one.keep(true, true), "turn");
  for (let turn = 0; turn < 32; turn++) {
    assertEquals([one.isKept, one.keep(turn % 2 > 0, true)], [true, "turn"], `turn ${turn}`);
    pass(ON / 32);
  }
  assertEquals([one.isKept, one.keep(false, true)], [false, "sleep"]);
  assertEquals(one.keep(false, true), undefined, "something else is done, and then nothing is waited for");
  pass(1000);
  assertEquals(one.keep(true, true), "sleep", "what is waited for has still not come");
});

Deno.test("vigil: it ends with the message", () => {
  const { one, wait } = vigil();
  wait(BRIEF);
  one.keep(true, true);
  one.end();
  assertEquals([one.isKept, one.keep(false, true)], [false, undefined]);
});

Deno.test("vigil: after each that was in vain, twice as many brief waits are asked for, until one could have paid", () => {
  const { one, pass, wait } = vigil();
  /** Waits for longer than it goes on, again and again until it does; says how often it did not. */
  const waitsBefore = () => {
    for (let count = 0;; count++) {
      const rule = one.keep(true, true);
      pass(BRIEF);
      assertEquals(one.keep(true, true), "sleep");
      one.end();
      if (rule === "turn") return count;
    }
  };
  wait(BRIEF);
  // The wait in which it went on was itself a brief one.
  for (const count of [0, 1, 3, 7, 15, 31, 63, 63]) assertEquals(waitsBefore(), count);
  wait(ON / 2);
  assertEquals([waitsBefore(), waitsBefore()], [0, 1]);
});

Deno.test("vigil: it is not kept where nobody would go on, or others need the processor", () => {
  const { one, terms, wait } = vigil();
  wait(BRIEF);
  assertEquals(one.keep(true, false), "sleep");
  assertEquals(one.keep(true, true), "turn");
  terms.isAtLeisure = false;
  assertEquals(one.keep(true, true), "sleep");
});
