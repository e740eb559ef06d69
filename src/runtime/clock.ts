/**
 * Clock: the current millisecond, by which work that is done amid other code is spaced.
 *
 * It is read in a third of the time that `performance.now` takes, and it is the engine's own: tests may put another `Date`
 * into its place, which stands still.
 */

const { now } = Date;

/** The current millisecond, by the system's clock: it may stand still for a while, or go back. */
export function millisecond(): number {
  return now();
}
