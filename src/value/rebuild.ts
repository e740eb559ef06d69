/**
 * Objects that are rebuilt from a name: errors and views.
 */

import * as errors from "../errors.ts";
import { VIEW_TYPES } from "./tags.ts";

/** Gives an object a property of its own. */
export function define(object: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(object, key, { value, enumerable, writable: true, configurable: true });
}

/** Whether a view can lie on this. */
export function isBuffer(value: unknown): value is ArrayBuffer {
  return value instanceof ArrayBuffer ||
    (typeof SharedArrayBuffer === "function" && value instanceof SharedArrayBuffer);
}

type ViewType = new (buffer: ArrayBuffer, offset?: number, length?: number) => ArrayBufferView;
/** The constructors of views, by their number in a `VIEW`; `undefined` where the engine has none. */
export const viewTypes: readonly (ViewType | undefined)[] = VIEW_TYPES.map((name) =>
  (globalThis as unknown as Record<string, ViewType | undefined>)[name]
);

const ERRORS: ReadonlyMap<string, (message: string | undefined) => Error> = new Map([
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) =>
    [type.prototype.name, (message?: string): Error => new type(message)] as const
  ),
  ["AggregateError", (message?: string): Error => new AggregateError([], message)] as const,
  // Not everywhere yet.
  ...(typeof SuppressedError === "function"
    ? [["SuppressedError", (message?: string): Error => new SuppressedError(undefined, undefined, message)] as const]
    : []),
]);

/** Ours, by their names. */
const OURS: ReadonlyMap<string, typeof errors.WebbleError> = new Map(
  Object.values(errors).map((type) => [type.kind, type]),
);

/** Makes an error from its name: of a standard class, or of ours, or one that only bears the name. */
export function makeError(name: string, message: string | undefined): Error {
  const standard = ERRORS.get(name);
  if (standard !== undefined) return standard(message);
  const ours = OURS.get(name);
  if (ours !== undefined) return new ours(message as string);
  const error = new Error(message);
  define(error, "name", name, false);
  return error;
}
