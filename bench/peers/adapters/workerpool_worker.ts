/**
 * The other end of `workerpool.ts`.
 *
 * @module
 */

import { importPackage } from "../adapter.ts";
import { TASKS } from "../tasks.ts";
import { WORKERPOOL } from "./versions.ts";

interface Workerpool {
  worker(tasks: Record<string, unknown>): void;
}

const { default: workerpool } = await importPackage<{ default: Workerpool }>("workerpool", WORKERPOOL);

workerpool.worker({ ...TASKS });
