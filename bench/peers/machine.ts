/**
 * What the figures were measured on, and how busy it was.
 *
 * @module
 */

import { cpus } from "node:os";
import { median } from "./work.ts";

/** What goes with every set of figures. */
export interface Machine {
  readonly date: string;
  readonly runtime: string;
  readonly system: string;
  readonly processors: number;
  readonly model: string;
  /** Load averages of the last minute, before and after. */
  readonly load: [before: number, after: number];
}

/** Describes this machine, before a run. */
export function describeMachine(): Machine {
  const load = currentLoad();
  return {
    date: new Date().toISOString().slice(0, 10),
    runtime: `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`,
    system: `${Deno.build.os} ${Deno.build.arch}`,
    processors: cpus().length,
    model: cpus()[0]?.model ?? "unknown",
    load: [load, load],
  };
}

const CROSSINGS = 2_000;
const BATCHES = 9;

/** The other end: writes each number that it reads. */
const ECHO = `onmessage = ({ data: words }) => {
  for (let i = 1; i <= ${CROSSINGS * BATCHES}; i++) {
    while (Atomics.load(words, 0) !== i);
    Atomics.store(words, 32, i);
  }
  close();
};
postMessage("up");`;

/**
 * Measures what it takes to write a word that another thread sees, and to see its answer: nanoseconds, a median.
 *
 * Where processors are virtual this changes, by five times on some machines, with the real ones that they happen to get;
 * and all that two threads do together changes with it.
 */
export async function timeCrossing(): Promise<number> {
  const words = new Int32Array(new SharedArrayBuffer(256));
  const url = URL.createObjectURL(new Blob([ECHO], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  await new Promise((resolve) => worker.onmessage = resolve);
  URL.revokeObjectURL(url);
  worker.postMessage(words);
  const times: number[] = [];
  for (let batch = 0, i = 0; batch < BATCHES; batch++) {
    const start = performance.now();
    for (const end = i + CROSSINGS; i < end;) {
      Atomics.store(words, 0, ++i);
      while (Atomics.load(words, 32) !== i);
    }
    times.push((performance.now() - start) / CROSSINGS * 1e6);
  }
  return Math.round(median(times));
}

/** The load average of the last minute; 0 where there is none to be had. */
export function currentLoad(): number {
  return Deno.build.os === "windows" ? 0 : Math.round((Deno.loadavg()[0] ?? 0) * 100) / 100;
}
