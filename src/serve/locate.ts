/**
 * From the target of a request to a file in the served folder, or to the reason why there is none.
 *
 * Keeps true, whatever the target says: the file that is named lies in the folder after all symbolic links are
 * followed, and no part of its real path within the folder begins with a dot, `.well-known` excepted.
 *
 * The target is read as it was sent, before anything resolves `..` in it, and is decoded once.
 *
 * @module
 */

import { isAbsolute, join, relative, sep } from "node:path";

/** A file to serve. */
export interface Found {
  readonly kind: "file";
  /** The real path. */
  readonly path: string;
  readonly info: Deno.FileInfo;
}

/** Another place to look at. */
export interface Moved {
  readonly kind: "moved";
  /** A path on this server, with the query. */
  readonly to: string;
}

/** Nothing to serve. */
export interface Refused {
  readonly kind: "refused";
  readonly status: 400 | 403 | 404;
  /** Why, for who reads the response. */
  readonly reason: string;
}

/**
 * Finds the file that a request means.
 *
 * @param root The real path of the served folder.
 * @param url The request's URL as the server gave it.
 * @returns The file, a redirect, or a refusal.
 */
export async function locate(root: string, url: string): Promise<Found | Moved | Refused> {
  // Not `new URL(url).pathname`: that would resolve `..`, in plain and in encoded form, before it is looked at.
  const [, path, query] = url.match(/^[a-z]+:\/\/[^/?#]*([^?#]*)(\?[^#]*)?/i) ?? [];
  if (path === undefined || !path.startsWith("/")) return refused(400, "The request's target is no path");
  const parts = path.slice(1).split("/");
  const isFolder = parts.at(-1) === "";
  if (isFolder) parts.pop();

  const names: string[] = [];
  for (const part of parts) {
    const name = decode(part);
    if (name === undefined) return refused(400, `"${part}" is not percent-encoded UTF-8`);
    const problem = inspect(name);
    if (problem !== undefined) return refused(403, `"${part}" ${problem}`);
    names.push(name);
  }

  const missing = refused(404, `Nothing is at ${path}`);
  try {
    const real = await Deno.realPath(join(root, ...names));
    const within = relative(root, real);
    if (within.split(sep)[0] === ".." || isAbsolute(within)) {
      return refused(403, `${path} is a link that leads out of the served folder`);
    }
    if (within.split(sep).some(isHidden)) return missing;
    const info = await Deno.stat(real);
    if (info.isDirectory) {
      if (!isFolder) return { kind: "moved", to: `${path}/${query ?? ""}` };
      return await index(root, url, path);
    }
    if (!info.isFile || isFolder) return missing;
    return { kind: "file", path: real, info };
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
      return refused(403, `${path} cannot be read by the server`);
    }
    return missing; // Not there, a name too long, a link to itself: there is nothing to serve in each case.
  }
}

async function index(root: string, url: string, path: string): Promise<Found | Moved | Refused> {
  const end = url.search(/[?#]/);
  const found = await locate(root, `${end < 0 ? url : url.slice(0, end)}index.html`);
  return found.kind === "refused" && found.status === 404 ? refused(404, `${path} has no index.html`) : found;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** What is wrong with a name, if anything. */
function inspect(name: string): string | undefined {
  if (name === "") return "is an empty name";
  if (name === "." || name === "..") return "is not a name";
  if (/[/\\\0]/.test(name)) return "holds a character that no name can hold";
  // On Windows a colon names a drive or a stream of a file.
  if (Deno.build.os === "windows" && name.includes(":")) return "holds a colon";
  return undefined;
}

function isHidden(name: string): boolean {
  return name.startsWith(".") && name !== ".well-known";
}

function refused(status: Refused["status"], reason: string): Refused {
  return { kind: "refused", status, reason };
}
