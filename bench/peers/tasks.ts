/**
 * The tasks that every peer runs: the same functions, whether they are sent by source or imported by a worker's script.
 *
 * Each takes one argument and sees nothing but it and the globals.
 *
 * @module
 */

/** A small object, as messages between threads often are. */
export interface Person {
  readonly id: number;
  readonly name: string;
  readonly values: readonly number[];
}

/** A small object. */
export const PERSON: Person = { id: 1, name: "task 1", values: [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5] };

/** What `count` is given. */
export interface Count {
  readonly ms: number;
  readonly counter: SharedArrayBuffer;
}

/** Nothing. */
export function noop(): void {}

/** Gives back what it is given. */
export function echo(value: unknown): unknown {
  return value;
}

/** Works for so many milliseconds. */
export function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Works for so many milliseconds, then counts itself. */
export function count({ ms, counter }: Count): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
  Atomics.add(new Int32Array(counter), 0, 1);
}

/** Counts itself, then holds its worker until the first word is no longer 0. */
export function hold(gate: SharedArrayBuffer): void {
  const words = new Int32Array(gate);
  Atomics.add(words, 1, 1);
  Atomics.wait(words, 0, 0);
}

/** A row of a Mandelbrot set: some milliseconds of arithmetic, more in the middle than at the edges. */
export function row(y: number): number {
  let total = 0;
  for (let x = 0; x < 256; x++) {
    const a = x / 128 - 1.5;
    const b = y / 32 - 1;
    let re = 0;
    let im = 0;
    let n = 0;
    for (; n < 10_000 && re * re + im * im < 4; n++) [re, im] = [re * re - im * im + a, 2 * re * im + b];
    total += n;
  }
  return total;
}

/** All of them, by name. */
export const TASKS = { noop, echo, spin, count, hold, row } as const;

/** The name of a task. */
export type TaskName = keyof typeof TASKS;

/** For each task an argument that makes it end at once. */
export const HARMLESS: Readonly<Record<TaskName, () => unknown>> = {
  noop: () => undefined,
  echo: () => 1,
  spin: () => 0,
  count: (): Count => ({ ms: 0, counter: new SharedArrayBuffer(4) }),
  hold: () => {
    const gate = new SharedArrayBuffer(8);
    new Int32Array(gate)[0] = 1;
    return gate;
  },
  row: () => 0,
};
