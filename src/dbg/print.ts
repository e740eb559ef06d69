/**
 * Printing: what comes before a value, and the value in full.
 *
 * In Deno a value is text at once. A browser's console gets objects as they are, to be opened there.
 */

import type { DbgLevel } from "./settings.ts";

/** Elements of typed arrays and bytes of buffers that are shown. */
const MOST_ELEMENTS = 32;

/** So deep a value is printed first, and so many levels more as long as they grow. */
const FIRST_DEPTH = 6;
const FEW_LEVELS = 2;
/** What `Deno.inspect` writes for what is too deep, and in some other cases. */
const LEFT_OUT = /\[[A-Z][\w$]*(?:: null prototype|\([^)]*\))?\]/;
/** Letters that are printed at most where levels grow. */
const MOST_TEXT = 2 ** 23;

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

/**
 * A value as text, to the last element and the deepest level, but for long binary data, and for what occurs in so many places
 * that it would take minutes to print: a mesh of a few objects that name each other is a tree of millions.
 */
function inFull(value: unknown, level: DbgLevel): string {
  const stream = level === "debug" || level === "log" || level === "info" ? Deno.stdout : Deno.stderr;
  const options: Deno.InspectOptions = {
    colors: !Deno.noColor && stream.isTerminal(),
    iterableLimit: Infinity,
    strAbbreviateSize: Infinity,
  };
  try {
    return withBinaryShort(() => toTheEnd((depth) => Deno.inspect(value, { ...options, depth })));
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

/** Level by level, until nothing is left out or the next ones would take too much. */
function toTheEnd(show: (depth: number) => string): string {
  let depth = FIRST_DEPTH;
  let step = FEW_LEVELS;
  let text = show(depth);
  while (LEFT_OUT.test(text)) {
    const before = text.length;
    text = show(depth += step);
    if (text.length === before) return text;
    const growth = text.length / before;
    if (text.length * growth > MOST_TEXT) {
      return `${text}\n(levels below ${depth} are left out: they grow ${
        Math.round(growth)
      } times with each ${step} more)`;
    }
    // As in a long list: then there is no harm in many levels.
    step = growth < 1.5 * step ? 2 * step : FEW_LEVELS;
  }
  return text;
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
