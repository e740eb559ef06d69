/**
 * Search by itself: how often a worker looks around, and when it goes on.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Search } from "../../src/runtime/search.ts";

/** How often a worker alone looks in any case, and between two looks at the clock. */
const LOOKS = 1000;
const AT_A_TIME = 100;
/** Milliseconds between two looks at the clock: 32 make the quarter of a millisecond for which it goes on. */
const STEP = 1 / 128;
const ON = LOOKS + 31 * AT_A_TIME;
/** Milliseconds of sleep that are brief, and that are just too long. */
const BRIEF = 0.44;
const LONG = 0.46;

/** A search, in a time in which nothing passes but what the test says. */
function searcher(others = 0) {
  const terms = {
    isAtLeisure: true,
    waitsForEvents: false,
    ended: 0,
    leisureEnds: Infinity,
    comes: Infinity,
    step: STEP,
  };
  let time = 1000;
  let all = 0;
  let fresh = 0;
  const search = new Search({
    sees: () => ++all + fresh === terms.comes,
    seesNew: () => ++fresh + all === terms.comes,
    others,
    get waitsForEvents() {
      return terms.waitsForEvents;
    },
    get ended() {
      return terms.ended;
    },
    get isAtLeisure() {
      return terms.isAtLeisure && all < terms.leisureEnds;
    },
    now: () => time += terms.step,
  });
  const look = () => {
    all = fresh = 0;
    const found = search.look();
    return { all, fresh, found };
  };
  /** Looks in vain; says how often. */
  const looks = () => look().all;
  return { look, looks, terms, sleep: (ms: number) => search.getUp(time += ms) };
}

Deno.test("search: a worker that was not idle before looks around a thousand times, and no more", () => {
  const { look } = searcher();
  assertEquals(look(), { all: LOOKS, fresh: LOOKS, found: false });
});

Deno.test("search: the more workers, the fewer looks that go to all of them", () => {
  const { look } = searcher(3);
  assertEquals(look(), { all: LOOKS / 4, fresh: LOOKS, found: false });
});

Deno.test("search: it ends with the look that finds something", () => {
  for (const comes of [1, 2, 999, 2 * LOOKS, 2 * LOOKS + 1, 2 * ON]) {
    const { look, looks, sleep, terms } = searcher();
    looks();
    sleep(BRIEF);
    terms.comes = comes;
    const { all, fresh, found } = look();
    assertEquals([all + fresh, found], [comes, true]);
  }
});

Deno.test("search: after a brief time without work it goes on for a quarter of a millisecond", () => {
  const { looks, sleep } = searcher();
  looks();
  sleep(BRIEF);
  assertEquals(looks(), ON);
});

Deno.test("search: after a longer time it does not", () => {
  const { looks, sleep, terms } = searcher();
  looks();
  sleep(LONG);
  assertEquals(looks(), LOOKS);
  sleep(BRIEF);
  terms.comes = 2 * LOOKS + 1;
  looks();
  terms.comes = Infinity;
  assertEquals(looks(), ON, "it found something at last, and has not slept since");
  sleep(LONG);
  assertEquals(looks(), LOOKS);
});

Deno.test("search: what a worker sleeps without a search before says nothing of the next time", () => {
  const { looks, sleep, terms } = searcher();
  looks();
  sleep(LONG);
  sleep(0.01);
  assertEquals(looks(), LOOKS, "it has not slept for want of work since");
  sleep(0.01);
  sleep(LONG);
  terms.comes = 2 * LOOKS + 1;
  looks();
  sleep(LONG);
  terms.comes = Infinity;
  assertEquals(looks(), ON, "nor since it found something");
});

Deno.test("search: after it went on in vain, it asks for twice as many brief times in a row as before", () => {
  const { looks, sleep } = searcher();
  looks();
  for (const asked of [1, 2, 4, 8, 16, 32, 64, 64]) {
    for (let i = 1; i < asked; i++) {
      sleep(0.01);
      assertEquals(looks(), LOOKS, `${i} of ${asked}`);
    }
    sleep(0.01);
    assertEquals(looks(), ON, `${asked} of ${asked}`);
  }
});

Deno.test("search: a longer time begins the row anew, and what it finds makes one enough", () => {
  const { look, looks, sleep, terms } = searcher();
  looks();
  sleep(0.01);
  assertEquals(looks(), ON, "in vain: two are asked for");
  for (const ms of [0.01, LONG, 0.01]) {
    sleep(ms);
    assertEquals(looks(), LOOKS);
  }
  sleep(0.01);
  terms.comes = 2 * LOOKS + 1;
  assertEquals(look().found, true);
  terms.comes = Infinity;
  assertEquals(looks(), ON, "in vain: two are asked for");
  sleep(0.01);
  assertEquals(looks(), LOOKS);
  sleep(0.01);
  assertEquals(looks(), ON);
});

Deno.test("search: it does not go on, or no further, while that takes time from others", () => {
  const { looks, sleep, terms } = searcher();
  looks();
  sleep(BRIEF);
  terms.isAtLeisure = false;
  assertEquals(looks(), LOOKS);
  terms.isAtLeisure = true;
  terms.leisureEnds = LOOKS + 1;
  assertEquals(looks(), LOOKS + AT_A_TIME);
});

Deno.test("search: it goes on no longer than a hundred times where the clock stands", () => {
  const { looks, sleep, terms } = searcher();
  terms.step = 0;
  looks();
  sleep(0);
  assertEquals(looks(), LOOKS + 100 * AT_A_TIME);
});

Deno.test("search: it does not look around while the event loop brings tasks to their ends, and they wait for it", () => {
  const { looks, terms } = searcher();
  terms.waitsForEvents = true;
  assertEquals(looks(), LOOKS, "none has ended so far");
  terms.ended++;
  assertEquals([looks(), looks(), looks()], [0, 0, LOOKS], "twice for each");
  for (let i = 0; i < 20; i++) {
    terms.ended++;
    assertEquals([looks(), looks()], [0, 0]);
  }
  let slept = 0;
  while (looks() === 0) slept++;
  assert(slept > 0 && slept < 8, `${slept} times more than they ended, at most`);
  terms.ended++;
  terms.waitsForEvents = false;
  assertEquals(looks(), LOOKS, "something else may come");
});
