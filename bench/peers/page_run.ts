/**
 * The same comparison in Chromium, for the peers that run there: each in a tab of its own, in turns.
 *
 * @module
 */

import type { Page } from "puppeteer";
import { serve } from "../../serve.ts";
import { importMap } from "../../tests/harness/bundle.ts";
import { withTimeout } from "../../tests/harness/case.ts";
import { launchChromium } from "../../tests/harness/chromium.ts";
import type { PageGlobals } from "./page/main.ts";
import { makePackages } from "./page_packages.ts";
import { figuresOf, resultOf, type WorkResult } from "./results.ts";
import type { Sample, Work } from "./work.ts";
import { burst, objects } from "./works/burst.ts";
import { frames } from "./works/frames.ts";
import { latency } from "./works/latency.ts";

/** Works in a page, by the name that `--only` takes: the work, and its name in the page. */
export const PAGE_WORKS: Readonly<Record<string, readonly [work: Work, name: string]>> = {
  "page-latency": [latency, "latency"],
  "page-burst": [burst, "burst"],
  "page-objects": [objects, "objects"],
  "page-frames": [frames, "frames"],
};

const PEERS = ["webble", "webble pinned", "raw postMessage", "multithreading", "comlink", "workerpool"];

/** Peers that are made for pages, and cannot be measured in one. */
const UNFIT: Readonly<Record<string, string>> = {
  "poolifier-web-worker": 'its worker throws "Unsupported JavaScript runtime environment": it looks for a window',
};

/** In a page a round takes longer, and is less noisy, than between processes. */
const MOST_ROUNDS = 4;
const TURN_MS = 30_000;

/**
 * Runs works in Chromium.
 *
 * @param works Their names, of `PAGE_WORKS`.
 * @param peers The peers that take part; those that have no business in a page are passed over.
 * @param report Takes what came out of each.
 */
export async function runInPage(
  works: readonly string[],
  peers: readonly string[],
  quick: boolean,
  report: (name: string, result: WorkResult) => Promise<void>,
): Promise<void> {
  await makePackages();
  await using server = serve({
    directory: new URL(".", import.meta.url),
    port: 0,
    quiet: true,
    importMap: await importMap(),
  });
  await using browser = await launchChromium();
  const home = (await browser.version()).replace(/\.\d+\.\d+\.\d+$/, "");
  const tabs = new Map<string, Page>();
  const problems: Record<string, string> = {};
  for (const peer of peers) if (peer in UNFIT) problems[peer] = UNFIT[peer]!;
  for (const peer of peers.filter((name) => PEERS.includes(name))) {
    const tab = await browser.newPage();
    try {
      await tab.goto(`${server.url}page/?peer=${encodeURIComponent(peer)}`);
      await tab.waitForFunction("typeof take === 'function'", { timeout: TURN_MS });
      await withTimeout(
        peer,
        TURN_MS,
        () => tab.evaluate(() => (globalThis as unknown as PageGlobals).open()),
      );
      tabs.set(peer, tab);
    } catch (error) {
      problems[peer] = messageOf(error);
    }
  }
  for (const name of works) {
    const [work, inPage] = PAGE_WORKS[name]!;
    const result = resultOf(work, home);
    if (work.peers === undefined) Object.assign(result.problems, problems);
    const samples = new Map<string, Sample[]>();
    const rounds = quick ? work.quickRounds : Math.min(work.rounds, MOST_ROUNDS);
    for (let round = -(quick ? work.warmUps >> 1 : work.warmUps); round < rounds; round++) {
      for (const [peer, tab] of tabs) {
        if (peer in result.problems || work.peers?.includes(peer) === false) continue;
        try {
          await tab.bringToFront();
          // A tab that has come to the front is busy with that first.
          await tab.evaluate(() =>
            new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
          );
          const turn = () => tab.evaluate((own) => (globalThis as unknown as PageGlobals).take(own), inPage);
          const sample = await withTimeout(`${peer}: ${name}`, TURN_MS, turn);
          if (round >= 0) samples.set(peer, [...samples.get(peer) ?? [], sample]);
        } catch (error) {
          result.problems[peer] = messageOf(error);
        }
      }
    }
    for (const [peer, own] of samples) result.figures[peer] = figuresOf(own);
    await report(name, result);
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}
