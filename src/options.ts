/**
 * The check of what must be an object of options, in one wording.
 */

/**
 * Refuses what is no object, of which nothing would be read.
 *
 * @param doing What was being done: `make a channel`.
 * @param instead What to pass: `options such as { messageBytes: 64 }`.
 * @throws {TypeError} It is none.
 */
export function checkOptions(doing: string, options: unknown, instead: string): void {
  if (typeof options === "object" && options !== null) return;
  throw new TypeError(`Cannot ${doing} with ${String(options)}: pass ${instead}`);
}
