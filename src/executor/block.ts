/**
 * Blocking: how an executor waits for other threads without giving way to the environment.
 *
 * Before it blocks it makes sure that somebody could end that: it follows who waits for whom. A turn of the event loop
 * never comes while the thread is blocked, so a task that waits for one, directly or through others, waits for ever.
 */

import { DeadlockError } from "../errors.ts";
import { mayBlock, pause } from "../memory/atomics.ts";
import type { Blocking, WakeSource } from "../task/wait.ts";
import { Task } from "./task.ts";

/** The most milliseconds that a page's main thread, which must not sleep, spins for one wake. */
const MOST_SPIN_MS = 1000;
/** Milliseconds between the looks at several places: a thread can sleep at one only. */
const TURN_MS = 1;

/**
 * Takes in what other threads have brought, though there is something to do: tasks that only give way to one another would
 * keep it from being seen.
 */
export function look(tasks: readonly Task[]): void {
  for (const source of ["here", "thread"] as const) for (const place of placesOf(source, tasks)) place.block(0);
}

/**
 * Blocks this thread until something may have come. The caller looks whether a task is queued, and calls again if not: only
 * then can it be seen that what was on its way from another thread now needs a turn of this one, as a message does.
 *
 * @param target The task that must end.
 * @param tasks All that live.
 * @param isQueued Whether there is something to do.
 * @param since When this thread began to wait for it.
 * @throws {DeadlockError} Nothing can ever wake the target; or this is a page's main thread and it has waited for too long.
 */
export function block(target: Task, tasks: readonly Task[], isQueued: () => boolean, since: number): void {
  // No other thread tells of what the tasks have sent to one another.
  for (const place of placesOf("here", tasks)) place.block(0);
  if (isQueued()) return;
  const places = findPlaces(target, tasks);
  if (!mayBlock()) return spin(target, places, isQueued, since);
  if (places.length === 1) return places[0]!.block(Infinity);
  for (const place of places) {
    place.block(TURN_MS);
    if (isQueued()) return;
  }
}

function spin(target: Task, places: readonly Blocking[], isQueued: () => boolean, since: number): void {
  const end = performance.now() + TURN_MS;
  do {
    for (const place of places) place.block(0);
    if (isQueued()) return;
    pause();
  } while (performance.now() < end);
  if (end - since < MOST_SPIN_MS) return;
  throw new DeadlockError(
    `Cannot wait any longer for ${target.label}: a page's main thread must not sleep, and has looked for ` +
      `${target.wait.what} for ${MOST_SPIN_MS} ms. Use 'run()' and 'await handle.join()' here, or 'blockOn()' on a worker.`,
  );
}

/** Where other threads could bring something that the target waits for in the end. */
function findPlaces(target: Task, tasks: readonly Task[]): readonly Blocking[] {
  const chain = [target];
  let last = target;
  while (last.status === "waiting" && last.wait.task instanceof Task) {
    last = last.wait.task;
    if (chain.includes(last)) throw deadlock([...chain, last], "which waits for itself");
    chain.push(last);
  }
  if (last.scheduler !== target.scheduler) throw deadlock(chain, "which belongs to another executor");
  const { source } = last.wait;
  if (source === "nothing") throw deadlock(chain, "which never comes");
  if (source === "turn") {
    throw deadlock(
      chain,
      "which needs a turn of this thread's event loop, and 'blockOn()' does not give it one. " +
        "Use 'run()' and 'await handle.join()'",
    );
  }
  const places = placesOf("thread", tasks);
  if (places.length > 0) return places;
  throw deadlock(
    chain,
    source === "here"
      ? "which only this thread could send, and no other task of this executor can go on"
      : "which is up to other tasks of this executor, and none of them can go on",
  );
}

/** The places at which tasks wait for what comes from a source. */
function placesOf(source: WakeSource, tasks: readonly Task[]): readonly Blocking[] {
  const places = new Set<Blocking>();
  for (const { status, wait } of tasks) {
    if (status === "waiting" && wait.source === source && wait.blocking !== undefined) places.add(wait.blocking);
  }
  return [...places];
}

function deadlock(chain: readonly Task[], why: string): DeadlockError {
  const waits = chain.slice(0, -1).map((task) => `${task.label} waits for ${task.wait.what}, `);
  const last = chain.at(-1)!;
  // A cycle says who waits, and for whom, until it comes back to one that was named.
  const end = chain.indexOf(last) < chain.length - 1 ? "" : `${last.label} waits for ${last.wait.what}, `;
  return new DeadlockError(`Cannot go on: ${waits.join("")}${end}${why}.`);
}
