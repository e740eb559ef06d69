/**
 * What works where scripts may come from the page's own server only.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { loss, quietly } from "./death.ts";

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

  "a worker that dies is replaced, and what it shares comes back": async (t) => {
    await quietly(async () => {
      await using _runtime = await webble.builder().workers(2).workerUrl(await t.bundle("own_worker.ts"))
        .gluePath(t.url("tasks.js")).init();
      const glue = webble.tasks<{ double(n: number): number; die(): Promise<never> }>();
      const module = webble.tasks<typeof import("../fixtures/nested.ts")>(await t.bundle("nested.ts"));
      for (let round = 0; round < 3; round++) {
        const [lost] = await loss(webble.spawn(glue.die));
        assertStringIncludes(lost.message, "self.close()");
        const threads = new Set<unknown>();
        for (const end = performance.now() + 5000; threads.size < 2 && performance.now() < end;) {
          const seen = [webble.spawn(module.thread), webble.spawn(module.thread), webble.spawn(module.thread)];
          for (const task of seen) threads.add(await task.recv());
          assertEquals(await webble.spawnStealable(glue.double, 4).recv(), 8);
        }
        assertEquals(threads.size, 2);
      }
    });
  },

  "a closure is refused where it would be made from text, by name, and its worker goes on": async (t) => {
    await using _runtime = await webble.builder().workers(1).workerUrl(await t.bundle("own_worker.ts"))
      .gluePath(t.url("tasks.js")).init();
    const glue = webble.tasks<{ double(n: number): number }>();
    for (const spawn of [webble.spawn, webble.spawnStealable]) {
      const error = await assertRejects(() =>
        spawn(function half(n: number) {
          return n / 2;
        }, 1).recv(), TypeError);
      assertStringIncludes(error.message, "half");
      assertStringIncludes(error.message, "Content-Security-Policy");
      assertStringIncludes(error.message, "tasks()");
      assertEquals(await spawn(glue.double, 1).recv(), 2);
    }
  },

  "the library's own script is refused, and the error says what to do": async () => {
    const error = await assertRejects(() => webble.builder().workers(1).init(), webble.InitError);
    assertStringIncludes(error.message, "workerUrl");
  },
});

/** The cases for pages that allow workers made of blobs, and still no code made of text. */
export const policyWithBlobs: Case[] = cases("policy with blobs", {
  "module tasks have channels and the executor in the library's own workers": async (t) => {
    await using _runtime = await webble.builder().workers(2).init();
    const module = webble.tasks<typeof import("../fixtures/channel_tasks.ts")>(await t.bundle("channel_tasks.ts"));
    const [numbers, received] = webble.channel.mpmc<number>(8);
    const [sums, sum] = webble.channel.oneshot<number>();
    const task = webble.spawn(module.sum, received, sums);
    for (const n of [1, 2, 39]) numbers.send(n);
    numbers.close();
    assertEquals([await sum.recvAsync(), await task.recv()], [42, true]);
    const [more, blocking] = webble.channel.spsc<number>(1024).split();
    const blocked = webble.spawn(module.sumBlocking, blocking);
    for (const n of [3, 4]) more.send(n);
    more.close();
    assertEquals(await blocked.recv(), 7);
    assertEquals(await webble.spawn(module.errors).recv(), [true, true, true]);
    const error = await assertRejects(() => webble.spawn((n: number) => n, 1).recv(), TypeError);
    assertStringIncludes(error.message, "Content-Security-Policy");
  },
});
