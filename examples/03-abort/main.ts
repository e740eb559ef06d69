/**
 * Gives up on tasks: one that computes, one that waits, and one that is merely slow.
 *
 * `abort` reaches a loop that never yields, through `context().aborted`, and all that takes a signal, through
 * `context().signal`. To give up the wait alone, `recv` takes a signal: the task goes on.
 */

import * as webble from "@webble/runtime";

await using _runtime = await webble.builder().workers(2).init();

// `aborted` is read from shared memory, so it turns true in the middle of the loop.
const search = webble.spawn(() => {
  const task = webble.context();
  let tries = 0;
  while (!task.aborted) tries++;
  return tries;
});
await new Promise((resolve) => setTimeout(resolve, 100));
console.log("The search was stopped:", search.abort("found elsewhere"));
await search.recv().catch((error: Error) => console.log(`${error.name}, because it was ${error.cause}`));

// A signal ends what waits. After its first `await` a task cannot ask for its context, so it asks before.
const listener = webble.spawn(async () => {
  const { signal } = webble.context();
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
});
listener.abort();
await listener.recv().catch((error: Error) => console.log(`${error.name}: ${error.message}`));

// A timeout on the wait: the task is not told, and its result can be had later.
const slow = webble.spawn(() => new Promise<string>((resolve) => setTimeout(() => resolve("here I am"), 300)));
await slow.recv({ signal: AbortSignal.timeout(50) }).catch((error: Error) => console.log(`${error.name} after 50 ms`));
console.log("And then:", await slow.recv());
