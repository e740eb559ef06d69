/** A program that shuts the runtime down from a task on its main thread. */

import * as webble from "../../mod.ts";

await webble.builder().workers(1).init();
Object.assign(globalThis, { stop: () => webble.shutdown() });
await webble.onMain(() => {
  (globalThis as unknown as { stop(): void }).stop();
  const end = Date.now() + 20;
  while (Date.now() < end);
}).recv().catch((error: Error) => console.log(error.name));
console.log(webble.lifecycle());
