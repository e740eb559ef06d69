/**
 * Waiters: who waits for a pending handle, and how they are told.
 */

import type { Waker } from "./wait.ts";

/** Settles a promise of `recv`. Its `reject` is not kept: to resolve it with a {@linkcode Rejection} is to reject it. */
export type Resolve = (value: unknown) => void;

/**
 * What rejects the promises that are resolved with it. A rejected promise would do so too, but count as one that nobody
 * handles until it is told otherwise, and Deno takes time in the square of their number over that.
 */
export class Rejection {
  constructor(readonly error: unknown) {}

  then(_resolve: unknown, reject: (error: unknown) => void): void {
    reject(this.error);
  }
}

/** Who waits for a handle: in async code, or in a task of an executor. */
export type Waiting = Resolve | Waker;

/** Those who wait for a pending handle, which is what it holds: none, one, or several in the order in which they came. */
type Held = undefined | Waiting | Set<Waiting>;

/** The same, and one more. */
export function withWaiting(held: unknown, waiting: Waiting): Held {
  const others = held as Held;
  if (others === undefined || others === waiting) return waiting;
  return others instanceof Set ? others.add(waiting) : new Set([others, waiting]);
}

/** The same, without one who waits no more. */
export function withoutWaiting(held: unknown, waiting: Waiting): Held {
  const others = held as Held;
  if (!(others instanceof Set)) return others === waiting ? undefined : others;
  others.delete(waiting);
  return others.size === 0 ? undefined : others;
}

/** Tells those who wait: gives the outcome to promises, and wakes tasks. Says whether there was a promise. */
export function tell(held: unknown, outcome: () => unknown): boolean {
  let told = false;
  const all = held as Held;
  if (all === undefined) return told;
  for (const waiting of all instanceof Set ? all : [all]) {
    if (typeof waiting === "function") {
      told = true;
      waiting(outcome());
    } else waiting.wake();
  }
  return told;
}

/** Stands for all who gave up waiting, and do not want to hear of a failure. */
export function ignore(): void {}

/** Gives up waiting when the signal fires. */
export function withSignal<T>(promise: Promise<T>, signal: AbortSignal, forget: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      forget();
      reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}
