/**
 * A lane for each worker: whether it is awake, what it did, and how much of that it did lately.
 *
 * All of it is read from shared memory, whenever the page likes: no worker is asked, or even notices.
 */

import { idleSnapshot, type RuntimeStats, stats } from "@webble/runtime";
import { cleared, colour, colourOf } from "./theme.ts";

/** Figures change so often; the lights change with each frame. */
const EVERY = 100;
/** Points of a sparkline. */
const POINTS = 60;
const numbers = new Intl.NumberFormat("en");

interface Lane {
  readonly light: HTMLElement;
  readonly state: HTMLElement;
  readonly spark: HTMLCanvasElement;
  readonly cells: Record<"executed" | "stolen" | "pinned", HTMLElement>;
  /** Tasks a second, the latest last. */
  readonly rates: number[];
  executed: number;
}

/** The lanes of all workers. */
export class Lanes {
  readonly #body: HTMLElement;
  #lanes: Lane[] = [];
  #last = performance.now();

  constructor(table: HTMLTableElement) {
    this.#body = table.tBodies[0]!;
  }

  /** Makes a lane for each of `count` workers, which have done nothing yet. */
  reset(count: number): void {
    this.#lanes = Array.from({ length: count }, (_, worker) => makeLane(worker));
    this.#body.replaceChildren(...this.#lanes.map((lane) => lane.light.closest("tr")!));
    this.#last = performance.now();
  }

  /** A frame is here. Gives the figures where they were read. */
  tick(): RuntimeStats | undefined {
    const idle = idleSnapshot();
    this.#lanes.forEach(({ light }, worker) => light.classList.toggle("awake", (idle >>> worker & 1) === 0));
    const now = performance.now();
    const seconds = (now - this.#last) / 1000;
    if (seconds * 1000 < EVERY) return undefined;
    this.#last = now;

    const read = stats();
    this.#lanes.forEach((lane, worker) => {
      const figures = read.workers[worker];
      if (figures === undefined) return;
      for (const name of ["executed", "stolen", "pinned"] as const) {
        lane.cells[name].textContent = numbers.format(figures[name]);
      }
      lane.state.textContent = (idle >>> worker & 1) === 0 ? "awake" : "parked";
      // Counts wrap at 2^32, and so does the difference.
      lane.rates.push(((figures.executed - lane.executed) >>> 0) / seconds);
      lane.executed = figures.executed;
      if (lane.rates.length > POINTS) lane.rates.shift();
    });
    // One scale for all, so that they can be compared.
    const most = Math.max(10, ...this.#lanes.flatMap(({ rates }) => rates));
    this.#lanes.forEach(({ spark, rates }, worker) => drawSpark(spark, rates, most, colourOf(worker)));
    return read;
  }
}

function makeLane(worker: number): Lane {
  const row = document.createElement("tr");
  row.style.setProperty("--colour", `var(--worker-${worker % 8})`);
  const cell = (name: "th" | "td", ...content: (Node | string)[]) => {
    const made = document.createElement(name);
    made.append(...content);
    row.append(made);
    return made;
  };
  const light = element("i", "light");
  const state = element("span", "unseen");
  const spark = document.createElement("canvas");
  spark.ariaHidden = "true";
  cell("th", light, ` ${worker} `, state).scope = "row";
  cell("td", spark);
  const [executed, stolen, pinned] = [cell("td", "0"), cell("td", "0"), cell("td", "0")];
  return { light, state, spark, cells: { executed, stolen, pinned }, rates: [], executed: 0 };
}

function element(name: "i" | "span", className: string): HTMLElement {
  return Object.assign(document.createElement(name), { className });
}

function drawSpark(canvas: HTMLCanvasElement, rates: readonly number[], most: number, stroke: string): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = cleared(canvas);
  const x = (i: number) => width - 1 - (rates.length - 1 - i) * (width - 2) / (POINTS - 1);
  const y = (rate: number) => height - 1.5 - rate / most * (height - 4);
  context.globalAlpha = 1;
  context.fillStyle = colour("line");
  context.fillRect(0, height - 1, width, 1);
  context.beginPath();
  rates.forEach((rate, i) => context.lineTo(x(i), y(rate)));
  context.lineWidth = 1.6;
  context.lineJoin = "round";
  context.strokeStyle = context.fillStyle = stroke;
  context.stroke();
  context.lineTo(width - 1, height);
  context.lineTo(x(0), height);
  context.globalAlpha = 0.16;
  context.fill();
}
