/**
 * Finds the browser for the tests, and starts it.
 *
 * Where there is none, the tests fail and say how to get one. They are never skipped: a runtime for the web that was
 * not tried in a browser was not tried.
 *
 * @module
 */

import { join } from "node:path";
import puppeteer, { type Browser } from "puppeteer";

const PLACES: Readonly<Record<string, readonly string[]>> = {
  linux: [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome-stable",
    "/usr/bin/google-chrome",
    "/snap/bin/chromium",
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/chromium-browser",
  ],
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  ],
  windows: ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"]
    .map((name) => Deno.env.get(name))
    .filter((folder) => folder !== undefined)
    .flatMap((folder) => [
      join(folder, "Google", "Chrome", "Application", "chrome.exe"),
      join(folder, "Chromium", "Application", "chrome.exe"),
      join(folder, "Microsoft", "Edge", "Application", "msedge.exe"),
    ]),
};

const HOW_TO_GET_ONE = `Install one, or name yours in CHROME_PATH:
  Debian          apt-get install chromium
  Ubuntu          snap install chromium
  Fedora          dnf install chromium
  macOS           brew install --cask chromium
  Windows         winget install Google.Chrome
  anywhere else   npx puppeteer browsers install chrome`;

const FLAGS = [
  // The pages are our own, from this machine; and in containers, or as root, the sandbox cannot start.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/**
 * Finds Chromium or Chrome: where `CHROME_PATH` or `PUPPETEER_EXECUTABLE_PATH` says, else in the usual places.
 *
 * @returns The path of the program.
 * @throws {Error} There is none; the message says how to get one.
 */
export async function findChromium(): Promise<string> {
  for (const name of ["CHROME_PATH", "PUPPETEER_EXECUTABLE_PATH"]) {
    const path = Deno.env.get(name);
    if (!path) continue;
    if (await isFile(path)) return path;
    throw new Error(`Cannot test in a browser: ${name} names ${path}, and no file is there. ${HOW_TO_GET_ONE}`);
  }
  // Puppeteer names the place of a browser of its own whether or not one was put there.
  const own = await Promise.resolve(puppeteer.executablePath()).catch(() => undefined);
  const places = [...PLACES[Deno.build.os] ?? [], ...(own === undefined ? [] : [own])];
  for (const path of places) if (await isFile(path)) return path;
  throw new Error(`Cannot test in a browser: found neither Chromium nor Chrome. ${HOW_TO_GET_ONE}`);
}

/**
 * Starts the browser, with a profile that nothing has used.
 *
 * @returns The browser, which disposing closes.
 * @throws {Error} There is none, or it does not start.
 */
export async function launchChromium(): Promise<Browser & AsyncDisposable> {
  const executablePath = await findChromium();
  // Without a folder of our own, puppeteer makes an empty profile and removes it at the end.
  return await puppeteer.launch({ executablePath, headless: true, args: FLAGS });
}

async function isFile(path: string): Promise<boolean> {
  return (await Deno.stat(path).catch(() => undefined))?.isFile ?? false;
}
