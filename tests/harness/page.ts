/**
 * Runs cases in a page: one browser and one server for a test file, one page for many cases.
 *
 * Keeps true:
 * - a case that fails or hangs takes its page with it, so the next one starts on clean ground;
 * - a failure says what the case threw, where in the source, and what the page and its workers logged.
 *
 * @module
 */

import type { Browser, Page } from "puppeteer";
import { type DevServer, serve } from "../../serve.ts";
import { BEHAVIOUR, Bundles, importMap } from "./bundle.ts";
import { type BundleOptions, type Case, withTimeout } from "./case.ts";
import { launchChromium } from "./chromium.ts";
import { mapStack } from "./stack.ts";

/** How a case ended, as the page tells it. */
export type Outcome = { ok: true } | { ok: false; name: string; message: string; stack: string };

/** What the page offers: see `tests/behaviour/page/main.ts`. */
export interface PageGlobals {
  runCase(name: string): Promise<Outcome>;
  makeBundle(fixture: string, options?: BundleOptions): Promise<string>;
}

const LOAD_MS = 20_000;
const CLOSE_MS = 3_000;

/** A browser with a page in which cases run. */
export class PageHome implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #server: DevServer;
  readonly #bundles = new Bundles();
  #page: Page | undefined;
  #log: string[] = [];

  private constructor(browser: Browser, server: DevServer) {
    this.#browser = browser;
    this.#server = server;
  }

  /**
   * Starts the browser and the server.
   *
   * @param headers More headers for every response, such as a `Content-Security-Policy`.
   * @returns The home, which disposing takes down.
   */
  static async open(headers: HeadersInit = {}): Promise<PageHome> {
    const browser = await launchChromium();
    const server = serve({ directory: BEHAVIOUR, port: 0, headers, importMap: await importMap() });
    return new PageHome(browser, server);
  }

  /** The page, for what a case cannot say. It is loaded if it was not. */
  async page(): Promise<Page> {
    if (this.#page !== undefined) return this.#page;
    const page = this.#page = await this.#browser.newPage();
    page.on("console", (message) => this.#log.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => this.#log.push(`uncaught: ${error instanceof Error ? error.stack : error}`));
    page.on("workercreated", (worker) => {
      worker.on("error", (error) => this.#log.push(`uncaught in a worker: ${error.stack}`));
    });
    await page.exposeFunction("makeBundle", async (fixture: string, options?: BundleOptions | null) => {
      return this.#server.url + await this.#bundles.make(fixture, options ?? {});
    });
    await page.goto(`${this.#server.url}page/`, { timeout: LOAD_MS });
    try {
      await page.waitForFunction("typeof runCase === 'function'", { timeout: LOAD_MS });
    } catch (cause) {
      throw new Error(`The page did not load.${this.#takeLog()}`, { cause });
    }
    return page;
  }

  /**
   * Runs a case in the page.
   *
   * @param one The case.
   * @throws {Error} What the case threw, with its stack and the page's log; or that it hung.
   */
  async run(one: Case): Promise<void> {
    if (one.freshPage) await this.#drop();
    const page = await this.page();
    this.#log = [];
    let outcome: Outcome;
    try {
      outcome = await withTimeout(
        one.name,
        one.timeoutMs,
        () => page.evaluate((name) => (globalThis as unknown as PageGlobals).runCase(name), one.name),
      );
    } catch (error) {
      outcome = {
        ok: false,
        name: "Error",
        message: error instanceof Error ? error.message : String(error),
        stack: "",
      };
    }
    if (one.freshPage || !outcome.ok) await this.#drop();
    if (outcome.ok) return;
    const error = new Error(`${outcome.message}${this.#takeLog()}`);
    error.name = outcome.name;
    const stack = await mapStack(outcome.stack, this.#server.url, BEHAVIOUR.href);
    error.stack = `${error.name}: ${error.message}${stack && `\n${stack}`}`;
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#drop();
    await this.#browser.close();
    await this.#server.shutdown();
    await this.#bundles[Symbol.asyncDispose]();
  }

  /** Closes the page without asking it: one that hangs would not answer. */
  async #drop(): Promise<void> {
    const page = this.#page;
    this.#page = undefined;
    if (page === undefined) return;
    await withTimeout("closing a page", CLOSE_MS, () => page.close()).catch(() => {});
  }

  #takeLog(): string {
    const log = this.#log;
    this.#log = [];
    return log.length === 0 ? "" : `\nThe page logged:\n  ${log.join("\n").replaceAll("\n", "\n  ")}`;
  }
}
