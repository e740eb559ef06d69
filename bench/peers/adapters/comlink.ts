/**
 * Comlink: a proxy for each worker. It has no pool, so the workers take turns.
 *
 * @module
 */

import { type Adapter, type Call, importPackage } from "../adapter.ts";
import type { TaskName } from "../tasks.ts";
import { COMLINK } from "./versions.ts";

type Proxy = Record<TaskName | "move", (value: unknown) => Promise<unknown>>;

interface Comlink {
  wrap(worker: Worker): Proxy;
  transfer<T>(value: T, transfers: Transferable[]): T;
}

const comlink = await importPackage<Comlink>("comlink", COMLINK);

let workers: Worker[] = [];
let proxies: Proxy[] = [];
let turn = 0;

function next(): Proxy {
  turn = (turn + 1) % proxies.length;
  return proxies[turn]!;
}

export const adapter: Adapter = {
  version: COMLINK,
  note: "has no pool: workers in turn",
  start(count: number): void {
    const url = new URL("./comlink_worker.ts", import.meta.url);
    workers = Array.from({ length: count }, () => new Worker(url, { type: "module" }));
    proxies = workers.map((worker) => comlink.wrap(worker));
  },
  async ready(): Promise<void> {
    await Promise.all(proxies.map((proxy) => proxy.noop(undefined)));
  },
  task(name: TaskName): Call {
    return (value) => next()[name](value);
  },
  async move(bytes: Uint8Array): Promise<Uint8Array> {
    return await next().move(comlink.transfer(bytes, [bytes.buffer as ArrayBuffer])) as Uint8Array;
  },
  stop(): Promise<void> {
    for (const worker of workers) worker.terminate();
    workers = proxies = [];
    return Promise.resolve();
  },
};
