/**
 * Life locks: a worker holds a Web Lock with a name of its own for as long as its thread lives, so that whoever is granted
 * that lock knows that the thread has really stopped, however that came about.
 */

import { tellMain } from "./messages.ts";

/** The part of Web Locks that is used; TypeScript knows them in pages only. */
export interface Locks {
  request<T>(
    name: string,
    options: { mode?: "shared" | "exclusive"; ifAvailable?: boolean; signal?: AbortSignal },
    granted: (lock: unknown) => T | Promise<T>,
  ): Promise<T>;
}

/** The lock of a worker. */
export interface LifeLock {
  readonly name: string;
  /** Whether the worker holds it. Set before a pool's worker takes work; never where there are no locks. */
  held: boolean;
}

/** How the names of life locks begin; a random UUID follows. */
export const LIFE_LOCK_PREFIX = "@webble/runtime ";

/** Web Locks, where there are some. Looked up when needed: the mere look takes Deno a while. */
export function webLocks(): Locks | undefined {
  return (globalThis.navigator as { locks?: Locks } | undefined)?.locks;
}

/** A name for a life lock, unlike all others. */
export function newLifeLockName(): string {
  return LIFE_LOCK_PREFIX + crypto.randomUUID();
}

/**
 * Takes a worker's lock, and keeps it until the thread stops, whatever stops it; then tells main, which waits for it. Resolves
 * to whether it could.
 *
 * Deno gives a lock that is free at once, so that the worker holds it from here on even if it does not get to hear of that.
 */
export function holdLifeLock(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const locks = webLocks();
    if (locks === undefined) return resolve(false);
    locks.request(name, {}, () => {
      tellMain({ webble: "locked" });
      resolve(true);
      return new Promise<never>(() => {});
    }).catch(() => resolve(false));
  });
}
