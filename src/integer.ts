/**
 * The check of what must be an integer, in one wording.
 */

/**
 * Gives an argument that is an integer in its range.
 *
 * @param doing What was being done: `make a channel`.
 * @param name The parameter.
 * @throws {TypeError} It is not a number.
 * @throws {RangeError} It is no such integer.
 */
export function checkInteger(doing: string, name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const rule = `Cannot ${doing} as '${name}' must be an integer from ${least} to ${most}`;
  if (typeof value !== "number") throw new TypeError(`${rule}: received a value of type ${typeof value}`);
  throw new RangeError(`${rule}: received ${value}`);
}
