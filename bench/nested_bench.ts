/**
 * What does a task cost that is spawned inside a worker, by recursion that spawns at every node, and in bursts?
 */

import * as webble from "@webble/runtime";

await webble.builder().workers(2).init();

/** Spawns both branches at every node: fib(n) makes 2 · fib(n + 1) - 1 tasks. */
const fib = async function fib(n: number): Promise<number> {
  if (n < 2) return n;
  const a = webble.spawnStealable(fib, n - 1);
  const b = webble.spawnStealable(fib, n - 2);
  return await a.recv() + await b.recv();
};

/** The same without tasks, on one worker: what the promises alone cost. */
const alone = async (n: number): Promise<number> => {
  const fib = async (n: number): Promise<number> => {
    if (n < 2) return n;
    const a = fib(n - 1);
    const b = fib(n - 2);
    return await a + await b;
  };
  return await fib(n);
};

const burst = async (count: number): Promise<void> => {
  const leaf = () => {};
  const all: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) all.push(webble.spawnStealable(leaf).recv());
  await Promise.all(all);
};

/** A closure that is made anew for each spawn has its source read each time. */
const burstOfNew = async (count: number): Promise<void> => {
  const all: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) all.push(webble.spawnStealable(() => {}).recv());
  await Promise.all(all);
};

Deno.bench("async functions on one thread, no tasks", { group: "fork and join: fib(22)", baseline: true }, async () => {
  await webble.spawn(alone, 22).recv();
});
Deno.bench("57,313 tasks", { group: "fork and join: fib(22)" }, async () => {
  await webble.spawnStealable(fib, 22).recv();
});
Deno.bench("one function", { group: "20,000 no-ops from a worker", baseline: true }, async () => {
  await webble.spawnStealable(burst, 20_000).recv();
});
Deno.bench("a new closure each time", { group: "20,000 no-ops from a worker" }, async () => {
  await webble.spawnStealable(burstOfNew, 20_000).recv();
});
