/**
 * The two ways to draw a view: on the pool, or on the thread that calls.
 */

import { spawnStealable, tasks } from "@webble/runtime";
import { renderRow, type View } from "./mandelbrot.ts";

const render = tasks<typeof import("./render.ts")>(import.meta.resolve("./render.ts"));
const ROWS_IN_BAND = 4;

/** Takes rows that are done: from row `top` on, by which thread. */
export type Put = (pixels: Uint8ClampedArray, top: number, by: number | "main") => void;

/** A drawing under way. */
export interface Drawing {
  /** Whether it came to its end; `false` where it was aborted. */
  readonly done: Promise<boolean>;
  /** Gives up on it: what has not started never does, what has stops at its next row. */
  abort(): void;
}

/**
 * Draws on all workers, a stealable task for each band of rows.
 *
 * @param put Called for each band as soon as it is here, in whatever order.
 */
export function drawOnPool(view: View, put: Put): Drawing {
  let aborted = false;
  const tops = Array.from({ length: Math.ceil(view.height / ROWS_IN_BAND) }, (_, i) => i * ROWS_IN_BAND);
  const bands = tops.map((top) =>
    spawnStealable(render.renderBand, view, top, Math.min(ROWS_IN_BAND, view.height - top))
  );
  const all = bands.map(async (band, i) => {
    const { pixels, worker } = await band.recv();
    if (!aborted) put(pixels, tops[i]!, worker);
  });
  return {
    done: Promise.all(all).then(() => !aborted, (error) => {
      if (aborted) return false;
      throw error;
    }),
    abort() {
      aborted = true;
      for (const band of bands) band.abort("another drawing took its place");
    },
  };
}

/** Draws here and now, in one go, as a page without threads would. */
export function drawHere(view: View, put: Put): void {
  for (let y = 0; y < view.height; y++) {
    const row = new Uint8ClampedArray(view.width * 4);
    renderRow(view, y, row, 0);
    put(row, y, "main");
  }
}
