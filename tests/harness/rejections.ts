/**
 * Rejections that nobody handles, for tests of what is reported that way.
 *
 * @module
 */

/** Milliseconds until the last have been reported: they are as the runtime ends, in a turn of their own. */
const SETTLING_MS = 20;

/** Runs `body`, and gives the reasons of the promises that were rejected meanwhile with nobody to handle it. */
export async function unhandled(body: () => void | Promise<void>): Promise<unknown[]> {
  const reasons: unknown[] = [];
  const listener = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    reasons.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", listener);
  try {
    await body();
    await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
  } finally {
    globalThis.removeEventListener("unhandledrejection", listener);
  }
  return reasons;
}
