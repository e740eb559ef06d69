import { assert, assertEquals } from "@std/assert";
import { Bitmap } from "../../src/heap/bitmap.ts";
import { Heap } from "../../src/heap/heap.ts";
import { Slab, slotOf } from "../../src/heap/slab.ts";
import { Header, Memory, PAGE_BYTES, PAGE_WORDS, Record, RECORDS_PER_PAGE } from "../../src/memory/layout.ts";

/** The same numbers, in an order that says nothing; the same each time. */
function shuffled(numbers: readonly number[]): number[] {
  let seed = 1;
  const keyed = numbers.map((number) => [seed = Math.imul(seed, 1_103_515_245) + 12_345 | 0, number] as const);
  return keyed.sort(([a], [b]) => a - b).map(([, number]) => number);
}

const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

Deno.test("bitmap: gives the least number first, each once, whatever the order in which they came", () => {
  for (const capacity of [1, 31, 32, 33, 1024, 1025, 40_000]) {
    const bitmap = new Bitmap(capacity);
    assertEquals(bitmap.takeFirst(), -1, "empty at first");
    const numbers = Array.from({ length: capacity }, (_, i) => i).filter((i) => i % 3 !== 1 || i === capacity - 1);
    for (const number of shuffled(numbers)) bitmap.add(number);
    for (let i = 0; i < capacity; i++) assertEquals(bitmap.has(i), numbers.includes(i), `${i} of ${capacity}`);
    assertEquals(numbers.map(() => bitmap.takeFirst()), numbers);
    assertEquals(bitmap.takeFirst(), -1, "empty again");
  }
});

Deno.test("bitmap: goes back to a number that is added before those it has passed", () => {
  const bitmap = new Bitmap(5000);
  for (const number of [4999, 3000, 1024]) bitmap.add(number);
  assertEquals(bitmap.takeFirst(), 1024);
  bitmap.add(7);
  bitmap.add(1023);
  assertEquals([bitmap.takeFirst(), bitmap.takeFirst(), bitmap.takeFirst()], [7, 1023, 3000]);
  bitmap.add(0);
  assertEquals([bitmap.takeFirst(), bitmap.takeFirst(), bitmap.takeFirst()], [0, 4999, -1]);
  for (const number of [31, 4000]) bitmap.add(number);
  bitmap.clear();
  assertEquals([bitmap.takeFirst(), bitmap.has(31)], [-1, false]);
  bitmap.add(32);
  assertEquals([bitmap.takeFirst(), bitmap.takeFirst()], [32, -1]);
});

Deno.test("slab: records go out in the order of addresses, however they came back, and none twice", () => {
  const memory = Memory.create(1, 2 ** 20);
  const slab = new Slab<string>(memory.words, new Heap(memory, 0), 0);
  const records = Array.from({ length: 2 * RECORDS_PER_PAGE + 100 }, () => slab.take(false));
  assertEquals(new Set(records).size, records.length);
  assertEquals([...slab.inFlight()], records);
  for (let i = 1; i < RECORDS_PER_PAGE; i++) assertEquals(records[i]! - records[i - 1]!, Record.WORDS);
  const back = shuffled(records).slice(0, 1500);
  for (const record of back) slab.give(record);
  assertEquals(ascending([...slab.inFlight(), ...back]), ascending(records));
  assertEquals(back.map(() => slab.take(false)), ascending(back));
  assert(!records.includes(slab.take(false)), "then one that was never out");
});

Deno.test("slab: the next thread of a number takes the records over, each once", () => {
  const memory = Memory.create(1, 2 ** 20);
  const before = new Slab<string>(memory.words, new Heap(memory, 1), 1);
  const records = Array.from({ length: RECORDS_PER_PAGE + 1 }, () => before.take(false));
  const pages = 2 * RECORDS_PER_PAGE;
  const after = new Slab<string>(memory.words, new Heap(memory, 1), 1);
  assertEquals([...after.inFlight()], []);
  const taken = Array.from({ length: pages }, () => after.take(false));
  assertEquals(new Set(taken).size, pages);
  assert(records.every((record) => taken.includes(record)));
  assert(!taken.includes(after.take(false)), "then one of a page that is new");
});

Deno.test("slab: what is remembered of a record is forgotten when it comes back", () => {
  const memory = Memory.create(1, 2 ** 20);
  const slab = new Slab<string>(memory.words, new Heap(memory, 0), 0);
  const record = slab.take(false);
  const slot = slotOf(memory.words, record);
  slab.items[slot] = "somebody";
  slab.give(record);
  assertEquals(slab.items[slot], undefined);
});

Deno.test("heap: blocks of all sizes lie in pages of their own, apart, and pages come back", () => {
  const memory = Memory.create(1, 64 * PAGE_BYTES);
  const heap = new Heap(memory, 0);
  const counted = () => memory.words[Header.VALUE_PAGES];
  for (let round = 0; round < 3; round++) {
    for (const bytes of [20, 100, 1000, 20_000]) {
      // Of a page that is given back nothing is remembered.
      for (const block of [heap.allocate(bytes), heap.allocate(bytes)]) heap.free(block);
      heap.trim();
      const first = heap.allocate(bytes);
      const perPage = Math.floor(PAGE_BYTES / heap.capacity(first));
      const blocks = [first];
      while (blocks.length < 3 * perPage) blocks.push(heap.allocate(bytes));
      assertEquals(counted(), 3, `${3 * perPage} blocks of ${bytes} bytes fill three pages`);
      const capacity = heap.capacity(blocks[0]!);
      assertEquals(new Set(blocks).size, blocks.length);
      const starts = ascending(blocks);
      for (let i = 1; i < starts.length; i++) assert(starts[i]! - starts[i - 1]! >= capacity / 4, "apart");
      for (const block of starts) {
        const within = (block - memory.heap) % PAGE_WORDS;
        assert(within + capacity / 4 <= PAGE_WORDS, "within a page");
      }
      const half = shuffled(blocks).slice(0, perPage);
      for (const block of half) heap.free(block);
      const again = half.map(() => heap.allocate(bytes));
      assertEquals(ascending(again), ascending(half), "freed blocks go out before fresh ones");
      for (const block of blocks) heap.free(block);
      heap.trim();
      assertEquals(counted(), 0, "no page is left");
    }
  }
});

Deno.test("heap: blocks of a page go out in the order of addresses, however they were freed, and none twice", () => {
  const memory = Memory.create(1, 2 ** 20);
  const heap = new Heap(memory, 0);
  const blocks = Array.from({ length: 400 }, () => heap.allocate(100));
  assertEquals(new Set(blocks).size, blocks.length);
  const freed = shuffled(blocks).slice(0, 300);
  for (const block of freed) heap.free(block);
  assertEquals(freed.map(() => heap.allocate(100)), ascending(freed));
});
