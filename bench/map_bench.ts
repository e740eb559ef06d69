/**
 * How much faster is a CPU-bound map over 64 rows on two workers than on one thread?
 */

import * as webble from "@webble/runtime";
import { row } from "./peers/tasks.ts";

const ROWS = 64;

await webble.builder().workers(2).init();

Deno.bench("one thread", { group: "64 rows", baseline: true }, () => {
  for (let y = 0; y < ROWS; y++) row(y);
});
Deno.bench("spawnStealable", { group: "64 rows" }, async () => {
  await Promise.all(Array.from({ length: ROWS }, (_, y) => webble.spawnStealable(row, y).recv()));
});
