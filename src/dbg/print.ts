/**
 * Printing: what comes before a value, and the value in full.
 *
 * In Deno a value is text at once. A browser's console gets objects as they are, to be opened there.
 */

import type { DbgLevel } from "./settings.ts";

/** Elements of typed arrays and bytes of buffers that are shown. */
const MOST_ELEMENTS = 32;

const CUSTOM = Symbol.for("Deno.customInspect");
/** Where the methods of typed arrays and buffers are. */
const BINARY: readonly object[] = [
  Object.getPrototypeOf(Int8Array.prototype),
  ArrayBuffer.prototype,
  ...(typeof SharedArrayBuffer === "undefined" ? [] : [SharedArrayBuffer.prototype]),
];

/** Prints a line without a value. */
export function printPlace(level: DbgLevel, head: string): void {
  method(level)(head);
}

/** Prints a value. */
export function printValue(level: DbgLevel, head: string, expression: string | undefined, value: unknown): void {
  const start = expression === undefined ? head : `${head} ${expression} =`;
  if (typeof Deno !== "undefined") method(level)(`${start} ${inFull(value, level)}`);
  else if ((typeof value === "object" && value !== null) || typeof value === "function") {
    // With more than one argument the first is a format.
    method(level)(start.replaceAll("%", "%%"), value);
  } else method(level)(`${start} ${scalar(value)}`);
}

function method(level: DbgLevel): (...data: unknown[]) => void {
  return (console[level] ?? console.log).bind(console);
}

/** A value that is no object, as it is written in code. */
function scalar(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A value as text, to the last element and the deepest level, but for long binary data. */
function inFull(value: unknown, level: DbgLevel): string {
  const stream = level === "debug" || level === "log" || level === "info" ? Deno.stdout : Deno.stderr;
  const options: Deno.InspectOptions = {
    colors: !Deno.noColor && stream.isTerminal(),
    depth: Infinity,
    iterableLimit: Infinity,
    strAbbreviateSize: Infinity,
  };
  try {
    return withBinaryShort(() => Deno.inspect(value, options));
  } catch {
    // An object that has its own way to be shown, and throws; or one too deep for the stack.
    try {
      const plain = { ...options, customInspect: false, depth: 100, iterableLimit: MOST_ELEMENTS };
      return Deno.inspect(value, plain as object);
    } catch (error) {
      return `(a value that cannot be printed: ${error})`;
    }
  }
}

/** Shows typed arrays and buffers short meanwhile. `Deno.inspect` has one limit for these and for arrays. */
function withBinaryShort(show: () => string): string {
  const short = {
    configurable: true,
    value(this: object, inspect: typeof Deno.inspect, options: Deno.InspectOptions): string {
      return inspect(this, { ...options, customInspect: false, iterableLimit: MOST_ELEMENTS } as object);
    },
  };
  const changed = BINARY.filter((prototype) =>
    !(CUSTOM in prototype) && Reflect.defineProperty(prototype, CUSTOM, short)
  );
  try {
    return show();
  } finally {
    for (const prototype of changed) Reflect.deleteProperty(prototype, CUSTOM);
  }
}
