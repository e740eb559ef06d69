/**
 * Generators as tasks: what they yield goes out while they run, through a channel that comes with their arguments.
 *
 * Channels lie above tasks. So how a generator is run is registered here by the one who knows, and tasks only see to it
 * that generator functions are run that way.
 */

import type { Callable } from "./compile.ts";

// Shared by all copies of the library on a thread: one may stream what another spawns.
const MARK: unique symbol = Symbol.for("@webble/runtime/generator") as never;

/** A generator function, or a task reference to one, that is spawned to be streamed. */
export interface GeneratorCode {
  readonly [MARK]: unknown;
}

/** Marks what is to be streamed. */
export function toStream(code: unknown): GeneratorCode {
  return { [MARK]: code };
}

/** Whether something was marked, and what it was. */
export function streamedCode(given: object): { readonly code: object } | undefined {
  return MARK in given ? { code: (given as GeneratorCode)[MARK] as object } : undefined;
}

/** Runs a generator function to its end; gives what it returns. */
export type GeneratorRunner = (code: Callable, args: readonly unknown[]) => Promise<unknown>;

let runner: GeneratorRunner | undefined;

/** Says how generators are run. */
export function setGeneratorRunner(run: GeneratorRunner): void {
  runner = run;
}

/** What to call for a function that was found: itself, or for a generator what runs it. */
export function runnable(code: Callable): Callable {
  const tag = Object.prototype.toString.call(code);
  if (tag !== "[object GeneratorFunction]" && tag !== "[object AsyncGeneratorFunction]") return code;
  return (...args: unknown[]) => {
    // A generator that is streamed has the end of a channel among its arguments: to bring that back loads the channels, and
    // these register who runs generators.
    if (runner === undefined) throw notStreamed();
    return runner(code, args);
  };
}

/** What to say of a generator that is to run as a task like others. */
export function notStreamed(): TypeError {
  return new TypeError(
    "Cannot run a generator as a task like others, as it gives an iterator, which cannot cross threads: " +
      "call it with 'webble.channel.stream()', which gives what it yields",
  );
}
