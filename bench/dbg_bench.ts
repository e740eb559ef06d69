/**
 * What does a `dbg` cost that is off, and one that is on, beside the same work without it?
 */

import { builder, dbg } from "@webble/runtime";

await builder().workers(1).init();
const numbers = Array.from({ length: 1000 }, (_, i) => i);
const object = { id: 1, name: "task 1", values: [0.5, 1.5, 2.5, 3.5] };

/** Sets `dbg`, and silences the console, which a bench gets anew. */
function set(enabled: boolean): void {
  dbg.enabled = enabled;
  console.debug = () => {};
}

function sum(): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

function sumThroughDbg(): number {
  let total = 0;
  for (const number of numbers) total += dbg(number);
  return total;
}

Deno.bench("without", { group: "adding up 1000 numbers", baseline: true }, () => void sum());
Deno.bench("each through dbg, off", { group: "adding up 1000 numbers" }, () => {
  set(false);
  sumThroughDbg();
});
Deno.bench("each through dbg, on", { group: "adding up 1000 numbers" }, () => {
  set(true);
  sumThroughDbg();
});
Deno.bench("Deno.inspect", { group: "a small object", baseline: true }, () => void Deno.inspect(object));
Deno.bench("dbg, on", { group: "a small object" }, () => {
  set(true);
  dbg(object);
});
