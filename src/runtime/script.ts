/**
 * The script that pool workers run, where the user names none.
 */

import { EARLY_SOURCE, LATER_SOURCE } from "./worker_source.ts";

/** A script in two parts. */
export interface Script {
  /** What the worker loads. */
  readonly module: string;
  /** What it then wants to have in main's first message, if anything. */
  readonly rest: readonly string[] | undefined;
}

/**
 * Waits for the first message, evaluates what it brings, and lets that have the message.
 *
 * Deno takes 5 ms to load a module of the library's length, as it parses it for its imports, and copies it several times;
 * a message takes none of that.
 */
const BOOT = `addEventListener("message",(event)=>{
const[early,later]=event.data.script;
(0,eval)(early)(()=>(0,eval)(later));
dispatchEvent(new MessageEvent("message",{data:event.data}));
},{once:true});`;

/** Gives the script for where this runs: browsers may forbid to evaluate, and load a long module in no time. */
export function ownScript(): Script {
  if ("Deno" in globalThis) return { module: BOOT, rest: [early(), LATER_SOURCE] };
  return { module: wholeScript(), rest: undefined };
}

/** Gives all of it as one text. What a function holds is only looked over until it is called. */
export function wholeScript(): string {
  return `${early()}(()=>${LATER_SOURCE})`;
}

function early(): string {
  return `((later)=>{${EARLY_SOURCE}})`;
}
