/**
 * Transfer: values that are moved to the other thread rather than copied.
 *
 * {@linkcode transfer} only puts a mark on the value. The encoder looks for it, and takes it off once the value has
 * been encoded; where it is not sent after all, the mark is put on again.
 */

/** What was asked for; without a list, everything in the value that can be moved is. */
export interface Mark {
  /** What to move, and nothing else. */
  readonly list: readonly object[] | undefined;
}

// Shared by all copies of the library on a thread: one may mark what another encodes.
const KEY = Symbol.for("@webble/runtime/transfer");
const shared = globalThis as { [KEY]?: WeakMap<object, Mark> };
const marks: WeakMap<object, Mark> = shared[KEY] ??= new WeakMap<object, Mark>();

/**
 * Moves a value when it is sent, instead of copying it.
 *
 * A moved buffer is empty on this side from then on. The mark is for one send: the next one copies again.
 *
 * @typeParam T Of the value.
 * @param value An argument, a result or a message. The mark counts where the value itself is sent, not where it is
 * part of another.
 * @param list What to move. Left out, everything in `value` that can be is: buffers (also under views), ports,
 * streams, bitmaps.
 * @returns The same value.
 * @throws {TypeError} `value`, or a member of `list`, is not an object; or `list` is no array.
 *
 * @example Move a buffer
 * ```ts ignore
 * const pixels = new Uint8ClampedArray(4 * 640 * 480);
 * const blurred = await webble.spawn(blur, webble.transfer(pixels)).recv();
 * ```
 */
export function transfer<T>(value: T, list?: Transferable[]): T {
  if (!isObject(value)) {
    throw new TypeError(`Cannot transfer ${print(value)}: only objects can be moved, and primitives are copied anyway`);
  }
  if (list !== undefined && !Array.isArray(list)) {
    throw new TypeError(
      `Cannot transfer as 'list' must be an array of what to move: received ${
        isObject(list) ? "an object" : print(list)
      }. Leave it out to move all`,
    );
  }
  list?.forEach((item: unknown, index) => {
    if (!isObject(item)) {
      throw new TypeError(`Cannot transfer as 'list[${index}]' must be an object: received ${print(item)}`);
    }
  });
  marks.set(value, { list: list === undefined ? undefined : [...list] });
  return value;
}

/** The mark on a value, if there is one. */
export function markOf(value: object): Mark | undefined {
  return marks.get(value);
}

/** Takes a mark off, if there is one. Gives what puts it on again. */
export function unmark(value: object): () => void {
  const mark = marks.get(value);
  marks.delete(value);
  return () => {
    if (mark !== undefined) marks.set(value, mark);
  };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function print(value: unknown): string {
  return typeof value === "string"
    ? JSON.stringify(value)
    : typeof value === "function"
    ? "a function"
    : typeof value === "bigint"
    ? `${value}n`
    : String(value);
}
