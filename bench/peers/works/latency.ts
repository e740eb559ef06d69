/**
 * How long does one task take, there and back?
 *
 * @module
 */

import type { Work } from "../work.ts";
import { quantile } from "../work.ts";

const TASKS = 3_000;
/** A page's clock ticks every 5 µs, which is too coarse for one task: there, p50 and p99 are of tens. */
const BATCH = "Deno" in globalThis ? 1 : 10;

export const latency: Work = {
  title: "Round trip of one no-op, one after the other",
  metrics: {
    p50: { label: "p50", unit: "µs", better: "lower", charted: true },
    mean: { label: "mean", unit: "µs", better: "lower" },
    p99: { label: "p99", unit: "µs", better: "lower" },
  },
  rounds: 5,
  quickRounds: 2,
  warmUps: 2,
  async run(adapter) {
    const noop = adapter.task("noop");
    for (let i = 0; i < 300; i++) await noop();
    const times: number[] = [];
    for (let i = 0; i < TASKS; i += BATCH) {
      const start = performance.now();
      for (let j = 0; j < BATCH; j++) await noop();
      times.push((performance.now() - start) / BATCH);
    }
    const mean = times.reduce((sum, one) => sum + one, 0) / times.length;
    return { mean: mean * 1000, p50: quantile(times, 0.5) * 1000, p99: quantile(times, 0.99) * 1000 };
  },
};
