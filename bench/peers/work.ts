/**
 * A work: one question, put to every peer in the same way.
 *
 * @module
 */

import type { Adapter } from "./adapter.ts";

/** One figure that a work gives. */
export interface Metric {
  readonly label: string;
  readonly unit: string;
  readonly better: "lower" | "higher";
  /** Whether the chart shows it. */
  readonly charted?: boolean;
}

/** What came out of one turn: a figure for each metric that the peer has. */
export type Sample = Record<string, number>;

/** One question. */
export interface Work {
  readonly title: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Turns that count, and with `--quick`. */
  readonly rounds: number;
  readonly quickRounds: number;
  /** Turns before them that do not count. */
  readonly warmUps: number;
  /** The peers that it is put to, if not all. */
  readonly peers?: readonly string[];
  /** Whether the work starts and stops the workers itself. Otherwise there are two, and they stay. */
  readonly ownWorkers?: boolean;
  /** Whether all peers take this turn at once, as they do nothing. */
  readonly together?: boolean;
  run(adapter: Adapter): Promise<Sample>;
}

/** Workers of the pool that stays. */
export const WORKERS = 2;

/** The value below which a share of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half]!;
  return sorted.length === 0 ? NaN : (sorted[half - 1]! + sorted[half]!) / 2;
}

/**
 * Does something again and again until so many milliseconds are over, and gives the median.
 *
 * Once would show what it is like to come back from a pause, which is where every turn begins.
 */
export async function steadily(ms: number, once: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  const end = performance.now() + ms;
  do values.push(await once()); while (performance.now() < end);
  return median(values);
}

/** Lets timers, messages and finalizers have their time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Collects garbage, thoroughly. */
export async function collect(): Promise<void> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("Cannot measure memory without --v8-flags=--expose-gc");
  for (let i = 0; i < 3; i++) {
    gc();
    await pause(10);
  }
}
