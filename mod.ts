/**
 * Webble: closures and async functions on a pool of Web Workers that share memory.
 *
 * @example Run a function on another thread
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(2).init();
 * const answer = webble.spawn((a: number, b: number) => a * b, 6, 7);
 * assertEquals(await answer.recv(), 42);
 * ```
 *
 * @module
 */

import "./src/boot.ts";

export * as channel from "./src/channel/mod.ts";
export { dbg } from "./src/dbg/dbg.ts";
export type { DbgLevel } from "./src/dbg/settings.ts";
export * from "./src/errors.ts";
export * as executor from "./src/executor/mod.ts";
export * from "./src/runtime/api.ts";
export { builder, type WasmOptions, WebbleBuilder } from "./src/runtime/builder.ts";
export type { Lifecycle, ThreadId } from "./src/runtime/runtime.ts";
export type { RuntimeStats, WorkerStats } from "./src/runtime/stats.ts";
export type { TaskContext } from "./src/task/context.ts";
export { WorkerHandle } from "./src/task/handle.ts";
export { tasks } from "./src/task/module.ts";
export { type Carried, type Carrier, CARRY } from "./src/value/carry.ts";
export type { NotSend, Returned, Send, Sendable, Settled, Task, TaskReference, Tasks } from "./src/value/send.ts";
export { transfer } from "./src/value/transfer.ts";
