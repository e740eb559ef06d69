/** A heap without room: when the others are asked for what they do not need, and when that would be in vain. */

import { assertEquals, assertThrows } from "@std/assert";
import { OutOfMemoryError } from "../../src/errors.ts";
import { Heap } from "../../src/heap/heap.ts";
import { MAIN, Memory, PAGE_BYTES } from "../../src/memory/layout.ts";

const WORKER = 1;
/** More than half a page, so that each block is a page of its own. */
const LARGE = PAGE_BYTES - 64;

/** Main's heap in memory of two pages, both taken, one of them for the worker; and how often it has asked. */
function full() {
  const memory = Memory.create(1, 2 * PAGE_BYTES);
  const heap = new Heap(memory, MAIN);
  const other = new Heap(memory, WORKER);
  const asked = { times: 0 };
  heap.onShortage = () => asked.times++;
  return { heap, asked, other, blocks: [heap.allocate(LARGE), other.allocate(LARGE)] as const };
}

const refused = (heap: Heap, bytes: number) => assertThrows(() => heap.allocate(bytes), OutOfMemoryError);

Deno.test("heap: what is larger than all of it is refused without asking the others", () => {
  const { heap, asked } = full();
  refused(heap, 2 * PAGE_BYTES + 1);
  refused(heap, 2 ** 33);
  assertEquals(asked.times, 0);
});

Deno.test("heap: the others are asked once in vain, and again when something was freed, or after a while", async () => {
  const { heap, asked, other, blocks } = full();
  for (let i = 0; i < 3; i++) refused(heap, LARGE);
  assertEquals(asked.times, 1);
  other.free(blocks[1]);
  assertEquals(typeof heap.allocate(LARGE), "number", "it is free for anyone");
  assertEquals(asked.times, 1);
  heap.free(blocks[0]);
  refused(heap, 2 * LARGE);
  assertEquals(asked.times, 2, "something was freed since");
  refused(heap, 2 * LARGE);
  assertEquals(asked.times, 2);
  await new Promise((resolve) => setTimeout(resolve, 150));
  refused(heap, 2 * LARGE);
  assertEquals(asked.times, 3);
});

Deno.test("heap: what others allocate and this thread frees, after it has asked in vain, is asked for again", () => {
  const memory = Memory.create(1, 4 * PAGE_BYTES);
  const heap = new Heap(memory, MAIN);
  const other = new Heap(memory, WORKER);
  heap.onShortage = () => other.trim();
  heap.allocate(2 * PAGE_BYTES - 64);
  refused(heap, 4 * PAGE_BYTES - 64);
  // Small ones, which go back to the pages of their owner.
  for (const block of Array.from({ length: 100 }, () => other.allocate(1000))) heap.free(block);
  assertEquals(typeof heap.allocate(2 * PAGE_BYTES - 64), "number");
});

Deno.test("heap: what was asked for in vain keeps nobody from asking for less", () => {
  const { heap, asked, other, blocks } = full();
  refused(heap, 2 * LARGE);
  refused(heap, LARGE);
  assertEquals(asked.times, 2);
  // What was found with their help was not in vain.
  heap.onShortage = () => {
    asked.times++;
    other.free(blocks[1]);
  };
  heap.free(blocks[0]);
  assertEquals([typeof heap.allocate(LARGE), asked.times], ["number", 2]);
  assertEquals([typeof heap.allocate(LARGE), asked.times], ["number", 3]);
});
