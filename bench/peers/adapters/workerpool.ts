/**
 * Workerpool with a dedicated worker. Of its worker types, Deno runs the one on `node:worker_threads`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { type Adapter, type Call, importPackage } from "../adapter.ts";
import type { TaskName } from "../tasks.ts";
import { WORKERPOOL } from "./versions.ts";

interface Pool {
  exec(name: string, values: readonly unknown[], options?: { transfer: Transferable[] }): Promise<unknown>;
  terminate(force: boolean): Promise<unknown>;
}

interface Workerpool {
  pool(script: string, options: { minWorkers: number; maxWorkers: number }): Pool;
}

const { default: workerpool } = await importPackage<{ default: Workerpool }>("workerpool", WORKERPOOL);

let pool: Pool;
let workers = 0;

export const adapter: Adapter = {
  version: WORKERPOOL,
  start(count: number): void {
    workers = count;
    const script = fileURLToPath(new URL("./workerpool_worker.ts", import.meta.url));
    pool = workerpool.pool(script, { minWorkers: count, maxWorkers: count });
  },
  async ready(): Promise<void> {
    await Promise.all(Array.from({ length: workers }, () => pool.exec("noop", [])));
  },
  task(name: TaskName): Call {
    return (value) => pool.exec(name, [value]);
  },
  async move(bytes: Uint8Array): Promise<Uint8Array> {
    return await pool.exec("move", [bytes], { transfer: [bytes.buffer as ArrayBuffer] }) as Uint8Array;
  },
  async stop(): Promise<void> {
    await pool.terminate(true);
  },
};
