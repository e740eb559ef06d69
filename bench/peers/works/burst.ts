/**
 * How many tasks a second, when many are spawned in one go and all are awaited?
 *
 * @module
 */

import type { Call } from "../adapter.ts";
import { PERSON } from "../tasks.ts";
import { steadily, type Work } from "../work.ts";

const BURST = 20_000;
/** A turn is as long as this, or as one burst. */
const TURN_MS = 200;

function rate(call: Call, value: unknown): Promise<number> {
  return steadily(TURN_MS, async () => {
    const start = performance.now();
    const all: Promise<unknown>[] = [];
    for (let i = 0; i < BURST; i++) all.push(call(value));
    await Promise.all(all);
    return BURST / (performance.now() - start) * 1000;
  });
}

export const burst: Work = {
  title: "20,000 no-ops in one go, all awaited",
  metrics: { rate: { label: "rate", unit: "tasks/s", better: "higher", charted: true } },
  rounds: 7,
  quickRounds: 2,
  warmUps: 4,
  run: async (adapter) => ({ rate: await rate(adapter.task("noop"), undefined) }),
};

export const objects: Work = {
  title: "20,000 small objects there and back, all awaited",
  metrics: {
    rate: { label: "rate of { id, name, values: number[8] }", unit: "tasks/s", better: "higher", charted: true },
  },
  rounds: 7,
  quickRounds: 2,
  warmUps: 4,
  run: async (adapter) => ({ rate: await rate(adapter.task("echo"), PERSON) }),
};
