/**
 * Processors: how many threads can run at a time.
 */

/** How many threads the machine can run at once, as far as it tells. */
export function availableParallelism(): number {
  return Math.max(1, globalThis.navigator?.hardwareConcurrency ?? 1);
}
