/**
 * The results as tables for the terminal.
 *
 * Beside each figure stands how many times better webble is, and how many times better than raw `postMessage` it is
 * itself.
 *
 * @module
 */

import { type Figure, type Results, show, type WorkResult } from "./results.ts";
import type { Metric } from "./work.ts";

const COLUMNS = 4;

/** Writes down all results. */
export function table({ machine, peers, absent, works }: Results): string {
  const lines = [
    `${machine.date} · ${machine.runtime} · ${machine.processors} × ${machine.model} · ${machine.system}`,
    `load average ${machine.load[0]} before, ${machine.load[1]} after`,
    "In brackets: how many times better webble is / how many times better than raw postMessage this is.",
    "",
  ];
  for (const [name, { version, note }] of Object.entries(peers)) {
    lines.push(`  ${name.padEnd(22)}${version}${note === undefined ? "" : ` (${note})`}`);
  }
  for (const [name, reason] of Object.entries(absent)) lines.push(`  ${name.padEnd(22)}not measured: ${reason}`);
  for (const result of Object.values(works)) lines.push("", ...workTable(result));
  return lines.join("\n");
}

/** Writes down one work. */
export function workTable({ title, home, metrics, figures, problems, crossing }: WorkResult): string[] {
  const lines = [`${title} (${home})`];
  const all = Object.entries(metrics);
  for (let first = 0; first < all.length; first += COLUMNS) {
    const shown = all.slice(first, first + COLUMNS);
    const rows = [["", ...shown.map(([, { label, unit }]) => `${label}, ${unit}`)]];
    for (const [peer, own] of Object.entries(figures)) {
      rows.push([peer, ...shown.map(([name, metric]) => cell(metric, own[name], figures, name))]);
    }
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
    for (const row of rows) lines.push("  " + row.map((text, i) => text.padEnd(widths[i]!)).join("   ").trimEnd());
  }
  for (const [peer, problem] of Object.entries(problems)) lines.push(`  ${peer}: ${problem}`);
  if (crossing !== undefined) lines.push(`  a word to another thread and back: ${crossing.join(" → ")} ns`);
  return lines;
}

function cell(metric: Metric, figure: Figure | undefined, figures: WorkResult["figures"], name: string): string {
  if (figure === undefined) return "–";
  const against = (other: Figure | undefined, turned: boolean) => {
    if (other === undefined || other === figure || other.median === 0 || figure.median === 0) return "–";
    const ratio = figure.median / other.median;
    return `${show((metric.better === "lower") === turned ? 1 / ratio : ratio)}×`;
  };
  const webble = against(figures.webble?.[name], false);
  const raw = against(figures["raw postMessage"]?.[name], true);
  return `${show(figure.median)} (${webble} / ${raw})`;
}
