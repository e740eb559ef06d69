/**
 * What users do to a runtime: odd results, bad moments, too much of everything. Nothing else is disturbed.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";

const pool = (workers: number) => webble.builder().workers(workers).init();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The runtime is whole: it runs a task, and nothing is in flight after. */
async function whole(): Promise<void> {
  assertEquals(await webble.spawn((n: number) => n, 7).recv(), 7);
  assertEquals(await webble.spawnStealable((n: number) => n, 8).recv(), 8);
  const end = performance.now() + 5000;
  while (webble.stats().tasks.live > 0 && performance.now() < end) await webble.yieldNow();
  assertEquals(webble.stats().tasks, { live: 0, waiting: 0 });
  assert(webble.workerLoads().every((load) => load === 0), `${webble.workerLoads()}`);
}

/** The cases. */
export const hardship: Case[] = cases("hardship", {
  "results that throw when they are looked at": async () => {
    await using _runtime = await pool(1);
    const getter = () => ({
      get then() {
        throw new Error("boom");
      },
    });
    await assertRejects(() => webble.spawn(getter as () => unknown).recv(), Error, "boom");
    await assertRejects(() => webble.onMain(getter as () => unknown).recv(), Error, "boom");
    const proxy = () =>
      new Proxy({}, {
        getPrototypeOf() {
          throw new Error("trap");
        },
      });
    await webble.spawn(proxy as () => unknown).recv().catch(() => {});
    const thrown = () => {
      throw Object.assign(new Error("odd"), { name: Symbol("name"), bad: () => 1 });
    };
    await assertRejects(() => webble.spawn(thrown).recv(), Error, "odd");
    const frozen = () => {
      throw Object.freeze(new ReferenceError("x is not defined"));
    };
    await assertRejects(() => webble.spawn(frozen).recv(), ReferenceError);
    await whole();
  },

  "a thenable that calls back twice settles once": async () => {
    await using _runtime = await pool(1);
    const twice = () => {
      const thenable = Object.create(Promise.prototype);
      thenable.then = (resolve: (value: number) => void) => {
        resolve(1);
        setTimeout(() => resolve(666), 5);
      };
      return thenable as Promise<number>;
    };
    assertEquals(await webble.spawn(twice).recv(), 1);
    const next = webble.spawn(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 2;
    });
    assertEquals(await next.recv(), 2);
    await whole();
  },

  "an abort whose reason does things while it is read": async () => {
    await using _runtime = await pool(2);
    // Long enough to be aborted before it has ended: else the reason is not read.
    const task = webble.spawnStealable((n: number) => {
      for (const end = performance.now() + 200; performance.now() < end;);
      return n;
    }, 5);
    const innocent: webble.WorkerHandle<string>[] = [];
    const changed = task.abort({
      get late() {
        const end = performance.now() + 5000;
        while (!task.finished && performance.now() < end);
        for (let i = 0; i < 3; i++) innocent.push(webble.spawnStealable((i: number) => `fine ${i}`, i));
        return 1;
      },
    });
    assertEquals(changed, false);
    assertEquals(await task.recv(), 5);
    assertEquals(await Promise.all(innocent.map((task) => task.recv())), ["fine 0", "fine 1", "fine 2"]);
    await whole();
  },

  "shutdown during init": async () => {
    const starting = webble.builder().workers(2).init();
    const outcome = starting.then(() => undefined, (error: unknown) => error);
    await webble.shutdown();
    assertInstanceOf(await outcome, webble.LifecycleError);
    await using _runtime = await pool(1);
    await whole();
  },

  "pages that sleeping workers hold come back when they are needed": async () => {
    await using _runtime = await webble.builder().workers(2).memory(8 * 2 ** 20).init();
    const results = Array.from({ length: 400 }, () => webble.spawnStealable((n: number) => "x".repeat(n), 16_000));
    for (const result of results) assertEquals((await result.recv()).length, 16_000);
    await sleep(20);
    assertEquals(await webble.spawn((text: string) => text.length, "y".repeat(6 * 2 ** 20)).recv(), 6 * 2 ** 20);
    await whole();
  },

  "results that find no room: OutOfMemoryError, never less": async () => {
    await using _runtime = await webble.builder().workers(1).memory(65_536).init();
    const tasks = Array.from({ length: 400 }, () => webble.spawnStealable(() => "x".repeat(250)));
    const outcomes = await Promise.allSettled(tasks.map((task) => task.recv()));
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") assertInstanceOf(outcome.reason, webble.OutOfMemoryError);
      else assertEquals(outcome.value.length, 250);
    }
    await whole();
  },

  "large closures do not fill the heap": async () => {
    await using _runtime = await webble.builder().workers(1).memory(2 ** 20).init();
    for (let i = 0; i < 100; i++) {
      const large = new Function(`return () => ${i} + "${"x".repeat(40_000)}".length`)() as () => number;
      assertEquals(await webble.spawn(large).recv(), 40_000 + i);
    }
    assertEquals(await webble.spawn((text: string) => text, "still there").recv(), "still there");
    await whole();
  },

  "tasks beyond the number of records go to the worker with the least load when they enter": {
    timeoutMs: 60_000,
    run: async () => {
      const TASKS = 300_000;
      for (const held of [0, 1]) {
        await using _runtime = await pool(2);
        const gates = [0, 1].map(() => new Int32Array(new SharedArrayBuffer(4)));
        const waiting = gates.map((gate) => webble.spawn((gate: Int32Array) => void Atomics.wait(gate, 0, 0), gate));
        const open = (seat: number) => {
          Atomics.store(gates[seat]!, 0, 1);
          Atomics.notify(gates[seat]!, 0);
        };
        const tasks = Array.from({ length: TASKS }, () => webble.spawn(() => {}));
        assert(webble.workerLoads()[held]! < TASKS / 4, `most wait at home: ${webble.workerLoads()}`);
        // The one that is held keeps what it was given before the records were used up; all others go to the other one.
        open(1 - held);
        const executed = () => webble.stats().workers.map((worker) => worker.executed);
        while (executed()[1 - held]! < TASKS * 3 / 4) await sleep(1);
        open(held);
        for (const task of [...waiting, ...tasks]) await task.recv();
        assertEquals(executed()[0]! + executed()[1]!, TASKS + 2);
        assert(executed()[held]! < TASKS / 4, `${executed()}, worker ${held} was held`);
        await whole();
      }
    },
  },

  "a module that never loads holds up nobody once its task is aborted": async (t) => {
    await using _runtime = await pool(1);
    const endless = webble.tasks<{ never(): void }>(t.url("endless.js"));
    const stuck = webble.spawn(endless.never);
    const behind = webble.spawn((n: number) => n, 1);
    await sleep(50);
    assertEquals(behind.tryRecv(), undefined);
    assert(stuck.abort());
    assertEquals(await behind.recv(), 1);
    await whole();
  },

  "timers go on behind pinned tasks that follow each other": async () => {
    await using _runtime = await pool(1);
    const worst = webble.spawn(async () => {
      let worst = 0;
      for (let i = 0; i < 40; i++) {
        const begun = performance.now();
        await new Promise((resolve) => setTimeout(resolve, 5));
        worst = Math.max(worst, performance.now() - begun);
      }
      return worst;
    });
    const spin = (ms: number) => {
      const end = performance.now() + ms;
      while (performance.now() < end);
    };
    for (let i = 0; i < 5000; i++) webble.spawn(() => {});
    const tasks = Array.from({ length: 60 }, () => webble.spawn(spin, 10));
    assert(await worst.recv() < 300, "no timer waited for all of them");
    for (const task of tasks) await task.recv();
    await whole();
  },

  "ten thousand yields at once": async () => {
    await using _runtime = await pool(1);
    await Promise.all(Array.from({ length: 10_000 }, () => webble.yieldNow()));
    await webble.spawn(async () => {
      await Promise.all(Array.from({ length: 10_000 }, () => webble.yieldNow()));
    }).recv();
    await whole();
  },

  "aborting a handle where it was received aborts the task": async () => {
    await using _runtime = await pool(2);
    const task = webble.spawn(() => new Promise((resolve) => setTimeout(resolve, 5000, "too late")));
    const there = await webble.spawn(async (task: webble.WorkerHandle<unknown>) => {
      const changed = task.abort("from there");
      return [changed, await task.recv().catch((error: Error) => error.name)];
    }, task).recv();
    assertEquals(there, [true, "AbortError"]);
    const error = await assertRejects(() => task.recv(), webble.AbortError);
    assertEquals(error.name, "AbortError");
  },

  "one task's handle sent twice, and back, keeps its outcome apart": async () => {
    await using _runtime = await pool(2);
    const task = webble.spawn(() => 5);
    const sum = await webble.spawn(
      async (a: webble.WorkerHandle<number>, b: webble.WorkerHandle<number>) => await a.recv() + await b.recv(),
      task,
      task,
    ).recv();
    assertEquals(sum, 10);
    const back = await webble.spawn((task: webble.WorkerHandle<number>) => task, task).recv();
    assertEquals(task.checkRelease(), 5);
    assertEquals(await back.recv(), 5);
    await whole();
  },

  "the glue may use the API while it is imported": async (t) => {
    await using _runtime = await webble.builder().workers(2).gluePath(await t.bundle("eager_glue.ts")).init();
    const glue = webble.tasks<typeof import("../fixtures/eager_glue.ts")>();
    assertEquals(await webble.spawn(glue.early).recv(), 42);
  },

  "a worker script that does not import the library: InitError": {
    timeoutMs: 30_000,
    run: async (t) => {
      const error = await assertRejects(
        () => webble.builder().workers(1).workerUrl(t.url("answer.js")).init(),
        webble.InitError,
      );
      assertStringIncludes(error.message, "answer.js");
      assertStringIncludes(error.message, "has not imported this library");
    },
  },
});
