/**
 * The other end of `tinypool.ts`: every export is a task.
 *
 * @module
 */

import { importPackage } from "../adapter.ts";
import { TINYPOOL } from "./versions.ts";

interface Package {
  move(bytes: Uint8Array): unknown;
}

const tinypool = await importPackage<Package>("tinypool", TINYPOOL);

export { count, echo, hold, noop, row, spin } from "../tasks.ts";

/** Gives the bytes back without copying them. */
export function move(bytes: Uint8Array): unknown {
  return tinypool.move(bytes);
}
