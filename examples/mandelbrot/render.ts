/**
 * The task: some rows of the picture. Every worker imports this module once.
 */

import { context, threadId } from "@webble/runtime";
import { renderRow, type View } from "./mandelbrot.ts";

/** Some rows, and who drew them. */
export interface Band {
  /** The worker's index. */
  readonly worker: number;
  /** How long it took. */
  readonly busyMs: number;
  /** Four bytes a pixel. */
  readonly pixels: Uint8ClampedArray;
}

/**
 * Draws `rows` rows of `view`, from row `top` on. Stops early where the task was aborted: nobody wants them any more.
 */
export function renderBand(view: View, top: number, rows: number): Band {
  const start = performance.now();
  const task = context();
  const stride = view.width * 4;
  const pixels = new Uint8ClampedArray(rows * stride);
  for (let row = 0; row < rows && !task.aborted; row++) renderRow(view, top + row, pixels, row * stride);
  return { worker: Number(threadId()), busyMs: performance.now() - start, pixels };
}
