/**
 * Scripts: what a shipped closure is compiled as, and the way back from a place in that script to the closure's source.
 *
 * A closure is compiled as a script with a name of its own, which engines put into stacks. The name is made of the
 * closure's name and its text, so that it is the same on every thread and in every run. `dbg` finds the source by it.
 *
 * Keeps true: no more than 2048 sources are kept; beyond, those that were compiled longest ago are forgotten.
 */

const FOLDER = "webble-closure/";
const MOST_SOURCES = 2048;

/** What comes before the source, on its first line. */
const BEFORE = '"use strict"; return (';
/** Lines of the script before that one: `new Function` writes its head as `(function anonymous(a,b`, then `) {`. */
const HEAD_LINES = 2;

/** A closure that was compiled on this thread. */
export interface Script {
  /** The name of the function, empty where it has none. */
  readonly name: string;
  readonly source: string;
}

const scripts = new Map<string, Script>();

/** The body to give to `new Function`, so that its result is the closure; its source is kept for {@linkcode scriptAt}. */
export function scriptBody(source: string, name: string): string {
  const label = name.replace(/[^\w$.-]/g, "_") || "closure";
  const file = `${label}-${fingerprint(source)}.js`;
  // Put at the end again: it was compiled last.
  scripts.delete(file);
  scripts.set(file, { name, source });
  if (scripts.size > MOST_SOURCES) {
    for (const oldest of scripts.keys()) {
      scripts.delete(oldest);
      break;
    }
  }
  return `${BEFORE}${source}\n);\n//# sourceURL=${FOLDER}${file}`;
}

/** A place in a script, as a place in the source of its closure; lines and columns count from 1. */
export interface ScriptPlace {
  readonly script: Script;
  readonly line: number;
  readonly column: number;
}

/** Finds the closure that a stack names as `url`, if it is one that this thread compiled and still knows. */
export function scriptAt(url: string, line: number, column: number): ScriptPlace | undefined {
  const at = url.lastIndexOf(FOLDER);
  const script = at < 0 ? undefined : scripts.get(url.slice(at + FOLDER.length));
  if (script === undefined) return undefined;
  const own = line - HEAD_LINES;
  return { script, line: own, column: own === 1 ? column - BEFORE.length : column };
}

/** FNV-1a: tells texts apart, no more. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}
