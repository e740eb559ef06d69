/**
 * Places on the edge of the set that are worth a picture.
 */

import type { View } from "./mandelbrot.ts";

/** A rectangle of the complex plane, by its middle and its width. */
export interface Place {
  readonly re: number;
  readonly im: number;
  readonly span: number;
}

/** By name; the first is where the demo begins. */
export const places = {
  "Seahorse tail": { re: -0.7436, im: 0.13145, span: 0.0028 },
  "A satellite": { re: -0.7436427, im: 0.1318263, span: 0.00006 },
  "Seahorse Valley": { re: -0.7445, im: 0.1214, span: 0.018 },
  "Elephant Valley": { re: 0.2925755, im: -0.0149977, span: 0.006 },
  "The whole set": { re: -0.6, im: 0, span: 3.4 },
} as const satisfies Record<string, Place>;

/** The picture of a place. The closer one looks, the more steps it takes to tell what belongs to the set. */
export function viewOf({ re, im, span }: Place, width: number, height: number, samples: number): View {
  const limit = Math.round(500 + 100 * Math.max(0, Math.log2(3.4 / span)));
  return { re, im, span, width, height, limit, samples };
}
