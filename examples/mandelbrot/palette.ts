/**
 * The colours: a closed ring of a few stops, blended in a space in which equal steps look equal (Oklab).
 *
 * After B. Ottosson, "A perceptual color space for image processing", 2020.
 */

/** Round the ring: deep blue, teal, sand, copper, plum. */
const STOPS = ["#0b1a38", "#15637c", "#7cc3b4", "#f6ecd0", "#e8a04c", "#a83c32", "#3b1437"];

/** How many colours the ring has. A power of two, so that a mask wraps an index. */
export const COLOURS = 4096;

/** Red, green and blue of each, in linear light from 0 to 1. */
export const ring: Float32Array = blend(STOPS);

/** Linear light, in steps of 1/4095, to the byte that a screen wants. */
export const toByte: Uint8Array = Uint8Array.from({ length: 4096 }, (_, i) => Math.round(encode(i / 4095) * 255));

function blend(stops: readonly string[]): Float32Array {
  const colours = new Float32Array(COLOURS * 3);
  const labs = stops.map(toLab);
  for (let i = 0; i < COLOURS; i++) {
    const at = i / COLOURS * labs.length;
    const [from, to] = [labs[Math.floor(at)]!, labs[(Math.floor(at) + 1) % labs.length]!];
    const t = at % 1;
    const smooth = t * t * (3 - 2 * t);
    colours.set(toLinear(from.map((value, axis) => value + (to[axis]! - value) * smooth)), i * 3);
  }
  return colours;
}

function toLab(hex: string): number[] {
  const [r, g, b] = [1, 3, 5].map((at) => decode(parseInt(hex.slice(at, at + 2), 16) / 255)) as [
    number,
    number,
    number,
  ];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function toLinear([lightness, a, b]: number[]): number[] {
  const l = (lightness! + 0.3963377774 * a! + 0.2158037573 * b!) ** 3;
  const m = (lightness! - 0.1055613458 * a! - 0.0638541728 * b!) ** 3;
  const s = (lightness! - 0.0894841775 * a! - 1.291485548 * b!) ** 3;
  const clamp = (value: number) => Math.min(1, Math.max(0, value));
  return [
    clamp(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clamp(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clamp(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function decode(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function encode(value: number): number {
  return value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
}
