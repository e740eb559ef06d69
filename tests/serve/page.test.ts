/**
 * The dev server with a browser at the other end: what a page gets to see of it.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { Browser, Page } from "puppeteer";
import { launchChromium } from "../harness/chromium.ts";
import { Site } from "./site.ts";

function html(script: string): string {
  return `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
}

describe("a page of serve()", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function open(site: Site): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(site.server.url);
    return page;
  }

  for (const coep of ["require-corp", "credentialless"] as const) {
    it(`shares memory with a worker that a nested module starts, under ${coep}`, async () => {
      await using site = await Site.open({
        "index.html": html("main.ts"),
        "main.ts": `import { start } from "./threads/start.ts"; Object.assign(globalThis, { answer: start() });`,
        "threads/start.ts": `export function start(): Promise<number> {
          const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
          const memory = new Int32Array(new SharedArrayBuffer(4));
          worker.postMessage(memory);
          return new Promise((resolve) => worker.onmessage = () => resolve(Atomics.load(memory, 0)));
        }`,
        "threads/worker.ts": `import { one } from "./one.ts";
          self.onmessage = ({ data }: MessageEvent<Int32Array>) => self.postMessage(Atomics.add(data, 0, one));`,
        "threads/one.ts": "export const one: number = 1;",
      }, { coep });
      const page = await open(site);
      assertEquals(await page.evaluate("crossOriginIsolated"), true);
      assertEquals(await page.evaluate("answer"), 1);
      await page.close();
    });
  }

  it("shows a file that does not compile, also under a strict policy", async () => {
    const headers = { "content-security-policy": "default-src 'self'" };
    await using site = await Site.open(
      { "index.html": html("main.tsx"), "main.tsx": "export const a = 1;\nconst view = <b>one</i>;\n" },
      { headers },
    );
    const page = await open(site);
    const overlay = await page.waitForSelector("#webble-serve-error", { timeout: 10_000 });
    assert(overlay !== null);
    const text = await overlay.evaluate((element) => element.textContent);
    for (const part of ["main.tsx does not compile", "main.tsx:2:", "const view = <b>one</i>;"]) {
      assertStringIncludes(text ?? "", part);
    }
    assertEquals(await overlay.evaluate((element) => getComputedStyle(element).position), "fixed");
    await page.close();
  });
});
