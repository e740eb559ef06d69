/**
 * Workers that die: what was theirs fails, the rest goes on, and others take their seats.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";

const pool = (workers: number) => webble.builder().workers(workers).init();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const forever = () => new Promise<never>(() => {});

/** Runs `body` without what the runtime has to say of deaths. */
export async function quietly<T>(body: () => Promise<T>): Promise<T> {
  const { error } = console;
  console.error = () => {};
  try {
    return await body();
  } finally {
    console.error = error;
  }
}

/** What the handle fails with, and how long that took to be noticed. */
export async function loss(task: webble.WorkerHandle<unknown>): Promise<[webble.WorkerLostError, number]> {
  const begun = performance.now();
  const error = await assertRejects(() => task.recv(), webble.WorkerLostError);
  return [error, performance.now() - begun];
}

/** All seats are taken, tasks run on all of them, and nothing is left of those that died. */
export async function whole(workers: number): Promise<void> {
  const threads = new Set<unknown>();
  const end = performance.now() + 8000;
  while (threads.size < workers && performance.now() < end) {
    const tasks = Array.from({ length: workers }, () =>
      webble.spawn(async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return webble.threadId();
      }));
    for (const task of tasks) threads.add(await task.recv().catch(() => undefined));
    threads.delete(undefined);
  }
  assertEquals(threads.size, workers, "tasks run on every worker");
  const clean = () => {
    const { tasks, heap } = webble.stats();
    return tasks.live === 0 && tasks.waiting === 0 && heap.used === 0;
  };
  while (!clean() && performance.now() < end) await sleep(10);
  assertEquals(webble.stats().tasks, { live: 0, waiting: 0 });
  assertEquals(webble.stats().heap.used, 0);
  assertEquals(webble.workerLoads().filter((load) => load !== 0), []);
}

/** Has a worker given up that is in the middle of a task, and goes on with it for so long. */
export async function giveUpAmid(ms: number): Promise<void> {
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const task = webble.spawn(
    (begun: Int32Array, ms: number) => {
      Atomics.store(begun, 0, 1);
      for (const end = performance.now() + ms; performance.now() < end;);
    },
    begun,
    ms,
  );
  while (Atomics.load(begun, 0) === 0) await webble.yieldNow();
  task.abort(undefined, { force: true });
  await assertRejects(() => task.recv(), webble.AbortError);
}

/** Ways for a worker to die in the middle of a task. */
const WAYS: Record<string, [body: () => Promise<never>, words: string]> = {
  "self.close()": [() => {
    self.close();
    return new Promise<never>(() => {});
  }, "self.close()"],
  "an uncaught error": [() => {
    setTimeout(() => {
      throw new Error("astray");
    }, 0);
    return new Promise<never>(() => {});
  }, "no task caught"],
  "an unhandled rejection": [() => {
    Promise.reject(new Error("astray"));
    return new Promise<never>(() => {});
  }, "no task caught"],
};

/** The cases. */
export const death: Case[] = cases("death", {
  ...Object.fromEntries(
    Object.entries(WAYS).map(([way, [body, words]]) => [
      `by ${way}: its tasks are lost, the others' are not, and it is replaced`,
      () =>
        quietly(async () => {
          await using _runtime = await pool(2);
          const bystander = webble.spawn(async () => {
            await new Promise((resolve) => setTimeout(resolve, 1));
            return webble.threadId();
          });
          assertEquals(await bystander.recv(), 0);
          const beside = webble.spawn(forever);
          const other = webble.spawn(() => new Promise((resolve) => setTimeout(resolve, 400, "the other worker's")));
          const dying = webble.spawn(body);
          const [error, ms] = await loss(dying);
          assertStringIncludes(error.message, `Task ${dying.id} was lost as worker 0 died`);
          assertStringIncludes(error.message, words);
          assert(ms < 1000, `noticed after ${ms} ms`);
          await loss(beside);
          assertEquals(await other.recv(), "the other worker's");
          await whole(2);
        }),
    ]),
  ),

  "stealable tasks that waited in its deque run elsewhere": () =>
    quietly(async () => {
      await using _runtime = await pool(2);
      const parent = webble.spawn(() => {
        for (let i = 0; i < 200; i++) {
          webble.spawnStealable(() => {
            const end = performance.now() + 1;
            while (performance.now() < end);
          });
        }
        self.close();
        return new Promise<never>(() => {});
      });
      const own = Array.from({ length: 500 }, (_, i) =>
        webble.spawnStealable((i: number) => {
          const end = performance.now() + 0.2;
          while (performance.now() < end);
          return i;
        }, i));
      await loss(parent);
      const outcomes = await Promise.allSettled(own.map((task) => task.recv()));
      const lost = outcomes.filter((outcome) => outcome.status === "rejected");
      // Only one that it ran in that moment can be lost.
      assert(lost.length <= 1, `${lost.length} lost`);
      outcomes.forEach((outcome, i) => outcome.status === "fulfilled" && assertEquals(outcome.value, i));
      await whole(2);
    }),

  "a loop that looks at nothing is aborted by force": {
    timeoutMs: 20_000,
    run: () =>
      quietly(async () => {
        await using _runtime = await pool(2);
        const over = new Int32Array(new SharedArrayBuffer(4));
        const stuck = webble.spawn((over: Int32Array<SharedArrayBuffer>) => {
          const end = Date.now() + 3000;
          while (Date.now() < end);
          Atomics.store(over, 0, 1);
        }, over);
        await sleep(30);
        const elsewhere = webble.spawn(() => new Promise((resolve) => setTimeout(resolve, 300, "elsewhere")));
        const behind = webble.spawn(() => 1);
        assert(stuck.abort("enough", { force: true }));
        assertInstanceOf(await stuck.recv().catch((error: unknown) => error), webble.AbortError);
        await loss(behind);
        assertEquals(await elsewhere.recv(), "elsewhere");
        assertEquals(await webble.spawn((n: number) => n, 5).recv(), 5);
        assertEquals(Atomics.load(over, 0), 0, "its seat is taken again while the old thread spins on");
        await whole(2);
      }),
  },

  "an abort by force of a task that ends by itself costs no worker": async () => {
    await using _runtime = await pool(1);
    const polite = webble.spawn(() => {
      const context = webble.context();
      const end = Date.now() + 5000;
      while (!context.aborted && Date.now() < end);
      (globalThis as { polite?: boolean }).polite = true;
    });
    await sleep(30);
    polite.abort("please", { force: true });
    await assertRejects(() => polite.recv(), webble.AbortError);
    await sleep(200);
    assertEquals(await webble.spawn(() => (globalThis as { polite?: boolean }).polite).recv(), true);
  },

  "tasks that a dead worker had spawned, and values in flight, are given back": () =>
    quietly(async () => {
      await using _runtime = await pool(3);
      for (let round = 0; round < 3; round++) {
        const parent = webble.spawn(async () => {
          for (let i = 0; i < 300; i++) {
            webble.spawnStealable(
              (text: string) => new Promise((resolve) => setTimeout(resolve, 5, text)),
              "x".repeat(i),
            );
            webble.spawn((text: string) => text.length, "y".repeat(5000));
          }
          await new Promise((resolve) => setTimeout(resolve, 3));
          self.close();
          return await new Promise<never>(() => {});
        });
        const results = Array.from({ length: 50 }, (_, i) =>
          webble.spawnStealable((i: number) => "z".repeat(i * 100), i));
        await loss(parent);
        for (const [i, result] of results.entries()) {
          const outcome = await result.recv().catch((error: unknown) =>
            error
          );
          if (typeof outcome === "string") assertEquals(outcome.length, i * 100);
          else assertInstanceOf(outcome, webble.WorkerLostError);
        }
        await whole(3);
      }
    }),

  "handles that a dead worker held, or that others held of its, settle": () =>
    quietly(async () => {
      await using _runtime = await pool(2);
      const inner = await webble.spawn(() =>
        webble.spawnStealable(() => new Promise((resolve) => setTimeout(resolve, 200)))
      ).recv();
      const waiting = inner.recv();
      const closing = webble.spawn(() => self.close());
      await assertRejects(() => waiting, webble.WorkerLostError);
      await closing.recv().catch(() => {});
      await whole(2);
    }),

  "workers die again and again, and everything settles": {
    timeoutMs: 60_000,
    run: () =>
      quietly(async () => {
        await using _runtime = await pool(2);
        let done = 0;
        let lost = 0;
        for (let round = 0; round < 4; round++) {
          const tasks = Array.from({ length: 300 }, (_, i) =>
            i === 150
              ? webble.spawn(() => {
                self.close();
                return -1;
              })
              : i % 3 === 0
              ? webble.spawn(async (i: number) => {
                await new Promise((resolve) => setTimeout(resolve, i % 5));
                return i;
              }, i)
              : webble.spawnStealable((i: number) => i, i));
          for (const [i, task] of tasks.entries()) {
            const outcome = await task.recv().catch((error: unknown) => error);
            if (typeof outcome === "number") {
              if (outcome !== -1) assertEquals(outcome, i);
              done++;
            } else {
              assertInstanceOf(outcome, webble.WorkerLostError);
              lost++;
            }
          }
          await whole(2);
        }
        assertEquals(done + lost, 1200);
        assert(done > 900, `${done} done, ${lost} lost`);
      }),
  },
});
