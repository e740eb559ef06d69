/**
 * Workerpool with a dedicated worker: a web worker in a page, `node:worker_threads` in Deno.
 *
 * @module
 */

import { type Adapter, type Call, importPackage, WALKS_BYTES } from "../adapter.ts";
import type { TaskName } from "../tasks.ts";
import { WORKERPOOL } from "./versions.ts";

interface Pool {
  exec(name: string, values: readonly unknown[]): Promise<unknown>;
  terminate(force: boolean): Promise<unknown>;
}

interface Workerpool {
  pool(script: string, options: { minWorkers: number; maxWorkers: number; workerOpts: WorkerOptions }): Pool;
}

const { default: workerpool } = await importPackage<{ default: Workerpool }>("workerpool", WORKERPOOL);

let pool: Pool;
let workers = 0;

export const adapter: Adapter = {
  version: WORKERPOOL,
  unfitForBytes: WALKS_BYTES,
  start(count: number): void {
    workers = count;
    const url = new URL("./workerpool_worker.ts", import.meta.url);
    // A path for `node:worker_threads`, a URL for web workers.
    const script = url.protocol === "file:" ? decodeURIComponent(url.pathname) : url.href;
    pool = workerpool.pool(script, { minWorkers: count, maxWorkers: count, workerOpts: { type: "module" } });
  },
  async ready(): Promise<void> {
    await Promise.all(Array.from({ length: workers }, () => pool.exec("noop", [])));
  },
  task(name: TaskName): Call {
    return (value) => pool.exec(name, [value]);
  },
  async stop(): Promise<void> {
    await pool.terminate(true);
  },
};
