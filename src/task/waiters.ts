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

/** Those who wait for a pending handle, which is what it holds: none, one, or an array of several. */
export function waitingIn(held: unknown): readonly Waiting[] {
  return held === undefined ? [] : Array.isArray(held) ? held : [held as Waiting];
}

/** Tells those who wait: gives the outcome to promises, and wakes tasks. Says whether there was a promise. */
export function tell(held: unknown, outcome: () => unknown): boolean {
  let told = false;
  for (const waiting of waitingIn(held)) {
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
