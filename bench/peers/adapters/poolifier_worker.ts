/**
 * The other end of `poolifier.ts`.
 *
 * @module
 */

import { importPackage } from "../adapter.ts";
import { TASKS } from "../tasks.ts";
import { POOLIFIER } from "./versions.ts";

interface Poolifier {
  readonly ThreadWorker: new (tasks: unknown, options: { maxInactiveTime: number }) => unknown;
}

const { ThreadWorker } = await importPackage<Poolifier>("poolifier-web-worker", POOLIFIER);

export default new ThreadWorker({ ...TASKS }, { maxInactiveTime: 60_000 });
