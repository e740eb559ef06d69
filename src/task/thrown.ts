/**
 * What a task threw, as the error that its handle fails with: the task's own, with as much of it as can cross threads.
 */

import { type NotSendError, TaskError } from "../errors.ts";
import { ERROR_PARTS } from "../value/tags.ts";
import { isError } from "../value/writer.ts";

/** Causes of causes up to this depth are gone through for what can cross. */
const DEPTH = 8;

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
    if (isOne || thrown instanceof Error) return copyOf(thrown, () => true, [], DEPTH);
  }
  return new TaskError(`${where} threw ${describe(thrown)}, which is not an error; it is this error's 'cause'`, {
    cause: thrown,
  });
}

/**
 * An error without what in it cannot cross threads; its stack says what that was.
 *
 * @param crosses Whether a value can cross.
 * @param why What refused the error as it is.
 */
export function withoutWhatStays(error: Error, crosses: (value: unknown) => boolean, why: NotSendError): Error {
  const left: string[] = [];
  let copy: Error;
  try {
    copy = copyOf(error, crosses, left, DEPTH);
  } catch {
    // Its name, message or stack throws when it is read.
    copy = new TaskError("An error that cannot be read");
  }
  const what = left.length === 0 ? "" : ` ${left.map((name) => `'${name}'`).join(", ")}`;
  hide(copy, "stack", `${copy.stack}\n    without${what} what cannot cross threads: ${why.message}`);
  return copy;
}

function copyOf(error: Error, crosses: (value: unknown) => boolean, left: string[], depth: number): Error {
  const copy = new Error(`${error.message}`);
  hide(copy, "name", `${error.name ?? "Error"}`);
  if (typeof error.stack === "string") hide(copy, "stack", error.stack);
  const whole = (value: unknown): unknown => {
    if (crosses(value)) return value;
    return depth > 0 && typeof value === "object" && value !== null && isError(value)
      ? copyOf(value, crosses, left, depth - 1)
      : STAYS;
  };
  for (const key of new Set([...ERROR_PARTS.filter((part) => Object.hasOwn(error, part)), ...Object.keys(error)])) {
    if (key === "name" || key === "message" || key === "stack") continue;
    let value: unknown = STAYS;
    try {
      const given = (error as unknown as Readonly<Record<string, unknown>>)[key];
      value = whole(given);
      // Of several errors those that can.
      if (value === STAYS && key === "errors" && Array.isArray(given)) {
        value = given.map(whole).filter((one) => one !== STAYS);
        left.push(key);
      }
    } catch {
      // A getter that throws.
    }
    if (value === STAYS) left.push(key);
    else if (ERROR_PARTS.includes(key)) hide(copy, key, value);
    else Object.defineProperty(copy, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return copy;
}

/** In place of a value that stays. */
const STAYS = Symbol();

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true });
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "function" ? "a function" : String(value);
}
