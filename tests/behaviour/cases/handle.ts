/**
 * Handles: looking, waiting, taking, sending, dropping.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { unhandled } from "../../harness/rejections.ts";

const pool = (workers: number) => webble.builder().workers(workers).init();
const add = (a: number, b: number) => a + b;

/** The cases. */
export const handle: Case[] = cases("handle", {
  "a tryRecv() loop on main sees the result in the same turn": async () => {
    await using _runtime = await pool(1);
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    for (const spawn of [webble.spawn, webble.spawnStealable]) {
      const task = spawn(add, 40, 2);
      const end = performance.now() + 5000;
      let seen: number | undefined;
      while ((seen = task.tryRecv()) === undefined && performance.now() < end);
      assertEquals(seen, 42);
      assertEquals(task.tryRecv(), 42);
    }
    assertEquals(turns, 0);
    clearInterval(timer);
  },

  "a tryRecv() loop in a worker sees the result in the same turn": async () => {
    await using _runtime = await pool(2);
    const seen = await webble.spawn(() => {
      const task = webble.spawnStealable((a: number, b: number) => a + b, 40, 2);
      const end = performance.now() + 5000;
      let seen: number | undefined;
      while ((seen = task.tryRecv()) === undefined && performance.now() < end);
      return seen;
    }).recv();
    assertEquals(seen, 42);
  },

  "a tryRecv() loop sees what another task makes of a handle of the looping thread": async () => {
    await using _runtime = await pool(2);
    const story = async (): Promise<string> => {
      const within = <T>(task: webble.WorkerHandle<T>) => {
        const end = performance.now() + 5000;
        let seen: T | undefined;
        while ((seen = task.tryRecv()) === undefined && performance.now() < end);
        return seen;
      };
      const first = webble.spawnStealable(() => 40);
      await first.recv();
      const settled = within(webble.spawnStealable(async (first: typeof given) => await first.recv() + 2, first));
      const given = webble.spawnStealable((ms: number) => {
        for (const end = performance.now() + ms; performance.now() < end;);
        return 1;
      }, 20);
      const pending = within(webble.spawnStealable(async (given: typeof first) => await given.recv() + 1, given));
      const failing = webble.spawnStealable((): number => {
        throw new Error("on purpose");
      });
      const failed = within(webble.spawnStealable(
        (failing: typeof first) => failing.recv().catch((error: Error) => error.message),
        failing,
      ));
      return `${settled} ${pending} ${failed}`;
    };
    assertEquals(await story(), "42 2 on purpose");
    assertEquals(await webble.spawn(story).recv(), "42 2 on purpose");
  },

  "a task that is given thousands of pending handles gets them all": async () => {
    await using _runtime = await pool(2);
    const pending = Array.from(
      { length: 4000 },
      (_, i) => webble.spawn((i: number) => new Promise<number>((resolve) => setTimeout(resolve, 300, i)), i),
    );
    const sum = webble.spawn(async (all: typeof pending) => {
      let sum = 0;
      for (const one of all) sum += await one.recv();
      return sum;
    }, pending);
    assertEquals(await sum.recv(), 3999 * 2000);
  },

  "a loop that looks at the last of many tasks sees it, though not all have records": {
    timeoutMs: 60_000,
    run: async () => {
      await using _runtime = await pool(2);
      const tasks = Array.from({ length: 200_000 }, (_, i) => webble.spawnStealable((i: number) => i, i));
      const last = tasks.at(-1)!;
      const end = performance.now() + 50_000;
      while (last.tryRecv() === undefined && performance.now() < end);
      assertEquals(last.tryRecv(), 199_999);
    },
  },

  "tryRecv() looks, checkRelease() takes, intoInner() spends": async () => {
    await using _runtime = await pool(1);
    const looked = webble.spawn(add, 1, 2);
    assertEquals(await looked.recv(), 3);
    assertEquals(looked.tryRecv(), 3);
    assertEquals(looked.checkRelease(), 3);
    assertThrows(() => looked.tryRecv(), webble.HandleConsumedError, `task ${looked.id}`);
    assertThrows(() => looked.checkRelease(), webble.HandleConsumedError);
    await assertRejects(() => looked.recv(), webble.HandleConsumedError);
    assertEquals(looked.finished, true);

    const early = webble.spawn(() => new Promise<number>((resolve) => setTimeout(resolve, 20, 1)));
    assertEquals(early.tryRecv(), undefined);
    assertEquals(early.checkRelease(), undefined);
    assertEquals(early.finished, false);
    assertEquals(early.intoInner(), undefined);
    for (const use of [() => early.tryRecv(), () => early.intoInner(), () => early.tryRecv()]) {
      assertThrows(use, webble.HandleConsumedError, "'intoInner()' spent it before the task had ended");
    }

    const done = webble.spawn(add, 3, 4);
    await done.recv();
    assertEquals(done.intoInner(), 7);
    assertThrows(() => done.intoInner(), webble.HandleConsumedError, "its result was taken out already");
  },

  "recv() with what is no signal is refused, and waits for nothing": async () => {
    const runtime = await pool(1);
    const reported = await unhandled(async () => {
      const fails = webble.spawn(async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        throw new Error("late");
      });
      for (const signal of [{}, 5, "x", { aborted: false }]) {
        await assertRejects(() => fails.recv({ signal: signal as never }), TypeError, "an AbortSignal");
      }
      await assertRejects(() => fails.recv({ signal: null as never }), Error, "late");
      await assertRejects(() => fails.recv({ signal: {} as never }), TypeError, "an AbortSignal");
      // Nobody waits for this one when the runtime ends.
      const never = webble.spawn(() => new Promise<never>(() => {}));
      await assertRejects(() => never.recv({ signal: {} as never }), TypeError, "an AbortSignal");
      await runtime[Symbol.asyncDispose]();
    });
    assertEquals(reported, []);
  },

  "a wait with a signal or a time in place of options is refused": async () => {
    await using _runtime = await pool(1);
    const { channel } = webble;
    const [sender, receiver] = channel.mpsc<number>(1);
    const [mutex, lock, semaphore] = [new channel.Mutex(0), new channel.RwLock(0), new channel.Semaphore(1)];
    const task = webble.spawn(add, 1, 2);
    const waits: Record<string, (options: never) => Promise<unknown>> = {
      "recv()": (options) => task.recv(options),
      "recvAsync()": (options) => receiver.recvAsync(options),
      "sendAsync()": (options) => sender.sendAsync(1, options),
      "lock()": (options) => mutex.lock(options),
      "read()": (options) => lock.read(options),
      "write()": (options) => lock.write(options),
      "acquire()": (options) => semaphore.acquire(1, options),
      "Barrier.wait()": (options) => new channel.Barrier(1).wait(options),
      "Once.get()": (options) => new channel.Once<number>().get(() => 1, options),
      "Condvar.waitWhile()": async (options) => {
        using guard = await mutex.lock();
        await new channel.Condvar().waitWhile(guard, () => false, options);
      },
      "changed()": (options) => channel.watch(0)[1].changed(options),
    };
    for (const [name, wait] of Object.entries(waits)) {
      for (const instead of [AbortSignal.timeout(1e6), 100, "x", true]) {
        const error = await assertRejects(() => wait(instead as never), TypeError, "in place of options", name);
        assertStringIncludes(error.message, "{ signal }");
      }
    }
    assertEquals([receiver.tryRecv(), mutex.tryLock()?.value, semaphore.available], [undefined, 0, 1]);
    assertEquals(await task.recv({}), 3);
  },

  "recv() may be called many times and gives the same object": async () => {
    await using _runtime = await pool(1);
    const task = webble.spawn(() => ({ a: 1 }));
    const [first, second] = await Promise.all([task.recv(), task.recv()]);
    assertEquals(first, { a: 1 });
    assertStrictEquals(first, second);
    assertStrictEquals(task.tryRecv(), first);
  },

  "recv() with a signal gives up waiting, and the task goes on": async () => {
    await using _runtime = await pool(1);
    const task = webble.spawn(() => new Promise<string>((resolve) => setTimeout(resolve, 60, "done")));
    const reason = new Error("no time");
    const error = await assertRejects(() => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 5);
      return task.recv({ signal: controller.signal });
    });
    assertStrictEquals(error, reason);
    await assertRejects(() => task.recv({ signal: AbortSignal.abort() }), DOMException);
    assertEquals(await task.recv({ signal: new AbortController().signal }), "done");
  },

  "recv() with a signal leaves nothing behind when it gives up, however often": async () => {
    await using _runtime = await pool(1);
    const task = webble.spawn(() => new Promise<string>((resolve) => setTimeout(resolve, 60_000)));
    const kept = task.recv();
    // Where each were kept, and each time all of them copied, this would take minutes.
    for (let i = 0; i < 150_000; i++) {
      const controller = new AbortController();
      const given = task.recv({ signal: controller.signal });
      controller.abort(i);
      assertEquals(await given.catch((reason) => reason), i);
    }
    task.abort();
    await assertRejects(() => kept, webble.AbortError);
  },

  "a handle is not thenable": async () => {
    await using _runtime = await pool(1);
    const task = webble.spawn(add, 1, 2);
    assertStrictEquals(await (task as unknown), task);
    await task.recv();
  },

  "ids are unique, and the task's own": async () => {
    await using _runtime = await pool(2);
    const tasks = Array.from({ length: 1000 }, () => webble.spawnStealable(() => webble.context().id));
    const ids = await Promise.all(tasks.map((task) => task.recv()));
    assertEquals(ids, tasks.map((task) => task.id));
    assertEquals(new Set(ids).size, 1000);
  },

  "a handle can be an argument, and is awaited there": async () => {
    await using _runtime = await pool(2);
    const first = webble.spawn(() => new Promise<number>((resolve) => setTimeout(resolve, 20, 20)));
    const second = webble.spawn(
      async (first: webble.WorkerHandle<number>, n: number) => {
        const { id } = first;
        const sum = await first.recv() + n;
        if (first.id !== id) throw new Error(`was ${id}, is ${first.id}`);
        (globalThis as { seen?: number }).seen = id;
        return sum;
      },
      first,
      22,
    );
    const third = webble.spawn(
      async (handles: { list: webble.WorkerHandle<number>[] }) => {
        const all = await Promise.all(handles.list.map((handle) => handle.recv()));
        return all.reduce((a, b) => a + b);
      },
      { list: [first, second] },
    );
    assertEquals(await second.recv(), 42);
    const seen = await Promise.all(
      [1, 2].map(() => webble.spawn(() => (globalThis as { seen?: number }).seen).recv()),
    );
    assert(seen.includes(first.id), `a handle has the same number where it was sent: ${seen}, not ${first.id}`);
    assertEquals(await third.recv(), 62);
    assertEquals(await first.recv(), 20);
  },

  "a handle can be a result, and is awaited there": async () => {
    await using _runtime = await pool(2);
    const inner = await webble.spawn(() =>
      webble.spawnStealable(() => new Promise<string>((resolve) => setTimeout(resolve, 20, "inner")))
    ).recv();
    assert(inner instanceof webble.WorkerHandle);
    assertEquals(await inner.recv(), "inner");
  },

  "a handle that fails, sent on, fails there": async () => {
    await using _runtime = await pool(2);
    const failing = webble.spawn(() => {
      throw new RangeError("too far");
    });
    const message = await webble.spawn(async (failing: webble.WorkerHandle<never>) => {
      return await failing.recv().catch((error: Error) => `${error.name}: ${error.message}`);
    }, failing).recv();
    assertEquals(message, "RangeError: too far");
    await assertRejects(() => failing.recv(), RangeError);
  },

  "dropped handles leak nothing": async () => {
    await using _runtime = await pool(2);
    for (let i = 0; i < 20_000; i++) webble.spawnStealable((text: string) => text + text, `dropped ${i}`);
    await webble.spawnStealable(() => 1).recv();
    const end = performance.now() + 5000;
    while (webble.stats().tasks.live > 0 && performance.now() < end) await webble.yieldNow();
    assertEquals(webble.stats().tasks, { live: 0, waiting: 0 });
    assertEquals(webble.stats().heap.used, 0);
  },

  "finished turns true": async () => {
    await using _runtime = await pool(1);
    const task = webble.spawn(add, 1, 2);
    const end = performance.now() + 5000;
    while (!task.finished && performance.now() < end);
    assert(task.finished);
    assertEquals(task.tryRecv(), 3);
  },
});
