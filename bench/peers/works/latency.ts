/**
 * How long does one task take, there and back?
 *
 * @module
 */

import type { Work } from "../work.ts";
import { quantile } from "../work.ts";

const TASKS = 3_000;

export const latency: Work = {
  title: "Round trip of one no-op, one after the other",
  metrics: {
    p50: { label: "p50", unit: "µs", better: "lower", charted: true },
    p99: { label: "p99", unit: "µs", better: "lower" },
  },
  rounds: 7,
  quickRounds: 2,
  warmUps: 2,
  async run(adapter) {
    const noop = adapter.task("noop");
    for (let i = 0; i < 300; i++) await noop();
    const times: number[] = [];
    for (let i = 0; i < TASKS; i++) {
      const start = performance.now();
      await noop();
      times.push(performance.now() - start);
    }
    return { p50: quantile(times, 0.5) * 1000, p99: quantile(times, 0.99) * 1000 };
  },
};
