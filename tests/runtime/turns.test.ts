/**
 * Turns of the event loop where a test has put functions of its own into the places of the engine's, which never call back.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import * as webble from "../../mod.ts";

/** Moves a buffer there and back so often: some hundred times later, both threads keep their event loops turning for it. */
const MOVES = 500;
/** Results that take longer to take in than main goes on without a turn of its event loop. */
const RESULTS = 30_000;

Deno.test("turns: the runtime goes on though setImmediate and the clock are a test's", async () => {
  await using _runtime = await webble.builder().workers(1).init();
  const scope = globalThis as unknown as { setImmediate: unknown };
  const { setImmediate } = scope;
  const { now } = performance;
  scope.setImmediate = () => {};
  performance.now = () => 0;
  try {
    let bytes = new Uint8Array(8);
    for (let i = 0; i < MOVES; i++) {
      bytes = await webble.spawn((bytes: Uint8Array<ArrayBuffer>) => {
        bytes[0]!++;
        return webble.transfer(bytes);
      }, webble.transfer(bytes)).recv();
    }
    assertEquals(bytes[0], MOVES % 256);
    const results = Array.from({ length: RESULTS }, (_, i) => webble.spawn((i: number) => i, i).recv());
    assertEquals((await Promise.all(results)).reduce((a, b) => a + b), RESULTS * (RESULTS - 1) / 2);
  } finally {
    scope.setImmediate = setImmediate;
    performance.now = now;
  }
});
