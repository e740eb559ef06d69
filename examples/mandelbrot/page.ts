/**
 * The page: draws the view on the pool, again whenever it changes, and shows meanwhile what every thread does.
 */

import {
  availableParallelism,
  builder,
  lifecycle,
  numWorkers,
  type RuntimeStats,
  shutdown,
  spawn,
  tasks,
} from "@webble/runtime";
import { drawHere, type Drawing, drawOnPool } from "./drawing.ts";
import { Frames, isLate } from "./frames.ts";
import { listen, zoomMiddle } from "./gestures.ts";
import { Lanes } from "./lanes.ts";
import { Picture, type Shift } from "./picture.ts";
import { type Place, places } from "./places.ts";

const png = tasks<typeof import("./png.ts")>(import.meta.resolve("./png.ts"));
const MOST_WORKERS = 8;
const FIGURES_EVERY = 250;

function find<E extends HTMLElement>(id: string, type: new () => E): E {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`The page has no ${type.name} #${id}`);
  return element;
}

const canvas = find("canvas", HTMLCanvasElement);
const picture = new Picture(canvas, find("authors", HTMLCanvasElement));
const frames = new Frames(find("pulse", HTMLCanvasElement), find("strip", HTMLCanvasElement));
const lanes = new Lanes(find("lanes", HTMLTableElement));
const placeSelect = find("place", HTMLSelectElement);
const workersInput = find("workers", HTMLInputElement);
const aloneInput = find("alone", HTMLInputElement);
const saveButton = find("save", HTMLButtonElement);
const progress = find("progress", HTMLProgressElement);

let place: Place = places["Seahorse tail"];
let drawing: Drawing | undefined;
/** Counts drawings: one that is not the latest any more says nothing. */
let latest = 0;
/** How long this view took on the pool and on one thread, as far as it is known. */
const times: { pool: number | undefined; alone: number | undefined } = { pool: undefined, alone: undefined };

function show(id: string, text: string): HTMLElement {
  const element = find(id, HTMLElement);
  if (element.textContent !== text) element.textContent = text;
  return element;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
const millis = (ms: number) => `${Math.round(ms).toLocaleString("en")} ms`;
const size = (bytes: number) => bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
const crew = () => numWorkers() === 1 ? "1 worker" : `${numWorkers()} workers`;
const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));

/** Draws the view, in place of whatever is being drawn. */
function redraw(): void {
  draw().catch(fail);
}

async function draw(): Promise<void> {
  drawing?.abort();
  drawing = undefined;
  const mine = ++latest;
  const alone = aloneInput.checked;
  if (!alone && lifecycle() !== "running") return;
  const view = picture.view(place);
  picture.begin();
  progress.value = 0;
  show("status", alone ? "The main thread draws, and can do nothing else." : "Drawing …");
  if (alone) await nextFrame().then(nextFrame); // Lets the page say so.
  if (mine !== latest) return;

  frames.reset();
  const start = performance.now();
  if (alone) drawHere(view, (pixels, top, by) => picture.put(pixels, top, by));
  else {
    let rows = 0;
    drawing = drawOnPool(view, (pixels, top, by) => {
      picture.put(pixels, top, by);
      rows += pixels.length / (view.width * 4);
      progress.value = rows / view.height;
    });
    if (!await drawing.done) return;
  }
  const ms = performance.now() - start;
  progress.value = 1;
  // The frame that the drawing held up, if it did, is the next one.
  await nextFrame().then(nextFrame);
  if (mine === latest) report(alone ? "alone" : "pool", ms, frames.longest);
}

function report(who: "pool" | "alone", ms: number, gap: number): void {
  times[who] = ms;
  show(`${who}-time`, seconds(ms));
  show(`${who}-gap`, millis(gap)).classList.toggle("late", isLate(gap));
  const by = who === "pool" ? crew() : "one thread, the page frozen";
  show("status", `Drawn in ${seconds(ms)} by ${by}.`);
  if (times.pool === undefined || times.alone === undefined) return;
  show("speedup", `${(times.alone / times.pool).toFixed(2)} × as fast on ${crew()}`);
}

/** Nothing is known of a view that was not drawn. */
function forget(...which: ("pool" | "alone")[]): void {
  for (const who of which) {
    times[who] = undefined;
    show(`${who}-time`, "–").classList.remove("late");
    show(`${who}-gap`, "–").classList.remove("late");
  }
  show("speedup", "");
}

function move(shift: Shift): void {
  place = picture.shift(place, shift);
  placeSelect.value = "";
  forget("pool", "alone");
  redraw();
}

/** Starts the runtime anew, with as many workers as the slider says. */
async function restart(): Promise<void> {
  drawing?.abort();
  await shutdown();
  const count = Number(workersInput.value);
  await builder().workers(count).init();
  lanes.reset(count);
  show("pool-name", crew());
  forget("pool");
  redraw();
}

let restarting = Promise.resolve();
function restartLater(): void {
  restarting = restarting.then(restart).catch(fail);
}

/** Encodes the picture on a worker: a pinned task, which may wait for things while stealable ones run beside it. */
async function save(): Promise<void> {
  saveButton.disabled = true;
  try {
    const { width, height, data } = picture.image;
    const file = await spawn(png.encodePng, width, height, data).recv();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([file], { type: "image/png" }));
    link.download = "mandelbrot.png";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  } finally {
    saveButton.disabled = false;
  }
}

function fail(error: unknown): void {
  const notice = find("failure", HTMLElement);
  notice.textContent = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  notice.hidden = false;
  show("status", "No picture: see above.");
}

let figuresShown = 0;
function onFrame(): void {
  requestAnimationFrame(onFrame);
  frames.tick();
  if (lifecycle() === "running") showStats(lanes.tick());
  const now = performance.now();
  if (now - figuresShown < FIGURES_EVERY) return;
  figuresShown = now;
  show("fps", String(Math.round(frames.rate)));
  show("gap", millis(frames.longest)).classList.toggle("late", isLate(frames.longest));
}

function showStats(stats: RuntimeStats | undefined): void {
  if (stats === undefined) return;
  show("waiting", stats.tasks.waiting.toLocaleString("en"));
  show("live", stats.tasks.live.toLocaleString("en"));
  show("used", size(stats.heap.used));
  show("peak", size(stats.heap.peak));
}

placeSelect.append(new Option("elsewhere", ""), ...Object.keys(places).map((name) => new Option(name)));
placeSelect.options[0]!.hidden = true;
placeSelect.selectedIndex = 1;
placeSelect.addEventListener("change", () => {
  place = places[placeSelect.value as keyof typeof places];
  forget("pool", "alone");
  redraw();
});
const showCount = () => show("workers-value", workersInput.value);
workersInput.value = String(Math.min(MOST_WORKERS, availableParallelism()));
workersInput.addEventListener("input", showCount);
workersInput.addEventListener("change", restartLater);
aloneInput.addEventListener("change", redraw);
saveButton.addEventListener("click", () => void save().catch(fail));
find("controls", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  redraw();
});
for (const [id, scale] of [["closer", 2], ["farther", 0.5]] as const) {
  find(id, HTMLButtonElement).addEventListener("click", () => move(zoomMiddle(canvas, scale)));
}
listen(canvas, { preview: (shift) => picture.preview(shift), commit: move });
let resizing: ReturnType<typeof setTimeout> | undefined;
new ResizeObserver(() => {
  clearTimeout(resizing);
  resizing = setTimeout(() => {
    if (!picture.fit()) return;
    forget("pool", "alone");
    redraw();
  }, 150);
}).observe(canvas);

showCount();
if (crossOriginIsolated) {
  requestAnimationFrame(onFrame);
  restartLater();
} else {
  find("isolation", HTMLElement).hidden = false;
  find("page", HTMLElement).hidden = true;
}
