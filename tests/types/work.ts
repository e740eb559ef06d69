/** A module with tasks and with exports that are none, for the type tests. Never run. */

export const version = 4;

export class Canvas {
  width = 1;
}

export function render(y: number, scale?: number): Promise<number[]> {
  return Promise.resolve([y, scale ?? 1]);
}

export async function* rows(): AsyncGenerator<number> {
  yield await 1;
}

export function paint(canvas: { width: number; onDone: () => void }): void {
  canvas.onDone();
}

export function parse(text: string): number;
export function parse(bytes: Uint8Array): string;
export function parse(value: unknown): unknown {
  return value;
}

export function same<T>(value: T): T {
  return value;
}

export default function makeCounter(): () => number {
  return () => 1;
}
