/**
 * Random programs, other ones each time. A failure names its seed: `WEBBLE_SEED` runs that one again, `WEBBLE_ROUNDS`
 * as many as it says, however long that takes.
 *
 * @module
 */

import { assert } from "@std/assert";
import { fuzz } from "./fuzz.ts";

const MS = 10_000;

function fromEnv(name: string): number | undefined {
  const text = Deno.env.get(name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number)) throw new TypeError(`${name} must be an integer: received "${text}"`);
  return number;
}

Deno.test("fuzz: random programs give what their plans say, and leave nothing behind", async () => {
  const seed = fromEnv("WEBBLE_SEED") ?? Math.floor(Math.random() * 2 ** 30);
  const rounds = fromEnv("WEBBLE_ROUNDS");
  const tally = await fuzz({ seed, rounds: rounds ?? Infinity, ms: rounds === undefined ? MS : Infinity });
  console.log(`seed ${seed}: ${tally.rounds} rounds, ${tally.cut} of them cut off, ${tally.tasks} tasks`);
  assert(tally.rounds > 0);
});
