/**
 * How the runtime starts, ends, and starts again.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { giveUpAmid } from "./death.ts";

const add = (a: number, b: number) => a + b;

/** Calls a method that blocks, and says in `seen` what ended that: 2 for `ShutdownError`. */
function blockIn(seen: Int32Array, on: unknown, method: string, ...args: unknown[]): void {
  Atomics.store(seen, 0, 1);
  try {
    (on as Record<string, (...args: unknown[]) => unknown>)[method]!(...args);
    Atomics.store(seen, 0, 3);
  } catch (error) {
    Atomics.store(seen, 0, (error as Error).name === "ShutdownError" ? 2 : 4);
  }
}

/** Shuts the runtime down while its worker blocks, and gives what that one said. */
async function shutDownAmid(task: (seen: Int32Array) => webble.WorkerHandle<void>): Promise<number> {
  await webble.builder().workers(1).init();
  const seen = new Int32Array(new SharedArrayBuffer(4));
  const ended = assertRejects(() => task(seen).recv(), webble.ShutdownError);
  while (Atomics.load(seen, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  // Past the looks that come before the sleep.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await webble.shutdown();
  await ended;
  const end = performance.now() + 1000;
  while (Atomics.load(seen, 0) === 1 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 1));
  return Atomics.load(seen, 0);
}

/** The cases. */
export const lifecycle: Case[] = cases("lifecycle", {
  "goes from uninit or shutdown to running to shutdown": async () => {
    assert(["uninit", "shutdown"].includes(webble.lifecycle()));
    assertEquals(webble.numWorkers(), 0);
    assertEquals(webble.threadId(), undefined);
    const runtime = await webble.builder().workers(2).init();
    assertEquals(webble.lifecycle(), "running");
    assertEquals(webble.numWorkers(), 2);
    assertEquals(webble.threadId(), "main");
    assertEquals(webble.isShutdown(), false);
    await runtime[Symbol.asyncDispose]();
    assertEquals(webble.lifecycle(), "shutdown");
    assertEquals(webble.isShutdown(), true);
    assertEquals(webble.numWorkers(), 0);
    assertEquals(webble.threadId(), undefined);
  },

  "tasks can be spawned before init has resolved": async () => {
    const starting = webble.builder().workers(2).init();
    const early = [webble.spawn(add, 1, 2), webble.spawnStealable(add, 3, 4)];
    await using _runtime = await starting;
    assertEquals(await Promise.all(early.map((task) => task.recv())), [3, 7]);
  },

  "init twice, at once and in sequence, rejects and disturbs nothing": async () => {
    const first = webble.builder().workers(1).init();
    const atOnce = await assertRejects(() => webble.builder().workers(2).init(), webble.LifecycleError);
    assertStringIncludes(atOnce.message, "shutdown()");
    await using _runtime = await first;
    await assertRejects(() => webble.builder().init(), webble.LifecycleError, "is running");
    assertEquals(webble.numWorkers(), 1);
    assertEquals(await webble.spawn(add, 1, 2).recv(), 3);
  },

  "a restart without a worker count keeps the last one": async () => {
    await (await webble.builder().workers(3).init())[Symbol.asyncDispose]();
    await using _runtime = await webble.builder().init();
    assertEquals(webble.numWorkers(), 3);
  },

  "spawn after shutdown throws LifecycleError with the state": async () => {
    await (await webble.builder().workers(1).init())[Symbol.asyncDispose]();
    for (const spawn of [webble.spawn, webble.spawnStealable, webble.onMain]) {
      const error = assertThrows(() => spawn(add, 1, 2), webble.LifecycleError);
      assertStringIncludes(error.message, "'shutdown'");
    }
    assertThrows(() => webble.context(), webble.LifecycleError);
  },

  "worker counts other than integers from 1 to 32 are refused": () => {
    for (const count of [0, 33, 1.5, NaN, -1, Infinity]) {
      const error = assertThrows(() => webble.builder().workers(count), RangeError);
      assertStringIncludes(error.message, `'workers' must be an integer from 1 to 32: received ${count}`);
    }
    // @ts-expect-error a string is not a count
    assertThrows(() => webble.builder().workers("2"), TypeError);
    for (const bytes of [0, 100, NaN, -1, 2 ** 50]) assertThrows(() => webble.builder().memory(bytes), RangeError);
  },

  "wasm() is reserved, and says what does it meanwhile": () => {
    assertThrows(() => webble.builder().wasm({}), webble.WebbleError, "gluePath");
  },

  "shutdown when not running resolves at once": async () => {
    await webble.shutdown();
    await webble.shutdown();
    assert(webble.lifecycle() !== "running");
  },

  "shutdown settles every pending handle with ShutdownError": async () => {
    await webble.builder().workers(2).init();
    const forever = webble.spawn(() => new Promise<number>(() => {}));
    const unlooked = webble.spawn(() => new Promise<number>(() => {}));
    const waiting = Array.from({ length: 10 }, () => webble.spawnStealable(() => new Promise<number>(() => {})));
    const settled = Promise.allSettled([forever, ...waiting].map((task) => task.recv()));
    await webble.shutdown();
    for (const outcome of await settled) {
      assert(outcome.status === "rejected");
      assertInstanceOf(outcome.reason, webble.ShutdownError);
    }
    assertThrows(() => unlooked.tryRecv(), webble.ShutdownError);
  },

  "shutdown does not hang on a task that loops": {
    timeoutMs: 20_000,
    run: async () => {
      await webble.builder().workers(1).init();
      const over = new Int32Array(new SharedArrayBuffer(4));
      const looping = webble.spawn((over: Int32Array<SharedArrayBuffer>) => {
        const end = Date.now() + 3000;
        while (Date.now() < end);
        Atomics.store(over, 0, 1);
      }, over);
      const outcome = looping.recv().catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await webble.shutdown();
      assertEquals(Atomics.load(over, 0), 0, "shutdown did not wait for the loop");
      assertInstanceOf(await outcome, webble.ShutdownError);
      // The ghost of that worker spins on; the next run is none the worse.
      await using _runtime = await webble.builder().workers(2).init();
      assertEquals(await webble.spawn(add, 20, 22).recv(), 42);
    },
  },

  "shutdown waits for a worker's last task, though one that had its seat left before": async () => {
    const runtime = await webble.builder().workers(1).init();
    await giveUpAmid(400);
    await new Promise((resolve) => setTimeout(resolve, 800));
    const flags = new Int32Array(new SharedArrayBuffer(4));
    const last = webble.spawn((flags: Int32Array) => {
      Atomics.store(flags, 0, 1);
      for (const end = performance.now() + 50; performance.now() < end;);
      Atomics.store(flags, 0, 2);
    }, flags);
    while (Atomics.load(flags, 0) === 0) await webble.yieldNow();
    await Promise.all([runtime[Symbol.asyncDispose](), last.recv().catch(() => {})]);
    assertEquals(flags[0], 2);
  },

  "shutdown() throws ShutdownError into workers that block in a channel": async () => {
    const [sender, receiver] = webble.channel.spsc<number>(64).split();
    assertEquals(await shutDownAmid((seen) => webble.spawn(blockIn, seen, receiver, "recv")), 2);
    const [full, drain] = webble.channel.mpsc<number>(2);
    while (full.trySend(1));
    assertEquals(await shutDownAmid((seen) => webble.spawn(blockIn, seen, full, "sendSync", 2)), 2);
    assertEquals([1, 2, 3].map(() => drain.tryRecv()), [1, 1, undefined], "what was not sent never comes");
    const [other, awaited] = webble.channel.spsc<number>(64).split();
    const inExecutor = (seen: Int32Array, receiver: webble.channel.Receiver<number>) => {
      Atomics.store(seen, 0, 1);
      try {
        (globalThis as unknown as { webble: typeof webble }).webble.executor.blockOn(() => receiver);
      } catch (error) {
        Atomics.store(seen, 0, (error as Error).name === "ShutdownError" ? 2 : 4);
      }
    };
    assertEquals(await shutDownAmid((seen) => webble.spawn(inExecutor, seen, awaited)), 2);
    for (const end of [sender, full, other]) end.close();
  },

  "shutdown() throws ShutdownError into workers that block in a lock, which is none the worse": async () => {
    const { Mutex, RwLock, Semaphore, Barrier, Condvar } = webble.channel;
    const mutex = new Mutex(1);
    {
      using _guard = await mutex.lock();
      assertEquals(await shutDownAmid((seen) => webble.spawn(blockIn, seen, mutex, "lockSync")), 2);
    }
    mutex.tryLock()!.release();
    const rwlock = new RwLock(1);
    {
      using _guard = await rwlock.read();
      assertEquals(await shutDownAmid((seen) => webble.spawn(blockIn, seen, rwlock, "writeSync")), 2);
      // No writer waits any more.
      rwlock.tryRead()!.release();
    }
    rwlock.tryWrite()!.release();
    const semaphore = new Semaphore(2);
    {
      using _permit = await semaphore.acquire();
      assertEquals(await shutDownAmid((seen) => webble.spawn(blockIn, seen, semaphore, "acquireSync", 2)), 2);
    }
    assertEquals(semaphore.available, 2);
    const barrier = new Barrier(2);
    assertEquals(await shutDownAmid((seen) => webble.spawn(blockIn, seen, barrier, "waitSync")), 2);
    // That arrival does not count.
    assertEquals(await Promise.all([barrier.wait(), barrier.wait()]), [false, true]);
    const condvar = new Condvar();
    const waits = (seen: Int32Array, condvar: webble.channel.Condvar, mutex: webble.channel.Mutex<number>) => {
      try {
        using guard = mutex.lockSync();
        Atomics.store(seen, 0, 1);
        condvar.waitSync(guard);
      } catch (error) {
        Atomics.store(seen, 0, (error as Error).name === "ShutdownError" ? 2 : 4);
      }
    };
    assertEquals(await shutDownAmid((seen) => webble.spawn(waits, seen, condvar, mutex)), 2);
    assertEquals(condvar.notifyOne(), false);
    mutex.tryLock()!.release();
  },

  "fifty restarts compute right": {
    timeoutMs: 60_000,
    run: async () => {
      for (let i = 0; i < 50; i++) {
        await using _runtime = await webble.builder().workers(2).init();
        assertEquals(await webble.spawn(add, i, 1).recv(), i + 1);
        assertEquals(await webble.spawnStealable(add, i, 2).recv(), i + 2);
        assertEquals(await webble.spawn((text: string) => text + "!", `run ${i}`).recv(), `run ${i}!`);
      }
    },
  },

  "a glue module that is missing, throws or is no JavaScript: InitError, and a retry works": async (t) => {
    for (const glue of [t.url("missing.js"), t.url("throws.js"), "data:text/javascript,export const = ;"]) {
      const error = await assertRejects(
        () => webble.builder().workers(2).gluePath(glue).init(),
        webble.InitError,
      );
      assertStringIncludes(error.message, "worker ");
      assertStringIncludes(error.message, new URL(glue).href);
      assert(error.cause instanceof Error, "it has a cause");
      if (glue.endsWith("throws.js")) assertStringIncludes(error.cause.stack!, "throws.js:1:", "where it was thrown");
      assert(webble.lifecycle() !== "running");
    }
    await using _runtime = await webble.builder().workers(2).gluePath(t.url("tasks.js")).init();
    assertEquals(await webble.spawn(add, 1, 1).recv(), 2);
  },

  "what was spawned before a failed init settles": async (t) => {
    const starting = webble.builder().workers(1).gluePath(t.url("missing.js")).init();
    const early = webble.spawn(add, 1, 2).recv().catch((error: unknown) => error);
    await assertRejects(() => starting, webble.InitError);
    const outcome = await early;
    assertInstanceOf(outcome, webble.ShutdownError);
    assertInstanceOf(outcome.cause, webble.InitError);
  },

  "a worker script that is a 404: InitError with its URL": async (t) => {
    const error = await assertRejects(
      () => webble.builder().workers(1).workerUrl(t.url("no_such_worker.js")).init(),
      webble.InitError,
    );
    assertStringIncludes(error.message, "no_such_worker.js");
    await using _runtime = await webble.builder().workers(1).init();
    assertEquals(await webble.spawn(add, 1, 1).recv(), 2);
  },

  "a worker script of the user's own only has to import the library": async (t) => {
    await using _runtime = await webble.builder().workers(2).workerUrl(await t.bundle("own_worker.ts")).init();
    assertEquals(await webble.spawn(add, 1, 1).recv(), 2);
    assertEquals(await webble.spawn(() => (globalThis as { mark?: string }).mark).recv(), "own worker");
  },

  "a disposed run does not end a later one": async () => {
    const first = await webble.builder().workers(1).init();
    await webble.shutdown();
    await using _second = await webble.builder().workers(1).init();
    await first[Symbol.asyncDispose]();
    assertEquals(webble.lifecycle(), "running");
  },

  "figures are there while it runs, and zero otherwise": async () => {
    assertEquals(webble.stats(), { workers: [], tasks: { live: 0, waiting: 0 }, heap: { used: 0, peak: 0, size: 0 } });
    assertEquals(webble.workerLoads(), []);
    assertEquals(webble.idleSnapshot(), 0);
    await using _runtime = await webble.builder().workers(2).memory(2 ** 20).init();
    const begun = webble.spawn(() => new Promise((resolve) => setTimeout(resolve, 50)));
    assertEquals(webble.workerLoads(), [1, 0]);
    assertEquals(webble.stats().tasks.live, 1);
    await begun.recv();
    assertEquals(webble.workerLoads(), [0, 0]);
    assertEquals(webble.stats().tasks, { live: 0, waiting: 0 });
    assertEquals(webble.stats().heap.size, 2 ** 20);
    assertEquals(webble.stats().workers[0]!.executed, 1);
    assertEquals(webble.numTasksWaiting(), 0);
    const end = performance.now() + 5000;
    while (webble.idleSnapshot() !== 0b11 && performance.now() < end) await webble.yieldNow();
    assertEquals(webble.idleSnapshot(), 0b11);
  },
});
