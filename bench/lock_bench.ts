/**
 * How long it takes to have a lock: alone, and when others want it too; beside what one does without shared memory, a
 * mutex that the main thread keeps and workers ask for by `postMessage`.
 */

import { channel } from "@webble/runtime";
import * as webble from "@webble/runtime";

const mutex = new channel.Mutex(0);
const lock = new channel.RwLock(0);
const semaphore = new channel.Semaphore(4);

Deno.bench("lockSync() and release", { group: "one lock, alone", baseline: true }, () => {
  using _guard = mutex.lockSync();
});

Deno.bench("await lock() and release", { group: "one lock, alone" }, async () => {
  using _guard = await mutex.lock();
});

Deno.bench("lockSync(), read, write, release", { group: "one lock, alone" }, () => {
  using guard = mutex.lockSync();
  guard.value++;
});

Deno.bench("rwlock: tryRead() and release", { group: "one lock, alone" }, () => {
  using _guard = lock.tryRead();
});

Deno.bench("rwlock: tryWrite() and release", { group: "one lock, alone" }, () => {
  using _guard = lock.tryWrite();
});

Deno.bench("semaphore: tryAcquire() and release", { group: "one lock, alone" }, () => {
  using _permit = semaphore.tryAcquire();
});

let chain: Promise<unknown> = Promise.resolve();
Deno.bench("a chain of promises, on one thread", { group: "one lock, alone" }, async () => {
  await (chain = chain.then(() => {}));
});

const TIMES = 10_000;
const WORKERS = 2;

/** Counts in the mutex, blocking or not. */
async function contend(blocks: boolean): Promise<void> {
  const counter = new channel.Mutex(0);
  const tasks = Array.from({ length: WORKERS }, () =>
    webble.spawn(
      async (counter: channel.Mutex<number>, times: number, blocks: boolean) => {
        for (let n = 0; n < times; n++) {
          using guard = blocks ? counter.lockSync() : await counter.lock();
          guard.value++;
        }
      },
      counter,
      TIMES / WORKERS,
      blocks,
    ));
  for (const task of tasks) await task.recv();
}

/** The same with a mutex that main keeps. */
const KEPT = `
onmessage = async ({ data: times }) => {
  const granted = () => new Promise((resolve) => (onmessage = ({ data }) => resolve(data)));
  for (let n = 0; n < times; n++) {
    const turn = granted();
    postMessage("lock");
    postMessage({ set: (await turn) + 1 });
  }
  postMessage("done");
};`;

async function contendByMessages(workers: readonly Worker[]): Promise<void> {
  let value = 0;
  const waiting: Worker[] = [];
  let owner: Worker | undefined;
  const grant = () => {
    owner = waiting.shift();
    owner?.postMessage(value);
  };
  await Promise.all(workers.map((worker) =>
    new Promise<void>((resolve) => {
      worker.onmessage = ({ data }) => {
        if (data === "done") return resolve();
        if (data === "lock") waiting.push(worker);
        else {
          value = data.set;
          owner = undefined;
        }
        if (owner === undefined) grant();
      };
      worker.postMessage(TIMES / WORKERS);
    })
  ));
}

Deno.bench(`${TIMES} turns of ${WORKERS} workers, blocking`, { group: "contended", baseline: true }, async (b) => {
  await using _runtime = await webble.builder().workers(WORKERS).init();
  await contend(true);
  b.start();
  await contend(true);
  b.end();
});

Deno.bench(`${TIMES} turns of ${WORKERS} workers, async`, { group: "contended" }, async (b) => {
  await using _runtime = await webble.builder().workers(WORKERS).init();
  await contend(false);
  b.start();
  await contend(false);
  b.end();
});

Deno.bench(`${TIMES} turns by postMessage`, { group: "contended", n: 5 }, async (b) => {
  const url = URL.createObjectURL(new Blob([KEPT], { type: "text/javascript" }));
  const workers = Array.from({ length: WORKERS }, () => new Worker(url, { type: "module" }));
  b.start();
  await contendByMessages(workers);
  b.end();
  for (const worker of workers) worker.terminate();
  URL.revokeObjectURL(url);
});
