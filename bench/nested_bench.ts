/**
 * What a task costs that is spawned inside a worker: recursion that spawns at every node, and bursts.
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

const burst = async (count: number) => {
  const all: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) all.push(webble.spawnStealable(() => {}).recv());
  await Promise.all(all);
};

Deno.bench("fib(22), 57,313 tasks", { group: "fork and join" }, async () => {
  await webble.spawnStealable(fib, 22).recv();
});
Deno.bench("20,000 synchronous no-ops from a worker", { group: "burst inside a worker" }, async () => {
  await webble.spawnStealable(burst, 20_000).recv();
});
