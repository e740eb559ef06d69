/**
 * The other end of `comlink.ts`.
 *
 * @module
 */

import { importPackage } from "../adapter.ts";
import { TASKS } from "../tasks.ts";
import { COMLINK } from "./versions.ts";

interface Comlink {
  expose(value: unknown): void;
  transfer<T>(value: T, transfers: Transferable[]): T;
}

const { expose, transfer } = await importPackage<Comlink>("comlink", COMLINK);

expose({ ...TASKS, move: (bytes: Uint8Array) => transfer(bytes, [bytes.buffer as ArrayBuffer]) });
