/**
 * What a task threw, as the error that its handle fails with: the task's own, with as much of it as can cross threads.
 */

import { NotSendError, type OutOfMemoryError, TaskError } from "../errors.ts";
import { isError } from "../value/kind.ts";
import { define } from "../value/rebuild.ts";
import { ERROR_PARTS } from "../value/tags.ts";

/** Errors within an error, its causes and theirs, of which so many are gone through: a getter could go on for ever. */
const MOST = 1000;

/**
 * The error for what was thrown: itself, if it is one; a copy, if it only inherits from one; else a `TaskError` around it.
 *
 * @param where Names the task and its thread.
 */
export function errorOf(thrown: unknown, where: string): Error {
  if (typeof thrown === "object" && thrown !== null) {
    // Of any realm: what is an error there is one here.
    const isOne = isError(thrown);
    if (isOne && Object.getPrototypeOf(thrown) !== null) return thrown;
    // Made with `Object.create`, as constructors without `class` do, or a proxy: engines do not copy these as errors.
    if (isOne || thrown instanceof Error) {
      const copy = emptyCopyOf(thrown as Error);
      fill(copy, thrown as Error, (value) => value, []);
      return copy;
    }
  }
  return new TaskError(
    `${where} threw ${describe(thrown)}, which is not an error`,
    { cause: thrown },
  );
}

/**
 * An error without what in it cannot cross threads, or has no room; its stack says what that was.
 *
 * @param crosses Whether a value can cross.
 * @param why What refused the error as it is.
 */
export function withoutWhatStays(
  error: Error,
  crosses: (value: unknown) => boolean,
  why: NotSendError | OutOfMemoryError,
): Error {
  const left: string[] = [];
  const copies = new Map<Error, Error>();
  // Errors in it are gone through likewise, each once: they may have one another as causes.
  const queue: Error[] = [];
  const copied = (one: Error): Error => {
    let copy = copies.get(one);
    if (copy === undefined) {
      copies.set(one, copy = emptyCopyOf(one));
      queue.push(one);
    }
    return copy;
  };
  const part = (value: unknown): unknown => {
    if (typeof value === "object" && value !== null && isError(value)) {
      return copies.has(value) || copies.size < MOST ? copied(value) : STAYS;
    }
    return crosses(value) ? value : STAYS;
  };
  let copy: Error;
  try {
    copy = copied(error);
  } catch {
    // It throws when it is looked at.
    copy = new TaskError("An error that cannot be read");
  }
  for (const one of queue) fill(copies.get(one)!, one, part, left);
  const what = left.length === 0 ? "" : ` ${[...new Set(left)].map((name) => `'${name}'`).join(", ")}`;
  // There was no room for the whole, and there may be now.
  if (left.length === 0 && !(why instanceof NotSendError)) return copy;
  const reason = why instanceof NotSendError ? "cannot cross threads" : "finds no room, or cannot cross threads";
  define(copy, "stack", `${copy.stack}\n    without${what} what ${reason}: ${why.message}`, false);
  return copy;
}

/** An error with another's name, message and stack, as far as they can be read. */
function emptyCopyOf(error: Error): Error {
  const name = textOf(error, "name") ?? "Error";
  const message = textOf(error, "message") ?? "An error whose message cannot be read";
  const stack = textOf(error, "stack");
  const isPlatform = error instanceof DOMException;
  const copy = isPlatform ? new DOMException(message, name) : new Error(message);
  if (!isPlatform) define(copy, "name", name, false);
  if (stack !== undefined) define(copy, "stack", stack, false);
  return copy;
}

/** What an error says in a field; `undefined` where it has none, or throws when that is read. */
function textOf(error: Error, field: "name" | "message" | "stack"): string | undefined {
  try {
    const value: unknown = error[field];
    return value === undefined || (field === "stack" && typeof value !== "string") ? undefined : `${value}`;
  } catch {
    return undefined;
  }
}

/** Gives a copy the other parts of an error, as `part` makes them; notes the names of those that stay. */
function fill(copy: Error, error: Error, part: (value: unknown) => unknown, left: string[]): void {
  for (const key of new Set([...ERROR_PARTS.filter((part) => Object.hasOwn(error, part)), ...Object.keys(error)])) {
    if (key === "name" || key === "message" || key === "stack") continue;
    let value: unknown = STAYS;
    try {
      const given = (error as unknown as Readonly<Record<string, unknown>>)[key];
      value = key === "errors" && Array.isArray(given) ? given.map(part) : part(given);
    } catch {
      // A getter that throws.
    }
    if (Array.isArray(value) && value.includes(STAYS)) {
      // Of several errors those that can.
      value = value.filter((one) => one !== STAYS);
      left.push(key);
    }
    if (value === STAYS) left.push(key);
    else define(copy, key, value, !ERROR_PARTS.includes(key));
  }
}

/** In place of a value that stays. */
const STAYS = Symbol();

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "function" ? "a function" : String(value);
}
