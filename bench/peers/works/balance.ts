/**
 * Do all workers have something to do, with uneven tasks, and while main is blocked?
 *
 * @module
 */

import type { Count } from "../tasks.ts";
import { TASKS } from "../tasks.ts";
import type { Work } from "../work.ts";
import { steadily, WORKERS } from "../work.ts";

const LONG_MS = 25;
const SHORT_MS = 1;
const PAIRS = 20;
const IDEAL_MS = PAIRS * (LONG_MS + SHORT_MS) / WORKERS;

const BLOCKED_MS = 500;
const COUNTED = 100;
const COUNTED_MS = BLOCKED_MS * WORKERS / COUNTED;

const ROWS = 64;
/** A turn is as long as this, or a little longer. */
const MAP_MS = 600;

export const skew: Work = {
  title: `${PAIRS} tasks of ${LONG_MS} ms and ${PAIRS} of ${SHORT_MS} ms in turn, two workers`,
  metrics: { ratio: { label: `time / ideal ${IDEAL_MS} ms`, unit: "×", better: "lower", charted: true } },
  rounds: 5,
  quickRounds: 1,
  warmUps: 0,
  async run(adapter) {
    const spin = adapter.task("spin");
    const start = performance.now();
    const all: Promise<unknown>[] = [];
    for (let i = 0; i < PAIRS; i++) all.push(spin(LONG_MS), spin(SHORT_MS));
    await Promise.all(all);
    return { ratio: (performance.now() - start) / IDEAL_MS };
  },
};

export const blocked: Work = {
  title: `${COUNTED} tasks of ${COUNTED_MS} ms, then main is blocked for ${BLOCKED_MS} ms`,
  metrics: { done: { label: `ended meanwhile, of ${COUNTED}`, unit: "tasks", better: "higher", charted: true } },
  rounds: 5,
  quickRounds: 1,
  warmUps: 0,
  async run(adapter) {
    const call = adapter.task("count");
    const counter = new SharedArrayBuffer(4);
    const words = new Int32Array(counter);
    const all: Promise<unknown>[] = [];
    for (let i = 0; i < COUNTED; i++) all.push(call({ ms: COUNTED_MS, counter } satisfies Count));
    // Asleep, so that both processors are the workers'. Nothing notifies this word.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCKED_MS);
    const done = Atomics.load(words, 0);
    await Promise.all(all);
    return { done };
  },
};

export const map: Work = {
  title: `${ROWS} rows of a picture, two workers against one thread`,
  metrics: {
    speedup: { label: "speedup", unit: "×", better: "higher", charted: true },
    ms: { label: "time", unit: "ms", better: "lower" },
  },
  rounds: 5,
  quickRounds: 1,
  warmUps: 1,
  async run(adapter) {
    const row = adapter.task("row");
    let ms = 0;
    const speedup = await steadily(MAP_MS, async () => {
      const before = alone();
      const start = performance.now();
      const all: Promise<unknown>[] = [];
      for (let y = 0; y < ROWS; y++) all.push(row(y));
      await Promise.all(all);
      ms = performance.now() - start;
      // One thread before and after: the machine may have slowed down in between.
      return (before + alone()) / 2 / ms;
    });
    return { speedup, ms };
  },
};

function alone(): number {
  const start = performance.now();
  for (let y = 0; y < ROWS; y++) TASKS.row(y);
  return performance.now() - start;
}
