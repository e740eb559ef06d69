/**
 * Options: how tasks are spawned and run, what a run says when it stops, and what is refused.
 */

import { checkInteger } from "../integer.ts";
import { quotedName } from "../task/closure.ts";
import { PRIORITIES, type Priority } from "./queue.ts";
import type { TaskHandle } from "./task.ts";

/**
 * Why a run stopped.
 *
 * - `"done"`: the task that it was to run has ended; without one, all have.
 * - `"budget"`: its time or its polls are spent. Nothing runs until the next `run`.
 * - `"yielded"`: tasks wait for the environment or for other threads. The run goes on by itself, with what is left of its
 *   budget, until it stops for another reason.
 * - `"stalled"`: the tasks that are left wait for each other, or for nothing. It goes on by itself if one is woken after all.
 */
export type Stop = "done" | "budget" | "yielded" | "stalled";

/** How far to run. */
export interface RunOptions {
  /** Stop when this task has ended; without it, when all have. */
  readonly until?: TaskHandle<unknown> | undefined;
  /**
   * Milliseconds to run for, with what goes on by itself: once they are spent nothing runs until the next `run`. A task is not
   * interrupted, so that the last one may take longer.
   */
  readonly budgetMs?: number | undefined;
  /** How many times to resume a task, likewise. */
  readonly maxPolls?: number | undefined;
}

/** What to call a task, and how urgent it is. */
export interface SpawnOptions {
  /** Its name in `tasks()` and errors; by default that of its function. */
  readonly name?: string | undefined;
  /**
   * How urgent it is; by default `"user-visible"`. While a more urgent task is queued, less urgent ones do not run.
   */
  readonly priority?: Priority | undefined;
}

/** Refuses what is no budget. */
export function checkBudget(budgetMs: number, maxPolls: number): void {
  if (!(typeof budgetMs === "number" && budgetMs >= 0)) {
    const rule = "Cannot run tasks as 'budgetMs' must be a number from 0";
    if (typeof budgetMs !== "number") throw new TypeError(`${rule}: received a value of type ${typeof budgetMs}`);
    throw new RangeError(`${rule}: received ${budgetMs}`);
  }
  if (maxPolls !== Infinity) checkInteger("run tasks", "maxPolls", maxPolls, 0, Number.MAX_SAFE_INTEGER);
}

/** Refuses what is no priority. */
export function checkPriority(name: string, priority: Priority): void {
  if (PRIORITIES.includes(priority)) return;
  throw new TypeError(
    `Cannot spawn '${name}' as 'priority' must be one of ${PRIORITIES.join(", ")}: received ${priority}`,
  );
}

/** Refuses what is certain to be no generator function. */
export function checkFunction(fn: unknown): void {
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot spawn a task as its function must be a generator function: received ${typeof fn}`);
  }
  // Only what is to be constructed has a prototype that stands.
  if (Object.getOwnPropertyDescriptor(fn, "prototype")?.writable === false) {
    throw new TypeError(`Cannot spawn ${quotedName(fn)} as it is a class: a task is a generator function`);
  }
  const tag = (fn as { [Symbol.toStringTag]?: string })[Symbol.toStringTag];
  if (tag !== "AsyncFunction" && tag !== "AsyncGeneratorFunction") return;
  throw new TypeError(
    `Cannot spawn ${quotedName(fn)} as it is async: make it a generator function, and await with ` +
      "'yield* yieldAsync(promise)'",
  );
}
