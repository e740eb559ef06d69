/**
 * What main and a worker say to each other by `postMessage`: a few messages at the start, then parcels and reports.
 */

import type { CommonsMessage, Shared } from "../value/commons.ts";
import type { Delivery } from "../value/post.ts";

/** The name of a pool worker begins so; it tells the library, once imported there, that it is to take part. */
export const WORKER_NAME = "@webble/runtime worker ";

/** From main, first of all. */
export interface Start {
  readonly webble: "start";
  readonly layout: number;
  readonly version: string;
  readonly buffer: SharedArrayBuffer;
  /** The thread's number. */
  readonly number: number;
  readonly glue: string | undefined;
  /** The name of the lock that the worker holds while it lives. */
  readonly lock: string;
  /** What the worker begins with, where its script holds nothing; then a {@linkcode Library} follows. */
  readonly boot: string | undefined;
  readonly shared: Shared;
}

/** From main, next: the library, in texts to be evaluated; see `script.ts`. */
export interface Library {
  readonly webble: "library";
  readonly early: string;
  readonly later: string;
}

/**
 * From a worker: the library is there; it holds its lock; it is about to take work; it has left, and said why tasks failed
 * that nobody looked at; a task has closed it.
 */
export interface Progress {
  readonly webble: "attached" | "locked" | "ready" | "left" | "closing";
}

/** From a worker: a task on another is aborted by force, and has not ended. */
export interface Kill {
  readonly webble: "kill";
  readonly thread: number;
  /** The task's record, and the state word that was seen. */
  readonly record: number;
  readonly met: number;
}

/**
 * From a worker that cannot start, on which something was thrown that no task is answerable for, or on which a task
 * failed whose handle nobody looked at.
 */
export interface Trouble {
  readonly webble: "failed" | "uncaught" | "report";
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** Whatever comes from main. */
export type FromMain = Start | Delivery | CommonsMessage;
/** Whatever comes from a worker. */
export type FromWorker = Progress | Kill | Trouble | Delivery;

/** An error as a message. */
export function trouble(kind: Trouble["webble"], error: unknown): Trouble {
  if (!(error instanceof Error)) return { webble: kind, name: "Error", message: String(error), stack: String(error) };
  return { webble: kind, name: error.name, message: error.message, stack: error.stack ?? error.message };
}

/** The error that a message tells of. */
export function troubleError({ name, message, stack }: Trouble): Error {
  const error = new Error(message);
  Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  error.stack = stack;
  return error;
}

/** On a worker: posts to main. */
export function tellMain(message: Progress | Trouble): void {
  (globalThis as unknown as { postMessage(message: FromWorker): void }).postMessage(message);
}

/**
 * On a worker: an error that no task is answerable for is main's to deal with, unhandled it would end a whole Deno program. Told
 * once, however often this is called.
 */
export function reportUncaught(): void {
  const report = (event: Event, error: unknown) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    tellMain(trouble("uncaught", error));
  };
  addEventListener("error", (event) => report(event, (event as ErrorEvent).error ?? (event as ErrorEvent).message));
  addEventListener("unhandledrejection", (event) => report(event, (event as PromiseRejectionEvent).reason));
}
