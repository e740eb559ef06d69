/**
 * The text of a script, at once or not at all: `dbg` prints in the order of the program, so it cannot wait.
 *
 * - Deno: the file, where permission to read it has been granted already; it never asks for it.
 * - A browser's worker: a synchronous request, which the browser answers from its cache as a rule.
 * - A page: the same where it comes from this machine, as while developing. From elsewhere the page would stand still
 *   meanwhile, so the script is fetched in the background, and there is no text until it has come.
 */

/** What there is: the text; `undefined` for none; `"coming"` where a later look may find it. */
export type Reading = { readonly text: string } | "coming" | undefined;

/** Texts kept; beyond, the oldest is forgotten. */
const MOST_TEXTS = 64;
/** Milliseconds that a worker waits. A page cannot set a limit. */
const PATIENCE = 2000;

const readings = new Map<string, Reading>();

/** Reads a text, or remembers what came of it. */
export function read(url: string): Reading {
  // The text is in the name.
  if (url.startsWith("data:")) return dataText(url);
  if (readings.has(url)) return readings.get(url);
  const reading = readNow(url);
  keep(url, reading);
  return reading;
}

function keep(url: string, reading: Reading): void {
  readings.set(url, reading);
  if (readings.size <= MOST_TEXTS) return;
  for (const oldest of readings.keys()) {
    readings.delete(oldest);
    break;
  }
}

function readNow(url: string): Reading {
  try {
    if (typeof Deno !== "undefined") return url.startsWith("file:") ? wrap(fileText(pathOf(url))) : undefined;
    if (!("XMLHttpRequest" in globalThis) || !/^(?:https?|blob):/.test(url)) return undefined;
    if (!("document" in globalThis)) return wrap(requestText(url, PATIENCE));
    if (isNear(new URL(url.replace(/^blob:/, "")))) return wrap(requestText(url, 0));
    fetchLater(url);
    return "coming";
  } catch {
    // It is not there, or a policy forbids: the line does without.
    return undefined;
  }
}

function wrap(text: string | undefined): Reading {
  return text === undefined ? undefined : { text };
}

function dataText(url: string): Reading {
  // Deno shortens these where it names them.
  if (typeof Deno !== "undefined") return undefined;
  try {
    const comma = url.indexOf(",");
    const data = decodeURIComponent(url.slice(comma + 1));
    if (!url.slice(0, comma).endsWith(";base64")) return { text: data };
    return { text: new TextDecoder().decode(Uint8Array.from(atob(data), (char) => char.charCodeAt(0))) };
  } catch {
    return undefined;
  }
}

/** The path of a file's URL as Deno writes it in stacks: with nothing encoded, so that it need not be a URL any more. */
export function pathOf(url: string): string {
  return url.replace(/^file:\/\/(?:\/(?=[A-Za-z]:))?/, "");
}

function fileText(path: string): string | undefined {
  // Asking what the state is shows no prompt; reading where it is "prompt" would.
  const { state } = Deno.permissions.querySync({ name: "read", path });
  return state === "granted" ? Deno.readTextFileSync(path) : undefined;
}

/** Whether a URL is of this machine. */
function isNear({ hostname, protocol }: URL): boolean {
  return protocol === "file:" || /(?:^|\.)localhost$|^127\.|^\[::1\]$/.test(hostname);
}

/** What is used of an `XMLHttpRequest`: programs for Deno are checked without the types of pages. */
interface SyncRequest {
  open(method: string, url: string, async: boolean): void;
  timeout: number;
  overrideMimeType(type: string): void;
  send(): void;
  readonly status: number;
  readonly responseText: string;
}

function requestText(url: string, patience: number): string | undefined {
  const request = new (globalThis as unknown as { XMLHttpRequest: new () => SyncRequest }).XMLHttpRequest();
  request.open("GET", url, false);
  if (patience > 0) request.timeout = patience;
  request.overrideMimeType("text/plain; charset=utf-8");
  request.send();
  return request.status >= 200 && request.status < 300 ? request.responseText : undefined;
}

function fetchLater(url: string): void {
  fetch(url).then(async (response) => keep(url, response.ok ? { text: await response.text() } : undefined))
    .catch(() => keep(url, undefined));
}
