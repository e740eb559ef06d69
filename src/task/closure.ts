/**
 * Closures shipped by source: which functions can be, how they are made again, and what to say when one reaches
 * for something that did not come along.
 */

import type { Callable } from "./compile.ts";

/** Ends with the first end that it meets, so that no later one is tried. */
const COMMENT = String.raw`/\*(?:[^*]|\*(?!/))*\*/|//[^\n]*\n`;
/** White space or a comment between tokens. */
const GAP = String.raw`(?:\s|${COMMENT})`;
const CLASS = new RegExp(`^class(?![\\p{ID_Continue}$]|${GAP}*\\()`, "u");
const GENERATOR = new RegExp(`^(?:async${GAP}+)?function${GAP}*\\*`);
const FUNCTION = new RegExp(`^(?:async${GAP}+)?function(?![\\p{ID_Continue}$])`, "u");
const ARROW = new RegExp(
  `^(?:async${GAP}*\\(|\\(|(?:async${GAP}+)?[\\p{ID_Start}$_][\\p{ID_Continue}$]*${GAP}*=>)`,
  "u",
);
/** What may be an asynchronous arrow function, or a method of the name `async`. */
const ASYNC_OR_SO_NAMED = new RegExp(`^async${GAP}*\\(`);
const TOKEN = new RegExp(String.raw`${COMMENT}|"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|[^]`, "g");
const BODY = new RegExp(`^${GAP}*\\{`);
const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

const INSTEAD =
  "Pass an arrow function or a function expression, or make it an export and pass its task from 'tasks()'.";

/**
 * The source of a function that can be shipped.
 *
 * @param isStreamed Whether it has to be a generator function; else it must not be one.
 * @throws {TypeError} It cannot be; the message says why.
 */
export function checkShippable(code: Callable, isStreamed = false): string {
  const source = Function.prototype.toString.call(code);
  const given = functionName(code);
  const refuse = (why: string, instead = INSTEAD) => {
    return new TypeError(`Cannot spawn ${quotedName(code)}: ${why}. ${instead}`);
  };
  if (NATIVE.test(source)) {
    throw refuse(
      given.startsWith("bound ") ? "a bound function has no source to ship" : "a native function has no source to ship",
    );
  }
  if (CLASS.test(source)) throw refuse("it is a class, and a class is not called but constructed");
  if (isStreamed) {
    if (GENERATOR.test(source)) return source;
    throw refuse(
      "what is streamed must be a generator function",
      "Write 'function* () { … }', or make one an export and pass its task from 'tasks()'.",
    );
  }
  if (GENERATOR.test(source)) {
    throw refuse(
      "a generator function gives an iterator, which cannot cross threads ('channel.stream()' gives what it yields)",
    );
  }
  if (FUNCTION.test(source) || (ARROW.test(source) && !isMethodNamedAsync(source, given))) return source;
  throw refuse("it is a method, getter or setter, which belongs to an object that does not come along");
}

/** Whether this begins as an asynchronous arrow function does, and has the name `async`, but a body in place of an arrow. */
function isMethodNamedAsync(source: string, name: string): boolean {
  const start = name === "async" ? ASYNC_OR_SO_NAMED.exec(source)?.[0].length : undefined;
  if (start === undefined) return false;
  const parameters = source.slice(start);
  let depth = 1;
  for (const { 0: token, index } of parameters.matchAll(TOKEN)) {
    if (token === "(") depth++;
    else if (token === ")" && --depth === 0) return BODY.test(parameters.slice(index + 1));
  }
  return false;
}

/** Whether a function is a class written in JavaScript. */
export function isClass(code: Callable): boolean {
  return CLASS.test(Function.prototype.toString.call(code));
}

/** The name of a function, which can be anything where somebody has set it. */
export function functionName(code: { readonly name: unknown }): string {
  try {
    return typeof code.name === "string" ? code.name : "";
  } catch {
    return "";
  }
}

/** What to call a function in a message. */
export function quotedName(code: { readonly name: unknown }): string {
  const name = functionName(code);
  return name === "" ? "an anonymous function" : `'${name}'`;
}

/**
 * Names that build tools give to their helpers: `__async`, `__spreadValues`, `_asyncToGenerator`, `_async_to_generator`,
 * `tslib_1`, `cov_2a3b4c`.
 */
const HELPER = /^(?:__\w+|cov_\w+|tslib_\w+|_[a-z]+(?:[A-Z]|_[a-z])\w*)$/;

/** What a page has and no worker. */
const PAGE_ONLY =
  /^(?:document|window|localStorage|sessionStorage|alert|DOMParser|getComputedStyle|(?:HTML|SVG)\w*Element)$/;

/** What Deno, without and with an import map, and Chromium say of `import("./x.js")` in a closure. */
const NO_BASE = /relative URL with a cannot-be-a-base base|^Import "[./]|Failed to resolve module specifier ["'][./]/;

/** Errors that came from other tasks: what they mean was said there, or is none of the closure's that they pass through. */
const arrived = new WeakSet<object>();

/** An error has come from another task. */
export function markArrived(error: Error): void {
  arrived.add(error);
}

/** Adds to a closure's error, where it tells of a name or module that did not come along, what it means and what to do. */
export function explain(error: unknown, api: object): void {
  try {
    if (!(error instanceof Error) || arrived.has(error)) return;
    const advice = error instanceof ReferenceError
      ? adviceOnName(error, api)
      : error instanceof TypeError && NO_BASE.test(error.message)
      ? "A shipped closure has no file that a path could be relative to: pass 'import.meta.resolve(…)' of the module as an " +
        "argument, or make the function an export and pass its task from 'tasks()'."
      : undefined;
    if (advice !== undefined) error.message = `${error.message.replace(/\.$/, "")}. ${advice}`;
  } catch {
    // It is frozen, or worse; then it says what the engine said.
  }
}

function adviceOnName(error: ReferenceError, api: object): string | undefined {
  // V8 and SpiderMonkey, then JavaScriptCore.
  const found = /^(\S+) is not defined/.exec(error.message) ?? /^Can't find variable: (\S+)/.exec(error.message);
  const variable = found?.[1];
  if (variable === undefined || variable in globalThis) return undefined;
  return variable in api
    ? `A shipped closure sees this library as 'webble': write 'webble.${variable}'.`
    : PAGE_ONLY.test(variable)
    ? "A page has it on its main thread only: call that with 'webble.onMain(() => …)'."
    : HELPER.test(variable)
    ? `'${variable}' looks like a helper of the tool that rewrote this function, and it stays behind: ` +
      "build for a newer target, or make the function an export and pass its task from 'tasks()'."
    : `A shipped closure cannot see the scope around it: pass '${variable}' as an argument, ` +
      "or make the function an export and pass its task from 'tasks()'.";
}
