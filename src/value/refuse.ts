/**
 * Refusals: why a value cannot cross threads, where in the value that is, and what to do.
 */

import { HandleConsumedError, NotSendError } from "../errors.ts";

/** One step on the way to a value: a property, an index, or what {@linkcode inMap} and {@linkcode inSet} give. */
export type Step = string | number | Place;

/** A place in a Map or a Set. */
interface Place {
  readonly place: string;
}

/** The value that a Map has for a key, the `index`-th. */
export function inMap(key: unknown, index: number): Step {
  const named = typeof key === "string" ? JSON.stringify(key) : typeof key === "number" ? String(key) : undefined;
  return { place: named === undefined ? `.values()[${index}]` : `.get(${named})` };
}

/** The `index`-th key of a Map. */
export function keyOfMap(index: number): Step {
  return { place: `.keys()[${index}]` };
}

/** The `index`-th member of a Set. */
export function inSet(index: number): Step {
  return { place: `.values()[${index}]` };
}

/** How many steps of a path are shown at either end. */
const SHOWN = 12;

/** Writes a path as one would in code: `args[0].style["odd key"].get("k")`. */
export function pathOf(root: string, steps: readonly Step[]): string {
  let path = root;
  steps.forEach((step, index) => {
    if (index >= SHOWN && index < steps.length - SHOWN) {
      if (index === SHOWN) path += `…(${steps.length - 2 * SHOWN} more)…`;
    } else if (typeof step === "number") path += `[${step}]`;
    else if (typeof step === "object") path += step.place;
    else if (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step)) path += `.${step}`;
    else path += `[${JSON.stringify(step)}]`;
  });
  return path;
}

/** What to do instead, by the name of what was refused. */
const ADVICE: Readonly<Record<string, string>> = {
  Promise: "Await it, and send what it resolves with.",
  WeakMap: "Send a Map.",
  WeakSet: "Send a Set.",
  WeakRef: "Send what it refers to.",
  Generator: "Send an array of what it yields.",
  AsyncGenerator: "Send an array of what it yields.",
  Proxy: "Send a copy of what it stands for, such as { ...value }.",
  Response: "Send its parts: its status, its headers as an array, its body as an ArrayBuffer.",
  Request: "Send its parts: its URL, its headers as an array, its body as an ArrayBuffer.",
  Headers: "Send an array of its entries.",
  URL: "Send its href.",
  URLSearchParams: "Send it as a string.",
  FormData: "Send an array of its entries.",
  AbortSignal: "Abort the task with its handle: abort() sets the signal of its context().",
  AbortController: "Abort the task with its handle: abort() sets the signal of its context().",
};

/** Refuses a function. */
export function aFunction(path: string): NotSendError {
  return new NotSendError(
    `${path} is a function, and functions cannot cross threads. ` +
      "Send data, or make it an export and pass a task from tasks().",
  );
}

/** Refuses a symbol. */
export function aSymbol(path: string): NotSendError {
  return new NotSendError(`${path} is a symbol, and symbols cannot cross threads. Send a string.`);
}

/** Refuses what no way exists for. */
export function unsendable(path: string, name: string, cause?: unknown): NotSendError {
  const advice = ADVICE[name] ??
    (name.endsWith(" Iterator") ? "Send an array of what it yields." : "Send plain data taken from it.");
  const what = name === "Symbol" ? "a boxed symbol" : article(name);
  return new NotSendError(
    `${path} is ${what}, which cannot cross threads. ${advice}`,
    cause === undefined ? undefined : { cause },
  );
}

/** Refuses an object of the library that is of use on its own thread only. */
export function staying(path: string, why: string): NotSendError {
  return new NotSendError(`${path} is ${why}`);
}

/** Refuses a buffer that is empty because it was moved, or a view on one. */
export function detached(path: string, name: string): NotSendError {
  const what = name === "ArrayBuffer" ? "an ArrayBuffer that is" : `${article(name)} on an ArrayBuffer that is`;
  return new NotSendError(
    `${path} is ${what} detached: it was moved to another thread. Send a copy the first time, or use it before.`,
  );
}

/** Refuses an image or a frame that the platform would copy, and does not. */
export function closed(path: string, name: string): NotSendError {
  return new NotSendError(
    `${path} is ${article(name)} that is closed, or was moved to another thread. Send it before, or a copy of it.`,
  );
}

/** Refuses a view that lies outside its buffer. */
export function outOfBounds(path: string, name: string): NotSendError {
  return new NotSendError(
    `${path} is ${article(name)} that lies outside its ArrayBuffer, which has shrunk. Make a new view.`,
  );
}

/** Refuses a stream that somebody reads or writes. */
export function locked(path: string, name: string): NotSendError {
  return new NotSendError(`${path} is ${article(name)} that is locked. Release its reader or writer first.`);
}

/** Refuses what only `postMessage` carries, or a task, where there is memory alone. */
export function notInMemory(path: string, name: string): NotSendError {
  return new NotSendError(
    `${path} is ${article(name)}, which a channel or a lock cannot carry: values are copied into its memory. ` +
      "Pass it as an argument or a result of a task, or post it.",
  );
}

/** Refuses to move a buffer where everything is copied. */
export function copiedOnly(path: string): NotSendError {
  return new NotSendError(
    `${path} is to be moved with transfer(), and a channel copies into its memory. Send it without.`,
  );
}

/**
 * Refuses what the platform does not post: a port that was moved before, a canvas that is drawn on, the buffer of a
 * WebAssembly memory. It does not say which one it is.
 *
 * @param paths Where all are that were to be moved.
 * @param names What they are.
 */
export function notPosted(paths: readonly string[], names: readonly string[], cause: unknown): NotSendError {
  const listed = paths.slice(0, SHOWN).map((path, index) => `${path} (${article(names[index]!)})`).join(", ");
  const what = paths.length === 1
    ? `${paths[0]} is ${article(names[0]!)} that cannot be moved`
    : paths.length === 0
    ? "What is to be posted cannot be copied"
    : `One of ${paths.length} cannot be moved, which are ${listed}${paths.length > SHOWN ? " …" : ""}`;
  const said = String(cause).replace(/\.$/, "");
  return new NotSendError(
    `${what}: ${said}. A port and an image move once, a canvas before it is drawn on, and the memory of a WebAssembly ` +
      "module never.",
    { cause },
  );
}

/** Says that reading a value threw. */
export function unreadable(path: string, cause: unknown): NotSendError {
  // An end that was moved, or one of the like, has said why.
  if (cause instanceof HandleConsumedError) {
    return new NotSendError(`${path} cannot be sent: ${cause.message}`, { cause });
  }
  let said: string;
  try {
    said = String(cause);
  } catch {
    said = "something that cannot be printed";
  }
  return new NotSendError(`${path} could not be read: it threw ${said}`, { cause });
}

/** Refuses what is nested in a carried object deeper than can be. */
export function tooDeep(path: string): NotSendError {
  return new NotSendError(`${path} is nested too deeply. Send a flatter value, such as a list with indices.`);
}

/** Refuses a carried object that contains itself. */
export function circular(path: string): NotSendError {
  return new NotSendError(`${path} is the object that carries it. Send it once, beside the other.`);
}

/** Refuses a member of the list that was given to `transfer`. */
export function notMovable(path: string, index: number, why: string): NotSendError {
  return new NotSendError(`${path} cannot be moved: list[${index}] of its transfer() ${why}`);
}

/** A name with its article. */
export function article(name: string): string {
  return `${/^[AEIO]|^Un/.test(name) ? "an" : "a"} ${name}`;
}
