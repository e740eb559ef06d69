/**
 * The executor in Chromium: what a poll costs beside `await` and the Prioritized Task Scheduling API, and the longest gap
 * between frames while each frame brings 50 ms of background work.
 *
 * `deno task bench:executor`
 *
 * @module
 */

import { serve } from "../serve.ts";
import { importMap } from "../tests/harness/bundle.ts";
import { launchChromium } from "../tests/harness/chromium.ts";
import type { PageGlobals } from "./executor/main.ts";

const WAYS = [
  "no work",
  "in one go",
  "await between the pieces",
  "scheduler.postTask, background, each piece",
  "executor, run({ budgetMs: 8 }) in each frame",
  "executor, runs by itself",
  "executor, runs by itself when idle",
];

await using server = serve({
  directory: new URL("./executor/", import.meta.url),
  port: 0,
  quiet: true,
  importMap: await importMap(),
});
await using browser = await launchChromium();
console.log(await browser.version());
const page = await browser.newPage();
await page.goto(server.url);
await page.waitForFunction("typeof frames === 'function'", { timeout: 30_000 });

const cost = await page.evaluate(() => (globalThis as unknown as PageGlobals).cost());
console.log("\nNanoseconds, the best of five");
for (const [name, ns] of Object.entries(cost)) console.log(`${ns.toFixed(0).padStart(8)}  ${name}`);

console.log("\n50 ms of work in each frame: gaps between frames in ms, longest and median; ms of work in a second");
for (const way of WAYS) {
  const { longest, median, work } = await page.evaluate(
    (way) => (globalThis as unknown as PageGlobals).frames(way),
    way,
  );
  console.log(
    `${longest.toFixed(1).padStart(8)} ${median.toFixed(1).padStart(8)} ${work.toFixed(0).padStart(8)}  ${way}`,
  );
}
