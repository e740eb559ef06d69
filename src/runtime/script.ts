/**
 * The script that pool workers run, where the user names none.
 */

import { EARLY_SOURCE, LATER_SOURCE } from "./worker_source.ts";

/**
 * Gives the script's text.
 *
 * Deno parses a module twice, once slowly to look for its imports, which takes it 10 ms for this one; a string in it
 * costs nothing, and what is evaluated is parsed once. Browsers parse once, and may forbid to evaluate; what a function
 * holds they read when it is called.
 */
export function ownScript(): string {
  if (!("Deno" in globalThis)) return script(LATER_SOURCE);
  return evaluated(script(evaluated(LATER_SOURCE)));
}

function script(later: string): string {
  return `((later)=>{${EARLY_SOURCE}})(()=>${later})`;
}

function evaluated(text: string): string {
  return `(0,eval)(${JSON.stringify(text)})`;
}
