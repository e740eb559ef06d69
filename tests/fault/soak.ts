/**
 * Soak: mixed tasks for ten minutes on one runtime, with a line about memory every ten seconds. Ends with 1 if memory
 * has grown.
 *
 * `deno task soak`, or with `--minutes 60`; `--seed 7` for the same tasks again. The first fifth, at least two
 * minutes, is warm-up, in which the heaps of all threads grow to their size: memory is compared with what it is then. Of
 * a run under four minutes only the results are checked.
 *
 * With `--tasks 1000000` it runs so many tasks instead, while a random worker is killed every 50 ms (`--every 20`:
 * every 20 ms), and says what came of them; see `deaths.ts`. With `--parks 200000` it sends a worker to sleep so often.
 *
 * @module
 */

import * as webble from "@webble/runtime";
import { deaths, tell } from "./deaths.ts";
import { park } from "./park.ts";
import { play, type Report } from "./play.ts";
import { RandomPlans } from "./plan.ts";
import { atRest } from "./rest.ts";
import { judge } from "./verdict.ts";

/** How much memory may grow, in megabytes: what the collectors leave lying about varies by as much. */
const MARGIN = { rss: 64, heapUsed: 16 };
const LINE_MS = 10_000;
const LEAST_WARM_UP_MS = 120_000;
const WORKERS = 4;

interface Figures {
  readonly rss: number;
  readonly heapUsed: number;
}

function option(name: string, otherwise: number): number {
  const at = Deno.args.indexOf(`--${name}`);
  const number = at < 0 ? otherwise : Number(Deno.args[at + 1]);
  if (!(number > 0)) throw new RangeError(`Cannot soak as --${name} must be a positive number: ${Deno.args[at + 1]}`);
  return number;
}

/** Everything at once: random programs, a burst of small tasks, large values, code that was never seen. */
async function mix(plans: RandomPlans, round: number): Promise<number> {
  const programs = [plans.root(60), plans.root(60)];
  const played = programs.map((plan) => play(plan, undefined) as Promise<Report>);
  const spawn = round % 2 === 0 ? webble.spawn : webble.spawnStealable;
  const burst = Array.from({ length: 2000 }, (_, i) => spawn((i: number) => i, i));
  const aborted = burst.filter((task, i) => i % 7 === 0 && task.abort());
  const large = webble.spawnStealable((bytes: Uint8Array) => bytes.length, new Uint8Array(2 ** 20));
  // A new one each time would be measured in itself: the engine keeps a kilobyte of each function made from text.
  const fresh = webble.spawn(new Function(`return ${round - round % 20}`) as () => number);
  const settled = await Promise.allSettled(burst.map((task) => task.recv()));
  const failed = settled.filter(({ status }) => status === "rejected").length;
  if (failed !== aborted.length) throw new Error(`${failed} of a burst failed, and ${aborted.length} were aborted`);
  if (await large.recv() !== 2 ** 20) throw new Error("a large value has another length");
  if (await fresh.recv() !== round - round % 20) throw new Error("code of another task has run");
  for (const [i, plan] of programs.entries()) await judge(plan, await played[i]!);
  return burst.length;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

/** Memory as it is once this thread's garbage is gone. */
function measure(): Figures {
  (globalThis as { gc?: () => void }).gc?.();
  const { rss, heapUsed } = Deno.memoryUsage();
  return { rss: megabytes(rss), heapUsed: megabytes(heapUsed) };
}

function say(seconds: number, tasks: number, { rss, heapUsed }: Figures): void {
  const { heap, tasks: { live } } = webble.stats();
  const shared = `shared ${megabytes(heap.used)} MB used, ${megabytes(heap.peak)} MB peak`;
  console.log(`${seconds} s: rss ${rss} MB, heap ${heapUsed} MB, ${shared}, ${live} live, ${tasks} tasks so far`);
}

async function soak(ms: number, seed: number): Promise<boolean> {
  const warmUp = Math.max(LEAST_WARM_UP_MS, ms / 5);
  const plans = new RandomPlans(seed);
  await using _runtime = await webble.builder().workers(WORKERS).init();
  const begun = performance.now();
  let baseline: Figures | undefined;
  let figures = measure();
  let spoken = 0;
  let tasks = 0;
  for (let round = 0;; round++) {
    tasks += await mix(plans, round);
    const passed = performance.now() - begun;
    if (passed < ms && passed - spoken < LINE_MS) continue;
    await atRest(10_000);
    figures = measure();
    say(Math.round(passed / 1000), tasks, figures);
    spoken = passed;
    if (baseline === undefined && passed >= warmUp) baseline = figures;
    if (passed >= ms) break;
  }
  if (baseline === undefined || ms < 2 * warmUp) return true;
  const grown = { rss: figures.rss - baseline.rss, heapUsed: figures.heapUsed - baseline.heapUsed };
  console.log(`grown since the warm-up: rss ${grown.rss} MB, heap ${grown.heapUsed} MB`);
  return grown.rss <= MARGIN.rss && grown.heapUsed <= MARGIN.heapUsed;
}

const seed = option("seed", 1 + Math.floor(Math.random() * 2 ** 30));
console.log(`seed ${seed}`);
if (Deno.args.includes("--tasks")) {
  console.log(tell(await deaths({ seed, workers: WORKERS, tasks: option("tasks", 0), every: option("every", 50) })));
} else if (Deno.args.includes("--parks")) {
  const { parks, grown } = await park(option("parks", 0));
  console.log(`parked ${parks} times; memory grown by ${megabytes(grown)} MB since the ten thousandth`);
} else if (!await soak(option("minutes", 10) * 60_000, seed)) {
  console.error("Memory has grown.");
  Deno.exitCode = 1;
}
