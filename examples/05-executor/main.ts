/**
 * Runs tasks only when told to: step by step, on a budget, or until one of them is done.
 *
 * A task of the executor is a generator function, and `yield*` waits: for another task, a task of the pool, a channel,
 * a time, a frame.
 */

import * as webble from "@webble/runtime";

const { dbg, executor } = webble;

await using _runtime = await webble.builder().workers(1).init();

const steps = executor.spawn(function* steps() {
  for (let step = 1; step <= 3; step++) {
    console.log("Step", step);
    yield* executor.yieldNow();
  }
  return "three steps";
});
console.log("Nothing has run yet:", executor.queuedTasksCount(), "task is queued");

// One look at each task that can go on, no more.
console.log("Stopped as it was", executor.run({ maxPolls: 1 }));

// Until that task is done; a task of the pool is awaited like any other.
const sum = executor.spawn(function* sum() {
  const six = yield* webble.spawn((a: number, b: number) => a + b, 1, 5);
  return `${yield* steps} and ${six}`;
});
executor.run(sum);
console.log("Got", await sum.join());

// Without giving way to the event loop: the thread sleeps until a worker answers.
const answer = executor.blockOn(function* () {
  return yield* webble.spawn(() => 6 * 7);
});
dbg(answer * 2);
