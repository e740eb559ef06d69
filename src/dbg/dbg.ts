/**
 * `dbg`: prints what it is given, with its place and its text in the code, and gives it back.
 */

import { runtime } from "../runtime/runtime.ts";
import { printPlace, printValue } from "./print.ts";
import { type DbgLevel, isEnabled, level, setEnabled, setLevel } from "./settings.ts";
import { callSite } from "./site.ts";

/** Prints the place of this call: `[src/render.ts:12:5]`. */
export function dbg(): void;
/**
 * Prints a value with its place and its text in the code, `[src/render.ts:12:5] a * 2 = 84`, and returns it. It can so
 * be put around any expression. On a worker the line begins with its name: `worker 2 [src/render.ts:12:5] …`.
 *
 * It prints before it returns, so that lines come in the order of the program on each thread, and nothing is lost when
 * the next statement never ends. Values are printed in full, typed arrays and buffers shortened: in Deno an object in each
 * place where it occurs, so that one of many that name each other takes its time. A browser's console gets objects as objects.
 * `dbg` never throws because of what it was given.
 *
 * The text is taken from the source where that can be read, and left out elsewhere. In Deno that is where permission to
 * read the file has been granted; `dbg` never asks for it. In browsers the script is requested, once, and its source map
 * too if it has one: synchronously in workers, and in pages that come from this machine; in other pages in the background,
 * so that there the first lines come without. In a closure that was sent to a worker the place is one in the closure's
 * own source: `worker 0 [closure render:3:5] …`.
 *
 * Paths are relative to the page's origin, or in Deno to the current directory. What goes to `console.debug` is written to
 * standard output in Deno, and in Chromium shown at the level "Verbose".
 *
 * @typeParam T The type of the value.
 * @param value Anything.
 * @returns The same.
 *
 * @example In the middle of an expression
 * ```ts
 * import { dbg } from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * const width = 21;
 * const area = dbg(width * 2) * 3; // […] width * 2 = 42
 * assertEquals(area, 126);
 * ```
 */
export function dbg<T>(value: T): T;
/**
 * Prints several values, a line each, and returns them together.
 *
 * @typeParam T The types of the values.
 * @param values Anything.
 * @returns The same, as a tuple.
 *
 * @example Two values
 * ```ts
 * import { dbg } from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * const [sum, product] = dbg(2 + 3, 2 * 3);
 * assertEquals(sum + product, 11);
 * ```
 */
export function dbg<T extends unknown[]>(...values: T): T;
export function dbg(...values: unknown[]): unknown {
  if (isEnabled()) report(values);
  return values.length > 1 ? values : values[0];
}

/** How `dbg` is set. While the runtime runs, for all its threads at once. */
export declare namespace dbg {
  /** The console's method to print with. At first `"debug"`. */
  let level: DbgLevel;
  /** Whether to print; at first it does. Where it does not, a call costs about ten nanoseconds. */
  let enabled: boolean;
}

Object.defineProperties(dbg, {
  level: { get: level, set: setLevel, enumerable: true },
  enabled: { get: isEnabled, set: setEnabled, enumerable: true },
});

/** Frames on top of the caller's in `callSite`: `dbg`, `report` and its own. */
const OWN_FRAMES = 3;

function report(values: readonly unknown[]): void {
  const at = level();
  const { label, expressions } = callSite(dbg, OWN_FRAMES, values.length);
  const head = `${threadPrefix()}[${label}]`;
  if (values.length === 0) attempt(() => printPlace(at, head));
  for (const [i, value] of values.entries()) attempt(() => printValue(at, head, expressions[i], value));
}

/** How lines of this thread begin. */
function threadPrefix(): string {
  try {
    const { threadId } = runtime();
    return typeof threadId === "number" ? `worker ${threadId} ` : "";
  } catch {
    return "";
  }
}

/** Prints, whatever the value does to prevent it. */
function attempt(print: () => void): void {
  try {
    print();
  } catch (error) {
    try {
      console.warn(`[dbg] A value cannot be printed: ${error}`);
    } catch {
      // There is no console, or the error is no better than the value.
    }
  }
}
