/**
 * Call sites: where a `dbg` stands, in words, and the expressions that it was given.
 *
 * Found once for each place in the code, and remembered by what the stack says of it.
 */

import { scriptAt } from "../task/script.ts";
import { argumentsAt, startOf } from "./expression.ts";
import { pathOf, read, type Reading } from "./read.ts";
import { SourceMap } from "./source_map.ts";
import { framesAbove, type Place, placeIn } from "./stack.ts";

/** One call in the code. */
export interface Site {
  /** `src/render.ts:12:5`, or in a shipped closure `closure render:3:5`. */
  readonly label: string;
  /** The text of each argument, as far as it is known. */
  readonly expressions: readonly string[];
}

/** Sites kept; when there are more, all are found again. */
const MOST_SITES = 4096;
/** Frames looked at where native code made the call. */
const MOST_FRAMES = 8;

const NOWHERE: Site = { label: "unknown place", expressions: [] };

const sites = new Map<string, Site>();
const maps = new WeakMap<object, SourceMap | "none">();

/**
 * The site of the call of a function.
 *
 * @param above The function.
 * @param depth How many frames, this function's included, are on top of the caller's.
 * @param count How many values it was given.
 */
export function callSite(above: unknown, depth: number, count: number): Site {
  try {
    return find(above, depth + 1, count);
  } catch {
    // Errors are frozen, or the program writes stacks in a way of its own that fails.
    return NOWHERE;
  }
}

function find(above: unknown, depth: number, count: number): Site {
  let frames = framesAbove(above, depth + 1, 1);
  if (!/\d\)?$/.test(frames)) frames = framesAbove(above, depth + 1, MOST_FRAMES);
  const key = `${count} ${frames}`;
  const known = sites.get(key);
  if (known !== undefined) return known;
  const place = placeIn(frames);
  if (place === undefined) return NOWHERE;
  const { site, final } = locate(place, count);
  if (sites.size >= MOST_SITES) sites.clear();
  if (final) sites.set(key, site);
  return site;
}

/** A site, and whether a later look could find more: not so once its source has been read, or cannot be. */
interface Found {
  readonly site: Site;
  readonly final: boolean;
}

/** A place in a text, whatever its URL. */
type Position = Pick<Place, "line" | "column">;

function locate(place: Place, count: number): Found {
  const shipped = scriptAt(place.url, place.line, place.column);
  if (shipped !== undefined) {
    const { name, source } = shipped.script;
    return siteAt(name === "" ? "closure" : `closure ${name}`, shipped, { text: source }, shipped, place.direct, count);
  }
  const compiled = read(place.url);
  if (compiled === undefined || compiled === "coming") {
    return siteAt(fileOf(place.url), place, compiled, place, place.direct, count);
  }
  const map = mapOf(place.url, compiled);
  if (map === "coming") return siteAt(fileOf(place.url), place, map, place, place.direct, count);
  const original = map?.find(place.line, place.column);
  if (original === undefined) return siteAt(fileOf(place.url), place, compiled, place, place.direct, count);
  const text = original.text === undefined ? read(original.url) : { text: original.text };
  // Where the map knows a place before the call only, the compiled code tells the expression, a little less faithfully.
  const start = startOf(compiled.text, place.line);
  const isCall = compiled.text.slice(start + original.from - 1, start + place.column - 1).trim() === "";
  return text !== undefined && isCall
    ? siteAt(fileOf(original.url), original, text, original, place.direct, count)
    : siteAt(fileOf(original.url), original, compiled, place, place.direct, count);
}

/**
 * @param named Where the call is said to be.
 * @param text The text to look for the expressions in, and `at`, where the call is there.
 */
function siteAt(file: string, named: Position, text: Reading, at: Position, direct: boolean, count: number): Found {
  const known = text !== undefined && text !== "coming" && direct;
  const expressions = known ? argumentsAt(text.text, at.line, at.column, count) : [];
  return { site: { label: `${file}:${named.line}:${named.column}`, expressions }, final: text !== "coming" };
}

/** The source map that a script names in its last line. */
function mapOf(url: string, script: { readonly text: string }): SourceMap | "coming" | undefined {
  // Deno has gone through it before it wrote the stack.
  if (typeof Deno !== "undefined") return undefined;
  let map = maps.get(script);
  if (map === undefined) {
    const name = /^[^\s"'*]+/.exec(script.text.slice(lastComment(script.text)))?.[0];
    if (name === undefined || !URL.canParse(name, url)) map = "none";
    else {
      const address = new URL(name, url).href;
      const json = read(address);
      if (json === "coming") return json;
      map = json === undefined ? "none" : parse(json.text, address.startsWith("data:") ? url : address);
    }
    maps.set(script, map);
  }
  return map === "none" ? undefined : map;
}

/** Where the name of the source map begins; the end where there is none. */
function lastComment(text: string): number {
  const mark = "# sourceMappingURL=";
  const at = text.lastIndexOf(mark);
  return at < 0 ? text.length : at + mark.length;
}

function parse(json: string, base: string): SourceMap | "none" {
  try {
    return new SourceMap(json, base);
  } catch {
    return "none";
  }
}

/** A script as it is best known: relative to the page's origin, or in Deno to the current directory. */
function fileOf(url: string): string {
  if (typeof Deno !== "undefined" && url.startsWith("file:")) {
    const path = pathOf(url);
    const folder = currentFolder();
    return folder !== undefined && path.startsWith(folder) ? path.slice(folder.length) : path;
  }
  if (url.startsWith("data:")) return "data:…";
  // The dev server names modules from elsewhere so.
  const readable = decoded(url.replace(/^remote:/, ""));
  const { origin } = globalThis as { origin?: string };
  if (origin === undefined || !readable.startsWith(`${origin}/`)) return readable;
  return readable.slice(origin.length + 1).replace(/[?#].*$/, "") || "/";
}

/** The current directory with a slash at its end; `undefined` if it was removed. */
function currentFolder(): string | undefined {
  try {
    return Deno.cwd().replaceAll("\\", "/").replace(/\/?$/, "/");
  } catch {
    return undefined;
  }
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
