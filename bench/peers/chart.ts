/**
 * The results as a picture: a panel for each charted figure, a bar for each peer, the best on top.
 *
 * Figures that differ by orders of magnitude have a logarithmic scale, and say so.
 *
 * @module
 */

import { type Results, show, type WorkResult } from "./results.ts";
import type { Metric } from "./work.ts";

const WIDTH = 920;
const MARGIN = 28;
const GAP = 36;
const COLUMNS = 2;
const PANEL_WIDTH = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
const NAME_WIDTH = 132;
const FIGURE_WIDTH = 64;
const BAR = 14;
const ROW = 20;
const HEAD = 46;
/** Above this ratio of the largest to the smallest the scale is logarithmic. */
const WIDE = 20;

/** The works that are in the picture; the others are in the tables. */
const CHARTED = ["latency", "burst", "objects", "page-burst", "skew", "blocked", "startup", "page-frames"];

interface Panel {
  readonly title: string;
  readonly metric: Metric;
  readonly bars: readonly (readonly [peer: string, value: number])[];
}

/** Draws the results. */
export function chart({ machine, works }: Results): string {
  const panels = CHARTED.map((name) => works[name]).filter((work) => work !== undefined).flatMap(panelsOf);
  let y = 96;
  const parts: string[] = [];
  for (let i = 0; i < panels.length; i += COLUMNS) {
    const line = panels.slice(i, i + COLUMNS);
    line.forEach((panel, column) => parts.push(drawPanel(panel, MARGIN + column * (PANEL_WIDTH + GAP), y)));
    y += HEAD + Math.max(...line.map(({ bars }) => bars.length)) * ROW + 28;
  }
  const height = y + 8;
  const where = `${machine.runtime} · ${machine.processors} × ${machine.model} · two workers · ${machine.date} · ` +
    `medians of alternating rounds`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Webble and its peers on the same work">
${STYLE}
<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="12"/>
<text class="title" x="${MARGIN}" y="44">Webble and its peers on the same work</text>
<text class="where" x="${MARGIN}" y="66">${escape(where)}</text>
${parts.join("\n")}
</svg>
`;
}

/** Colours for both schemes; shared with other charts. */
export const STYLE = `<style>
  text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #334155 }
  .card { fill: #ffffff; stroke: #e2e8f0 }
  .title { font-size: 18px; font-weight: 650; fill: #0f172a }
  .head { font-size: 13px; font-weight: 600; fill: #0f172a }
  .where, .unit { font-size: 11px; fill: #64748b }
  .figure { font-variant-numeric: tabular-nums }
  .own { font-weight: 650; fill: #4338ca }
  .bar { fill: #cbd5e1 } .bar.raw { fill: #64748b } .bar.webble { fill: #4f46e5 }
  .line { fill: none; stroke: #4f46e5; stroke-width: 2 } .line.second { stroke: #0d9488 }
  .dot { fill: #4f46e5 } .dot.second { fill: #0d9488 }
  .grid { stroke: #e2e8f0 }
  @media (prefers-color-scheme: dark) {
    text { fill: #cbd5e1 }
    .card { fill: #0f172a; stroke: #1e293b }
    .title, .head { fill: #f1f5f9 }
    .where, .unit { fill: #94a3b8 }
    .own { fill: #a5b4fc }
    .bar { fill: #334155 } .bar.raw { fill: #94a3b8 } .bar.webble { fill: #818cf8 }
    .line { stroke: #818cf8 } .line.second { stroke: #2dd4bf }
    .dot { fill: #818cf8 } .dot.second { fill: #2dd4bf }
    .grid { stroke: #1e293b }
  }
</style>`;

function panelsOf({ title, home, metrics, figures }: WorkResult): Panel[] {
  return Object.entries(metrics).filter(([, { charted }]) => charted).map(([name, metric]) => {
    const bars = Object.entries(figures)
      .map(([peer, own]) => [peer, own[name]?.median] as const)
      .filter((bar): bar is readonly [string, number] => bar[1] !== undefined)
      .toSorted((a, b) => metric.better === "lower" ? a[1] - b[1] : b[1] - a[1]);
    return { title: home.startsWith("Deno") ? title : `${title}, in ${home.replace("/", " ")}`, metric, bars };
  }).filter(({ bars }) => bars.length > 1);
}

function drawPanel({ title, metric, bars }: Panel, x: number, y: number): string {
  const values = bars.map(([, value]) => value).filter((value) => value > 0);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const log = most / least > WIDE;
  // A logarithmic bar begins half a decade below the smallest figure.
  const from = log ? Math.log10(least) - 0.5 : 0;
  const span = (log ? Math.log10(most) : most) - from;
  const full = PANEL_WIDTH - NAME_WIDTH - FIGURE_WIDTH;
  const width = (value: number) => Math.max(1, ((log ? Math.log10(value) : value) - from) / span * full);
  const unit = `${metric.label}, ${metric.unit}, ${metric.better} is better${log ? ", logarithmic" : ""}`;
  const rows = bars.map(([peer, value], i) => {
    const top = y + HEAD + i * ROW;
    const own = peer.startsWith("webble");
    const kind = own ? "bar webble" : peer.startsWith("raw") ? "bar raw" : "bar";
    const middle = top + BAR / 2 + 4;
    const length = value > 0 ? width(value) : 1;
    return `<text class="${own ? "own" : ""}" x="${x + NAME_WIDTH - 8}" y="${middle}" text-anchor="end">${
      escape(peer)
    }</text><rect class="${kind}" x="${x + NAME_WIDTH}" y="${top}" width="${
      length.toFixed(1)
    }" height="${BAR}" rx="2"/><text class="figure${own ? " own" : ""}" x="${
      (x + NAME_WIDTH + length + 6).toFixed(1)
    }" y="${middle}">${show(value)}</text>`;
  });
  return `<g><text class="head" x="${x}" y="${y + 12}">${escape(title)}</text><text class="unit" x="${x}" y="${
    y + 29
  }">${escape(unit)}</text>
${rows.join("\n")}</g>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
