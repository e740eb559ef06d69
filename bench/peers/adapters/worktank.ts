/**
 * WorkTank: a static pool, whose methods are a module's exports.
 *
 * @module
 */

import { type Adapter, type Call, importPackage } from "../adapter.ts";
import type { TaskName } from "../tasks.ts";
import { WORKTANK } from "./versions.ts";

interface Pool {
  exec(name: string, values: readonly unknown[]): Promise<unknown>;
  terminate(): void;
}

interface Options {
  readonly pool: { readonly name: string; readonly size: number };
  readonly worker: { readonly autoInstantiate: boolean; readonly env: Record<string, string>; readonly methods: URL };
}

const { default: WorkTank } = await importPackage<{ default: new (options: Options) => Pool }>("worktank", WORKTANK);

let pool: Pool;
let workers = 0;

export const adapter: Adapter = {
  version: WORKTANK,
  start(count: number): void {
    workers = count;
    pool = new WorkTank({
      pool: { name: "peers", size: count },
      worker: { autoInstantiate: true, env: {}, methods: new URL("./exports.ts", import.meta.url) },
    });
  },
  async ready(): Promise<void> {
    await Promise.all(Array.from({ length: workers }, () => pool.exec("noop", [])));
  },
  task(name: TaskName): Call {
    return (value) => pool.exec(name, [value]);
  },
  stop(): Promise<void> {
    pool.terminate();
    return Promise.resolve();
  },
};
