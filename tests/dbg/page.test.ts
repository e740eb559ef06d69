/**
 * `dbg` in pages, with the console at the other end: what arrives there, from the page and its workers.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import * as esbuild from "esbuild";
import { fileURLToPath } from "node:url";
import type { Browser, ConsoleMessage, Page } from "puppeteer";
import { withTimeout } from "../harness/case.ts";
import { launchChromium } from "../harness/chromium.ts";
import { Site } from "../serve/site.ts";

const LIBRARY = new URL("../../mod.ts", import.meta.url).href;

function html(script: string): string {
  return `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
}

/** The library as one file without a source map, as a page may have it from elsewhere. */
async function bundledLibrary(): Promise<string> {
  const { outputFiles: [file] } = await esbuild.build({
    entryPoints: [fileURLToPath(LIBRARY)],
    bundle: true,
    write: false,
    format: "esm",
    minify: true,
  });
  return file!.text;
}

/** A page, and what its console has got. */
class Watched implements AsyncDisposable {
  readonly messages: ConsoleMessage[] = [];

  constructor(readonly page: Page) {
    page.on("console", (message) => this.messages.push(message));
  }

  get lines(): string[] {
    return this.messages.map((message) => message.text());
  }

  /** Waits until the console has got so many lines. */
  async until(count: number): Promise<string[]> {
    await withTimeout(`${count} lines (${this.lines.join("; ")})`, 10_000, async () => {
      while (this.messages.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
    });
    return this.lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await withTimeout("closing a page", 3_000, () => this.page.close()).catch(() => {});
  }
}

describe("dbg in a page", () => {
  let browser: Browser;
  let library: string;
  beforeAll(async () => {
    browser = await launchChromium();
    library = await bundledLibrary();
  });
  afterAll(async () => {
    await browser.close();
    await esbuild.stop();
  });

  async function open(url: string): Promise<Watched> {
    const watched = new Watched(await browser.newPage());
    await watched.page.goto(url);
    return watched;
  }

  it("names file, line, column and expression of TypeScript that serve() compiles, in page and workers", async () => {
    await using site = await Site.open({
      "index.html": html("app/main.ts"),
      "app/main.ts": `import * as webble from "${LIBRARY}";
import { area, type Shape } from "../lib/shape.ts";

interface Late { readonly value: number }
const late: Late = { value: 4 };
webble.dbg(late.value as number + area({ width: 2, height: 3 } as Shape));
await webble.builder().workers(1).init();
await webble.spawn(function half(n: number): number {
  return webble.dbg(n / 2);
}, 84).recv();
const work = webble.tasks<typeof import("./work.ts")>(new URL("./work.ts", import.meta.url));
await webble.spawn(work.twice, 21).recv();
webble.dbg("done");
`,
      "app/work.ts": `import { dbg } from "${LIBRARY}";
type N = number;

export function twice(n: N): N {
  return dbg<N>(
    n *
      2,
  );
}
`,
      "lib/shape.ts": `import { dbg } from "${LIBRARY}";
export interface Shape { width: number; height: number }
export const area = ({ width, height }: Shape): number => dbg(width * height);
`,
    });
    await using watched = await open(site.server.url);
    await watched.until(5);
    // Threads have no order among each other.
    const isWorkers = (line: string) => line.startsWith("worker");
    assertEquals(watched.lines.filter((line) => !isWorkers(line)), [
      "[lib/shape.ts:3:59] width * height = 6",
      "[app/main.ts:6:8] late.value as number + area({ width: 2, height: 3 } as Shape) = 10",
      '[app/main.ts:13:8] "done" = "done"',
    ]);
    assertEquals(watched.lines.filter(isWorkers), [
      // As bundled: that is the source which was sent.
      "worker 0 [closure half:2:10] n / 2 = 42",
      "worker 0 [app/work.ts:5:10] n * 2 = 42",
    ]);
    assertEquals(new Set(watched.messages.map((message) => message.type())), new Set(["debug"]));
  });

  it("reads plain scripts, also those within the page", async () => {
    await using site = await Site.open({
      "webble.js": library,
      "main.js": 'import { dbg } from "./webble.js";\nconst a = 1;\nexport const b = dbg(a + 1) * 2;\n',
      "index.html": `<!doctype html>
<link rel="icon" href="data:,">
<script type="module" src="main.js"></script>
<script type="module">
  import * as webble from "./webble.js";
  webble.dbg(2 + 2);
</script>
`,
    });
    await using watched = await open(site.server.url);
    assertEquals(await watched.until(2), ["[main.js:3:18] a + 1 = 2", "[/:6:10] 2 + 2 = 4"]);
  });

  it("follows a source map of its own file, whose sources are files too", async () => {
    const source = 'import { dbg } from "./webble.js";\nconst long: number = 1;\nexport const b = dbg(long + 1) * 2;\n';
    const { outputFiles } = await esbuild.build({
      stdin: { contents: source, loader: "ts", sourcefile: "src/main.mts" },
      outfile: "main.js",
      write: false,
      format: "esm",
      minify: true,
      sourcemap: "linked",
      sourcesContent: false,
    });
    const [map, code] = ["main.js.map", "main.js"].map((name) =>
      outputFiles.find((one) => one.path.endsWith(name))!.text
    );
    await using site = await Site.open({
      "webble.js": library,
      "index.html": html("main.js"),
      "main.js": code!,
      "main.js.map": map!.replace("main.mts", "main.txt"),
      "src/main.txt": source,
    });
    await using watched = await open(site.server.url);
    assertEquals(await watched.until(1), ["[src/main.txt:3:18] long + 1 = 2"]);
    await Deno.remove(`${site.folder}/src/main.txt`);
    await using again = await open(site.server.url);
    // The browser says itself that something is missing.
    await again.until(2);
    const line = again.messages.find((message) => message.type() === "debug")?.text();
    // The compiled code is what is left; the place is still the original's.
    assertMatch(line!, /^\[src\/main\.txt:3:18\] [\w+]+ = 2$/);
  });

  it("hands objects to the console as they are, at the level that is set, each on its line", async () => {
    await using site = await Site.open({
      "webble.js": library,
      "index.html": html("main.js"),
      "main.js": `import { dbg } from "./webble.js";
const object = { a: { b: [1, 2] } }, rest = 100;
for (const level of ["debug", "error", "info", "log", "trace", "warn"]) {
  dbg.level = level;
  dbg(object, rest % 60);
}
const d = 5;
dbg(object.a.b.length % d && object);
`,
    });
    await using watched = await open(site.server.url);
    await watched.until(13);
    assertEquals(
      watched.messages.map((message) => message.type()),
      ["debug", "error", "info", "log", "trace", "warn", "warn"].flatMap((type, i) => i < 6 ? [type, type] : [type]),
    );
    const [first, second] = watched.messages;
    assertEquals(await first!.args()[0]!.jsonValue(), "[main.js:5:3] object =");
    assertEquals(await first!.args()[1]!.jsonValue(), { a: { b: [1, 2] } });
    assertEquals(second!.text(), "[main.js:5:3] rest % 60 = 40");
    // It is a format, as a value follows.
    assertEquals(
      await watched.messages.at(-1)!.args()[0]!.jsonValue(),
      "[main.js:8:1] object.a.b.length %% d && object =",
    );
  });

  it("prints in the order of the program, at once, though the page then hangs", async () => {
    await using site = await Site.open({
      "webble.js": library,
      "index.html": html("main.js"),
      "main.js": `import { dbg } from "./webble.js";
globalThis.hang = () => {
  for (let i = 0; i < 20; i++) { console.debug("before", i); dbg(i); }
  for (;;);
};
`,
    });
    await using watched = await open(site.server.url);
    watched.page.evaluate("hang()").catch(() => {}); // The page is closed.
    assertEquals(
      await watched.until(40),
      Array.from({ length: 20 }, (_, i) => [`before ${i}`, `[main.js:3:62] i = ${i}`]).flat(),
    );
  });

  it("prints without the expression where a policy forbids to read", async () => {
    await using site = await Site.open({
      "webble.js": library,
      "index.html": html("main.js"),
      "main.js": 'import { dbg } from "./webble.js";\nglobalThis.result = dbg(1 + 1);\n',
    }, { headers: { "content-security-policy": "default-src 'self'; connect-src 'none'" } });
    await using watched = await open(site.server.url);
    await watched.until(1);
    const own = watched.messages.filter((message) => message.type() === "debug").map((message) => message.text());
    assertEquals(own, ["[main.js:2:21] 2"]);
    assertEquals(await watched.page.evaluate("result"), 2);
  });

  it("does not hold a page from elsewhere up: lines come without the expression until its script has come", async () => {
    const files: Record<string, string> = {
      "/": html("main.js"),
      "/webble.js": library,
      "/main.js": `import { dbg } from "./webble.js";
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
for (let i = 0; i < 200 && !globalThis.enough; i++) {
  dbg(i * 2);
  await wait(20);
}
`,
    };
    await using watched = new Watched(await browser.newPage());
    const kinds: string[] = [];
    await watched.page.setRequestInterception(true);
    watched.page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (pathname === "/main.js") kinds.push(request.resourceType());
      const contentType = pathname === "/" ? "text/html" : "text/javascript";
      const body = files[pathname];
      request.respond(body === undefined ? { status: 404 } : { contentType, body }).catch(() => {});
    });
    await watched.page.goto("http://far.test/");
    await withTimeout("a line with its expression", 10_000, async () => {
      while (!watched.lines.at(-1)?.includes("i * 2 =")) await watched.until(watched.lines.length + 1);
    });
    await watched.page.evaluate("globalThis.enough = true");
    const { lines } = watched;
    assertEquals(lines[0], "[main.js:4:3] 0");
    assert(
      lines.every((line, i) => line === `[main.js:4:3] ${line.includes("=") ? "i * 2 = " : ""}${i * 2}`),
      lines.join(),
    );
    assertEquals(kinds, ["script", "fetch"]);
  });
});
