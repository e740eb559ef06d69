/**
 * Piscina and Tinypool, which have one interface.
 *
 * @module
 */

import { type Adapter, type Call, WALKS_BYTES } from "../adapter.ts";
import type { TaskName } from "../tasks.ts";

/** What their constructors take. */
export interface PoolOptions {
  readonly filename: string;
  readonly minThreads: number;
  readonly maxThreads: number;
  readonly atomics?: string;
}

/** What they construct. */
export interface NodePool {
  run(value: unknown, options: { name: string }): Promise<unknown>;
  destroy(): Promise<void>;
}

/** Makes the adapter of either. */
export function nodePool(
  version: string,
  open: (options: PoolOptions) => NodePool,
  note?: string,
): Adapter {
  let pool: NodePool;
  let workers = 0;
  return {
    version,
    unfitForBytes: WALKS_BYTES,
    ...(note === undefined ? {} : { note }),
    start(count: number): void {
      workers = count;
      pool = open({ filename: new URL("./exports.ts", import.meta.url).href, minThreads: count, maxThreads: count });
    },
    async ready(): Promise<void> {
      // One after the other: in Deno, Tinypool now and then forgets a task that is given before its worker is up.
      for (let i = 0; i < 2 * workers; i++) await pool.run(undefined, { name: "noop" });
    },
    task(name: TaskName): Call {
      return (value) => pool.run(value, { name });
    },
    stop: () => pool.destroy(),
  };
}
