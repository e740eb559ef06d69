/**
 * The picture on the page: takes rows as they come, and shows who drew them in a narrow strip beside it.
 *
 * While a new view is drawn the old picture stays, moved and scaled to where the new one will be.
 */

import type { View } from "./mandelbrot.ts";
import { type Place, viewOf } from "./places.ts";
import { colour, colourOf } from "./theme.ts";

/** A move and a scaling of the picture: a point p goes to p × scale + (x, y), in CSS pixels. */
export interface Shift {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** Closer than this, doubles are too coarse to tell neighbouring points apart. */
const CLOSEST = 2e-12;
const FARTHEST = 8;

/** The canvas and the strip beside it. */
export class Picture {
  readonly #canvas: HTMLCanvasElement;
  readonly #authors: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #strip: CanvasRenderingContext2D;

  constructor(canvas: HTMLCanvasElement, authors: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#authors = authors;
    // Read back when the picture moves and when it is saved; it is written row by row from memory in any case.
    this.#context = canvas.getContext("2d", { alpha: false, willReadFrequently: true })!;
    this.#strip = authors.getContext("2d")!;
    this.fit();
  }

  /** Takes the size that the page gives it. Says whether that is another than before. */
  fit(): boolean {
    const { width, height } = this.#canvas;
    const size = (css: number) => Math.max(1, Math.round(css * this.#ratio));
    const [newWidth, newHeight] = [size(this.#canvas.clientWidth), size(this.#canvas.clientHeight)];
    if (newWidth === width && newHeight === height) return false;
    const old = this.#copy();
    this.#canvas.width = newWidth;
    this.#canvas.height = this.#authors.height = newHeight;
    this.#fill();
    if (old !== undefined) this.#context.drawImage(old, 0, 0, newWidth, newHeight);
    return true;
  }

  /** The view of `place` in this size. Where pixels are small, fewer samples make each as smooth. */
  view(place: Place): View {
    return viewOf(place, this.#canvas.width, this.#canvas.height, this.#ratio > 1 ? 2 : 4);
  }

  /** Another drawing begins: what is there fades, and nobody has drawn anything. */
  begin(): void {
    this.#strip.clearRect(0, 0, 1, this.#authors.height);
    this.#context.globalAlpha = 0.6;
    this.#fill();
    this.#context.globalAlpha = 1;
  }

  /** Puts up rows. */
  put(pixels: Uint8ClampedArray, top: number, by: number | "main"): void {
    const { width } = this.#canvas;
    const rows = pixels.length / (width * 4);
    this.#context.putImageData(new ImageData(pixels as Uint8ClampedArray<ArrayBuffer>, width, rows), 0, top);
    this.#strip.fillStyle = colourOf(by);
    this.#strip.fillRect(0, top, 1, rows);
  }

  /** Shows the picture moved, without changing it: for as long as a gesture lasts. */
  preview({ x, y, scale }: Shift): void {
    this.#canvas.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
  }

  /**
   * Moves the picture for good, to be drawn over.
   *
   * @returns The place that is then in view.
   */
  shift(place: Place, { x, y, scale }: Shift): Place {
    const { width, height, clientWidth, clientHeight } = this.#canvas;
    this.#canvas.style.transform = "";
    const span = Math.min(FARTHEST, Math.max(CLOSEST, place.span / scale));
    const zoomed = place.span / span;
    const old = this.#copy();
    const [left, top] = [x * this.#ratio, y * this.#ratio];
    this.#fill();
    if (old !== undefined) this.#context.drawImage(old, left, top, width * zoomed, height * zoomed);
    const step = span / clientWidth;
    return {
      re: place.re + ((clientWidth / 2 - x) / zoomed - clientWidth / 2) * step * zoomed,
      im: place.im - ((clientHeight / 2 - y) / zoomed - clientHeight / 2) * step * zoomed,
      span,
    };
  }

  /** The pixels as they are now. */
  get image(): ImageData {
    return this.#context.getImageData(0, 0, this.#canvas.width, this.#canvas.height);
  }

  get #ratio(): number {
    return Math.min(2, devicePixelRatio);
  }

  #copy(): OffscreenCanvas | undefined {
    const { width, height } = this.#canvas;
    const copy = new OffscreenCanvas(width, height);
    copy.getContext("2d")?.drawImage(this.#canvas, 0, 0);
    return copy;
  }

  #fill(): void {
    this.#context.fillStyle = colour("ground");
    this.#context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
  }
}
