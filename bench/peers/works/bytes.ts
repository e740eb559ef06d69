/**
 * What do large values cost, copied, moved and shared?
 *
 * A copy there and back is compared with two plain copies of as many bytes into fresh memory, which is the least that
 * "there" and "back" can be for two threads that do not trust each other with their memory.
 *
 * @module
 */

import type { Adapter } from "../adapter.ts";
import { median, type Metric, type Sample, steadily, type Work } from "../work.ts";

/** Copies are made so often before they are timed, in which both engines compile the way; then so often. */
const SIZES: readonly (readonly [mebibytes: number, warmUps: number, times: number])[] = [
  [1, 500, 200],
  [16, 20, 10],
  [256, 0, 1],
];
const RESERVED = 2 ** 30;
/** So long each is moved, and shared, again and again. */
const TURN_MS = 100;

const metrics: Record<string, Metric> = {};
for (const [size] of SIZES) {
  metrics[`copy${size}`] = { label: `${size} MiB copied`, unit: "ms", better: "lower", charted: size === 16 };
  metrics[`share${size}`] = { label: `${size} MiB, two plain copies / copied`, unit: "×", better: "higher" };
  metrics[`move${size}`] = { label: `${size} MiB transferred`, unit: "µs", better: "lower" };
  metrics[`shared${size}`] = { label: `${size} MiB in shared memory`, unit: "µs", better: "lower" };
}

export const bytes: Work = {
  title: "A Uint8Array there and back",
  metrics,
  rounds: 3,
  quickRounds: 1,
  warmUps: 0,
  ownWorkers: true,
  async run(adapter) {
    if (adapter.unfitForBytes !== undefined) throw new Error(adapter.unfitForBytes);
    adapter.start(1, { bytes: RESERVED });
    await adapter.ready();
    const sample: Sample = {};
    for (const [size, warmUps, times] of SIZES) await measure(adapter, size, warmUps, times, sample);
    await adapter.stop();
    return sample;
  },
};

async function measure(
  adapter: Adapter,
  size: number,
  warmUps: number,
  times: number,
  sample: Sample,
): Promise<void> {
  const echo = adapter.task("echo");
  const fill = () => new Uint8Array(size * 2 ** 20).fill(1);
  for (let i = 0; i < warmUps; i++) await echo(fill());
  // What moves bytes where others copy must have new ones each time; made before the clock runs.
  const sources = Array.from({ length: times + 1 }, fill);
  const copies: number[] = [];
  const plain: number[] = [];
  for (const source of sources) {
    plain.push(timePlain(source) * 2);
    copies.push(await time(() => echo(source)));
  }
  // The first warms up, unless it is nearly the only one.
  sample[`copy${size}`] = median(copies.slice(1));
  sample[`share${size}`] = median(plain.slice(1)) / median(copies.slice(1));
  sources.length = 0;

  const { move } = adapter;
  if (move !== undefined) {
    let bytes = fill();
    const once = () => time(async () => bytes = await move(bytes) as typeof bytes);
    sample[`move${size}`] = await steadily(TURN_MS, once) * 1000;
  }
  const shared = new Uint8Array(new SharedArrayBuffer(size * 2 ** 20));
  sample[`shared${size}`] = await steadily(TURN_MS, () => time(() => echo(shared))) * 1000;
}

async function time(body: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await body();
  return performance.now() - start;
}

function timePlain(source: Uint8Array): number {
  const start = performance.now();
  source.slice();
  return performance.now() - start;
}
