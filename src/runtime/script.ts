/**
 * The script that pool workers run.
 */

import type { Library } from "./messages.ts";
import { BOOT_SOURCE, EARLY_SOURCE, LATER_SOURCE } from "./worker_source.ts";

/** What a worker loads, and what it then wants to have by message, if anything. */
export interface Script {
  readonly url: string;
  /** How it is called in messages. */
  readonly name: string;
  readonly boot?: string;
  readonly library?: Library;
  /** Nobody is to load it any more. */
  release(): void;
}

/**
 * Waits for the first message, and evaluates what it brings.
 *
 * Deno takes 5 ms to load a module of the library's length, and 2 for what workers begin with, as it parses it for its imports,
 * and copies it several times; a message takes none of that. And it loads a `data:` URL a millisecond sooner than a blob.
 */
const WAIT = `addEventListener("message",({data})=>(0,eval)(data.boot)(data),{once:true})`;

/**
 * Gives the script at `workerUrl`, or where the user names none the library's own, for where this runs: browsers may forbid to
 * evaluate, and load a long module in no time.
 */
export function scriptFor(workerUrl: string | undefined): Script {
  if (workerUrl !== undefined) return { url: workerUrl, name: workerUrl, release() {} };
  if ("Deno" in globalThis) {
    return {
      url: `data:text/javascript,${encodeURIComponent(WAIT)}`,
      name: "the library's own script",
      boot: named("boot", `((start)=>{${BOOT_SOURCE}})`),
      library: { webble: "library", early: named("library", early()), later: named("rest", LATER_SOURCE) },
      release() {},
    };
  }
  const url = URL.createObjectURL(new Blob([wholeScript()], { type: "text/javascript" }));
  return { url, name: "the library's own script, a blob", release: () => URL.revokeObjectURL(url) };
}

/** What may be the matter where an engine says only that it could not load the script. */
export function whyNoScript(workerUrl: string | undefined): string {
  return workerUrl === undefined
    ? "its script was refused. Where the page's Content-Security-Policy forbids 'blob:' workers, serve a script that " +
      "imports this library and name it with 'builder().workerUrl(…)'."
    : `the script ${workerUrl} could not be loaded or run. It must exist, be served as JavaScript, and import this library.`;
}

/** Gives all of it as one text. What a function holds is only looked over until it is called. */
export function wholeScript(): string {
  return `${early()}(()=>${LATER_SOURCE})`;
}

/** A text that stacks call by a name. */
function named(name: string, text: string): string {
  return `${text}\n//# sourceURL=webble/${name}.js`;
}

function early(): string {
  return `((later,headStart)=>{${EARLY_SOURCE}})`;
}
