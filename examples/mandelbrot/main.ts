/**
 * Draws the Mandelbrot set on all cores, writes it to a PNG file, then draws it again on one thread and compares.
 *
 * Each band of rows is a stealable task: a worker that is done early takes bands from one that is not, so all stay
 * busy to the end though some bands take many times longer than others.
 */

import { availableParallelism, builder, numWorkers, spawnStealable, stats, tasks } from "@webble/runtime";
import { dirname } from "node:path";
import { renderRow, type View } from "./mandelbrot.ts";
import { HELP, type Options, parseOptions, UsageError } from "./options.ts";
import { places, viewOf } from "./places.ts";
import { encodePng } from "./png.ts";
import { bar, count, Progress, time, workerTable } from "./report.ts";

const render = tasks<typeof import("./render.ts")>(import.meta.resolve("./render.ts"));

const SAMPLES = 2;
const ROWS_IN_BAND = 8;
/** How often main looks at the clock to see whether something held it up. */
const TICK_MS = 2;
const BAR_WIDTH = 32;

/** A finished picture, and how long it took. */
interface Drawn {
  readonly pixels: Uint8ClampedArray;
  readonly ms: number;
}

/** The picture cannot be written. */
class SaveError extends Error {
  override name = "SaveError";
}

/** What the pool's drawing tells besides. */
interface DrawnByPool extends Drawn {
  /** The share of the time in which each worker was drawing. */
  readonly busy: number[];
  /** The longest time for which main's event loop was held up. */
  readonly longestPause: number;
}

async function drawOnPool(view: View): Promise<DrawnByPool> {
  const pixels = new Uint8ClampedArray(view.width * view.height * 4);
  const busy = new Array<number>(numWorkers()).fill(0);
  const progress = new Progress("Drawing", Math.ceil(view.height / ROWS_IN_BAND));
  const start = performance.now();
  const pauses = watchPauses();

  const bands: Promise<void>[] = [];
  for (let top = 0; top < view.height; top += ROWS_IN_BAND) {
    const band = spawnStealable(render.renderBand, view, top, Math.min(ROWS_IN_BAND, view.height - top));
    bands.push(
      band.recv().then(({ worker, busyMs, pixels: rows }) => {
        pixels.set(rows, top * view.width * 4);
        busy[worker]! += busyMs;
        progress.step();
      }),
    );
  }
  await Promise.all(bands);

  const ms = performance.now() - start;
  return { pixels, ms, busy: busy.map((share) => share / ms), longestPause: pauses.stop() };
}

function drawOnOneThread(view: View): Drawn {
  const pixels = new Uint8ClampedArray(view.width * view.height * 4);
  const progress = new Progress("The same on one thread", view.height);
  const start = performance.now();
  for (let y = 0; y < view.height; y++) {
    renderRow(view, y, pixels, y * view.width * 4);
    progress.step();
  }
  return { pixels, ms: performance.now() - start };
}

/** Ticks for as long as it is let, and knows the longest time that a tick came late. */
function watchPauses(): { stop(): number } {
  let last = performance.now();
  let longest = 0;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last - TICK_MS);
    last = now;
  };
  const timer = setInterval(look, TICK_MS);
  return {
    stop() {
      clearInterval(timer);
      look();
      return longest;
    },
  };
}

async function save({ out, width, height }: Options, pixels: Uint8ClampedArray): Promise<void> {
  const file = await encodePng(width, height, pixels);
  try {
    await Deno.mkdir(dirname(out), { recursive: true });
    await Deno.writeFile(out, file);
  } catch (cause) {
    throw new SaveError(`Cannot write ${out}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  console.log(`Wrote ${out}, ${count(Math.ceil(file.length / 1000))} kB.\n`);
}

/** Where two pictures differ first, or -1. */
function firstDifference(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return i;
  return a.length === b.length ? -1 : a.length;
}

async function run(options: Options): Promise<number> {
  const { width, height, workers } = options;
  const view = viewOf(places["Seahorse tail"], width, height, SAMPLES);
  const zoom = Math.round(places["The whole set"].span / view.span);
  console.log(`The Mandelbrot set around ${view.re} + ${view.im}i, magnified ${count(zoom)} times`);
  console.log(
    `${width} × ${height} pixels, ${SAMPLES ** 2} samples each, at most ${count(view.limit)} steps a sample\n`,
  );

  const start = performance.now();
  await using _runtime = await builder().workers(workers).init();
  const processors = availableParallelism();
  console.log(
    `Started ${plural(workers, "worker")} in ${time(performance.now() - start)}; ` +
      `this machine has ${plural(processors, "processor")}.`,
  );

  const pool = await drawOnPool(view);
  console.log(`\n${workerTable(stats().workers, pool.busy)}\n`);
  console.log(`Meanwhile the main thread was never held up for longer than ${time(pool.longestPause)}.`);
  await save(options, pool.pixels);

  const alone = drawOnOneThread(view);
  const longest = Math.max(pool.ms, alone.ms);
  for (const [who, ms] of [[plural(workers, "worker"), pool.ms], ["1 thread", alone.ms]] as const) {
    console.log(`${who.padStart(12)}  ${time(ms).padStart(8)}  ${bar(ms / longest, BAR_WIDTH)}`);
  }
  const at = firstDifference(pool.pixels, alone.pixels);
  if (at >= 0) {
    console.error(`\nThe pictures differ, first at byte ${count(at)}: something is wrong.`);
    return 1;
  }
  console.log(`     speedup  ${(alone.ms / pool.ms).toFixed(2)} ×`);
  console.log(`\nBoth pictures are the same, byte for byte: all ${count(pool.pixels.length)} were compared.`);
  return 0;
}

function plural(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

async function main(): Promise<number> {
  try {
    const options = parseOptions(Deno.args, availableParallelism());
    if (options !== "help") return await run(options);
    console.log(HELP);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`Cannot draw: ${error.message}. See --help.`);
      return 2;
    }
    if (!(error instanceof SaveError)) throw error;
    console.error(`${error.message}. Choose another place with --out.`);
    return 1;
  }
}

if (import.meta.main) Deno.exitCode = await main();
