/**
 * Vigil by itself: when the event loop of a thread that waits for a parcel is kept turning, and for how long.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Vigil } from "../../src/runtime/vigil.ts";

/** Milliseconds for which it is kept; and of a wait that is brief though the thread slept, and of one that is not. */
const ON = 0.25;
const BRIEF = 0.44;
const LONG = 0.46;
/** Turns at most. */
const MOST_TURNS = 250;

/** A vigil, in a time in which nothing passes but what the test says. */
function vigil() {
  const terms = { isAtLeisure: true, time: 1000 };
  const later: (() => void)[] = [];
  const turns = { later: (turn: () => void) => void later.push(turn) };
  const one = new Vigil(turns, () => terms.isAtLeisure, () => terms.time);
  /** Has the event loop turn, with so much time for each turn, until nothing more is to be called; says how often. */
  const turn = (ms: number) => {
    let count = 0;
    for (; later.length > 0; count++) {
      assertEquals(later.length, 1, "one turn at a time");
      terms.time += ms;
      later.pop()!();
    }
    return count;
  };
  /** Waits, and something comes after that time; says whether the event loop was kept turning at first. */
  const wait = (ms: number) => {
    one.begin();
    const isKept = later.length > 0;
    terms.time += ms;
    one.end();
    assertEquals(turn(0), isKept ? 1 : 0, "no turn after the one that was under way");
    return isKept;
  };
  return { one, terms, later, turn, wait };
}

Deno.test("vigil: it is kept where the last wait was brief", () => {
  const { wait } = vigil();
  assertEquals(wait(BRIEF), false, "the first wait");
  assertEquals(wait(ON / 2), true);
  assertEquals(wait(LONG), true);
  assertEquals(wait(BRIEF), false, "the last wait was long");
});

Deno.test("vigil: it ends after a quarter of a millisecond, or with what comes", () => {
  const { one, later, turn, wait } = vigil();
  wait(BRIEF);
  one.begin();
  assertEquals(turn(ON / 32), 32);
  one.end();
  wait(BRIEF);
  one.begin();
  one.end();
  one.begin();
  assertEquals(later.length, 1, "the turn of the one before serves this one");
  one.end();
  assertEquals(turn(0), 1);
});

Deno.test("vigil: it ends after some turns where the clock stands", () => {
  const { one, turn, wait } = vigil();
  wait(BRIEF);
  one.begin();
  assertEquals(turn(0), MOST_TURNS - 1);
});

Deno.test("vigil: what ends without a wait is none", () => {
  const { one, wait } = vigil();
  wait(BRIEF);
  wait(LONG);
  for (let i = 0; i < 3; i++) one.end();
  assertEquals(wait(BRIEF), false);
});

Deno.test("vigil: after each that was in vain, twice as many brief waits are asked for, until one pays", () => {
  for (const comes of ["later", "late, as the turns are long"]) {
    const { one, terms, turn, wait } = vigil();
    /** Waits for longer than it is kept, again and again until it is; says how often it was not. */
    const waitsBefore = () => {
      for (let count = 0;; count++) {
        if (comes !== "later") {
          if (wait(BRIEF)) return count;
          continue;
        }
        one.begin();
        const isKept = turn(ON / 8) > 0;
        terms.time += BRIEF - (isKept ? ON : 0);
        one.end();
        if (isKept) return count;
      }
    };
    wait(BRIEF);
    // The wait in which it was kept was itself a brief one.
    for (const count of [0, 1, 3, 7, 15, 31, 63, 63]) assertEquals(waitsBefore(), count, comes);
    for (let i = 0; i < 63; i++) {
      assertEquals(wait(ON / 2), false, "what came soon while it slept says nothing of a vigil");
    }
    assertEquals(wait(ON / 2), true);
    assertEquals([waitsBefore(), waitsBefore()], [0, 1], "one has paid");
  }
});

Deno.test("vigil: it is not kept where others need the processor", () => {
  const { terms, wait } = vigil();
  wait(BRIEF);
  terms.isAtLeisure = false;
  assertEquals(wait(BRIEF), false);
  terms.isAtLeisure = true;
  assertEquals(wait(BRIEF), true);
});
