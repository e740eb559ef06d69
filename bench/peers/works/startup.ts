/**
 * How long from nothing to the first result?
 *
 * @module
 */

import type { Adapter } from "../adapter.ts";
import { pause, type Work } from "../work.ts";

export const startup: Work = {
  title: "From nothing to results",
  metrics: {
    first1: { label: "1 worker, first result", unit: "ms", better: "lower", charted: true },
    first8: { label: "8 workers, first result", unit: "ms", better: "lower" },
    all8: { label: "8 workers, all ready", unit: "ms", better: "lower" },
  },
  // Many, as whether the system puts threads beside each other differs from one start to the next.
  rounds: 15,
  quickRounds: 1,
  warmUps: 1,
  ownWorkers: true,
  async run(adapter) {
    if (adapter.unfitForStartup !== undefined) throw new Error(adapter.unfitForStartup);
    const { first: first1 } = await start(adapter, 1);
    const { first: first8, all: all8 } = await start(adapter, 8);
    return { first1, first8, all8 };
  },
};

async function start(adapter: Adapter, workers: number): Promise<{ first: number; all: number }> {
  // A program starts once: what is left of the round before is none of this one's.
  (globalThis as { gc?: () => void }).gc?.();
  const begin = performance.now();
  adapter.start(workers);
  await adapter.task("noop")();
  const first = performance.now() - begin;
  await adapter.ready();
  const all = performance.now() - begin;
  await adapter.stop();
  await pause(50);
  return { first, all };
}
