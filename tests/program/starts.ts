/**
 * Starts that nothing else is waited for beside: one that a shutdown ends, and some whose workers do not come up.
 *
 * @module
 */

import * as webble from "@webble/runtime";

for (let i = 0; i < 5; i++) {
  const started = webble.builder().workers(3).init().then(() => "started", (error) => error.name);
  await webble.spawn(() => 1).recv();
  await webble.shutdown();
  const end = await started;
  if (end !== "started" && end !== "LifecycleError") throw new Error(end);
}
for (const workers of [1, 3, 5]) {
  const nowhere = new URL("./there_is_no_such_file.js", import.meta.url);
  console.log(await webble.builder().workers(workers).workerUrl(nowhere).init().catch((error) => error.name));
}
