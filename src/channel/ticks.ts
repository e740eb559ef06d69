/**
 * Ticks: when those who wait in channels and locks of this thread look for deaths among the others.
 *
 * Not often where nothing happens, as each look goes to all others who take part. A death in this thread's own pool is heard of
 * at once.
 */

import { onDeath } from "./presence.ts";

/** Milliseconds between two looks; without blocking, of those who have waited for long, up to so many. */
export const TICK = 50;
const MOST_TICK = 500;

const ticking = new Set<() => void>();
let timer: number | undefined;
/** How long the timer runs, or the next one. */
let period = TICK;

/** Calls `tick` after {@linkcode TICK} milliseconds and then again and again, more and more rarely until somebody begins to wait. */
export function tickFor(tick: () => void): void {
  if (ticking.has(tick)) return;
  ticking.add(tick);
  tickSoon();
}

/** The next look is likely to find something. */
export function tickSoon(): void {
  if (ticking.size === 0) return;
  if (period > TICK) stopTimer();
  period = TICK;
  timer ??= later();
}

/** It is not called any more. */
export function untick(tick: () => void): void {
  if (ticking.delete(tick) && ticking.size === 0) stopTimer();
}

/** It is time, or a worker of this thread's pool has died. */
function tickAll(): void {
  stopTimer();
  try {
    for (const tick of [...ticking]) tick();
  } finally {
    if (ticking.size > 0) timer ??= later();
  }
}

function stopTimer(): void {
  if (timer !== undefined) clearTimeout(timer);
  timer = undefined;
}

function later(): number {
  // Each time, as the runtime may have been started since, or anew.
  onDeath(tickAll);
  const handle: unknown = setTimeout(() => {
    period = Math.min(MOST_TICK, 2 * period);
    tickAll();
  }, period);
  // To wait is no reason for a program to live on: whoever might still send is one. (At the top level of a program Deno
  // waits for such timers, too; but there is none while no other thread takes part.) Numbers in Deno, objects in Node.
  if (typeof handle === "number") unref?.(handle);
  else (handle as { unref?(): void }).unref?.();
  return handle as number;
}

const unref = (globalThis as { Deno?: { unrefTimer?(id: number): void } }).Deno?.unrefTimer;
