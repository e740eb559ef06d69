/**
 * Loads by themselves: who has the fewest pinned tasks, as one thread sees it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { store } from "../../src/memory/atomics.ts";
import { Header, Memory, VACATED } from "../../src/memory/layout.ts";
import { loadOf, Loads } from "../../src/runtime/loads.ts";

/** The loads of two workers, as main and as they see them. */
function twoWorkers() {
  const memory = Memory.create(2, 2 ** 20);
  const [main, one, two] = [0, 1, 2].map((thread) => new Loads(memory, thread)) as [Loads, Loads, Loads];
  const place = (count: number) =>
    Array.from({ length: count }, () => {
      const thread = main.least();
      main.place(thread, 1);
      return thread;
    });
  return { memory, main, one, two, place, loads: () => [loadOf(memory, 1), loadOf(memory, 2)] };
}

Deno.test("loads: tasks go to the worker with the fewest, the first where both have as many", () => {
  const { one, two, place, loads, main } = twoWorkers();
  assertEquals(place(5), [1, 2, 1, 2, 1]);
  assertEquals(loads(), [3, 2]);
  for (let i = 0; i < 3; i++) one.end();
  assertEquals(place(3), [1, 1, 1], "while there are few, every end is seen at once");
  for (let i = 0; i < 2; i++) two.end();
  main.place(1, -1);
  assertEquals(loads(), [2, 0]);
  assertEquals(place(3), [2, 2, 1]);
});

Deno.test("loads: where all have many, ends are seen after 16 tasks, or once one is heard of", () => {
  const { one, place, loads, main } = twoWorkers();
  place(41);
  assertEquals(loads(), [21, 20]);
  main.forget();
  place(1);
  for (let i = 0; i < 21; i++) one.end();
  assertEquals(new Set(place(15)).size, 2, "by what was known, they are shared out");
  assertEquals(place(3), [1, 1, 1]);
  for (let i = 0; i < 40; i++) main.place(1, 1);
  main.forget();
  assertEquals(place(2), [2, 2]);
});

Deno.test("loads: a worker that has died gets none, and without workers nobody does", () => {
  const { memory, place, main } = twoWorkers();
  place(40);
  store(memory.words, Header.SEATS, VACATED);
  assertEquals(new Set(place(20)), new Set([2]));
  store(memory.words, Header.SEATS + 1, 4);
  assertEquals(main.least(), 4, "the next holder of the seat");
  store(memory.words, Header.SEATS + 1, VACATED);
  assertEquals(main.least(), 0);
});
