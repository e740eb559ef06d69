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
  readonly Transfer: new (value: unknown, transfers: Transferable[]) => unknown;
}

const { default: workerpool } = await importPackage<{ default: Workerpool }>("workerpool", WORKERPOOL);

workerpool.worker({
  ...TASKS,
  move: (bytes: Uint8Array) => new workerpool.Transfer(bytes, [bytes.buffer as ArrayBuffer]),
});
