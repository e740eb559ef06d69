/**
 * Workers that die at an awkward moment: while main is blocked, while main runs something for them, in the middle of an
 * import.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { loss, quietly, whole } from "./death.ts";

const pool = (workers: number) => webble.builder().workers(workers).init();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The cases. */
export const deathAmid: Case[] = cases("death", {
  "while main is blocked: the others go on, and main learns of it after": () =>
    quietly(async () => {
      await using _runtime = await pool(3);
      const other = webble.spawn(async () => {
        let rounds = 0;
        for (const end = performance.now() + 200; performance.now() < end; rounds++) {
          await webble.spawnStealable((n: number) => n, rounds).recv();
        }
        return rounds;
      });
      const dying = webble.spawn(async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        for (let i = 0; i < 100; i++) webble.spawnStealable(() => {});
        self.close();
        return await new Promise<never>(() => {});
      });
      // Away for half a second, but for looks at a handle.
      let rounds: number | undefined;
      for (const end = performance.now() + 500; performance.now() < end;) rounds ??= other.tryRecv();
      assert(rounds !== undefined && rounds > 10, `${rounds} rounds`);
      assertEquals(dying.finished, false);
      await loss(dying);
      await whole(3);
    }),

  "during a call to main: the call ends, and nothing is left": () =>
    quietly(async () => {
      await using _runtime = await pool(2);
      const counters = globalThis as { calls?: number };
      counters.calls = 0;
      for (let round = 0; round < 3; round++) {
        const dying = webble.spawn(async () => {
          const slow = webble.onMain(async (text: string) => {
            await new Promise((resolve) => setTimeout(resolve, 400));
            (globalThis as { calls?: number }).calls!++;
            return text;
          }, "x".repeat(5000));
          // These come in while main is busy with the first.
          for (let i = 0; i < 50; i++) {
            webble.onMain((text: string) => {
              for (const end = performance.now() + 0.5; performance.now() < end;);
              (globalThis as { calls?: number }).calls!++;
              return text;
            }, "y".repeat(500));
          }
          await new Promise((resolve) => setTimeout(resolve, 10));
          self.close();
          return await slow.recv();
        });
        await loss(dying);
        await whole(2);
      }
      assertEquals(counters.calls, 3 * 51);
      delete counters.calls;
    }),

  "with what it had posted to another worker: that one goes on": {
    timeoutMs: 30_000,
    run: () =>
      quietly(async () => {
        await using _runtime = await pool(2);
        const flags = new Int32Array(new SharedArrayBuffer(8));
        const dying = webble.spawn((flags: Int32Array) => {
          Atomics.store(flags, 0, 1);
          while (Atomics.load(flags, 1) === 0);
          for (let i = 0; i < 3; i++) {
            webble.spawn((buffer: ArrayBuffer) => buffer.byteLength, webble.transfer(new ArrayBuffer(8)));
          }
          for (const end = performance.now() + 300; performance.now() < end;);
        }, flags);
        dying.recv().catch(() => {});
        while (Atomics.load(flags, 0) === 0) await sleep(2);
        dying.abort("late", { force: true });
        for (const end = performance.now() + 50; performance.now() < end;);
        // It posts by way of main, which is busy, and then gives it up.
        Atomics.store(flags, 1, 1);
        for (const end = performance.now() + 100; performance.now() < end;);
        await whole(2);
      }),
  },

  "with tasks that it had posted, and that wait their turn elsewhere: all of them run": {
    timeoutMs: 30_000,
    run: () =>
      quietly(async () => {
        await using _runtime = await pool(2);
        const ran = new Int32Array(new SharedArrayBuffer(4));
        const dying = webble.spawn((ran: Int32Array) => {
          for (let i = 0; i < 60; i++) {
            webble.spawn((ran: Int32Array) => {
              for (const end = performance.now() + 120; performance.now() < end;);
              Atomics.add(ran, 0, 1);
            }, ran);
          }
          const loads = webble.workerLoads();
          setTimeout(() => self.close(), 100);
          return loads;
        }, ran);
        // Those of the other worker take longer than the dead one's estate waits for a parcel.
        const least = Math.min(...await dying.recv());
        assert(least >= 29);
        for (const end = performance.now() + 10_000; ran[0]! < least && performance.now() < end;) await sleep(20);
        assert(ran[0]! >= least, `${ran[0]} of ${least} ran`);
        await whole(2);
      }),
  },

  "during the import of a task's module": (t) =>
    quietly(async () => {
      await using _runtime = await pool(2);
      const module = webble.tasks<{ never(): void }>(t.url("closes.js"));
      for (const spawn of [webble.spawn, webble.spawnStealable]) {
        const waiting = webble.spawn(() => new Promise((resolve) => setTimeout(resolve, 500, webble.threadId())));
        const [error] = await loss(spawn(module.never));
        assert(error.message.includes("self.close()"), error.message);
        // It may be the one that waits for its turn on the same worker.
        await waiting.recv().catch((error: unknown) => assert(error instanceof webble.WorkerLostError));
        await whole(2);
      }
    }),

  "with the handle of a task that goes on for ever: its number comes back, and the task is not aborted": {
    timeoutMs: 30_000,
    run: () =>
      quietly(async () => {
        await using _runtime = await pool(2);
        const endless = webble.spawn(async () => {
          const { signal } = webble.context();
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        });
        const home = await webble.spawn(() => webble.threadId()).recv();
        assertEquals(home, 1);
        // More often than a seat has numbers.
        for (let round = 0; round < 6; round++) {
          const task = webble.spawn(async (endless: webble.WorkerHandle<unknown>) => {
            const waiting = endless.recv();
            await new Promise((resolve) => setTimeout(resolve, 5));
            self.close();
            return await waiting;
          }, endless);
          await assertRejects(() => task.recv(), webble.WorkerLostError);
          let thread: unknown;
          for (const end = performance.now() + 3000; thread !== 1 && performance.now() < end;) {
            thread = await webble.spawn(() => webble.threadId()).recv().catch(() => undefined);
            await sleep(5);
          }
          assertEquals(thread, 1, `in round ${round} the worker is there again`);
        }
        assertEquals(endless.finished, false);
        assert(endless.abort());
        await whole(2);
      }),
  },
});
