/**
 * Scalars: values that travel in a task's record itself, up to four of them.
 *
 * The KINDS word says how many there are and of which kind; the numbers among them lie in NUMBERS. Both are plain words of
 * whoever owns the record.
 */

import { read, readFloat, write, writeFloat } from "../memory/atomics.ts";
import { Record, type Views } from "../memory/layout.ts";
import { NONE } from "../sync/inbox.ts";

/** How many scalars a record holds. */
const MOST_SCALARS = 4;

/** KINDS: bits 0–2 count the scalars; bits 3–7 are those of `payload.ts`, none of them set while scalars are all there is. */
const COUNT = 7;
const OTHERS = 0xf8;
/** From bit 8 on, three bits for each scalar. */
const KIND_SHIFT = 8;
const KIND_BITS = 3;
const KIND = 7;
const UNDEFINED = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
const NUMBER = 4;

/** Whether a value is a scalar. */
export function isScalar(value: unknown): boolean {
  return typeof value === "number" || value === undefined || value === null || typeof value === "boolean";
}

/** Whether values are scalars, and few enough for a record. */
export function areScalars(values: readonly unknown[]): boolean {
  if (values.length > MOST_SCALARS) return false;
  for (let i = 0; i < values.length; i++) if (!isScalar(values[i])) return false;
  return true;
}

/** Whether what the record holds are scalars alone. */
export function holdsScalars({ words }: Views, record: number): boolean {
  return (read(words, record + Record.KINDS) & OTHERS) === 0;
}

/** Writes values that are; see {@linkcode areScalars}. */
export function writeScalars(views: Views, record: number, values: readonly unknown[]): void {
  let kinds = values.length;
  for (let i = 0; i < values.length; i++) {
    kinds |= put(views, record, i, values[i]) << (KIND_SHIFT + i * KIND_BITS);
  }
  write(views.words, record + Record.KINDS, kinds);
  write(views.words, record + Record.PAYLOAD, NONE);
}

/** Writes one scalar, and leaves PAYLOAD alone. */
export function writeScalar(views: Views, record: number, value: unknown): void {
  write(views.words, record + Record.KINDS, 1 | put(views, record, 0, value) << KIND_SHIFT);
}

/** Reads them all. */
export function readScalars(views: Views, record: number): unknown[] {
  const kinds = read(views.words, record + Record.KINDS);
  const values: unknown[] = [];
  for (let i = 0; i < (kinds & COUNT); i++) {
    values.push(get(views, record, i, kinds >> (KIND_SHIFT + i * KIND_BITS)));
  }
  return values;
}

/** Reads the first. */
export function readScalar(views: Views, record: number): unknown {
  return get(views, record, 0, read(views.words, record + Record.KINDS) >> KIND_SHIFT);
}

function put({ floats }: Views, record: number, index: number, value: unknown): number {
  if (typeof value === "number") {
    writeFloat(floats, ((record + Record.NUMBERS) >> 1) + index, value);
    return NUMBER;
  }
  return value === undefined ? UNDEFINED : value === null ? NULL : value === false ? FALSE : TRUE;
}

function get({ floats }: Views, record: number, index: number, kind: number): unknown {
  switch (kind & KIND) {
    case NUMBER:
      return readFloat(floats, ((record + Record.NUMBERS) >> 1) + index);
    case NULL:
      return null;
    case FALSE:
      return false;
    case TRUE:
      return true;
    default:
      return undefined;
  }
}
