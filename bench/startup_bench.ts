/**
 * How long from nothing to the first result, and down again?
 */

import * as webble from "@webble/runtime";

const source = "onmessage = (e) => postMessage(e.data)";

Deno.bench("bare new Worker + one message", { group: "startup", baseline: true }, async () => {
  const url = URL.createObjectURL(new Blob([source]));
  const worker = new Worker(url, { type: "module" });
  await new Promise((resolve) => {
    worker.onmessage = resolve;
    worker.postMessage(1);
  });
  worker.terminate();
  URL.revokeObjectURL(url);
});
for (const workers of [1, 8]) {
  Deno.bench(
    `init, first result, shutdown: ${workers} ${workers === 1 ? "worker" : "workers"}`,
    { group: "startup" },
    async () => {
      await using _runtime = await webble.builder().workers(workers).init();
      await webble.spawn((n: number) => n, 1).recv();
    },
  );
}
