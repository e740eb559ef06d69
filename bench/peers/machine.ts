/**
 * What the figures were measured on, and how busy it was.
 *
 * @module
 */

import { cpus } from "node:os";

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

/** The load average of the last minute; 0 where there is none to be had. */
export function currentLoad(): number {
  return Deno.build.os === "windows" ? 0 : Math.round((Deno.loadavg()[0] ?? 0) * 100) / 100;
}
