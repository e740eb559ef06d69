/**
 * Slow import: says so where a task module does not come. Its tasks wait for it, and pinned ones behind them.
 */

import { after } from "./turns.ts";

/** Milliseconds. */
const PATIENCE = 15_000;

/**
 * Warns once if a module is still being imported after a while.
 *
 * @param who The thread that imports it.
 * @param loading Settles when it is there, or cannot be.
 */
export function warnOfSlowImport(who: string, url: string, loading: Promise<void>, patience: number = PATIENCE): void {
  let isOver = false;
  loading.then(() => isOver = true);
  after(patience).then(() => {
    if (isOver) return;
    console.warn(
      `webble: ${who} has been importing the task module ${url} for ${
        patience / 1000
      } seconds; its tasks, and those that ` +
        "were spawned there after them, wait for it. Does it await at its top level what never comes, or a task of its own?",
    );
  });
}
