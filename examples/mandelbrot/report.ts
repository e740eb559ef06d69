/**
 * What the terminal demo prints: a progress line, and figures in columns.
 */

import type { RuntimeStats } from "@webble/runtime";

const BAR = 32;
const numbers = new Intl.NumberFormat("en");

/** `1234567` as `1,234,567`. */
export function count(value: number): string {
  return numbers.format(value);
}

/** Milliseconds, as seconds where they are many. */
export function time(ms: number): string {
  return ms < 100 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** A bar of `width` characters at most, in steps of an eighth of one. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  return "█".repeat(eighths >> 3) + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths & 7];
}

/** A line that says how far the work is: rewritten in place in a terminal, a line per quarter elsewhere. */
export class Progress {
  readonly #label: string;
  readonly #total: number;
  readonly #terminal = Deno.stdout.isTerminal();
  #done = 0;
  #shown = -1;

  /** @param total How many steps there are. */
  constructor(label: string, total: number) {
    this.#label = label;
    this.#total = total;
    if (this.#terminal) this.#show();
  }

  /** One more step is done. */
  step(): void {
    this.#done++;
    this.#show();
  }

  #show(): void {
    const share = this.#done / this.#total;
    const percent = Math.floor(share * 100);
    if (!this.#terminal) {
      if (Math.floor(percent / 25) <= this.#shown || percent < 25) return;
      this.#shown = Math.floor(percent / 25);
      console.log(`${this.#label}  ${String(this.#shown * 25).padStart(3)} %`);
      return;
    }
    if (percent === this.#shown) return;
    this.#shown = percent;
    const line = `${this.#label}  ${bar(share, BAR).padEnd(BAR, "░")}  ${String(percent).padStart(3)} %`;
    Deno.stdout.writeSync(new TextEncoder().encode(`\r${line}${share === 1 ? "\n" : ""}`));
  }
}

/**
 * What each worker did.
 *
 * @param busy The share of the time in which it was drawing, for each worker.
 */
export function workerTable(workers: RuntimeStats["workers"], busy: readonly number[]): string {
  const heads = ["worker", "executed", "stolen", "wakes", "parks"];
  const row = (cells: readonly string[]) => cells.map((cell, i) => cell.padStart(heads[i]!.length + 2)).join("");
  const lines = workers.map(({ executed, stolen, wakes, parks }, i) => {
    const share = busy[i] ?? 0;
    const percent = `${Math.round(share * 100)} %`.padStart(5);
    return `${row([i, executed, stolen, wakes, parks].map(count))}  ${percent}  ${bar(share, 20)}`.trimEnd();
  });
  return [`${row(heads)}   busy`, ...lines].join("\n");
}
