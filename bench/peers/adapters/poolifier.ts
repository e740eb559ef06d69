/**
 * Poolifier for web workers: a fixed pool.
 *
 * @module
 */

import { type Adapter, type Call, importPackage } from "../adapter.ts";
import type { TaskName } from "../tasks.ts";
import { POOLIFIER } from "./versions.ts";

interface Pool {
  execute(value: unknown, name: string): Promise<unknown>;
  destroy(): Promise<void>;
}

interface Poolifier {
  readonly FixedThreadPool: new (
    workers: number,
    url: URL,
    options: { errorEventHandler: (event: unknown) => void },
  ) => Pool;
}

const { FixedThreadPool } = await importPackage<Poolifier>("poolifier-web-worker", POOLIFIER);

let pool: Pool;
let workers = 0;

export const adapter: Adapter = {
  version: POOLIFIER,
  start(count: number): void {
    workers = count;
    pool = new FixedThreadPool(count, new URL("./poolifier_worker.ts", import.meta.url), {
      errorEventHandler: console.error,
    });
  },
  async ready(): Promise<void> {
    await Promise.all(Array.from({ length: workers }, () => pool.execute(undefined, "noop")));
  },
  task(name: TaskName): Call {
    return (value) => pool.execute(value, name);
  },
  stop: () => pool.destroy(),
};
