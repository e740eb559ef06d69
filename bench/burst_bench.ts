/**
 * How many tasks a second, when 20,000 are spawned in one go and all are awaited? One iteration is the whole burst.
 */

import * as webble from "@webble/runtime";

const BURST = 20_000;

await webble.builder().workers(2).init();

const source = "onmessage = (e) => postMessage(e.data)";
const raw = [0, 1].map(() => new Worker(URL.createObjectURL(new Blob([source])), { type: "module" }));

function rawBurst(value: unknown): Promise<void> {
  return new Promise((resolve) => {
    let left = BURST;
    for (const worker of raw) worker.onmessage = () => --left === 0 && resolve();
    for (let i = 0; i < BURST; i++) raw[i & 1]!.postMessage(value);
  });
}

function burst(spawn: () => webble.WorkerHandle<unknown>): Promise<unknown> {
  const all: Promise<unknown>[] = [];
  for (let i = 0; i < BURST; i++) all.push(spawn().recv());
  return Promise.all(all);
}

const person = { id: 1, name: "task 1", values: [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5] };
const noop = () => {};
const echo = (value: typeof person) => value;

Deno.bench("raw postMessage", { group: "20,000 no-ops", baseline: true }, async () => {
  await rawBurst(0);
});
Deno.bench("spawnStealable", { group: "20,000 no-ops" }, async () => {
  await burst(() => webble.spawnStealable(noop));
});
Deno.bench("spawn", { group: "20,000 no-ops" }, async () => {
  await burst(() => webble.spawn(noop));
});
Deno.bench("raw postMessage", { group: "20,000 small objects", baseline: true }, async () => {
  await rawBurst(person);
});
Deno.bench("spawnStealable", { group: "20,000 small objects" }, async () => {
  await burst(() => webble.spawnStealable(echo, person));
});
Deno.bench("spawn", { group: "20,000 small objects" }, async () => {
  await burst(() => webble.spawn(echo, person));
});
