/**
 * The loops that are measured, in Deno and in a page.
 *
 * @module
 */

import { executor } from "@webble/runtime";

/** How often the loops give way. */
export const AWAITS = 100_000;
/** How many there are, where there are several. */
export const FEW = 100;
/** How many tasks are many. */
export const TASKS = 100_000;
/** Posting is so much slower that it does less. */
export const POSTS = 1_000;

/** Async functions that await nothing. */
export async function awaitLoop(functions: number, times: number): Promise<void> {
  const loop = async () => {
    for (let i = 0; i < times; i++) await null;
  };
  await Promise.all(Array.from({ length: functions }, loop));
}

/** Tasks that let the others go on. */
export function turns(tasks: number, times: number): void {
  const own = new executor.Executor();
  for (let i = 0; i < tasks; i++) {
    own.spawn(function* () {
      for (let i = 0; i < times; i++) yield* executor.yieldNow();
    });
  }
  own.run();
}

/** What is used here of the Prioritized Task Scheduling API. */
interface Scheduling {
  readonly scheduler: {
    postTask(callback: () => void, options: { priority: string }): Promise<unknown>;
    yield?(): Promise<void>;
  };
}

/** One posted task after the other. */
export async function postLoop(times: number): Promise<void> {
  const { scheduler } = globalThis as unknown as Scheduling;
  for (let i = 0; i < times; i++) await scheduler.postTask(() => {}, { priority: "user-visible" });
}

/** One `scheduler.yield` after the other. */
export async function yieldLoop(times: number): Promise<void> {
  const { scheduler } = globalThis as unknown as Scheduling;
  for (let i = 0; i < times; i++) await scheduler.yield?.();
}

/** Async functions that await once. */
export async function manyAsync(): Promise<void> {
  const all: Promise<number>[] = [];
  const one = async (n: number) => {
    await null;
    return n;
  };
  for (let i = 0; i < TASKS; i++) all.push(one(i));
  await Promise.all(all);
}

/** Tasks that wait once. */
export function manyTasks(): void {
  const own = new executor.Executor();
  for (let i = 0; i < TASKS; i++) {
    own.spawn(function* () {
      yield* executor.yieldNow();
      return i;
    });
  }
  own.run();
}
