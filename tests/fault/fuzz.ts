/**
 * Fuzz: random programs over the public API, on one to four workers, with a restart between any two.
 *
 * What a program gives is compared with what its plan says; and whatever the schedule was, every handle settles, and
 * tasks, loads and memory return to nothing. Runs in Deno and in a browser alike.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import * as webble from "@webble/runtime";
import { play, type Report } from "./play.ts";
import { type Plan, RandomPlans } from "./plan.ts";
import { atRest } from "./rest.ts";
import { judge } from "./verdict.ts";

/** Milliseconds after which a program counts as hanging. */
const PATIENCE = 20_000;

/** What to run. */
export interface Extent {
  /** The first round's; each round has the next. */
  readonly seed: number;
  /** So many rounds at most. */
  readonly rounds: number;
  /** No new round begins after so many milliseconds. */
  readonly ms: number;
}

/** What was run. */
export interface Tally {
  rounds: number;
  tasks: number;
  /** Rounds in which the runtime was shut down in the middle. */
  cut: number;
}

/**
 * Runs random programs.
 *
 * @throws An error that names the round's seed: with it as `WEBBLE_SEED`, and `WEBBLE_ROUNDS=1`, that round runs alone.
 */
export async function fuzz({ seed, rounds, ms }: Extent): Promise<Tally> {
  const tally: Tally = { rounds: 0, tasks: 0, cut: 0 };
  const end = performance.now() + ms;
  for (let round = 0; round < rounds && performance.now() < end; round++) {
    try {
      await runRound(seed + round, tally);
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`WEBBLE_SEED=${seed + round} WEBBLE_ROUNDS=1: ${message}`, { cause: error });
    } finally {
      await webble.shutdown();
    }
    tally.rounds++;
  }
  return tally;
}

async function runRound(seed: number, tally: Tally): Promise<void> {
  // Neighbouring seeds of a xorshift begin alike.
  const plans = new RandomPlans(Math.imul(seed, 0x9e3779b1));
  const workers = 1 + plans.below(4);
  const next = () => {
    const plan = plans.root(1 + plans.below(60));
    tally.tasks += size(plan);
    return plan;
  };
  const starting = webble.builder().workers(workers).memory(2 ** 24).init();
  // Spawning works before the workers are there.
  if (plans.below(2) === 0) await starting;
  if (plans.below(6) === 0) {
    tally.cut++;
    await cutOff(next(), plans.below(20), starting);
    return;
  }
  // Several, so that records and blocks are used again; at times two at once.
  for (let left = plans.below(12); left >= 0; left--) {
    const programs = plans.below(3) === 0 ? [next(), next()] : [next()];
    const reports = await inTime(Promise.all(programs.map((plan) => play(plan, undefined) as Promise<Report>)));
    await starting;
    for (const [i, plan] of programs.entries()) await judge(plan, reports[i]!);
    await atRest(PATIENCE);
  }
}

/** Shuts the runtime down in the middle: whatever waits settles. */
async function cutOff(plan: Plan, turns: number, starting: Promise<unknown>): Promise<void> {
  // A task that failed, and that its spawner would have looked at later, is reported as the runtime ends.
  const unseen = (event: Event) => event.preventDefault();
  globalThis.addEventListener("unhandledrejection", unseen);
  try {
    const handles = [webble.spawn(() => new Promise<void>(() => {})), webble.spawnStealable(() => 1)];
    const settled = Promise.allSettled(handles.map((handle) => handle.recv()));
    const played = Promise.allSettled([play(plan, undefined)]);
    const started = Promise.allSettled([starting]);
    for (let i = 0; i < turns; i++) await webble.yieldNow();
    await inTime(webble.shutdown());
    const [endless, short] = await inTime(settled);
    assert(endless!.status === "rejected" && endless!.reason instanceof webble.ShutdownError, "it did not end");
    assert(short!.status === "fulfilled" || short!.reason instanceof webble.ShutdownError, "another error");
    await inTime(played);
    await inTime(started);
    assert(handles.every((handle) => handle.finished));
    assertEquals([webble.lifecycle(), webble.numWorkers(), webble.workerLoads()], ["shutdown", 0, []]);
    await new Promise((resolve) => setTimeout(resolve, 0));
  } finally {
    globalThis.removeEventListener("unhandledrejection", unseen);
  }
}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not settled after ${PATIENCE} ms; ${JSON.stringify(webble.stats())}`));
    }, PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function size({ children }: Plan): number {
  return children.reduce((sum, child) => sum + size(child), children.length);
}
