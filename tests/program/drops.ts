/** A program that drops streams without an end, one unread and one amid it. Needs `--v8-flags=--expose-gc`. */

import * as webble from "../../mod.ts";

const { gc } = globalThis as unknown as { gc(): void };

await using _runtime = await webble.builder().workers(1).init();

async function drop(): Promise<void> {
  const endless = () =>
    webble.channel.stream(function* () {
      for (;;) yield new Uint8Array(100_000);
    });
  endless();
  await endless()[Symbol.asyncIterator]().next();
}

await drop();
let left = 2;
for (let i = 0; i < 500 && left > 0; i++) {
  gc();
  await new Promise((resolve) => setTimeout(resolve, 10));
  left = webble.stats().tasks.live;
}
console.log(`${left} generators are left`);
