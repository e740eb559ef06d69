/**
 * The model checked: with a bug planted in a copy of the source, some scenario must fail.
 *
 * Set `MODEL_TRACES=1` to see the shortest interleaving found for each.
 */

import { assert } from "@std/assert";
import { type Bug, BUGS } from "./bugs.ts";
import { BUGS_ABOVE_SYNC } from "./bugs_above_sync.ts";
import { BUGS_OF_LOCKS } from "./bugs_of_locks.ts";
import { BUGS_CHANNEL } from "./bugs_channel.ts";
import { BUGS_OF_DEATH } from "./bugs_of_death.ts";
import type { Report } from "./explore.ts";
import { describe, exploreIn, inParallel } from "./program.ts";

const ROOT = new URL("../../", import.meta.url);
const FOLDERS = [
  "src/",
  "src/memory/",
  "src/sync/",
  "src/heap/",
  "src/value/",
  "src/task/",
  "src/channel/",
  "src/channel/lock/",
  "tests/model/",
  "tests/model/scenarios/",
];
const ALL: readonly Bug[] = [...BUGS, ...BUGS_ABOVE_SYNC, ...BUGS_OF_DEATH, ...BUGS_CHANNEL, ...BUGS_OF_LOCKS];

/** Copies what the model needs, with the bug in it, and explores that. */
async function plant({ file, find, put, by }: Bug): Promise<Report[]> {
  const path = await Deno.makeTempDir();
  try {
    const root = new URL(`file://${path}/`);
    for (const folder of FOLDERS) await copy(new URL(folder, ROOT), new URL(folder, root));
    const target = new URL(file, root);
    const source = await Deno.readTextFile(target);
    const pieces = source.split(find);
    if (pieces.length !== 2) {
      throw new Error(`${file} has ${pieces.length - 1} places to plant this in, not one:\n${find}`);
    }
    await Deno.writeTextFile(target, pieces.join(put));
    return await exploreIn(root, by, "until failure");
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

async function copy(from: URL, to: URL): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isFile } of Deno.readDir(from)) {
    if (isFile && name.endsWith(".ts")) await Deno.copyFile(new URL(name, from), new URL(name, to));
  }
}

const found = await inParallel(ALL, (bug) => plant(bug).catch((error: Error) => error));

for (const [i, bug] of ALL.entries()) {
  Deno.test(`model finds the bug "${bug.name}"`, () => {
    const reports = found[i]!;
    if (reports instanceof Error) throw reports;
    const failed = reports.find(({ failure }) => failure !== undefined);
    assert(failed !== undefined, `none of ${reports.length} scenarios in ${bug.by} fails`);
    if (Deno.env.has("MODEL_TRACES")) console.log(describe(failed));
  });
}
