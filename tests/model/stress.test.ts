/**
 * The same structures under real threads: many items, more threads than cores, each item delivered once.
 *
 * The model explores every order of a few steps; this runs a few orders of many, on the hardware's own memory.
 */

import { assertEquals } from "@std/assert";
import type { Job, Role } from "./stress_worker.ts";

const ITEMS = 300_000;

/** Starts a thread for each role; resolves when all are through. */
async function run(roles: readonly Role[], items: number): Promise<Int32Array> {
  const words = new Int32Array(new SharedArrayBuffer(64 * 1024 * 4));
  const seen = new Int32Array(new SharedArrayBuffer((items + 1) * 4));
  const workers: Worker[] = [];
  const ends = roles.map((role) => {
    const worker = new Worker(new URL("./stress_worker.ts", import.meta.url), { type: "module" });
    workers.push(worker);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    worker.onmessage = () => resolve();
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    worker.postMessage({ role, words, seen, items } satisfies Job);
    return promise;
  });
  try {
    await Promise.all(ends);
  } finally {
    for (const worker of workers) worker.terminate();
  }
  return seen;
}

function assertOnceEach(seen: Int32Array): void {
  // Item 0 does not exist.
  const wrong = [...seen.subarray(1).entries()].filter(([, times]) => times !== 1);
  assertEquals(wrong.slice(0, 10).map(([i, times]) => `item ${i + 1}: ${times} times`), []);
}

Deno.test("deque: delivers each of 3e5 tasks once to its owner and 3 thieves", async () => {
  assertOnceEach(await run(["deque owner", "deque thief", "deque thief", "deque half thief"], ITEMS));
});

Deno.test("injector: delivers each of 3e5 tasks once to 3 consumers", async () => {
  assertOnceEach(await run(["injector main", "injector consumer", "injector consumer", "injector consumer"], ITEMS));
});

Deno.test("inbox: delivers each of 3e5 records once from 3 producers, in the order of each", async () => {
  assertOnceEach(await run(["inbox consumer", "inbox producer 0", "inbox producer 1", "inbox producer 2"], ITEMS));
});

Deno.test("park: no wake is lost in 5,000 rounds between two threads", async () => {
  await run(["park ping", "park pong"], 5_000);
});
