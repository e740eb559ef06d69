/**
 * Runs the cases about the codec in Deno.
 *
 * @module
 */

import { cases } from "./cases.ts";

for (const { name, run } of cases) Deno.test(name, run);
