/**
 * The dev server under clients that mean ill: slow ones, many at once, requests that are none. It goes on answering
 * the others, and gives nothing away.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Site } from "./site.ts";

const PAGE = "the page";
const encoder = new TextEncoder();

function open(): Promise<Site> {
  return Site.open({ "page.txt": PAGE, "main.ts": "export const n: number = 1;" });
}

function connect(site: Site): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port: site.server.addr.port });
}

/** Sends bytes as they stand; gives what comes back until the server closes, or nothing more comes for a while. */
async function answerTo(site: Site, request: string | Uint8Array, patience = 1500): Promise<string> {
  using connection = await connect(site);
  const timer = setTimeout(() => connection.close(), patience);
  let response = "";
  try {
    const bytes = typeof request === "string" ? encoder.encode(request) : request;
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
    const chunk = new Uint8Array(16_384);
    for (let n = await connection.read(chunk); n !== null; n = await connection.read(chunk)) {
      response += new TextDecoder().decode(chunk.subarray(0, n));
    }
  } catch {
    // Closed by the server, or by the timer.
  } finally {
    clearTimeout(timer);
  }
  return response;
}

async function assertAnswers(site: Site): Promise<void> {
  const response = await site.get("page.txt", { signal: AbortSignal.timeout(5000) });
  assertEquals([response.status, await response.text()], [200, PAGE]);
}

describe("serve() goes on answering", () => {
  it("while slow clients send a byte now and then", async () => {
    await using site = await open();
    const slow = await Promise.all(Array.from({ length: 50 }, () => connect(site)));
    try {
      for (const byte of "GET /pa") {
        await Promise.all(slow.map((connection) => connection.write(encoder.encode(byte))));
        await assertAnswers(site);
      }
    } finally {
      for (const connection of slow) connection.close();
    }
    await assertAnswers(site);
  });

  it("while clients ask and never read", async () => {
    await using site = await Site.open({ "page.txt": PAGE, "large.bin": new Uint8Array(2 ** 22) });
    const deaf = await Promise.all(Array.from({ length: 20 }, () => connect(site)));
    try {
      await Promise.all(
        deaf.map((one) => one.write(encoder.encode("GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n"))),
      );
      await assertAnswers(site);
    } finally {
      for (const connection of deaf) connection.close();
    }
    await assertAnswers(site);
  });

  it("500 connections at once, each", async () => {
    await using site = await open();
    const request = "GET /page.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    const responses = await Promise.all(Array.from({ length: 500 }, () => answerTo(site, request, 20_000)));
    assertEquals(responses.filter((response) => !response.endsWith(PAGE)).length, 0);
  });

  it("200 who ask for the same TypeScript at once, compiled alike", async () => {
    await using site = await open();
    const texts = await Promise.all(Array.from({ length: 200 }, () => site.text("main.ts")));
    assertEquals(new Set(texts).size, 1);
    assertMatch(texts[0]!, /n = 1/);
  });

  it("after clients that hang up in the middle", async () => {
    await using site = await open();
    for (let i = 0; i < 100; i++) {
      const connection = await connect(site);
      await connection.write(encoder.encode("GET /main.ts HTTP/1.1\r\nHost: localhost\r\n\r\n".slice(0, 10 + i % 40)));
      connection.close();
    }
    await assertAnswers(site);
  });
});

describe("serve() is not moved by", () => {
  const lines: Record<string, string> = {
    "a header of a megabyte": `X-Long: ${"a".repeat(2 ** 20)}`,
    "ten thousand headers": Array.from({ length: 10_000 }, (_, i) => `X-${i}: ${i}`).join("\r\n"),
    "two hosts": "Host: elsewhere.test",
    "a line folded into a header": "X-One: 1\r\n Host: elsewhere.test",
    "a header without a name": ": nothing",
    "a null byte in a header": "X-Null: a\0b",
    "a body's length that is no number": "Content-Length: -1",
    "two lengths of a body": "Content-Length: 5\r\nContent-Length: 6",
    "a length and chunks": "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "a proxy's word for another host": "X-Forwarded-Host: elsewhere.test\r\nForwarded: host=elsewhere.test",
    "ranges without end": `Range: bytes=${Array.from({ length: 5000 }, (_, i) => `${i}-${i}`).join(",")}`,
    "an upgrade to something else": "Upgrade: websocket\r\nConnection: Upgrade",
  };
  for (const [name, line] of Object.entries(lines)) {
    it(name, async () => {
      await using site = await open();
      const response = await answerTo(
        site,
        `GET /page.txt HTTP/1.1\r\nHost: localhost\r\n${line}\r\nConnection: close\r\n\r\n`,
      );
      // Refused or answered as ever; nothing of the request comes back.
      assert(response === "" || /^HTTP\/1\.1 (200|400|416|431) /.test(response), response.slice(0, 200));
      assert(!response.includes("elsewhere.test"));
      assert(!/^HTTP\/1\.1 200 /.test(response) || /^cross-origin-opener-policy: same-origin\r$/m.test(response));
      await assertAnswers(site);
    });
  }

  it("a line break that a path smuggles into a header", async () => {
    await using site = await Site.open({ "app/index.html": PAGE, "page.txt": PAGE });
    for (const path of ["/app%0d%0aSet-Cookie:%20a=b", "/app?x=%0d%0aSet-Cookie:%20a=b", "/app%0aX:y/"]) {
      assert(!/^(set-cookie|x):/im.test(await site.raw(path)));
    }
    await assertAnswers(site);
  });

  it("bytes that are no request", async () => {
    await using site = await open();
    const noise = crypto.getRandomValues(new Uint8Array(60_000));
    for (
      const bytes of [noise, encoder.encode("\x16\x03\x01\x02\0"), encoder.encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    ) {
      assert(!(await answerTo(site, bytes)).includes(PAGE));
    }
    await assertAnswers(site);
  });
});
