/**
 * What does it cost to have it: at rest, and for each task in flight?
 *
 * @module
 */

import process from "node:process";
import { collect, pause, type Sample, type Work, WORKERS } from "../work.ts";

const IDLE_MS = 5_000;
const IN_FLIGHT = 100_000;

export const idle: Work = {
  title: `${IDLE_MS / 1000} s with two workers and nothing to do`,
  metrics: { cpu: { label: "of one processor", unit: "%", better: "lower", charted: true } },
  rounds: 1,
  quickRounds: 1,
  warmUps: 0,
  together: true,
  async run(adapter) {
    await adapter.task("noop")();
    await pause(300);
    const before = process.cpuUsage();
    const start = performance.now();
    await pause(IDLE_MS);
    const { user, system } = process.cpuUsage(before);
    return { cpu: (user + system) / 1000 / (performance.now() - start) * 100 };
  },
};

export const memory: Work = {
  title: `${IN_FLIGHT.toLocaleString("en")} no-ops in flight`,
  metrics: {
    handle: { label: "JS heap, spawned", unit: "bytes/task", better: "lower" },
    awaited: { label: "JS heap, spawned and awaited", unit: "bytes/task", better: "lower", charted: true },
    shared: { label: "shared memory", unit: "bytes/task", better: "lower" },
    resident: { label: "resident, spawned and awaited", unit: "bytes/task", better: "lower" },
  },
  rounds: 1,
  quickRounds: 1,
  warmUps: 0,
  async run(adapter) {
    const { mostInFlight = Infinity } = adapter;
    if (mostInFlight < IN_FLIGHT) throw new Error(`no more than ${mostInFlight.toLocaleString("en")} in flight`);
    const sample: Sample = {};
    const noop = adapter.task("noop");
    const hold = adapter.task("hold");
    const { forget, remember, sharedBytes } = adapter;
    if (forget !== undefined) sample.handle = (await measure(hold, forget, remember!, sharedBytes)).heap;
    const { heap, shared, resident } = await measure(hold, noop, (held) => held as Promise<unknown>, sharedBytes);
    sample.awaited = heap;
    sample.resident = resident;
    if (adapter.sharedBytes !== undefined) sample.shared = shared;
    return sample;
  },
};

/** Holds all workers, spawns, measures, and lets go. */
async function measure(
  hold: (gate: SharedArrayBuffer) => Promise<unknown>,
  spawn: () => unknown,
  wait: (held: unknown) => Promise<unknown>,
  sharedBytes: (() => number) | undefined,
): Promise<{ heap: number; shared: number; resident: number }> {
  const gate = new SharedArrayBuffer(8);
  const words = new Int32Array(gate);
  const held: Promise<unknown>[] = [];
  // One after the other, so that no two of them are given to the same worker.
  for (let i = 0; i < WORKERS; i++) {
    held.push(hold(gate));
    while (Atomics.load(words, 1) <= i) await pause(1);
  }
  const all: unknown[] = new Array(IN_FLIGHT).fill(undefined);
  await collect();
  const before = Deno.memoryUsage();
  const sharedBefore = sharedBytes?.() ?? 0;
  for (let i = 0; i < IN_FLIGHT; i++) all[i] = spawn();
  await collect();
  const after = Deno.memoryUsage();
  const shared = (sharedBytes?.() ?? 0) - sharedBefore;
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
  await Promise.all(held);
  for (const one of all) await wait(one);
  return {
    heap: (after.heapUsed - before.heapUsed) / IN_FLIGHT,
    shared: shared / IN_FLIGHT,
    resident: (after.rss - before.rss) / IN_FLIGHT,
  };
}
