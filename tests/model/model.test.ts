/**
 * Every scenario through every interleaving, each as a test of its own.
 *
 * A new structure needs one more file in `scenarios/` that calls `scenario(…)`. Set `MODEL_COUNTS=1` to see how many
 * states and interleavings there were.
 */

import { assertEquals } from "@std/assert";
import * as atomics from "../../src/memory/atomics.ts";
import * as door from "./door.ts";
import { describe, exploreIn, inParallel, summarise } from "./program.ts";

const ROOT = new URL("../../", import.meta.url);

/** Files of scenarios, as opposed to what they share: named like the structure, or the story. */
const files: string[] = [];
for await (const { name } of Deno.readDir(new URL("scenarios/", import.meta.url))) {
  const text = await Deno.readTextFile(new URL(`scenarios/${name}`, import.meta.url));
  if (text.includes("\nscenario(")) files.push(name);
}
files.sort();

/** Any file may fail as a whole; then that is its one test. */
const explored = await inParallel(files, (file) => exploreIn(ROOT, file, "all").catch((error: Error) => error));
const verbose = Deno.env.get("MODEL_COUNTS") !== undefined;

for (const [i, reports] of explored.entries()) {
  if (reports instanceof Error) {
    Deno.test(`model: ${files[i]} runs`, () => {
      throw reports;
    });
    continue;
  }
  for (const report of reports) {
    if (verbose) console.log(summarise(report));
    Deno.test(report.name, () => {
      if (report.failure !== undefined) throw new Error(describe(report));
    });
  }
}

Deno.test("model: the door has all that the one door to shared memory has", () => {
  const stand: typeof atomics = door;
  const known = new Set(Object.keys(stand));
  assertEquals(Object.keys(atomics).filter((name) => !known.has(name)), []);
});
