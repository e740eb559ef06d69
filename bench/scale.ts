/**
 * Does the cost of a task stay the same with more workers, and with more tasks in flight?
 *
 * `deno task bench:scale [--quick]`. Prints both series, writes `bench/results/scale.json` and `bench/results/scale.svg`.
 *
 * @module
 */

import * as webble from "@webble/runtime";
import { currentLoad, describeMachine, timeCrossing } from "./peers/machine.ts";
import { median } from "./peers/work.ts";
import { writeResult } from "./peers/write.ts";
import { scaleChart, type Series } from "./scale_chart.ts";

const quick = Deno.args.includes("--quick");

const WORKERS: readonly number[] = [1, 2, 4, 8, 16, 32];
const IN_FLIGHT: readonly number[] = [100, 1_000, 10_000, 100_000, 1_000_000];
/** With so many workers the number of tasks varies, and with so many tasks the number of workers. */
const FIXED_WORKERS = 2;
const FIXED_TASKS = 20_000;
/** A point is made of at least so many tasks: a hundred alone are over before the clock has moved. */
const TASKS_PER_POINT = 100_000;

/** So often for each worker before a point by workers is measured. */
const WARM_UPS = quick ? 2 : 12;
const ROUNDS = quick ? 2 : 7;
const noop = () => {};

/** Spawns so many tasks in one go, as often as it takes, and gives nanoseconds for each. */
async function measure(tasks: number): Promise<number> {
  const times = Math.max(1, TASKS_PER_POINT / tasks);
  const start = performance.now();
  for (let time = 0; time < times; time++) {
    const all: Promise<unknown>[] = [];
    for (let i = 0; i < tasks; i++) all.push(webble.spawnStealable(noop).recv());
    await Promise.all(all);
  }
  return (performance.now() - start) / times / tasks * 1e6;
}

/** Each worker's engine compiles the loop for itself, and of many workers each runs a small part of the tasks. */
async function warmUp(workers: number): Promise<void> {
  for (let i = 0; i < WARM_UPS * workers; i++) await measure(FIXED_TASKS);
}

/** Rounds over all points, so that a slow moment of the machine touches each of them alike. */
async function series(points: readonly number[], take: (point: number) => Promise<number>): Promise<Series> {
  const values = new Map<number, number[]>(points.map((point) => [point, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const point of points) values.get(point)!.push(await take(point));
  }
  return points.map((point) => [point, Math.round(median(values.get(point)!))]);
}

const machine = describeMachine();
const crossing = await timeCrossing();

const byWorkers = await series(WORKERS, async (workers) => {
  await using _runtime = await webble.builder().workers(workers).init();
  await warmUp(workers);
  return await measure(FIXED_TASKS);
});
let byTasks: Series;
{
  await using _runtime = await webble.builder().workers(FIXED_WORKERS).init();
  await warmUp(FIXED_WORKERS);
  byTasks = await series(IN_FLIGHT, measure);
}
machine.load[1] = currentLoad();

const results = { machine, crossing: [crossing, await timeCrossing()], quick, unit: "ns per task", byWorkers, byTasks };
await writeResult("scale", results, scaleChart(machine, byWorkers, byTasks));

console.log(`${machine.runtime} · ${machine.processors} × ${machine.model} · load ${machine.load.join(" → ")}`);
console.log(`a word to another thread and back: ${results.crossing.join(" → ")} ns`);
console.log(`\n${FIXED_TASKS.toLocaleString("en")} no-ops in flight, ns per task, by workers`);
for (const [workers, ns] of byWorkers) console.log(`  ${String(workers).padStart(9)}  ${ns}`);
console.log(`\n${FIXED_WORKERS} workers, ns per task, by tasks in flight`);
for (const [tasks, ns] of byTasks) console.log(`  ${tasks.toLocaleString("en").padStart(9)}  ${ns}`);
