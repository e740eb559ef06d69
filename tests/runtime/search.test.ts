/**
 * Search by itself: how often a worker looks around, and when it goes on.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Search } from "../../src/runtime/search.ts";

/** What a search took: looks at everything, looks at what comes from outside, milliseconds; and whether it found something. */
interface Found {
  readonly all: number;
  readonly fresh: number;
  readonly time: number;
  readonly found: boolean;
}

/** A search that finds something in the look with the number `comes`. */
function searcher(others: number, terms: { isAtLeisure: boolean; comes?: number }) {
  let all = 0;
  let fresh = 0;
  const search = new Search({
    sees: () => ++all + fresh === terms.comes,
    seesNew: () => ++fresh + all === terms.comes,
    others,
    get isAtLeisure() {
      return terms.isAtLeisure;
    },
  });
  const look = (): Found => {
    all = fresh = 0;
    const begun = performance.now();
    const found = search.look();
    return { all, fresh, time: performance.now() - begun, found };
  };
  return {
    look,
    terms,
    /** Wakes it as if no time had passed, however long the test is held up. */
    wakeAtOnce: () => search.wake(0),
    wakeLater: (ms: number) => search.wake(performance.now() + ms),
  };
}

/** How often a worker alone looks at least. */
const LOOKS = 1000;
/** Milliseconds that it goes on for. */
const BRIEF = 0.25;

Deno.test("search: a worker that was not idle before looks around a thousand times, and no more", () => {
  const { look } = searcher(0, { isAtLeisure: true });
  const { all, fresh, found } = look();
  assertEquals([all, fresh, found], [LOOKS, LOOKS, false]);
});

Deno.test("search: the more workers, the fewer looks that go to all of them", () => {
  const { look } = searcher(3, { isAtLeisure: true });
  const { all, fresh, found } = look();
  assertEquals([all, fresh, found], [LOOKS / 4, LOOKS, false]);
});

Deno.test("search: it ends with the look that finds something", () => {
  for (const comes of [1, 2, 999, 2 * LOOKS]) {
    const { all, fresh, found } = searcher(0, { isAtLeisure: true, comes }).look();
    assertEquals([all + fresh, found], [comes, true]);
  }
});

Deno.test("search: after a brief time without work it goes on, for another such time", () => {
  const { look, wakeAtOnce, wakeLater } = searcher(0, { isAtLeisure: true });
  look();
  wakeAtOnce();
  const { all, time, found } = look();
  assert(all > LOOKS && !found, "it went on");
  assert(time >= BRIEF, `only for ${time} ms`);
  wakeLater(0);
  assertEquals(look().all, LOOKS, "the search counts as time without work");
});

Deno.test("search: while it goes on, it ends with the look that finds something", () => {
  const { look, wakeAtOnce, terms } = searcher(0, { isAtLeisure: true });
  look();
  wakeAtOnce();
  terms.comes = 2 * LOOKS + 1;
  const { all, fresh, found } = look();
  assertEquals([all + fresh, found], [2 * LOOKS + 1, true]);
});

Deno.test("search: one longer time without work ends that", () => {
  const { look, wakeAtOnce, wakeLater } = searcher(0, { isAtLeisure: true });
  look();
  wakeAtOnce();
  assert(look().all > LOOKS);
  wakeLater(BRIEF);
  assertEquals(look().all, LOOKS);
});

Deno.test("search: it does not go on while that takes time from others", () => {
  const { look, wakeAtOnce, terms } = searcher(0, { isAtLeisure: false });
  look();
  wakeAtOnce();
  assertEquals(look().all, LOOKS);
  terms.isAtLeisure = true;
  wakeAtOnce();
  assert(look().all > LOOKS);
});
