/**
 * The dev server as a server of files: headers, media types, caching, ranges, methods, start and end.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { serve } from "../../serve.ts";
import { Site } from "./site.ts";

describe("serve() answers", () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open({
      "index.html": "<h1>home</h1>",
      "app/index.html": "<h1>app</h1>",
      "empty/.keep": "",
      "plain.js": "import x from 'somewhere';",
      "module.mjs": "export {};",
      "style.css": "a {}",
      "code.wasm": new Uint8Array([0, 97, 115, 109]),
      "main.ts": "export const n: number = 1;",
      "view.tsx": "export const n: number = 2;",
      "letters.txt": "abcdefghij",
    });
  });
  afterAll(() => site[Symbol.asyncDispose]());

  it("with the isolation headers, errors too", async () => {
    for (const path of ["", "plain.js", "main.ts", "nowhere", "app"]) {
      const response = await site.get(path);
      await response.body?.cancel();
      assertEquals(response.headers.get("cross-origin-opener-policy"), "same-origin", path);
      assertEquals(response.headers.get("cross-origin-embedder-policy"), "require-corp", path);
      assertEquals(response.headers.get("cross-origin-resource-policy"), "same-origin", path);
      assertEquals(response.headers.get("cache-control"), "no-cache", path);
    }
  });

  it("with the media type that a browser wants", async () => {
    const types = {
      "": "text/html",
      "plain.js": "text/javascript",
      "module.mjs": "text/javascript",
      "main.ts": "text/javascript",
      "view.tsx": "text/javascript",
      "style.css": "text/css",
      "code.wasm": "application/wasm",
      "main.ts?raw": "text/plain",
    };
    for (const [path, type] of Object.entries(types)) {
      const response = await site.get(path);
      await response.body?.cancel();
      assertStringIncludes(response.headers.get("content-type") ?? "", type, path);
    }
  });

  it("plain JavaScript and ?raw as they stand", async () => {
    assertEquals(await site.text("plain.js"), "import x from 'somewhere';");
    assertEquals(await site.text("main.ts?raw"), "export const n: number = 1;");
  });

  it("a folder with its index.html, after a redirect to the slash", async () => {
    assertEquals(await site.text("app/"), "<h1>app</h1>");
    const moved = await site.get("app?x=1");
    assertEquals([moved.status, moved.headers.get("location")], [302, "/app/?x=1"]);
    const missing = await site.get("empty/");
    assertEquals([missing.status, await missing.text()], [404, "/empty/ has no index.html.\n"]);
  });

  it("304 to what has not changed since", async () => {
    for (const path of ["letters.txt", "main.ts"]) {
      const first = await site.get(path);
      await first.body?.cancel();
      const etag = first.headers.get("etag");
      assert(etag !== null, path);
      const second = await site.get(path, { headers: { "if-none-match": etag } });
      assertEquals([second.status, await second.text()], [304, ""], path);
    }
    const modified = (await site.get("letters.txt", { method: "HEAD" })).headers.get("last-modified") ?? "";
    const third = await site.get("letters.txt", { headers: { "if-modified-since": modified } });
    assertEquals(third.status, 304);
  });

  it("206 to a range, 416 to one that is not there", async () => {
    const range = (value: string) => site.get("letters.txt", { headers: { range: `bytes=${value}` } });
    const part = await range("2-4");
    assertEquals([part.status, part.headers.get("content-range"), await part.text()], [206, "bytes 2-4/10", "cde"]);
    assertEquals(await (await range("-3")).text(), "hij");
    assertEquals(await (await range("8-")).text(), "ij");
    const beyond = await range("10-12");
    await beyond.body?.cancel();
    assertEquals([beyond.status, beyond.headers.get("content-range")], [416, "bytes */10"]);
  });

  it("HEAD with headers alone", async () => {
    for (const path of ["letters.txt", "main.ts"]) {
      const full = (await site.text(path)).length;
      const head = await site.get(path, { method: "HEAD" });
      assertEquals([head.status, await head.text()], [200, ""]);
      assertEquals(head.headers.get("content-length"), String(full));
    }
  });

  it("405 to other methods, with the ones allowed", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const response = await site.get("letters.txt", { method });
      assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
      assertStringIncludes(await response.text(), method);
    }
  });

  it("404 with a text that names the path", async () => {
    const response = await site.get("no/where.ts");
    assertEquals([response.status, await response.text()], [404, "Nothing is at /no/where.ts.\n"]);
  });
});

describe("serve()", () => {
  it("sends the chosen policy and added headers", async () => {
    const headers = { "content-security-policy": "script-src 'self'" };
    await using site = await Site.open({ "a.txt": "a" }, { coep: "credentialless", headers });
    const response = await site.get("a.txt");
    await response.body?.cancel();
    assertEquals(response.headers.get("cross-origin-embedder-policy"), "credentialless");
    assertEquals(response.headers.get("content-security-policy"), "script-src 'self'");
  });

  it("tells where it listens, once it does", async () => {
    let told = "";
    await using server = serve({ directory: ".", port: 0, onListen: ({ url }) => told = url });
    assertMatch(told, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    assertEquals(told, server.url);
    assertEquals(server.addr.hostname, "127.0.0.1");
  });

  it("throws where the port is taken, and names it", async () => {
    await using site = await Site.open({});
    const { port } = site.server.addr;
    assertThrows(() => serve({ port }), Deno.errors.AddrInUse, `127.0.0.1:${port}`);
  });

  it("throws on a folder that is none, and on options without meaning", () => {
    assertThrows(() => serve({ directory: "no/where" }), Deno.errors.NotFound, `"no/where"`);
    assertThrows(() => serve({ directory: "deno.json" }), Deno.errors.NotADirectory, `"deno.json"`);
    assertThrows(() => serve({ importMap: "no/map.json" }), Deno.errors.NotFound, `"no/map.json"`);
    assertThrows(() => serve({ port: 65536 }), RangeError, "'port' must be an integer from 0 to 65535: received 65536");
    assertThrows(() => serve({ coep: "unsafe-none" as never }), TypeError, "'coep'");
    assertThrows(
      () => serve({ directory: 5 as never }),
      TypeError,
      "'directory' must be a path or a URL: received number 5",
    );
    assertThrows(
      () => serve({ directory: new URL("http://x.test/") }),
      TypeError,
      "'directory' must be on this machine",
    );
    assertThrows(
      () => serve({ importMap: new URL("http://x.test/") }),
      TypeError,
      "'importMap' must be on this machine",
    );
    assertThrows(() => serve({ host: 5 as never }), TypeError, "'host' must be a string: received 5");
    assertThrows(() => serve({ host: "no.such.host.invalid", port: 0 }), TypeError, `received "no.such.host.invalid"`);
  });

  it("stops where whoever is told that it listens throws", async () => {
    let url = "";
    const onListen = (server: { url: string }) => {
      url = server.url;
      throw new Error("not now");
    };
    assertThrows(() => serve({ directory: ".", port: 0, onListen }), Error, "not now");
    // The port is free once the server has stopped.
    for (let left = 100; left > 0; left--) {
      const isUp = await fetch(url).then((response) => response.body?.cancel().then(() => true), () => false);
      if (!isUp) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error("It listens still");
  });

  it("stops when its signal aborts", async () => {
    const stop = new AbortController();
    const server = serve({ directory: ".", port: 0, signal: stop.signal });
    stop.abort();
    await server.finished;
    await assertRejects(() => fetch(server.url), TypeError);
  });
});

Deno.test({
  name: "shutdown() leaves nothing open, esbuild included",
  sanitizeOps: true,
  sanitizeResources: true,
  async fn() {
    const site = await Site.open({ "main.ts": "export const n: number = 1;" });
    assertStringIncludes(await site.text("main.ts"), "var n = 1");
    await site[Symbol.asyncDispose]();
    await site.server.shutdown();
    await site.server.finished;
  },
});
