/**
 * Aborting tasks.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";

const pool = (workers: number) => webble.builder().workers(workers).init();

/** A task that loops until it is aborted, or for five seconds. */
const untilAborted = () => {
  const context = webble.context();
  const end = Date.now() + 5000;
  while (!context.aborted && Date.now() < end);
  (globalThis as { sawAbort?: boolean }).sawAbort = context.aborted;
};

/** The cases. */
export const abort: Case[] = cases("abort", {
  "a task that was aborted before it started is no load, and does not wait": async () => {
    await using _runtime = await pool(2);
    const busy = () => {
      for (const end = performance.now() + 150; performance.now() < end;);
    };
    const blocking = [webble.spawn(busy), webble.spawn(busy)];
    // Else a worker may take a stealable task before it has seen that it is to be busy.
    while (webble.numTasksWaiting() > 0);
    const pinned = Array.from({ length: 6 }, () => webble.spawn(() => 1));
    const stealable = Array.from({ length: 6 }, () => webble.spawnStealable(() => 1));
    assertEquals([webble.workerLoads(), webble.numTasksWaiting()], [[4, 4], 12]);
    for (const task of [...pinned, ...stealable]) assertEquals(task.abort(), true);
    assertEquals([webble.workerLoads(), webble.numTasksWaiting()], [[1, 1], 0]);
    await Promise.all(blocking.map((task) => task.recv()));
    for (const task of [...pinned, ...stealable]) await assertRejects(() => task.recv(), webble.AbortError);
    while (webble.stats().tasks.live > 0) await webble.yieldNow();
    assertEquals([webble.workerLoads(), webble.numTasksWaiting()], [[0, 0], 0]);
  },

  "a task that has not started never runs": async () => {
    await using _runtime = await pool(1);
    const busy = webble.spawn(untilAborted);
    while (webble.numTasksWaiting() > 0);
    const mark = () => {
      (globalThis as { ran?: boolean }).ran = true;
    };
    for (const task of [webble.spawn(mark), webble.spawnStealable(mark)]) {
      assertEquals(task.abort("not needed"), true);
      assertEquals(task.abort(), false);
      const error = await assertRejects(() => task.recv(), webble.AbortError, `Task ${task.id}`);
      assertEquals(error.cause, "not needed");
    }
    busy.abort();
    await assertRejects(() => busy.recv(), webble.AbortError);
    assertEquals(await webble.spawn(() => (globalThis as { ran?: boolean }).ran).recv(), undefined);
    assertEquals(webble.workerLoads(), [0]);
  },

  "a loop that never yields sees it at once": async () => {
    await using _runtime = await pool(1);
    const task = webble.spawn(untilAborted);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assertEquals(task.abort(), true);
    await assertRejects(() => task.recv(), webble.AbortError);
    assertEquals(await webble.spawn(() => (globalThis as { sawAbort?: boolean }).sawAbort).recv(), true);
  },

  "the signal fires at the worker's next turn, with the reason": async () => {
    await using _runtime = await pool(1);
    const log = webble.spawn(async () => {
      const { signal } = webble.context();
      const reason = await new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(signal.reason));
        setTimeout(resolve, 5000, "too late");
      });
      (globalThis as { reason?: unknown }).reason = reason;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    log.abort({ why: ["stop"] });
    const error = await assertRejects(() => log.recv(), webble.AbortError);
    assertEquals(error.cause, { why: ["stop"] });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assertEquals(await webble.spawn(() => (globalThis as { reason?: unknown }).reason).recv(), { why: ["stop"] });
  },

  "a context's signal fires when it was aborted before anybody asked": async () => {
    await using _runtime = await pool(1);
    const task = webble.spawn(async () => {
      const context = webble.context();
      while (!context.aborted) await webble.yieldNow();
      (globalThis as { fired?: boolean }).fired = context.signal.aborted;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    task.abort();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assertEquals(await webble.spawn(() => (globalThis as { fired?: boolean }).fired).recv(), true);
    await assertRejects(() => task.recv(), webble.AbortError);
  },

  "a task that has ended is not aborted": async () => {
    await using _runtime = await pool(1);
    const task = webble.spawn(() => 5);
    await task.recv();
    assertEquals(task.abort(), false);
    assertEquals(task.tryRecv(), 5);
    const context = await webble.spawn(() => {
      const context = webble.context();
      setTimeout(() => (globalThis as { after?: unknown }).after = [context.aborted, context.signal.aborted], 10);
      return context.aborted;
    }).recv();
    assertEquals(context, false);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assertEquals(await webble.spawn(() => (globalThis as { after?: unknown }).after).recv(), [false, false]);
  },

  "an abort from inside a task, and of a task that waits for a record": async () => {
    await using _runtime = await pool(2);
    const outcome = await webble.spawn(async () => {
      const task = webble.spawnStealable(() => new Promise<void>((resolve) => setTimeout(resolve, 500)));
      const changed = task.abort(new Error("from a worker"));
      const error = await task.recv().catch((error: Error) => error);
      return [changed, (error as Error).name, ((error as Error).cause as Error).message];
    }).recv();
    assertEquals(outcome, [true, "AbortError", "from a worker"]);

    // No record comes back while no worker runs anything else.
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const busy = [0, 1].map(() =>
      webble.spawn((flag: Int32Array) => {
        while (Atomics.load(flag, 0) === 0);
      }, flag)
    );
    const tasks = Array.from({ length: 140_000 }, (_, i) => webble.spawnStealable((i: number) => i, i));
    const last = tasks.at(-1)!;
    assert(last.abort());
    await assertRejects(() => last.recv(), webble.AbortError);
    Atomics.store(flag, 0, 1);
    for (const task of busy) await task.recv();
    for (const task of tasks.slice(0, -1)) await task.recv();
    // The first one runs to its end.
    while (webble.stats().tasks.live > 0) await webble.yieldNow();
    assertEquals(webble.stats().tasks, { live: 0, waiting: 0 });
  },

  "many aborts at random moments settle every handle once": {
    timeoutMs: 60_000,
    run: async () => {
      await using _runtime = await pool(2);
      let aborted = 0;
      let done = 0;
      for (let round = 0; round < 50; round++) {
        const tasks = Array.from(
          { length: 200 },
          (_, i) =>
            i % 2 === 0 ? webble.spawnStealable((i: number) => i, i) : webble.spawn(async (i: number) => {
              await webble.yieldNow();
              return i;
            }, i),
        );
        if (round % 2 === 0) await webble.yieldNow();
        const changed = tasks.map((task, i) => i % 3 === 0 && task.abort({ i }));
        for (const [i, task] of tasks.entries()) {
          const outcome = await task.recv().then((value) => ({ value }), (error: unknown) => ({ error }));
          if (changed[i]) {
            assert("error" in outcome);
            assertInstanceOf(outcome.error, webble.AbortError);
            aborted++;
          } else {
            assert("value" in outcome);
            assertEquals(outcome.value, i);
            done++;
          }
        }
      }
      assertEquals(aborted + done, 10_000);
      const end = performance.now() + 5000;
      while (webble.stats().tasks.live > 0 && performance.now() < end) await webble.yieldNow();
      assertEquals(webble.stats().tasks, { live: 0, waiting: 0 });
      assertEquals(webble.stats().heap.used, 0);
      assertEquals(webble.workerLoads(), [0, 0]);
    },
  },

  "a reason that cannot be sent stays what it was": async () => {
    await using _runtime = await webble.builder().workers(1).init();
    const [sender, receiver] = webble.channel.spsc<number>(64).split();
    const { port1, port2 } = new MessageChannel();
    const buffer = webble.transfer(new ArrayBuffer(8));
    const other = webble.spawn(() => 3);
    for (const reason of [sender, [sender, port1], [webble.transfer(port1)], [buffer, port1], { other, port1 }]) {
      const task = webble.spawn(() => new Promise<never>(() => {}));
      assertEquals(task.abort(reason), true);
      const error = await assertRejects(() => task.recv(), webble.AbortError);
      assertStrictEquals(error.cause, reason);
    }
    sender.send(1);
    assertEquals(receiver.tryRecv(), 1);
    assertEquals(buffer.byteLength, 8);
    assertEquals(await other.recv(), 3);
    const heard = new Promise((resolve) => port2.onmessage = ({ data }) => resolve(data));
    port1.postMessage("here");
    assertEquals(await heard, "here");
    port1.close();
    port2.close();
  },

  "the reason itself is what the error carries": async () => {
    await using _runtime = await pool(1);
    const reason = { toString: () => "cannot cross threads" };
    const task = webble.spawn(() => new Promise<void>(() => {}));
    task.abort(reason);
    const error = await assertRejects(() => task.recv(), webble.AbortError);
    assertStrictEquals(error.cause, reason);
  },
});
