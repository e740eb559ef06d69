/**
 * Takes the picture of the page that the README shows, in the middle of a drawing: `examples/mandelbrot/screenshot.png`.
 *
 * `deno run -A examples/mandelbrot/screenshot.ts`, with Chromium or Chrome installed. `--dark` takes it in dark colours.
 */

import { serve } from "@webble/runtime/serve";
import { launchChromium } from "../../tests/harness/chromium.ts";

const [WIDTH, HEIGHT] = [1280, 800];
/** Smaller than it is, to be a small file. */
const SCALE = 0.6875;
/** How much of the picture is there. */
const DRAWN = 0.55;

await using server = serve({ directory: new URL(".", import.meta.url), port: 0, quiet: true });
await using browser = await launchChromium();
const page = await browser.newPage();
await page.setViewport({ width: WIDTH, height: HEIGHT, deviceScaleFactor: SCALE });
const scheme = Deno.args.includes("--dark") ? "dark" : "light";
await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
await page.goto(server.url);

const isDrawn = () => document.getElementById("status")!.textContent!.startsWith("Drawn");
const isDrawing = () => !document.getElementById("status")!.textContent!.startsWith("Drawn");
await page.waitForFunction(isDrawn);
// One thread first, for the comparison; then on all cores twice, of which the first warms them up.
await page.click("#alone");
await page.waitForFunction(() => document.getElementById("alone-time")!.textContent !== "–");
await page.click("#alone");
await page.waitForFunction(isDrawing);
await page.waitForFunction(isDrawn);
await page.click("button.main");
await page.waitForFunction((share) => document.querySelector("progress")!.value > share, { polling: "raf" }, DRAWN);

const file = new URL("./screenshot.png", import.meta.url);
await Deno.writeFile(file, await page.screenshot({ optimizeForSpeed: false }));
console.log(`Took ${file.pathname}, ${Math.round((await Deno.stat(file)).size / 1000)} kB.`);
