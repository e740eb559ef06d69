/**
 * How long does one task take, there and back: spawned, run, awaited, one after the other?
 */

import * as webble from "@webble/runtime";

await webble.builder().workers(2).init();

const raw = new Worker(URL.createObjectURL(new Blob(["onmessage = (e) => postMessage(e.data)"])), { type: "module" });
const echo = (value: unknown) =>
  new Promise((resolve) => {
    raw.onmessage = resolve;
    raw.postMessage(value);
  });
const person = { id: 1, name: "task 1", values: [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5] };

Deno.bench("raw postMessage", { group: "a number there and back", baseline: true }, async () => {
  await echo(1);
});
Deno.bench("spawn → recv", { group: "a number there and back" }, async () => {
  await webble.spawn((n: number) => n, 1).recv();
});
Deno.bench("spawnStealable → recv", { group: "a number there and back" }, async () => {
  await webble.spawnStealable((n: number) => n, 1).recv();
});
Deno.bench("spawn → tryRecv loop", { group: "a number there and back" }, () => {
  const task = webble.spawn((n: number) => n, 1);
  while (task.tryRecv() === undefined);
});
Deno.bench("raw postMessage", { group: "a small object there and back", baseline: true }, async () => {
  await echo(person);
});
Deno.bench("spawn → recv", { group: "a small object there and back" }, async () => {
  await webble.spawn((value: typeof person) => value, person).recv();
});

/**
 * What a main thread does between two tasks. A worker that sleeps meanwhile must be woken for each; one that looks around takes
 * a processor's time, which is not shown.
 */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

for (const ms of [0.1, 0.2, 0.4]) {
  const group = `a number there and back, after ${ms} ms of main's own`;
  Deno.bench("raw postMessage", { group, baseline: true }, async (b) => {
    work(ms);
    b.start();
    await echo(1);
    b.end();
  });
  Deno.bench("spawn → recv", { group }, async (b) => {
    work(ms);
    b.start();
    await webble.spawn((n: number) => n, 1).recv();
    b.end();
  });
}
