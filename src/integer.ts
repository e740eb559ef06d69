/**
 * The check of what must be an integer, in one wording.
 */

/**
 * Gives an argument that is an integer in its range.
 *
 * @param doing What was being done: `make a channel`.
 * @param name The parameter.
 * @throws {RangeError} It is none.
 */
export function checkInteger(doing: string, name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(
    `Cannot ${doing} as '${name}' must be an integer from ${least} to ${most}: received ${String(value)}`,
  );
}
