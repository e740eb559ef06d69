/**
 * Poll: how a task's generator is resumed and ended, whatever it may do then.
 */

import { JoinError } from "../errors.ts";
import type { Wait } from "../task/wait.ts";
import type { Task } from "./task.ts";

/** Resumes a task; calls its function if it has not begun. */
export function step(task: Task): IteratorResult<Wait, unknown> {
  if (task.generator === undefined) {
    const awaitable = task.run();
    if (typeof awaitable?.[Symbol.iterator] !== "function") {
      throw new TypeError(
        `Cannot run ${task.label} as its function gave nothing to await: make it a generator function, ` +
          "'function* () { … }'",
      );
    }
    task.generator = awaitable[Symbol.iterator]();
  }
  return task.generator.next();
}

/** Resumes a task with an error, at the place where it waits. */
export function throwInto(task: Task, error: unknown): IteratorResult<Wait, unknown> {
  const { generator } = task;
  if (generator?.throw === undefined) throw error;
  return generator.throw(error);
}

/** Ends a generator that will not be resumed: its `finally` blocks run, and cannot wait. */
export function close(generator: Iterator<Wait, unknown, unknown> | undefined): void {
  try {
    generator?.return?.();
  } catch (error) {
    report(error);
  }
}

/** Tells of an error that no handle can: as an unhandled rejection. */
export function report(error: unknown): void {
  // The eviction of what a task waits for is its own eviction's doing.
  if (!(error instanceof JoinError)) void Promise.reject(error);
}

/** What to say to a task that yields what is no wait. */
export function notAWait(value: unknown): TypeError {
  const isPromise = typeof value === "object" && value !== null && "then" in value;
  const received = isPromise ? "a promise" : typeof value === "object" && value !== null ? "an object" : String(value);
  const instead = isPromise
    ? "'yield* yieldAsync(promise)'"
    : "'yield*' with a handle, or with one of the yield functions";
  return new TypeError(`Cannot wait for what was yielded, ${received}: write ${instead}`);
}
