/**
 * Watches the main thread: how long it is from one frame to the next.
 *
 * All is drawn by script in each frame, on purpose. A CSS animation would run on when the main thread is held up, and
 * show nothing.
 */

import { cleared, colour, prefersStillness } from "./theme.ts";

/** The strip shows so many milliseconds. */
const WINDOW = 6000;
/** A gap as tall as the strip. */
const TALLEST = 100;
/** From here on a frame counts as late: two of sixty a second were missed. */
const LATE = 50;
const ROUND = 2000;
/** A bar as wide as this has room for its figure. */
const ROOM = 64;

/** A frame: when it came, and how long after the one before. */
interface Frame {
  readonly at: number;
  readonly gap: number;
}

/** The frames of this page, and their pictures. */
export class Frames {
  readonly #pulse: HTMLCanvasElement;
  readonly #strip: HTMLCanvasElement;
  #frames: Frame[] = [];
  #last = performance.now();
  #longest = 0;
  #drawn = 0;

  constructor(pulse: HTMLCanvasElement, strip: HTMLCanvasElement) {
    this.#pulse = pulse;
    this.#strip = strip;
    // A page that nobody sees has no frames, which is no stall.
    document.addEventListener("visibilitychange", () => this.#last = performance.now());
  }

  /** A frame is here. */
  tick(): void {
    const at = performance.now();
    const gap = at - this.#last;
    this.#last = at;
    this.#longest = Math.max(this.#longest, gap);
    this.#frames.push({ at, gap });
    if (this.#frames[0]!.at < at - WINDOW - TALLEST) this.#frames.shift();
    const still = prefersStillness();
    if (still && at - this.#drawn < 500) return;
    this.#drawn = at;
    this.#drawStrip(at);
    this.#drawPulse(still ? 0 : at);
  }

  /** Frames a second, over the last one. */
  get rate(): number {
    const recent = this.#frames.filter(({ at }) => at > this.#last - 1000);
    const time = recent.reduce((sum, { gap }) => sum + gap, 0);
    return time === 0 ? 0 : recent.length * 1000 / time;
  }

  /** The longest gap since `reset`. */
  get longest(): number {
    return this.#longest;
  }

  /** Measures the longest gap anew. */
  reset(): void {
    this.#longest = 0;
  }

  #drawStrip(now: number): void {
    const { clientWidth: width, clientHeight: height } = this.#strip;
    const context = cleared(this.#strip);
    const tall = (gap: number) => Math.max(2, Math.min(1, gap / TALLEST) * height);
    context.font = "11px system-ui, sans-serif";
    for (const { at, gap } of this.#frames) {
      const right = width * (1 - (now - at) / WINDOW);
      const long = Math.max(1, gap / WINDOW * width - 0.5);
      context.fillStyle = isLate(gap) ? colour("late") : colour("accent");
      context.fillRect(right - long, height - tall(gap), long, tall(gap));
    }
    context.fillStyle = colour("soft");
    context.globalAlpha = 0.45;
    for (let x = 0; x < width; x += 6) context.fillRect(x, height - tall(LATE), 2, 1);
    context.globalAlpha = 1;
    context.fillText(`${LATE} ms`, 0, height - tall(LATE) - 4);

    const stall = this.#frames.findLast(({ gap }) => gap / WINDOW * width > ROOM);
    if (stall === undefined) return;
    const left = Math.max(0, width * (1 - (now - stall.at + stall.gap) / WINDOW));
    if (width * (1 - (now - stall.at) / WINDOW) - left < ROOM) return;
    context.font = "600 12px system-ui, sans-serif";
    context.fillStyle = colour("card");
    context.fillText(`${Math.round(stall.gap).toLocaleString("en")} ms`, left + 7, 18);
  }

  #drawPulse(at: number): void {
    const { clientWidth: size } = this.#pulse;
    const context = cleared(this.#pulse);
    const [middle, radius] = [size / 2, size / 2 - 6];
    const angle = at / ROUND * 2 * Math.PI - Math.PI / 2;
    context.lineWidth = 5;
    context.strokeStyle = colour("line");
    context.beginPath();
    context.arc(middle, middle, radius, 0, 2 * Math.PI);
    context.stroke();
    context.strokeStyle = context.fillStyle = colour("accent");
    context.lineCap = "round";
    context.beginPath();
    context.arc(middle, middle, radius, angle - 1.4, angle);
    context.stroke();
  }
}

/** Whether a gap between frames is one that people notice. */
export function isLate(gap: number): boolean {
  return gap > LATE;
}
