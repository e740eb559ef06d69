/**
 * Clock: the engine's own time. Tests may put another `Date` or `performance` into their places, which stand still: main would
 * never think that the event loop should have its turn.
 */

const { now } = Date;
const elapsed: () => number = performance.now.bind(performance);

/** Milliseconds, and fractions, that only go on. */
export function steadyTime(): number {
  return elapsed();
}

/** The current millisecond, in a third of the time; by the system's clock, which may stand still for a while, or go back. */
export function millisecond(): number {
  return now();
}
