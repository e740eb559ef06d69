/**
 * The cost of a task against the number of workers and of tasks in flight, as a picture.
 *
 * @module
 */

import { STYLE } from "./peers/chart.ts";
import type { Machine } from "./peers/machine.ts";

/** Points: how many, and nanoseconds per task. */
export type Series = readonly (readonly [count: number, ns: number])[];

const WIDTH = 920;
const HEIGHT = 340;
const MARGIN = 28;
const GAP = 48;
const TOP = 128;
const PLOT_HEIGHT = 150;
const AXIS = 52;
const PANEL = (WIDTH - 2 * MARGIN - GAP) / 2;

/** Draws both series, on one scale. */
export function scaleChart(machine: Machine, byWorkers: Series, byTasks: Series): string {
  const most = niceCeiling(Math.max(...[...byWorkers, ...byTasks].map(([, ns]) => ns)));
  const where = `${machine.runtime} · ${machine.processors} × ${machine.model} · ${machine.date}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="Cost of a task">
${STYLE}
<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="12"/>
<text class="title" x="${MARGIN}" y="44">What a task costs, however many there are</text>
<text class="where" x="${MARGIN}" y="66">${where}</text>
${plot("By workers, 20,000 no-ops in flight", byWorkers, MARGIN, most, "")}
${plot("By no-ops in flight, two workers", byTasks, MARGIN + PANEL + GAP, most, " second")}
</svg>
`;
}

function plot(title: string, series: Series, x: number, most: number, kind: string): string {
  const left = x + AXIS;
  const step = (PANEL - AXIS - 16) / (series.length - 1);
  const bottom = TOP + PLOT_HEIGHT;
  const place = (ns: number) => bottom - ns / most * PLOT_HEIGHT;
  const grid = [0, 0.5, 1].map((share) => {
    const y = bottom - share * PLOT_HEIGHT;
    return `<line class="grid" x1="${left}" x2="${x + PANEL}" y1="${y}" y2="${y}"/><text class="unit" x="${
      left - 8
    }" y="${y + 4}" text-anchor="end">${(share * most).toLocaleString("en")} ns</text>`;
  });
  const points = series.map(([count, ns], i) => ({ count, ns, px: left + 8 + i * step, py: place(ns) }));
  const line = points.map(({ px, py }) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" ");
  const dots = points.map(({ count, ns, px, py }) =>
    `<circle class="dot${kind}" cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3.5"/><text class="figure" x="${
      px.toFixed(1)
    }" y="${(py - 10).toFixed(1)}" text-anchor="middle">${ns.toLocaleString("en")}</text><text class="unit" x="${
      px.toFixed(1)
    }" y="${bottom + 20}" text-anchor="middle">${count.toLocaleString("en")}</text>`
  );
  return `<g><text class="head" x="${x}" y="100">${title}</text>
${grid.join("\n")}
<polyline class="line${kind}" points="${line}"/>
${dots.join("\n")}</g>`;
}

function niceCeiling(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 8, 10].map((factor) => factor * unit).find((nice) => nice >= value * 1.15) ?? 20 * unit;
}
