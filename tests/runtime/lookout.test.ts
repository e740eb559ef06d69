/**
 * Lookout by itself: how often main looks around, and when it goes on.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Lookout } from "../../src/runtime/lookout.ts";

/** At least and at most, without going on. */
const [FEWEST, MOST] = [100, 2000];
/** Looks at a time as it goes on, after each of which it looks at the clock: 32 such steps make a quarter of a millisecond. */
const AT_A_TIME = 100;
const STEP = 1 / 128;
const ON = 31 * AT_A_TIME;

/** A lookout that finds something with the look of that number, in a time in which nothing passes but what the test says. */
function lookout() {
  const terms = { comes: Infinity, isAtLeisure: true };
  let looks = 0;
  let time = 0;
  const out = new Lookout(() => ++looks >= terms.comes, () => terms.isAtLeisure, () => time += STEP);
  const look = () => {
    looks = 0;
    return { found: out.look(), looks };
  };
  const sleep = (ms: number) => {
    time += ms;
    out.getUp();
  };
  return { out, look, terms, sleep };
}

Deno.test("lookout: it looks a hundred times at least, and more often where that paid, up to two thousand", () => {
  const { look, terms } = lookout();
  assertEquals(look(), { found: false, looks: FEWEST });
  terms.comes = FEWEST;
  for (let i = 0; i < 20; i++) assertEquals(look().found, true);
  terms.comes = Infinity;
  assertEquals(look().looks, MOST);
  for (let i = 0; i < 8; i++) look();
  assertEquals(look().looks, FEWEST, "in vain: as few as at first");
});

Deno.test("lookout: it goes on for a quarter of a millisecond where a result is awaited and the last wait was brief", () => {
  const { out, look, terms, sleep } = lookout();
  out.await();
  assertEquals(look().looks, FEWEST);
  sleep(0.4);
  // Twice as many, as it looks in two ways, of which main has one.
  assertEquals(look(), { found: false, looks: FEWEST + 2 * ON });
  sleep(0.1);
  look();
  sleep(0.1);
  terms.comes = FEWEST + 150;
  assertEquals([look(), out.hasGoneOn], [{ found: true, looks: FEWEST + 150 }, true]);
  sleep(0.1);
  assertEquals(out.hasGoneOn, false, "the event loop has had its turn");
});

Deno.test("lookout: it does not after a longer wait", () => {
  const { out, look, sleep } = lookout();
  out.await();
  look();
  sleep(0.5);
  assertEquals(look().looks, FEWEST);
});

Deno.test("lookout: it does not where nothing is awaited, or something has come, or others need the processor", () => {
  const { out, look, terms, sleep } = lookout();
  look();
  sleep(0.1);
  assertEquals(look().looks, FEWEST, "nobody awaits anything");
  out.await();
  out.settle();
  sleep(0.1);
  assertEquals(look().looks, FEWEST, "something has come");
  out.await();
  terms.isAtLeisure = false;
  sleep(0.1);
  assertEquals(look().looks, FEWEST, "others are at work");
  terms.isAtLeisure = true;
  sleep(0.1);
  assert(look().looks > FEWEST);
});
