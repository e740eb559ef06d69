/**
 * Compiling: a function made of the source that it was shipped by.
 */

import { scriptBody } from "./script.ts";

/** A function of the user's, as found on this thread. */
// deno-lint-ignore ban-types -- whatever the user wrote; its signature was checked where it was spawned
export type Callable = Function;

/**
 * Makes a function of its source.
 *
 * @param names What it sees beside its arguments and the globals.
 * @throws What the engine says of the source, or that the page's policy forbids this.
 */
export function compile(source: string, name: string, names: Readonly<Record<string, unknown>>): Callable {
  const body = scriptBody(source, name);
  const seen = { [KEEP_NAME]: keepName, ...names };
  let make: Callable;
  try {
    // What `deno-lint` calls an implied eval is the point here: sources come from `spawn` on the runtime's own threads.
    make = new Function(...Object.keys(seen), body);
  } catch (cause) {
    const what = `Cannot run ${name === "" ? "an anonymous closure" : `the closure ${name}`}`;
    if (cause instanceof EvalError) {
      throw new TypeError(
        `${what}: this page's Content-Security-Policy forbids to compile shipped source. Make it an export and pass its ` +
          "task from 'tasks()'.",
        { cause },
      );
    }
    if (cause instanceof SyntaxError && cause.message.includes("import.meta")) {
      throw new SyntaxError(
        `${what}: ${cause.message}. A shipped closure belongs to no module: pass the URL as an argument, or make the ` +
          "function an export and pass its task from 'tasks()'.",
        { cause },
      );
    }
    throw cause;
  }
  return make(...Object.values(seen));
}

/** What esbuild's `keepNames` wraps functions in a call of, by its name where nothing was minified. */
export const KEEP_NAME = "__name";

/** Does what that does. */
export function keepName(target: object, value: string): object {
  return Object.defineProperty(target, "name", { value, configurable: true });
}
