/**
 * What the terminal demo is told, and what it says when that makes no sense.
 */

/** What `--help` prints. */
export const HELP = `Draws the Mandelbrot set on all cores, then on one thread, and compares.

Usage: deno task demo [options]

Options:
  --workers <number>   how many workers, 1 to 32 (default: one for each processor)
  --width <number>     of the picture in pixels, 1 to 10000 (default 2400)
  --height <number>    likewise (default 1600)
  --out <file>         where the picture goes (default dist/mandelbrot.png)
  --help               print this`;

/** What the demo is told. */
export interface Options {
  workers: number;
  width: number;
  height: number;
  out: string;
}

/** An argument makes no sense; the message says which. */
export class UsageError extends Error {
  override name = "UsageError";
}

/**
 * Reads the arguments.
 *
 * @param args As given to the command.
 * @param processors How many workers there are unless the arguments say.
 * @returns The options, or `"help"`.
 * @throws {UsageError} An argument makes no sense.
 */
export function parseOptions(args: readonly string[], processors: number): Options | "help" {
  const options: Options = { workers: Math.min(32, processors), width: 2400, height: 1600, out: "dist/mandelbrot.png" };
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name = arg, attached] = arg.match(/^(--[^=]+)=(.*)$/) ?? [];
    if (name === "--help" || name === "-h") return "help";
    if (!["--workers", "--width", "--height", "--out"].includes(name)) {
      throw new UsageError(`there is no option ${name}`);
    }
    const value = attached ?? rest.shift();
    if (value === undefined || value === "") throw new UsageError(`${name} needs a value`);
    if (name === "--out") options.out = value;
    else if (name === "--workers") options.workers = integer(name, value, 32);
    else options[name === "--width" ? "width" : "height"] = integer(name, value, 10_000);
  }
  return options;
}

function integer(name: string, value: string, most: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1 && number <= most) return number;
  throw new UsageError(`${name} is an integer from 1 to ${most}, not "${value}"`);
}
