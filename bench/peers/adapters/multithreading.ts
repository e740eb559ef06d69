/**
 * Multithreading: closures sent by source, a failure is a value.
 *
 * Its workers must all have seen a function once before it is spawned in a burst: of several calls at once it sends the
 * source with the first only, and runs the others before that has been imported.
 *
 * @module
 */

import { type Adapter, type Call, importPackage } from "../adapter.ts";
import { HARMLESS, type TaskName, TASKS } from "../tasks.ts";
import { MULTITHREADING } from "./versions.ts";

type Outcome = { ok: true; value: unknown } | { ok: false; error: Error };
type Arguments = readonly unknown[];

interface Multithreading {
  initRuntime(options: { maxWorkers: number }): void;
  spawn(first: unknown, fn?: unknown): { join(): Promise<Outcome> };
  move(...values: unknown[]): Arguments;
  shutdown(): void;
}

const { initRuntime, spawn, move, shutdown } = await importPackage<Multithreading>("multithreading", MULTITHREADING);

let workers = 0;

function take(outcome: Outcome): unknown {
  if (!outcome.ok) throw outcome.error;
  return outcome.value;
}

function task(name: TaskName): Call {
  const fn = TASKS[name];
  if (name === "noop") return async () => take(await spawn(fn).join());
  return async (value) => take(await spawn(move(value), fn).join());
}

export const adapter: Adapter = {
  version: MULTITHREADING,
  note: "moves bytes where others copy; every worker is shown every function first",
  mostInFlight: 65_536,
  start(count: number): void {
    workers = count;
    initRuntime({ maxWorkers: count });
  },
  async ready(): Promise<void> {
    for (const name of Object.keys(TASKS) as TaskName[]) {
      await Promise.all(Array.from({ length: workers }, () => task(name)(HARMLESS[name]())));
    }
  },
  task,
  async move(bytes: Uint8Array): Promise<Uint8Array> {
    return take(await spawn(move(bytes), TASKS.echo).join()) as Uint8Array;
  },
  stop(): Promise<void> {
    shutdown();
    return Promise.resolve();
  },
};
