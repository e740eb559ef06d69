/**
 * What does it cost to resume a task, beside `await` and the Prioritized Task Scheduling API, where that is? And a hundred
 * thousand tasks? One iteration is all of them. In Chromium: `bench/executor_page.ts`.
 */

import { executor } from "@webble/runtime";
import { awaitLoop, AWAITS, FEW, manyAsync, manyTasks, postLoop, POSTS, TASKS, turns } from "./executor/loops.ts";

const polls = { group: `${AWAITS.toLocaleString("en")} times to the back of the queue` };

Deno.bench("await in a loop", { ...polls, baseline: true }, async () => {
  await awaitLoop(1, AWAITS);
});
Deno.bench("yield* yieldNow() in a task", polls, () => {
  turns(1, AWAITS);
});
Deno.bench(`await in ${FEW} async functions`, polls, async () => {
  await awaitLoop(FEW, AWAITS / FEW);
});
Deno.bench(`yield* yieldNow() in ${FEW} tasks`, polls, () => {
  turns(FEW, AWAITS / FEW);
});
if ("scheduler" in globalThis) {
  Deno.bench(`scheduler.postTask, ${POSTS.toLocaleString("en")} times`, polls, async () => {
    await postLoop(POSTS);
  });
}

const many = { group: `${TASKS.toLocaleString("en")} that wait once` };

Deno.bench("async functions", { ...many, baseline: true }, async () => {
  await manyAsync();
});
Deno.bench("tasks", many, () => {
  manyTasks();
});

Deno.bench("blockOn() a task that ends at once", () => {
  executor.blockOn(() => executor.yieldNow());
});
