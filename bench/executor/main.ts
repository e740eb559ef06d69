/**
 * The page of `bench/executor_page.ts`: what a poll costs, and how long frames wait while each brings 50 ms of work.
 *
 * @module
 */

import { executor } from "@webble/runtime";
import { awaitLoop, AWAITS, FEW, manyAsync, manyTasks, postLoop, POSTS, TASKS, turns, yieldLoop } from "./loops.ts";

/** What one way of doing the work came to. */
export interface Frames {
  /** Milliseconds between two frames: the longest, and the middle one. */
  readonly longest: number;
  readonly median: number;
  /** Milliseconds of work that were done in a second. */
  readonly work: number;
}

/** What the harness finds on `globalThis`. */
export interface PageGlobals {
  /** Nanoseconds each. */
  cost(): Promise<Record<string, number>>;
  frames(way: string): Promise<Frames>;
}

const page = globalThis as unknown as PageGlobals;

const FRAMES = 90;
const WORK_MS = 50;
const PIECE_MS = 0.25;
const PIECES = WORK_MS / PIECE_MS;

page.cost = async () => {
  const loops: Record<string, [times: number, loop: () => void | Promise<void>]> = {
    "await in a loop": [AWAITS, () => awaitLoop(1, AWAITS)],
    "yield* yieldNow() in a task": [AWAITS, () => turns(1, AWAITS)],
    [`await in ${FEW} async functions`]: [AWAITS, () => awaitLoop(FEW, AWAITS / FEW)],
    [`yield* yieldNow() in ${FEW} tasks`]: [AWAITS, () => turns(FEW, AWAITS / FEW)],
    "scheduler.postTask": [POSTS, () => postLoop(POSTS)],
    "scheduler.yield": [POSTS, () => yieldLoop(POSTS)],
    [`each of ${TASKS.toLocaleString("en")} async functions`]: [TASKS, manyAsync],
    [`each of ${TASKS.toLocaleString("en")} tasks`]: [TASKS, manyTasks],
  };
  const best: Record<string, number> = {};
  for (let round = 0; round < 5; round++) {
    for (const [name, [times, loop]] of Object.entries(loops)) {
      const start = performance.now();
      await loop();
      best[name] = Math.min(best[name] ?? Infinity, (performance.now() - start) * 1e6 / times);
    }
  }
  return best;
};

let done = 0;

function piece(): void {
  const end = performance.now() + PIECE_MS;
  while (performance.now() < end);
  done++;
}

/** Each way is called in each frame with as much work as a frame brings; the last call says that it was the last. */
const ways: Record<string, (isLast: boolean) => void> = {
  "no work": () => {},
  "in one go": () => {
    for (let i = 0; i < PIECES; i++) piece();
  },
  "await between the pieces": () =>
    void (async () => {
      for (let i = 0; i < PIECES; i++) {
        piece();
        await null;
      }
    })(),
  "scheduler.postTask, background, each piece": () => {
    const { scheduler } = globalThis as unknown as {
      scheduler: { postTask(callback: () => void, options: object): Promise<void> };
    };
    for (let i = 0; i < PIECES; i++) {
      scheduler.postTask(piece, { priority: "background", signal: stop.signal }).catch(() => {});
    }
  },
  "executor, run({ budgetMs: 8 }) in each frame": (isLast) => {
    spawnWork();
    executor.run({ budgetMs: 8 });
    if (isLast) executor.evictAll();
  },
  "executor, runs by itself": (isLast) => {
    if (executor.tasksCount() === 0) {
      executor.spawn(function* () {
        for (;;) yield* executor.yieldAnimationFrame();
      }, { priority: "user-blocking" });
      executor.run();
    }
    spawnWork();
    if (isLast) executor.evictAll();
  },
  "executor, runs by itself when idle": (isLast) => {
    executor.spawn(function* () {
      for (let left = PIECES; left > 0;) {
        const idle = yield* executor.yieldUntilIdle();
        for (; left > 0 && idle.timeRemaining() > PIECE_MS; left--) piece();
      }
    });
    executor.run();
    if (isLast) executor.evictAll();
  },
};

let stop = new AbortController();

function spawnWork(): void {
  executor.spawn(function* () {
    for (let i = 0; i < PIECES; i++) {
      piece();
      yield* executor.yieldNow();
    }
  }, { priority: "background" });
}

page.frames = async (way) => {
  const bring = ways[way]!;
  const times: number[] = [];
  stop = new AbortController();
  await nextFrame();
  done = 0;
  for (let frame = 1; frame <= FRAMES; frame++) {
    times.push(await nextFrame());
    bring(frame === FRAMES);
  }
  const work = done * PIECE_MS;
  stop.abort();
  const gaps = times.slice(1).map((time, i) => time - times[i]!).sort((a, b) => a - b);
  return { longest: gaps.at(-1)!, median: gaps[gaps.length >> 1]!, work: work * 1000 / (times.at(-1)! - times[0]!) };
};

/** The time at which a frame's callbacks begin to run, not the time that is told: that one is when it should have begun. */
function nextFrame(): Promise<number> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())));
}
