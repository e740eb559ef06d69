/** Stands in for `mod.ts` in the type tests: the same signatures, and nothing behind them. Never run. */

import type { Carried, Carrier, CARRY } from "../../src/value/carry.ts";
import type { Sendable, Settled, Task, Tasks } from "../../src/value/send.ts";

export type { NotSend, Returned, Send, Sendable, Settled, Task, TaskReference, Tasks } from "../../src/value/send.ts";

export declare class WorkerHandle<T> implements Carrier {
  tryRecv(): T | undefined;
  recv(): Promise<T>;
  readonly finished: boolean;
  [CARRY](): Carried;
}

export declare function spawn<A extends unknown[], R>(fn: Task<A, R>, ...args: Sendable<A>): WorkerHandle<Settled<R>>;
export declare function onMain<A extends unknown[], R>(fn: Task<A, R>, ...args: Sendable<A>): WorkerHandle<Settled<R>>;
export declare function tasks<M>(url?: string | URL): Tasks<M>;
export declare function transfer<T>(value: T, list?: Transferable[]): T;
