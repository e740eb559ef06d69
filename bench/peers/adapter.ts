/**
 * What a peer must offer to be measured, and the list of peers.
 *
 * Each has an adapter of its own, which uses it as its README advises. The packages are imported by computed names: a
 * benchmark's peers are no dependencies of the library, and checking or releasing it must not fetch them.
 *
 * @module
 */

import type { TaskName } from "./tasks.ts";

/** A task, ready to be called: every call is one task. */
export type Call = (value?: unknown) => Promise<unknown>;

/** How to start. */
export interface StartOptions {
  /** Bytes that a peer which reserves memory for values should reserve, if not its default. */
  readonly bytes?: number;
}

/** One way of running tasks on workers. */
export interface Adapter {
  readonly version: string;
  /** What a reader of the figures should know. */
  readonly note?: string;
  /** Why it is not asked to carry megabytes. */
  readonly unfitForBytes?: string;
  /** Why it is not asked how long it takes to start. */
  readonly unfitForStartup?: string;
  /** How many tasks may be in flight, where that is limited. */
  readonly mostInFlight?: number;
  /** Starts workers; tasks may be given from here on. */
  start(workers: number, options?: StartOptions): void;
  /** Waits until every worker is up and knows every task. */
  ready(): Promise<void>;
  /** Prepares a task. */
  task(name: TaskName): Call;
  /** Sends bytes to a worker and back, both ways by transferring them. */
  move?(bytes: Uint8Array): Promise<Uint8Array>;
  /** fib(n) that spawns a task at every node, from inside a worker. */
  fib?(n: number): Promise<number>;
  /** So many no-ops spawned and awaited inside one task. */
  leaves?(count: number): Promise<void>;
  /** Bytes of shared memory in use. */
  sharedBytes?(): number;
  /** Spawns a no-op without waiting for it, and gives what the caller then holds. */
  forget?(): unknown;
  /** Waits for a task that was so spawned. */
  remember?(held: unknown): Promise<unknown>;
  /** Ends the workers. */
  stop(): Promise<void>;
}

/** A module of `adapters/`. */
export interface AdapterModule {
  readonly adapter: Adapter;
}

/** The peers, in the order in which they take turns: their name and their adapter's file. */
export const PEERS: Readonly<Record<string, string>> = {
  "webble": "webble_stealable",
  "webble pinned": "webble_pinned",
  "raw postMessage": "raw",
  "multithreading": "multithreading",
  "comlink": "comlink",
  "poolifier-web-worker": "poolifier",
  "piscina": "piscina",
  "piscina async": "piscina_async",
  "tinypool": "tinypool",
  "worktank": "worktank",
  "workerpool": "workerpool",
};

/** Peers that cannot be measured, and why. */
export const ABSENT: Readonly<Record<string, string>> = {
  "knitting": "not on npm",
};

/** Why no pool on `node:worker_threads` is asked to carry megabytes in Deno. */
export const WALKS_BYTES =
  "Deno's node:worker_threads looks at every byte of a message: 100 ms for a MiB, and 256 MiB fail";

/**
 * Imports an npm package at run time; in a page, from where the page's server has put it.
 *
 * In a page's worker, messages that arrive meanwhile are kept for whoever listens afterwards.
 */
export async function importPackage<T>(name: string, version: string): Promise<T> {
  if ("Deno" in globalThis) return await import(`npm:${name}@${version}`);
  const early: MessageEvent[] = [];
  const keep = (event: Event) => early.push(event as MessageEvent);
  globalThis.addEventListener("message", keep);
  const found: T = await import(new URL(`/dist/${name}.js`, location.href).href);
  globalThis.removeEventListener("message", keep);
  setTimeout(() => {
    for (const { data, ports } of early) {
      globalThis.dispatchEvent(new MessageEvent("message", { data, ports: [...ports] }));
    }
  });
  return found;
}
