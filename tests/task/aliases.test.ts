/**
 * What the library is called in bundles.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import * as webble from "../../mod.ts";
import { CLASSES } from "../../src/classes.ts";

Deno.test("aliases: every class of the API is listed, under its name", () => {
  const found = new Map<string, unknown>();
  for (
    const [prefix, api] of Object.entries({ "": webble, "channel.": webble.channel, "executor.": webble.executor })
  ) {
    for (const [name, value] of Object.entries(api)) {
      if (typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value))) {
        found.set(prefix + name, value);
      }
    }
  }
  assertEquals(new Map(Object.entries(CLASSES).map(([name, give]) => [name, give()])), found);
});
