/**
 * Colours of the style sheet, for what is drawn on canvases: read once, and again when the colour scheme changes.
 */

let known = new Map<string, string>();
const changed = new Set<() => void>();

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  known = new Map();
  for (const redraw of changed) redraw();
});

/** The colour that the style sheet calls `--name`. */
export function colour(name: string): string {
  let value = known.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    known.set(name, value);
  }
  return value;
}

/** The colour of a worker, or of the main thread. */
export function colourOf(thread: number | "main"): string {
  return colour(thread === "main" ? "main" : `worker-${thread % 8}`);
}

/** Calls `redraw` whenever the colours have changed. */
export function onThemeChange(redraw: () => void): void {
  changed.add(redraw);
}

/** Whether whoever looks would rather see little move. */
export function prefersStillness(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** A canvas ready to draw on in CSS pixels, sharp on any screen, and empty. */
export function cleared(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const ratio = devicePixelRatio;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return context;
}
