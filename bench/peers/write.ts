/**
 * Writes what the benchmarks found out to `bench/results/`, formatted as everything else here is.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const FOLDER = new URL("../results/", import.meta.url);

/** Reads a result of an earlier run, if there is one. */
export async function readResult<T>(name: string): Promise<T | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(new URL(name, FOLDER)));
  } catch {
    return undefined; // There was none, or it was cut off while it was written.
  }
}

/** Writes figures and their picture: `name.json` and `name.svg`. */
export async function writeResult(name: string, figures: unknown, picture: string): Promise<void> {
  await Deno.mkdir(FOLDER, { recursive: true });
  const files = [new URL(`${name}.json`, FOLDER), new URL(`${name}.svg`, FOLDER)] as const;
  await Deno.writeTextFile(files[0], JSON.stringify(figures, undefined, 2) + "\n");
  await Deno.writeTextFile(files[1], picture);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", ...files.map((file) => fileURLToPath(file))] })
    .output();
}
