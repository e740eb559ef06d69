/**
 * Moving about in the picture: drag, tap, pinch, wheel and keys, each as one kind of thing, a shift of the picture.
 */

import type { Shift } from "./picture.ts";

/** What a gesture does. */
export interface Gestures {
  /** The picture follows the fingers. */
  preview(shift: Shift): void;
  /** The gesture is over: draw what is in view now. */
  commit(shift: Shift): void;
}

const STILL: Shift = { x: 0, y: 0, scale: 1 };
const TAP_ZOOM = 3;
const KEY_ZOOM = 2;
/** Pixels that a finger may slip in a tap. */
const SLIP = 6;
/** The wheel is over when it stood still for so many milliseconds. */
const WHEEL_REST = 160;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Listens to gestures on `canvas`. */
export function listen(canvas: HTMLCanvasElement, gestures: Gestures): void {
  /** Where each finger went down, and where it is. */
  const fingers = new Map<number, { from: Point; at: Point }>();
  let before = STILL;
  let moved = false;
  let wheel: ReturnType<typeof setTimeout> | undefined;

  /** Not the position on the canvas, which moves with the gesture. */
  const pointOf = ({ clientX, clientY }: MouseEvent): Point => {
    const { left, top } = canvas.parentElement!.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const now = () => then(before, between([...fingers.values()]));
  /** Fingers come and go in the middle of a gesture: it goes on from where it is. */
  const rebase = () => {
    before = now();
    for (const finger of fingers.values()) finger.from = finger.at;
  };
  const lift = ({ pointerId }: PointerEvent) => {
    rebase();
    const finger = fingers.get(pointerId);
    fingers.delete(pointerId);
    return finger;
  };
  const end = (shift: Shift) => {
    before = STILL;
    canvas.classList.remove("held");
    gestures.commit(shift);
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    if (fingers.size === 0) moved = false;
    else rebase();
    const at = pointOf(event);
    fingers.set(event.pointerId, { from: at, at });
    canvas.classList.add("held");
  });
  canvas.addEventListener("pointermove", (event) => {
    const finger = fingers.get(event.pointerId);
    if (finger === undefined) return;
    finger.at = pointOf(event);
    moved ||= fingers.size > 1 || Math.hypot(finger.at.x - finger.from.x, finger.at.y - finger.from.y) > SLIP;
    if (moved) gestures.preview(now());
  });
  canvas.addEventListener("pointerup", (event) => {
    const finger = lift(event);
    if (finger === undefined || fingers.size > 0) return;
    end(moved ? before : zoomAt(finger.at, event.shiftKey ? 1 / TAP_ZOOM : TAP_ZOOM));
  });
  canvas.addEventListener("pointercancel", (event) => {
    if (lift(event) !== undefined && fingers.size === 0) end(before);
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    before = then(before, zoomAt(pointOf(event), Math.exp(-event.deltaY / 300)));
    gestures.preview(before);
    clearTimeout(wheel);
    wheel = setTimeout(() => end(before), WHEEL_REST);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const { clientWidth: width, clientHeight: height } = canvas;
    const shift: Shift | undefined = {
      ArrowLeft: { ...STILL, x: width / 5 },
      ArrowRight: { ...STILL, x: -width / 5 },
      ArrowUp: { ...STILL, y: height / 5 },
      ArrowDown: { ...STILL, y: -height / 5 },
      "+": zoomMiddle(canvas, KEY_ZOOM),
      "=": zoomMiddle(canvas, KEY_ZOOM),
      "-": zoomMiddle(canvas, 1 / KEY_ZOOM),
    }[event.key];
    if (shift === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    gestures.commit(shift);
  });
}

/** A zoom that leaves the middle of the picture where it is. */
export function zoomMiddle({ clientWidth, clientHeight }: HTMLCanvasElement, scale: number): Shift {
  return zoomAt({ x: clientWidth / 2, y: clientHeight / 2 }, scale);
}

function zoomAt({ x, y }: Point, scale: number): Shift {
  return { x: x * (1 - scale), y: y * (1 - scale), scale };
}

/** One shift after another, as one. */
function then(first: Shift, second: Shift): Shift {
  return {
    x: first.x * second.scale + second.x,
    y: first.y * second.scale + second.y,
    scale: first.scale * second.scale,
  };
}

/** What the fingers did: one moves the picture, two stretch it too. */
function between(fingers: readonly { from: Point; at: Point }[]): Shift {
  const [one, two] = fingers;
  if (one === undefined) return STILL;
  if (two === undefined) return { x: one.at.x - one.from.x, y: one.at.y - one.from.y, scale: 1 };
  const apart = (a: Point, b: Point) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
  const scale = apart(one.at, two.at) / apart(one.from, two.from);
  const middle = (a: number, b: number) => (a + b) / 2;
  return {
    x: middle(one.at.x, two.at.x) - middle(one.from.x, two.from.x) * scale,
    y: middle(one.at.y, two.at.y) - middle(one.from.y, two.from.y) * scale,
    scale,
  };
}
