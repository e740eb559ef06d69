/**
 * What a run found out, as it is written to `bench/results/peers.json`.
 *
 * @module
 */

import type { Machine } from "./machine.ts";
import { median, type Metric, type Sample, type Work } from "./work.ts";

/** One figure of one peer. */
export interface Figure {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly rounds: number;
}

/** A work, and what came out for each peer. */
export interface WorkResult {
  readonly title: string;
  /** Where it ran. */
  readonly home: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly figures: Record<string, Record<string, Figure>>;
  /** Why a peer has no figures here. */
  readonly problems: Record<string, string>;
  /** Nanoseconds for a word there and back between two threads, before and after; see `timeCrossing`. */
  crossing?: readonly [before: number, after: number];
}

/** A peer, as it took part. */
export interface PeerResult {
  readonly version: string;
  readonly note?: string;
}

/** All of it. */
export interface Results {
  readonly machine: Machine;
  readonly quick: boolean;
  readonly peers: Record<string, PeerResult>;
  readonly absent: Readonly<Record<string, string>>;
  readonly works: Record<string, WorkResult>;
}

/** Starts the result of a work. */
export function resultOf({ title, metrics }: Pick<Work, "title" | "metrics">, home: string): WorkResult {
  return { title, home, metrics, figures: {}, problems: {} };
}

/** Makes figures of a peer's samples. */
export function figuresOf(samples: readonly Sample[]): Record<string, Figure> {
  const figures: Record<string, Figure> = {};
  for (const name of new Set(samples.flatMap((sample) => Object.keys(sample)))) {
    const values = samples.map((sample) => sample[name]).filter((value) => value !== undefined);
    figures[name] = {
      median: round(median(values)),
      least: round(Math.min(...values)),
      most: round(Math.max(...values)),
      rounds: values.length,
    };
  }
  return figures;
}

/** Four digits: more would be noise. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** A figure as people read it. */
export function show(value: number): string {
  const size = Math.abs(value);
  if (size >= 999_500) return `${(value / 1e6).toFixed(2)} M`;
  if (size >= 10_000) return `${Math.round(value / 1000)} k`;
  if (size >= 1_000) return `${(value / 1000).toFixed(1)} k`;
  if (size >= 100) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : 2);
}
