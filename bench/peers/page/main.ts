/**
 * One peer in a page: does the works that the harness names. The page's address says which peer: `?peer=comlink`.
 *
 * @module
 */

import type { Adapter, AdapterModule } from "../adapter.ts";
import { type Sample, type Work, WORKERS } from "../work.ts";
import { burst, objects } from "../works/burst.ts";
import { frames } from "../works/frames.ts";
import { latency } from "../works/latency.ts";

/** What the harness finds on `globalThis`. */
export interface PageGlobals {
  open(): Promise<{ version: string; note?: string }>;
  take(work: string): Promise<Sample>;
}

const works: Readonly<Record<string, Work>> = { latency, burst, objects, frames };

const adapters: Readonly<Record<string, () => Promise<AdapterModule>>> = {
  "webble": () => import("../adapters/webble_stealable.ts"),
  "webble pinned": () => import("../adapters/webble_pinned.ts"),
  "raw postMessage": () => import("../adapters/raw.ts"),
  "multithreading": () => import("../adapters/multithreading.ts"),
  "comlink": () => import("../adapters/comlink.ts"),
  "workerpool": () => import("../adapters/workerpool.ts"),
};

const page = globalThis as unknown as PageGlobals;
let adapter: Adapter;

page.open = async () => {
  const name = new URL(location.href).searchParams.get("peer") ?? "webble";
  const load = adapters[name];
  if (load === undefined) throw new Error(`The page has no adapter for "${name}"`);
  ({ adapter } = await load());
  adapter.start(WORKERS);
  await adapter.ready();
  return { version: adapter.version, ...(adapter.note === undefined ? {} : { note: adapter.note }) };
};

page.take = (work) => works[work]!.run(adapter);
