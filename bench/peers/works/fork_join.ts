/**
 * What does a task cost that is spawned inside a task?
 *
 * @module
 */

import type { Sample, Work } from "../work.ts";

const N = 22;
/** fib(n) makes 2 · fib(n + 1) - 1 tasks. */
const NODES = 57_313;
const LEAVES = 20_000;
/** How often each is done in a turn: one takes some tens of milliseconds. */
const TIMES = 5;

export const forkJoin: Work = {
  title: "Tasks that spawn tasks",
  metrics: {
    node: { label: `per node of fib(${N}), a task at each`, unit: "ns", better: "lower", charted: true },
    leaf: { label: `per no-op of ${LEAVES.toLocaleString("en")} in one task`, unit: "ns", better: "lower" },
  },
  rounds: 5,
  quickRounds: 2,
  warmUps: 2,
  // No peer's pool can be reached from inside a task. Raw is the same recursion on one thread, without tasks.
  peers: ["webble", "raw postMessage"],
  async run(adapter) {
    const sample: Sample = {};
    const time = async (count: number, body: () => Promise<unknown>) => {
      const start = performance.now();
      for (let i = 0; i < TIMES; i++) await body();
      return (performance.now() - start) / TIMES / count * 1e6;
    };
    if (adapter.fib) sample.node = await time(NODES, () => adapter.fib!(N));
    if (adapter.leaves) sample.leaf = await time(LEAVES, () => adapter.leaves!(LEAVES));
    return sample;
  },
};
