/**
 * A folder of files to serve in tests, made for one test file and removed after it.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { importMap } from "../harness/bundle.ts";
import { type DevServer, serve, type ServeOptions } from "../../serve.ts";

/** A served folder. */
export class Site implements AsyncDisposable {
  /** The folder. Files beside it, in its parent, are not served. */
  readonly folder: string;
  readonly server: DevServer;

  private constructor(folder: string, server: DevServer) {
    this.folder = folder;
    this.server = server;
  }

  /**
   * Writes files and serves them.
   *
   * @param files Path to content, relative to the served folder.
   * @param options For the server.
   * @returns The site.
   */
  static async open(files: Record<string, string | Uint8Array>, options: ServeOptions = {}): Promise<Site> {
    const folder = join(await Deno.realPath(await Deno.makeTempDir()), "site");
    await Deno.mkdir(folder);
    const server = serve({ directory: folder, port: 0, quiet: true, importMap: await importMap(), ...options });
    const site = new Site(folder, server);
    // Its own configuration: else a stray one above the temporary folder would count.
    for (const [path, content] of Object.entries({ "deno.json": "{}", ...files })) await site.write(path, content);
    return site;
  }

  /** Writes a file, `../` allowed, with the time of a file that was written a while ago. */
  async write(path: string, content: string | Uint8Array): Promise<void> {
    const file = join(this.folder, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await (typeof content === "string" ? Deno.writeTextFile(file, content) : Deno.writeFile(file, content));
    const then = Date.now() / 1000 - 10 - Math.random();
    await Deno.utime(file, then, then);
  }

  /** Asks for a path. */
  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.server.url + path, { redirect: "manual", ...init });
  }

  /** Asks for a path, and gives the text of the response. */
  async text(path: string): Promise<string> {
    return await (await this.get(path)).text();
  }

  /** Asks for a compiled file, and runs it: gives what the module exports. */
  async module(path: string): Promise<Record<string, unknown>> {
    const code = await this.text(path);
    return await import(`data:text/javascript,${encodeURIComponent(code)}`);
  }

  /** Sends a request as it stands, and gives the whole response: no client has tidied up the target. */
  async raw(target: string, headers = `Host: 127.0.0.1:${this.server.addr.port}`): Promise<string> {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: this.server.addr.port });
    await connection.write(
      new TextEncoder().encode(`GET ${target} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`),
    );
    let response = "";
    const decoder = new TextDecoder();
    const chunk = new Uint8Array(16_384);
    for (let n = await connection.read(chunk); n !== null; n = await connection.read(chunk)) {
      response += decoder.decode(chunk.subarray(0, n), { stream: true });
    }
    return response;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown();
    await Deno.remove(join(this.folder, ".."), { recursive: true });
  }
}
