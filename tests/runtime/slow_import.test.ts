/**
 * What is said of task modules that do not come.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { warnOfSlowImport } from "../../src/runtime/slow_import.ts";

Deno.test("slow import: it is said once of a module that does not come, and not of one that does", async () => {
  const { warn } = console;
  const said: string[] = [];
  console.warn = (text: string) => said.push(text);
  try {
    const { promise, resolve } = Promise.withResolvers<void>();
    warnOfSlowImport("worker 1", "file:///late.ts", promise, 20);
    warnOfSlowImport("worker 1", "file:///soon.ts", Promise.resolve(), 20);
    await new Promise((resolve) => setTimeout(resolve, 100));
    resolve();
    await new Promise((resolve) => setTimeout(resolve, 100));
  } finally {
    console.warn = warn;
  }
  assertEquals(said.length, 1);
  assertStringIncludes(said[0]!, "worker 1 has been importing the task module file:///late.ts for 0.02 seconds");
});
