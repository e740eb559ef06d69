/**
 * The explorer as a program of its own, since only a fresh process can have another import map.
 *
 * What it runs is a tree of files with `src/` and `tests/model/` in it: this project, or a copy with a planted bug.
 */

import { availableParallelism } from "node:os";
import type { Report } from "./explore.ts";

/** Explores the scenarios of a file (`inbox.ts`, …) of the tree at `root`, all of them or until one fails. */
export async function exploreIn(root: URL, file: string, extent: "all" | "until failure"): Promise<Report[]> {
  const at = (path: string) => new URL(path, root).href;
  const [layout, tiny] = [at("src/memory/layout.ts"), at("tests/model/tiny_layout.ts")];
  const map = {
    imports: { [at("src/memory/atomics.ts")]: at("tests/model/door.ts"), [layout]: tiny },
    scopes: { [tiny]: { [layout]: layout } },
  };
  const mapUrl = `data:application/json,${encodeURIComponent(JSON.stringify(map))}`;
  // Unchecked: types are checked where the tests are.
  const flags = ["--no-config", "--no-lock", "--no-check", "--quiet", "--no-prompt", "--allow-read"];
  const args = [`scenarios/${file}`, ...extent === "until failure" ? ["--until-failure"] : []];
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, `--import-map=${mapUrl}`, at("tests/model/run.ts"), ...args],
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`Cannot explore ${file}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Runs `job` on each item, as many at once as there are cores. */
export async function inParallel<T, R>(items: readonly T[], job: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const entries = items.entries();
  const lanes = Array.from({ length: Math.min(availableParallelism(), items.length) }, async () => {
    for (const [i, item] of entries) results[i] = await job(item);
  });
  await Promise.all(lanes);
  return results;
}

/** The counts, in one line. */
export function summarise({ name, states, interleavings, loops, ends, deaths, ms }: Report): string {
  const count = interleavings < 1e6 ? String(interleavings) : interleavings.toExponential(1);
  const more = loops ? "more than " : "";
  return `${name}: ${states} states, ${more}${count} interleavings, ${ends} ends and ${deaths} deaths, ${ms} ms`;
}

/** What is wrong, with the interleaving that leads there. */
export function describe({ name, failure }: Report): string {
  return failure === undefined
    ? `${name}: nothing wrong`
    : `${name}: ${failure.message}\n  ${failure.steps.join("\n  ")}`;
}
