/**
 * What must be done when a thread is found dead, so that those who live go on as if it had never been.
 *
 * A waker clears the sleeper's PARKED bit, then changes FUTEX, then notifies: if it dies between, nobody else will. A
 * dead thread's own bits in PARKED, SEARCHING and SENTINEL would draw wakes upon it, or keep others from waking
 * anyone.
 */

import { add, notify } from "../../../src/memory/atomics.ts";
import { type Parking, type Place, unpark } from "../../../src/sync/park.ts";

/** Wakes the thread at `place` whatever its bit says: the wake of a dead thread may have got no further. */
export function rouse({ words, futex }: Place): void {
  add(words, futex, 1);
  notify(words, futex);
}

/** Clears the dead worker's bits, first; then rouses all others, who look for what it was woken for. */
export function bury(parking: Parking, dead: Place | undefined): void {
  if (dead !== undefined) {
    parking.stopSearching(dead.bit);
    parking.resign(dead.bit);
    unpark(dead);
  }
  for (const place of parking.places) if (place !== dead) rouse(place);
}
