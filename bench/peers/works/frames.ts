/**
 * Does a flood of tasks hold up the page's frames?
 *
 * @module
 */

import type { Call } from "../adapter.ts";
import type { Work } from "../work.ts";

const TASKS = 200_000;
const PER_FRAME = 2_000;
const QUIET_MS = 1_500;

export const frames: Work = {
  title: "Longest gap between frames",
  metrics: {
    quiet: { label: "doing nothing", unit: "ms", better: "lower" },
    sliced: {
      label: `${TASKS.toLocaleString("en")} no-ops, ${PER_FRAME.toLocaleString("en")} a frame`,
      unit: "ms",
      better: "lower",
      charted: true,
    },
    spawning: { label: "in one go, the spawning", unit: "ms", better: "lower" },
    after: { label: "in one go, frames after that", unit: "ms", better: "lower" },
  },
  rounds: 5,
  quickRounds: 1,
  warmUps: 1,
  // The others take many seconds for as many tasks, or cannot have as many in flight.
  peers: ["webble", "webble pinned", "raw postMessage"],
  async run(adapter) {
    const noop = adapter.task("noop");
    const quiet = await longest(() => new Promise((resolve) => setTimeout(resolve, QUIET_MS)));
    const sliced = await longest(() => inSlices(noop));
    let spawning = 0;
    const after = await longest(async () => {
      const start = performance.now();
      const all: Promise<unknown>[] = [];
      for (let i = 0; i < TASKS; i++) all.push(noop());
      const ended = Promise.all(all);
      spawning = performance.now() - start;
      // The frame that the spawning itself held up is not the runtime's doing: gaps count from here on.
      await nextFrame();
      return { from: performance.now(), ended };
    });
    return { quiet, sliced, spawning, after };
  },
};

/** The longest gap between frames until the body has ended, from when it says on. */
async function longest(body: () => Promise<unknown>): Promise<number> {
  let running = true;
  const times: number[] = [];
  const draw = () => {
    times.push(performance.now());
    if (running) requestAnimationFrame(draw);
  };
  await nextFrame();
  draw();
  const start = await body();
  let from = 0;
  if (typeof start === "object" && start !== null && "ended" in start && "from" in start) {
    from = Number(start.from);
    await start.ended;
  }
  await nextFrame();
  await nextFrame();
  running = false;
  let gap = 0;
  for (let i = 1; i < times.length; i++) if (times[i - 1]! >= from - 1) gap = Math.max(gap, times[i]! - times[i - 1]!);
  return gap;
}

async function inSlices(noop: Call): Promise<void> {
  const all: Promise<unknown>[] = [];
  while (all.length < TASKS) {
    await nextFrame();
    for (let i = 0; i < PER_FRAME; i++) all.push(noop());
  }
  await Promise.all(all);
}

function nextFrame(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}
