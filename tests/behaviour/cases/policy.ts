/**
 * What works where scripts may come from the page's own server only.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";

/** The cases; they are run under such a policy. */
export const policy: Case[] = cases("strict policy", {
  "glue and module tasks run through a worker script of one's own": async (t) => {
    await using _runtime = await webble.builder().workers(2).workerUrl(await t.bundle("own_worker.ts"))
      .gluePath(t.url("tasks.js")).init();
    const glue = webble.tasks<{ double(n: number): number }>();
    assertEquals(await webble.spawn(glue.double, 21).recv(), 42);
    const module = webble.tasks<typeof import("../fixtures/nested.ts")>(await t.bundle("nested.ts"));
    assertEquals(await webble.spawnStealable(module.thread).recv() !== undefined, true);
    const error = await assertRejects(() => webble.spawn((n: number) => n, 1).recv(), TypeError);
    assertStringIncludes(error.message, "Content-Security-Policy");
  },

  "the library's own script is refused, and the error says what to do": async () => {
    const error = await assertRejects(() => webble.builder().workers(1).init(), webble.InitError);
    assertStringIncludes(error.message, "workerUrl");
  },
});
