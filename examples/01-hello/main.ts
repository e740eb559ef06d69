/**
 * Runs a function on another thread and waits for what it returns.
 *
 * The function travels by its source, so it sees its arguments and the global `webble`, not the scope around it.
 */

import * as webble from "@webble/runtime";

// Stops the workers when this module ends.
await using _runtime = await webble.builder().workers(2).init();

const greeting = webble.spawn((name: string) => `Hello, ${name}, from worker ${webble.threadId()}!`, "world");
console.log(await greeting.recv()); // Hello, world, from worker 0!

// An async function may wait for anything; its worker does other work meanwhile.
const later = webble.spawn(async (ms: number) => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return `${ms} milliseconds later, on the same worker or another.`;
}, 50);
console.log(await later.recv());

// What a task throws arrives where somebody waits for it.
const failing = webble.spawn((text: string) => JSON.parse(text).name as string, "{ not JSON");
await failing.recv().catch((error: Error) => console.log(`It failed, as it should: ${error.name}.`));
