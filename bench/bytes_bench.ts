/**
 * What does a large Uint8Array cost, there and back: copied, transferred, and in shared memory?
 */

import * as webble from "@webble/runtime";

await webble.builder().workers(1).memory(2 ** 28).init();

const echo = (bytes: Uint8Array) => bytes;

for (const mebibytes of [1, 16]) {
  const group = `${mebibytes} MiB`;
  const bytes = new Uint8Array(mebibytes * 2 ** 20).fill(1);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  let moving = bytes.slice();

  Deno.bench("two plain copies", { group, baseline: true }, () => {
    bytes.slice().slice();
  });
  Deno.bench("copied", { group }, async () => {
    await webble.spawn(echo, bytes).recv();
  });
  Deno.bench("transferred", { group }, async () => {
    const task = (bytes: Uint8Array<ArrayBuffer>) => webble.transfer(bytes);
    moving = await webble.spawn(task, webble.transfer(moving)).recv();
  });
  Deno.bench("in shared memory", { group }, async () => {
    await webble.spawn(echo, shared).recv();
  });
}
