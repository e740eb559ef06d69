/**
 * Takes the picture of the page that the README shows, in the middle of a drawing: `examples/mandelbrot/screenshot.png`.
 *
 * `deno run -A examples/mandelbrot/screenshot.ts`, with Chromium or Chrome installed. `--dark` takes it in dark colours.
 */

import { serve } from "@webble/runtime/serve";
import { launchChromium } from "../../tests/harness/chromium.ts";

const [WIDTH, HEIGHT] = [1280, 800];
const WORKERS = 4;
/** How much of the picture is there. */
const DRAWN = 0.6;

await using server = serve({ directory: new URL(".", import.meta.url), port: 0, quiet: true });
await using browser = await launchChromium();
const page = await browser.newPage();
await page.setViewport({ width: WIDTH, height: HEIGHT });
const scheme = Deno.args.includes("--dark") ? "dark" : "light";
await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
await page.goto(server.url);

const isDrawn = () => document.getElementById("status")!.textContent!.startsWith("Drawn");
await page.waitForFunction(isDrawn);
await page.$eval("#workers", (slider, count) => {
  (slider as HTMLInputElement).value = String(count);
  for (const event of ["input", "change"]) slider.dispatchEvent(new Event(event));
}, WORKERS);
// Twice, so that the sparklines have something to show, and the second is not the workers' first.
await page.waitForFunction(
  (count) => document.getElementById("pool-name")!.textContent!.startsWith(count),
  {},
  `${WORKERS}`,
);
await page.waitForFunction(isDrawn);
await page.click("#alone");
await page.waitForFunction(() => document.getElementById("alone-time")!.textContent !== "–");
await page.click("#alone");
await page.waitForFunction((share) => document.querySelector("progress")!.value > share, { polling: "raf" }, DRAWN);

const file = new URL("./screenshot.png", import.meta.url);
await Deno.writeFile(file, await page.screenshot({ optimizeForSpeed: false }));
console.log(`Took ${file.pathname}, ${Math.round((await Deno.stat(file)).size / 1000)} kB.`);
