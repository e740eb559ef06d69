/**
 * The picture: the Mandelbrot set, row by row, as plain functions that know nothing of threads.
 *
 * A point c is coloured by how soon z → z² + c leaves a large circle, in fractions of a step, and shaded as if a lamp shone on
 * the landscape that the distance to the set makes: the derivative of z tells the slope. Points that never leave are
 * black. All of it is arithmetic on doubles, so every thread comes to the same bytes.
 */

import { COLOURS, ring, toByte } from "./palette.ts";

/** What to draw. */
export interface View {
  /** The middle, as a complex number. */
  readonly re: number;
  readonly im: number;
  /** How far the picture reaches from left to right. */
  readonly span: number;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Steps after which a point counts as one that never leaves. */
  readonly limit: number;
  /** Points to look at for each pixel, along each side. */
  readonly samples: number;
}

/** So far out, the fraction of a step is smooth to the eye. */
const ESCAPE = 1e4;
/** Where the lamp stands: direction (of length 1) and height. */
const LAMP_RE = -Math.SQRT1_2;
const LAMP_IM = Math.SQRT1_2;
const LAMP_HEIGHT = 1.4;

/** The colour that {@linkcode addPoint} adds to: red, green, blue. */
const light = new Float64Array(3);

/**
 * Draws row `y` of `view`.
 *
 * @param out Where to, as four bytes a pixel.
 * @param offset Where in `out` the row begins.
 */
export function renderRow(view: View, y: number, out: Uint8ClampedArray, offset: number): void {
  const { re, im, span, width, height, limit, samples } = view;
  const step = span / width;
  const scale = 4095 / (samples * samples);
  for (let x = 0; x < width; x++) {
    light.fill(0);
    for (let j = 0; j < samples; j++) {
      const cim = im - (y + (j + 0.5) / samples - height / 2) * step;
      for (let i = 0; i < samples; i++) addPoint(re + (x + (i + 0.5) / samples - width / 2) * step, cim, step, limit);
    }
    const at = offset + x * 4;
    for (let channel = 0; channel < 3; channel++) out[at + channel] = toByte[light[channel]! * scale | 0]!;
    out[at + 3] = 255;
  }
}

/** Adds the colour of one point. */
function addPoint(cre: number, cim: number, pixel: number, limit: number): void {
  if (isInBulbs(cre, cim)) return;
  let re = 0, im = 0, re2 = 0, im2 = 0;
  let slopeRe = 0, slopeIm = 0;
  let steps = 0;
  while (re2 + im2 < ESCAPE) {
    if (steps++ === limit) return;
    const next = 2 * (re * slopeRe - im * slopeIm) + 1;
    slopeIm = 2 * (re * slopeIm + im * slopeRe);
    slopeRe = next;
    im = 2 * re * im + cim;
    re = re2 - im2 + cre;
    re2 = re * re;
    im2 = im * im;
  }
  const size2 = re2 + im2;
  const slope2 = slopeRe * slopeRe + slopeIm * slopeIm;
  const smooth = steps - Math.log2(Math.log(size2) / 2);
  // |z| · ln|z| / |dz|: about as far as it is to the set, in pixels.
  const distance = Math.sqrt(size2 / slope2) * Math.log(size2) / 2 / pixel;

  // z / dz points uphill.
  const normalRe = (re * slopeRe + im * slopeIm) / slope2;
  const normalIm = (im * slopeRe - re * slopeIm) / slope2;
  const length = Math.sqrt(normalRe * normalRe + normalIm * normalIm);
  const lit = ((normalRe * LAMP_RE + normalIm * LAMP_IM) / length + LAMP_HEIGHT) / (1 + LAMP_HEIGHT);
  const shade = (0.35 + 0.75 * lit) * Math.min(1, Math.sqrt(distance) * 0.9);

  const colour = (Math.log2(smooth + 8) * COLOURS * 0.75 & (COLOURS - 1)) * 3;
  for (let channel = 0; channel < 3; channel++) light[channel]! += Math.min(1, ring[colour + channel]! * shade);
}

/** The two largest parts of the set, whose points would take all steps, are known without. */
function isInBulbs(re: number, im: number): boolean {
  const im2 = im * im;
  const q = (re - 0.25) ** 2 + im2;
  return q * (q + re - 0.25) <= im2 / 4 || (re + 1) ** 2 + im2 <= 1 / 16;
}
