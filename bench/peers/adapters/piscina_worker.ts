/**
 * The other end of `piscina.ts`: every export is a task.
 *
 * @module
 */

import { importPackage } from "../adapter.ts";
import { PISCINA } from "./versions.ts";

interface Package {
  readonly Piscina: { move(bytes: Uint8Array): unknown };
}

const { Piscina } = await importPackage<Package>("piscina", PISCINA);

export { count, echo, hold, noop, row, spin } from "../tasks.ts";

/** Gives the bytes back without copying them. */
export function move(bytes: Uint8Array): unknown {
  return Piscina.move(bytes);
}
