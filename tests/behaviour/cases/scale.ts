/**
 * Many tasks, many workers: nothing is lost, nothing stays behind.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases, type Terms } from "../../harness/case.ts";

const COUNT = 100_000;
const SUM = COUNT * (COUNT - 1) / 2;

function onWorkers(workers: number): Terms {
  return {
    timeoutMs: 120_000,
    run: async () => {
      await using _runtime = await webble.builder().workers(workers).init();
      for (const spawn of [webble.spawnStealable, webble.spawn]) {
        const tasks = Array.from({ length: COUNT }, (_, i) => spawn((i: number) => i, i));
        let sum = 0;
        for (const task of tasks) sum += await task.recv();
        assertEquals(sum, SUM);
      }
      for (const track of ["stealable", "pinned"]) {
        const inside = webble.spawn(
          async (count: number, track: string) => {
            const spawn = track === "pinned" ? webble.spawn : webble.spawnStealable;
            const tasks = Array.from({ length: count }, (_, i) => spawn((i: number) => i, i));
            const results = await Promise.all(tasks.map((task) => task.recv()));
            return results.reduce((a, b) => a + b);
          },
          COUNT,
          track,
        );
        assertEquals(await inside.recv(), SUM);
      }
      await settled();
    },
  };
}

/** All records are home, all memory is back. */
async function settled(): Promise<void> {
  const end = performance.now() + 10_000;
  while (webble.stats().tasks.live > 0 && performance.now() < end) await webble.yieldNow();
  assertEquals(webble.stats().tasks, { live: 0, waiting: 0 });
  assertEquals(webble.stats().heap.used, 0);
  assert(webble.workerLoads().every((load) => load === 0));
}

/** The cases. */
export const scale: Case[] = cases("scale", {
  "100,000 tasks from main and from a worker, both tracks, 1 worker": onWorkers(1),
  "100,000 tasks from main and from a worker, both tracks, 2 workers": onWorkers(2),
  "100,000 tasks from main and from a worker, both tracks, 3 workers": onWorkers(3),
  "100,000 tasks from main and from a worker, both tracks, 8 workers": onWorkers(8),
  "100,000 tasks from main and from a worker, both tracks, 32 workers": onWorkers(32),

  "tasks that all await one that was spawned after them go on, however many wait for their turn": {
    timeoutMs: 60_000,
    run: async () => {
      await using _runtime = await webble.builder().workers(1).init();
      const run = (waits: number) => {
        const gate = () => {
          const scope = globalThis as { gate?: PromiseWithResolvers<void> };
          return (scope.gate ??= Promise.withResolvers<void>()).promise;
        };
        const open = () => {
          const scope = globalThis as { gate?: PromiseWithResolvers<void> };
          scope.gate!.resolve();
          delete scope.gate;
        };
        const tasks = Array.from({ length: waits }, () => webble.spawn(gate));
        tasks.push(webble.spawn(open));
        return Promise.all(tasks.map((task) => task.recv())).then((all) => all.length);
      };
      // A thread has records for 131,072.
      assertEquals(await run(131_100), 131_101);
      assertEquals(await webble.spawn(run, 131_100).recv(), 131_101);
      await settled();
    },
  },

  "a million no-ops spawned in one turn, from main and from a worker": {
    timeoutMs: 180_000,
    run: async () => {
      await using _runtime = await webble.builder().workers(2).init();
      const million = 1_000_000;
      {
        const tasks = Array.from({ length: million }, () => webble.spawnStealable(() => {}));
        for (const task of tasks) await task.recv();
      }
      await settled();
      const count = await webble.spawn(async (count: number) => {
        const tasks = Array.from({ length: count }, () => webble.spawnStealable(() => {}));
        let settled = 0;
        for (const task of tasks) {
          await task.recv();
          settled++;
        }
        return settled;
      }, million).recv();
      assertEquals(count, million);
      await settled();
    },
  },

  "tasks that wait for tasks do not starve for records": {
    timeoutMs: 120_000,
    run: async () => {
      await using _runtime = await webble.builder().workers(1).init();
      // All parents start before any child can; together they need more records than a thread takes.
      const sum = await webble.spawn(async () => {
        const parents = Array.from(
          { length: 140_000 },
          () => webble.spawnStealable(async () => await webble.spawn(() => 1).recv()),
        );
        let sum = 0;
        for (const parent of parents) sum += await parent.recv();
        return sum;
      }).recv();
      assertEquals(sum, 140_000);
    },
  },

  "skewed work is shared out": async () => {
    await using _runtime = await webble.builder().workers(2).init();
    // Two at a time: the first to arrive blocks its worker, whatever that has at hand, until the other worker brings one.
    const meet = (ms: number, arrived: Int32Array) => {
      const end = performance.now() + ms;
      while (performance.now() < end);
      const place = Atomics.add(arrived, 0, 1);
      if (place % 2 === 0) return Atomics.wait(arrived, 0, place + 1, 10_000) !== "timed-out";
      Atomics.notify(arrived, 0);
      return true;
    };
    const arrived = new Int32Array(new SharedArrayBuffer(4));
    const tasks = [25, 1].flatMap((ms) => Array.from({ length: 20 }, () => webble.spawnStealable(meet, ms, arrived)));
    assertEquals(await Promise.all(tasks.map((task) => task.recv())), Array(40).fill(true));
    assertEquals(webble.stats().workers.map((worker) => worker.executed), [20, 20]);
  },
});
