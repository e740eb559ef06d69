/**
 * Lookout by itself: how often main looks around, and when it goes on.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Lookout } from "../../src/runtime/lookout.ts";

/** At least and at most, without going on. */
const [FEWEST, MOST] = [100, 2000];

/** A lookout that finds something with the look of that number. */
function lookout() {
  const terms = { comes: Infinity, isAtLeisure: true };
  let looks = 0;
  const out = new Lookout(() => ++looks >= terms.comes, () => terms.isAtLeisure);
  const look = () => {
    looks = 0;
    return { found: out.look(), looks };
  };
  return { out, look, terms };
}

Deno.test("lookout: it looks a hundred times at least, and more often where that paid, up to some thousand", () => {
  const { look, terms } = lookout();
  assertEquals(look(), { found: false, looks: FEWEST });
  terms.comes = FEWEST;
  assertEquals(look().found, true);
  for (let i = 0; i < 20; i++) {
    terms.comes = 1500;
    look();
    terms.comes = 90;
    assertEquals(look().found, true);
  }
  terms.comes = Infinity;
  const { looks, found } = look();
  assert(!found && looks > 4 * FEWEST && looks <= MOST, `${looks}`);
  for (let i = 0; i < 8; i++) look();
  assertEquals(look().looks, FEWEST, "in vain: as few as at first");
});

Deno.test("lookout: it goes on where a result is awaited and the last one was as quick", () => {
  const { out, look } = lookout();
  out.await();
  look();
  out.getUp();
  assert(look().looks > FEWEST + 100, "it slept for a moment only");
});

Deno.test("lookout: it does not where nothing is awaited, or what was has come, or others need the processor", () => {
  const { out, look, terms } = lookout();
  look();
  out.getUp();
  assertEquals(look().looks, FEWEST, "nobody awaits anything");
  out.await();
  out.settle();
  out.getUp();
  assertEquals(look().looks, FEWEST, "it has come");
  out.await();
  terms.isAtLeisure = false;
  out.getUp();
  assertEquals(look().looks, FEWEST, "others are at work");
});
