/**
 * The program that explores: `deno run --import-map=… run.ts scenarios/inbox.ts …`, where the map puts `door.ts` in
 * the place of `src/memory/atomics.ts`. Prints a report for each scenario, as a line of JSON. Stops at the first that
 * fails, if told `--until-failure`.
 */

import { explore } from "./explore.ts";
import { scenarios } from "./scenario.ts";

const files = Deno.args.filter((arg) => !arg.startsWith("--"));
const untilFailure = Deno.args.includes("--until-failure");

for (const file of files) await import(new URL(file, import.meta.url).href);
for (const scenario of scenarios) {
  const report = explore(scenario);
  console.log(JSON.stringify(report));
  if (untilFailure && report.failure !== undefined) break;
}
