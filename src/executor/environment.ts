/**
 * The environment: what this thread's event loop offers to those who give way to it, and the nearest thing where it
 * does not.
 *
 * | wanted | pages | workers | Deno |
 * |---|---|---|---|
 * | a later turn | `scheduler.postTask` with the priority; else a message to oneself | the same | `setImmediate` |
 * | the next frame | `requestAnimationFrame` | the same where there is one | a timer, on a grid of 60 a second |
 * | idle time | `requestIdleCallback`; else as in workers | `scheduler.postTask`, `"background"`; else a later turn | `setImmediate` |
 */

import { Turns } from "../runtime/turns.ts";
import type { Priority } from "./queue.ts";

/** How much time is left, as `requestIdleCallback` tells it. */
export interface IdleTime {
  /** Whether time was up before the environment was idle. */
  readonly didTimeout: boolean;
  /** Milliseconds until the environment would like to have its turn. */
  timeRemaining(): number;
}

/** Takes back what was asked for; harmless when it has happened. */
export type Cancel = () => void;

/** What is used here of the environment, where it has it. */
interface Environment {
  readonly scheduler?: {
    postTask(callback: () => void, options: { priority: Priority; signal?: AbortSignal }): Promise<unknown>;
  };
  readonly requestAnimationFrame?: (callback: (time: number) => void) => number;
  readonly cancelAnimationFrame?: (id: number) => void;
  readonly requestIdleCallback?: (callback: (time: IdleTime) => void, options?: { timeout: number }) => number;
  readonly cancelIdleCallback?: (id: number) => void;
}

const environment = globalThis as Environment;

const FRAME_MS = 1000 / 60;
/** Idle time where nobody says how much there is. */
const IDLE_MS = 8;

let turns: Turns | undefined;

/** Calls back in a later turn of the event loop: after input, timers and frames that are due. */
export function later(callback: () => void, priority: Priority): void {
  // Looked up at each call, as a test or a page may bring its own.
  const { scheduler } = environment;
  if (scheduler === undefined) (turns ??= new Turns()).later(callback);
  // What the callback throws, if anything, the promise reports.
  else void scheduler.postTask(callback, { priority });
}

/** Calls back before the next frame is drawn, with the time of the frame. */
export function atFrame(callback: (time: number) => void): Cancel {
  const { requestAnimationFrame, cancelAnimationFrame } = environment;
  if (requestAnimationFrame !== undefined) {
    const id = requestAnimationFrame.call(globalThis, callback);
    return () => cancelAnimationFrame?.call(globalThis, id);
  }
  const now = performance.now();
  const next = (Math.floor(now / FRAME_MS) + 1) * FRAME_MS;
  const timer = setTimeout(() => callback(performance.now()), Math.ceil(next - now));
  return () => clearTimeout(timer);
}

/** Calls back when the environment has nothing better to do, or after so many milliseconds. */
export function whenIdle(callback: (time: IdleTime) => void, timeoutMs: number | undefined): Cancel {
  const { requestIdleCallback, cancelIdleCallback, scheduler } = environment;
  if (requestIdleCallback !== undefined) {
    const options = timeoutMs === undefined ? undefined : { timeout: timeoutMs };
    const id = requestIdleCallback.call(globalThis, callback, options);
    return () => cancelIdleCallback?.call(globalThis, id);
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const cancel = () => {
    isOver = true;
    clearTimeout(timer);
  };
  const call = (didTimeout: boolean) => {
    if (isOver) return;
    cancel();
    const end = performance.now() + (didTimeout ? 0 : IDLE_MS);
    callback({ didTimeout, timeRemaining: () => Math.max(0, end - performance.now()) });
  };
  // Only a scheduler can keep the callback waiting.
  if (timeoutMs !== undefined && scheduler !== undefined) timer = setTimeout(() => call(true), timeoutMs);
  later(() => call(false), "background");
  return cancel;
}
