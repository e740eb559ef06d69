/**
 * The dev server: files of one folder over HTTP, with the headers under which a page may share memory between threads,
 * and TypeScript and JSX as JavaScript.
 *
 * Keeps true:
 * - every response, errors included, carries the isolation headers: a worker's script without them does not load;
 * - a server that only this machine reaches answers only to names of this machine, so a foreign page cannot reach it
 *   by pointing a name of its own here;
 * - nothing is kept by the browser without asking again.
 *
 * @module
 */

import { ifNoneMatch } from "@std/http/etag";
import { serveFile } from "@std/http/file-server";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { checkInteger } from "../integer.ts";
import { type Bundle, Compiler } from "./compile.ts";
import { locate } from "./locate.ts";

/** What may be embedded in an isolated page: only what agrees to it, or also anything that is fetched without cookies. */
export type EmbedderPolicy = "require-corp" | "credentialless";

/** Options of {@linkcode serve}. */
export interface ServeOptions {
  /** The folder to serve. Default: the current one. */
  directory?: string | URL;
  /** The port, or 0 for any that is free. Default 8000. */
  port?: number;
  /** The address to listen on. Default `127.0.0.1`, which only this machine reaches. */
  host?: string;
  /** The value of `Cross-Origin-Embedder-Policy`. Default `require-corp`. */
  coep?: EmbedderPolicy;
  /** More headers for every response, such as a `Content-Security-Policy`. They replace the server's own. */
  headers?: HeadersInit;
  /** An import map for TypeScript and JSX, in place of the one of the nearest `deno.json`. */
  importMap?: string | URL | undefined;
  /** Stops the server at once when it aborts. */
  signal?: AbortSignal;
  /** Whether to keep errors of files and requests off the terminal. Default `false`. */
  quiet?: boolean;
  /** Called when the server listens. */
  onListen?: (server: DevServer) => void;
}

/** A running server. */
export interface DevServer extends AsyncDisposable {
  /** Where it is, with a slash at the end. */
  readonly url: string;
  /** What it listens on. */
  readonly addr: Deno.NetAddr;
  /** Resolves when it has stopped. */
  readonly finished: Promise<void>;
  /** Finishes the responses under way, then stops. */
  shutdown(): Promise<void>;
}

const COMPILED = new Set([".ts", ".mts", ".tsx", ".jsx"]);
const LOCAL_NAMES = ["localhost", "127.0.0.1", "[::1]"];
const JAVASCRIPT = "text/javascript; charset=UTF-8";

/**
 * Serves a folder to browsers, cross-origin isolated, so that its pages can run threads over shared memory.
 *
 * TypeScript and JSX files are answered with JavaScript: the file with all that it imports, resolved as Deno does. A
 * request names files of the folder only; what these import may lie anywhere that your user may read.
 *
 * @param options What to serve, and where.
 * @returns The server, which is listening.
 * @throws {Deno.errors.AddrInUse} The port is taken.
 * @throws {Deno.errors.NotFound | Deno.errors.NotADirectory} There is no such folder.
 * @throws {RangeError | TypeError} An option has no meaning; the message names it.
 *
 * @example Serve a folder for as long as a test lasts
 * ```ts
 * import { serve } from "@webble/runtime/serve";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ directory: ".", port: 0 });
 * const response = await fetch(server.url + "deno.json");
 * assertEquals(response.headers.get("cross-origin-opener-policy"), "same-origin");
 * await response.body?.cancel();
 * ```
 */
export function serve(options: ServeOptions = {}): DevServer {
  const { port = 8000, host = "127.0.0.1", coep = "require-corp", quiet = false } = options;
  checkInteger("serve", "port", port, 0, 65535);
  if (coep !== "require-corp" && coep !== "credentialless") {
    throw new TypeError(`Cannot serve as 'coep' must be "require-corp" or "credentialless": received "${coep}"`);
  }
  if (typeof host !== "string") {
    throw new TypeError(`Cannot serve as 'host' must be a string: received ${String(host)}`);
  }
  const root = folder(toPath("directory", options.directory ?? "."));
  const importMap = options.importMap === undefined ? undefined : file(toPath("importMap", options.importMap));
  const always = isolationHeaders(coep, options.headers);

  function log(text: string): void {
    if (!quiet) console.error(text);
  }

  async function answer(request: Request): Promise<Response> {
    if (!isLocal(host) || isLocalName(request.headers.get("host"), host)) return await respond(request);
    return plain(
      403,
      `This server answers to the names of this machine only, not to "${request.headers.get("host") ?? ""}". ` +
        `To serve others too, listen on another address with --host`,
    );
  }

  async function respond(request: Request): Promise<Response> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return plain(405, `${request.method} is not served, only GET and HEAD`, { allow: "GET, HEAD" });
    }
    const found = await locate(root, request.url);
    if (found.kind === "moved") return new Response(null, { status: 302, headers: { location: found.to } });
    if (found.kind === "refused") return plain(found.status, found.reason);
    const { path, info } = found;
    if (!COMPILED.has(extname(path))) return await serveFile(request, path, { fileInfo: info });
    if (new URL(request.url).searchParams.has("raw")) {
      const response = await serveFile(request, path, { fileInfo: info });
      response.headers.set("content-type", "text/plain; charset=UTF-8");
      return response;
    }
    return script(request, await compiler.compile(path));
  }

  const server = listen({ port, host, ...(options.signal && { signal: options.signal }) }, async (request) => {
    let response: Response;
    try {
      response = await answer(request);
    } catch (error) {
      log(`Cannot answer ${request.method} ${request.url}: ${error instanceof Error ? error.stack : error}`);
      response = plain(500, "The server failed. Its terminal says more");
    }
    for (const [name, value] of always) response.headers.set(name, value);
    if (response.status >= 400) log(`${response.status} ${request.method} ${new URL(request.url).pathname}`);
    return response;
  });

  const compiler = new Compiler({ root, importMap, onError: log });
  const finished = server.finished.then(() => compiler[Symbol.asyncDispose]());
  const shutdown = async () => {
    await server.shutdown();
    await finished;
  };
  const name = ["0.0.0.0", "::"].includes(host) ? "localhost" : host.includes(":") ? `[${host}]` : host;
  const running: DevServer = {
    url: `http://${name}:${server.addr.port}/`,
    addr: server.addr,
    finished,
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  };
  try {
    options.onListen?.(running);
  } catch (error) {
    // Nobody else has the server to stop it.
    void shutdown();
    throw error;
  }
  return running;
}

function listen(
  { port, host, signal }: { port: number; host: string; signal?: AbortSignal },
  handler: (request: Request) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ port, hostname: host, ...(signal && { signal }), onListen() {} }, handler);
  } catch (cause) {
    if (cause instanceof Deno.errors.AddrInUse) {
      throw new Deno.errors.AddrInUse(
        `Cannot serve at ${host}:${port}: another program listens there. ` +
          `Stop it, or choose another port (0 for any that is free)`,
        { cause },
      );
    }
    // There is no class for a name that cannot be looked up.
    if (!(cause instanceof Error) || !/lookup|address/.test(cause.message)) throw cause;
    const why = `received "${host}". ${cause.message}`;
    throw new TypeError(`Cannot serve as 'host' must be an address of this machine: ${why}`, { cause });
  }
}

function isolationHeaders(coep: EmbedderPolicy, more: HeadersInit | undefined): Headers {
  const headers = new Headers({
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": coep,
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
  });
  for (const [name, value] of new Headers(more)) headers.set(name, value);
  return headers;
}

/** A compiled file. One that failed is sent too, with 200: a browser runs no module from a response that failed. */
function script(request: Request, { code, etag }: Bundle): Response {
  const headers = { "content-type": JAVASCRIPT, etag };
  if (!ifNoneMatch(request.headers.get("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  const body = request.method === "HEAD" ? null : code;
  return new Response(body, { headers: { ...headers, "content-length": String(code.length) } });
}

function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(`${text}.\n`, { status, headers: { "content-type": "text/plain; charset=UTF-8", ...headers } });
}

function folder(path: string): string {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Deno.errors.NotFound(`Cannot serve "${path}": there is no such folder`, { cause });
  }
  if (!info.isDirectory) throw new Deno.errors.NotADirectory(`Cannot serve "${path}": it is a file, not a folder`);
  return Deno.realPathSync(path);
}

function file(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Deno.errors.NotFound(`Cannot serve with the import map "${path}": there is no such file`, { cause });
  }
}

function toPath(name: string, path: string | URL): string {
  if (typeof path !== "string" && !(path instanceof URL)) {
    throw new TypeError(`Cannot serve as '${name}' must be a path or a URL: received ${typeof path} ${String(path)}`);
  }
  if (typeof path === "string" && !path.startsWith("file:")) return path;
  const { protocol, href } = new URL(path);
  if (protocol !== "file:") throw new TypeError(`Cannot serve as '${name}' must be on this machine: received ${href}`);
  return fileURLToPath(path);
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

/** Whether the `Host` header names this machine. The port may differ, as it does behind a tunnel. */
function isLocalName(header: string | null, host: string): boolean {
  const name = header?.replace(/:\d*$/, "").toLowerCase();
  return name !== undefined && (LOCAL_NAMES.includes(name) || name === host || name === `[${host}]`);
}
