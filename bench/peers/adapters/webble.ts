/**
 * Webble itself, on either of its tracks.
 *
 * @module
 */

import * as webble from "../../../mod.ts";
import { Record } from "../../../src/memory/layout.ts";
import type { Adapter, Call, StartOptions } from "../adapter.ts";
import { type TaskName, TASKS } from "../tasks.ts";

/** `spawn` or `spawnStealable`. */
export type Track = "spawn" | "spawnStealable";

type AnyTask = (value: unknown) => unknown;

/** Makes the adapter of a track. */
export function adapterFor(track: Track, version: string): Adapter {
  const spawn = webble[track] as (fn: AnyTask, value?: unknown) => webble.WorkerHandle<unknown>;
  let starting: Promise<unknown> = Promise.resolve();
  return {
    version,
    start(workers: number, { bytes }: StartOptions = {}): void {
      const builder = webble.builder().workers(workers);
      starting = (bytes === undefined ? builder.memory(64 * 2 ** 20) : builder.memory(bytes)).init();
    },
    async ready(): Promise<void> {
      await starting;
    },
    task(name: TaskName): Call {
      const fn = TASKS[name] as AnyTask;
      if (name === "noop") return () => spawn(fn).recv();
      return (value) => spawn(fn, value).recv();
    },
    async move(bytes: Uint8Array): Promise<Uint8Array> {
      const there = webble.transfer(bytes as Uint8Array<ArrayBuffer>);
      return await webble[track]((value: Uint8Array<ArrayBuffer>) => webble.transfer(value), there).recv();
    },
    async fib(n: number): Promise<number> {
      return await webble.spawnStealable(fib, n).recv();
    },
    async leaves(count: number): Promise<void> {
      await webble.spawnStealable(leaves, count).recv();
    },
    sharedBytes(): number {
      const { heap, tasks } = webble.stats();
      return heap.used + tasks.live * Record.WORDS * Int32Array.BYTES_PER_ELEMENT;
    },
    forget: () => spawn(TASKS.noop),
    remember: (held) => (held as webble.WorkerHandle<unknown>).recv(),
    stop: () => webble.shutdown(),
  };
}

/** Spawns both branches at every node: fib(22) makes 57,313 tasks. */
const fib = async function fib(n: number): Promise<number> {
  if (n < 2) return n;
  const a = webble.spawnStealable(fib, n - 1);
  const b = webble.spawnStealable(fib, n - 2);
  return await a.recv() + await b.recv();
};

const leaves = async (count: number): Promise<void> => {
  const leaf = () => {};
  const all: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) all.push(webble.spawnStealable(leaf).recv());
  await Promise.all(all);
};
