/**
 * Both tracks: where tasks run, in which order, and what goes on beside them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";

const pool = (workers: number) => webble.builder().workers(workers).init();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sleeps without yielding. */
function spin(ms: number): number {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return ms;
}

/** The cases. */
export const spawn: Case[] = cases("spawn", {
  "spawn() places on the least-loaded worker, the first of equals": async () => {
    await using _runtime = await pool(3);
    const where = () => new Promise((resolve) => setTimeout(() => resolve(webble.threadId()), 30));
    const tasks = Array.from({ length: 7 }, () => webble.spawn(where));
    assertEquals(webble.workerLoads(), [3, 2, 2]);
    assertEquals(await Promise.all(tasks.map((task) => task.recv())), [0, 1, 2, 0, 1, 2, 0]);
    assertEquals(webble.workerLoads(), [0, 0, 0]);
  },

  "pinned tasks on one worker start in order and interleave at their awaits": async () => {
    await using _runtime = await pool(1);
    const step = async (name: string) => {
      const scope = globalThis as { order?: string[] };
      const order = scope.order ??= [];
      order.push(`${name}1`);
      await new Promise((resolve) => setTimeout(resolve, 40));
      order.push(`${name}2`);
      return order.slice();
    };
    const tasks = ["a", "b", "c"].map((name) => webble.spawn(step, name));
    const order = (await Promise.all(tasks.map((task) => task.recv()))).pop();
    assertEquals(order, ["a1", "b1", "c1", "a2", "b2", "c2"]);
  },

  "tasks that load a module keep their order": async (t) => {
    await using _runtime = await pool(1);
    const work = webble.tasks<{ mark(name: string): string[] }>(t.url("order.js"));
    const tasks = [
      webble.spawn(work.mark, "module"),
      webble.spawn((name: string) => {
        const scope = globalThis as { order?: string[] };
        (scope.order ??= []).push(name);
        return scope.order.slice();
      }, "closure"),
    ];
    assertEquals(await tasks[1]!.recv(), ["module", "closure"]);
  },

  "number arguments and results post no message": async () => {
    await using _runtime = await pool(2);
    await Promise.all([1, 2, 3, 4].map((n) => webble.spawn((n: number) => n, n).recv()));
    const count = () => webble.spawn(() => (globalThis as { posted?: number }).posted ?? 0).recv();
    // Counted on both sides: every way for a message to leave a thread.
    let posted = 0;
    const prototypes = [Worker.prototype, MessagePort.prototype];
    const originals = prototypes.map((prototype) => prototype.postMessage);
    for (const [i, prototype] of prototypes.entries()) {
      prototype.postMessage = function (...args: unknown[]) {
        // The runtime's own way to let the event loop have a turn is a message to itself: the number 0.
        if (args[0] !== 0) posted++;
        return Reflect.apply(originals[i]!, this, args);
      };
    }
    try {
      await webble.spawn(() => {
        const scope = globalThis as { posted?: number; postMessage: (...args: unknown[]) => void };
        const original = scope.postMessage;
        scope.posted = 0;
        scope.postMessage = (...args) => {
          scope.posted!++;
          return Reflect.apply(original, scope, args);
        };
      }).recv();
      let sum = 0;
      for (let i = 0; i < 100; i++) {
        sum += await webble.spawn((a: number, b: number) => a + b, i, 1).recv();
        sum += await webble.spawnStealable((a: number) => a, i).recv();
      }
      assertEquals(sum, 2 * 4950 + 100);
      assertEquals(posted, 0, "messages posted by main");
      assertEquals(await count(), 0, "messages posted by the worker");
    } finally {
      for (const [i, prototype] of prototypes.entries()) prototype.postMessage = originals[i]!;
    }
  },

  "stealable work spreads over all workers": async () => {
    await using _runtime = await pool(2);
    await Promise.all(Array.from({ length: 40 }, () => webble.spawnStealable(spin, 5).recv()));
    const executed = webble.stats().workers.map((worker) => worker.executed);
    assertEquals(executed[0]! + executed[1]!, 40);
    assert(Math.min(...executed) >= 10, `both did a share: ${executed}`);
  },

  "stealable tasks of a module spread too, though each worker must load it first": async (t) => {
    for (let round = 0; round < 3; round++) {
      await using _runtime = await pool(2);
      const work = webble.tasks<{ spin(ms: number): number }>(t.url("order.js"));
      await Promise.all(Array.from({ length: 40 }, () => webble.spawnStealable(work.spin, 5).recv()));
      const executed = webble.stats().workers.map((worker) => worker.executed);
      assertEquals(executed[0]! + executed[1]!, 40);
      assert(Math.min(...executed) >= 10, `both did a share: ${executed}`);
    }
  },

  "idle workers steal what a worker spawned": async () => {
    await using _runtime = await pool(2);
    const sum = await webble.spawn(
      async (body: string, each: number) => {
        const spin = new Function(`return ${body}`)() as (ms: number) => number;
        (globalThis as { spin?: unknown }).spin = spin;
        const tasks = Array.from({ length: 40 }, () =>
          webble.spawnStealable((ms: number) => {
            const end = performance.now() + ms;
            while (performance.now() < end);
            return ms;
          }, each));
        let sum = 0;
        for (const task of tasks) sum += await task.recv();
        return sum;
      },
      String(spin),
      5,
    ).recv();
    assertEquals(sum, 200);
    const { workers } = webble.stats();
    assert(workers[1]!.stolen > 0, "worker 1 stole");
    assert(workers[1]!.executed >= 10, `and ran its share: ${workers[1]!.executed}`);
  },

  "a stealable task that is posted goes to a worker that has nothing to do": async () => {
    await using _runtime = await pool(2);
    const busy = () => {
      for (const end = performance.now() + 200; performance.now() < end;);
      return webble.threadId();
    };
    for (let round = 0; round < 5; round++) {
      const long = webble.spawnStealable(busy);
      while (webble.stats().tasks.waiting > 0) await webble.yieldNow();
      // The other one sleeps, or is about to.
      await new Promise((resolve) => setTimeout(resolve, 20));
      const moved = webble.transfer(new ArrayBuffer(8));
      const posted = webble.spawnStealable((buffer: ArrayBuffer) => [webble.threadId(), buffer.byteLength], moved);
      assertEquals(await posted.recv(), [1 - (await long.recv() as number), 8]);
    }
  },

  "a stealable task that is posted does not go to a worker that blocks": async () => {
    await using _runtime = await pool(2);
    const gate = Promise.withResolvers<number>();
    Object.assign(globalThis, { gate: gate.promise });
    const open = webble.onMain(() => (globalThis as unknown as { gate: Promise<number> }).gate);
    const blocked = webble.spawnStealable(
      (open: webble.WorkerHandle<number>) => [webble.threadId(), webble.executor.blockOn(() => open)],
      open,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const posted = webble.spawnStealable((_: ArrayBuffer) => webble.threadId(), webble.transfer(new ArrayBuffer(8)));
    const where = await posted.recv() as number;
    gate.resolve(7);
    assertEquals(await blocked.recv(), [1 - where, 7]);
  },

  "a main thread that is blocked does not hold work up": async () => {
    await using _runtime = await pool(2);
    await webble.spawnStealable(spin, 1).recv();
    const before = executed();
    for (let i = 0; i < 100; i++) webble.spawnStealable(spin, 10);
    const end = performance.now() + 15_000;
    while (performance.now() < end && executed() - before < 95);
    assert(executed() - before >= 95, `${executed() - before} of 100 were done while main was blocked`);

    function executed(): number {
      return webble.stats().workers.reduce((sum, worker) => sum + worker.executed, 0);
    }
  },

  "a worker under stealable load goes on with timers, fetch and pinned tasks": async (t) => {
    await using _runtime = await pool(1);
    const load = webble.spawn(async (ms: number) => {
      const end = performance.now() + ms;
      let done = 0;
      while (performance.now() < end) {
        const batch = Array.from({ length: 2000 }, () => webble.spawnStealable(() => {}));
        for (const task of batch) await task.recv();
        done += batch.length;
      }
      return done;
    }, 1000);
    const late = await webble.spawn(async () => {
      const late: number[] = [];
      for (let i = 0; i < 50; i++) {
        const begun = performance.now();
        await new Promise((resolve) => setTimeout(resolve, 5));
        late.push(performance.now() - begun - 5);
      }
      return late.sort((a, b) => a - b);
    }).recv();
    const text = await webble.spawn(async (url: string) => (await fetch(url)).text(), t.url("tasks.js")).recv();
    assert(text.includes("double"), "fetch went through");
    assert(await load.recv() > 2000, "and so did the load");
    assert(late[25]! < 100, `timers were on time: ${late}`);
  },

  "tasks that are awaited one by one let a worker's timers have their turn": async () => {
    await using _runtime = await pool(1);
    await webble.spawn(() => {
      const scope = globalThis as { turns?: number };
      const tick = () => {
        scope.turns = (scope.turns ?? 0) + 1;
        setTimeout(tick);
      };
      tick();
    }).recv();
    const turns = () => (globalThis as { turns?: number }).turns!;
    for (const ms of [0.02, 0.1]) {
      // So many take a twentieth of a second at least. A worker's slice is a thousandth.
      const many = 50 / ms;
      let last = 0;
      let since = 0;
      let most = 0;
      for (let i = 0; i < 10 * many; i++) {
        spin(ms);
        const now = await webble.spawn(turns).recv();
        since = now === last ? since + 1 : 0;
        most = Math.max(most, since);
        last = now;
      }
      assert(most < many, `${most} tasks ran between two turns of the worker's event loop`);
    }
  },

  "results that are always there when they are awaited let timers have their turn": async () => {
    await using _runtime = await pool(1);
    const awaits = async () => {
      const done = webble.spawnStealable(() => 1);
      const failed = webble.spawnStealable(() => Promise.reject(new Error("late")));
      await Promise.allSettled([done.recv(), failed.recv()]);
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      const end = performance.now() + 300;
      let sum = 0;
      while (performance.now() < end) sum += await done.recv() + await failed.recv().catch(() => 1);
      clearInterval(timer);
      return [turns, sum % 2];
    };
    for (const [turns, odd] of [await awaits(), await webble.spawn(awaits).recv()]) {
      assert(turns! >= 10, `${turns} turns in 300 ms`);
      assertEquals(odd, 0);
    }
  },

  "results that are there are given in the order in which they were asked for": async () => {
    await using _runtime = await pool(1);
    const done = webble.spawn(() => 1);
    await done.recv();
    const order: number[] = [];
    const asked: Promise<unknown>[] = [];
    const end = performance.now() + 50;
    for (let i = 0; performance.now() < end || i < 100; i++) asked.push(done.recv().then(() => order.push(i)));
    await Promise.all(asked);
    assertEquals(order.length, asked.length);
    assert(order.every((place, i) => place === i), "in order");
  },

  "a task that awaits tasks of its own one by one lets its worker's timers have their turn": async () => {
    await using _runtime = await pool(1);
    const [most, many] = await webble.spawn(async () => {
      let turns = 0;
      const tick = () => {
        turns++;
        timer = setTimeout(tick);
      };
      let timer = setTimeout(tick);
      const many = 5000;
      let last = 0;
      let since = 0;
      let most = 0;
      for (let i = 0; i < many; i++) {
        await webble.spawnStealable((n: number) => n, i).recv();
        // So late that the worker has found nothing to do, and sleeps.
        for (let hop = 0; hop < 10; hop++) await null;
        since = turns === last ? since + 1 : 0;
        most = Math.max(most, since);
        last = turns;
      }
      clearTimeout(timer);
      return [most, many];
    }).recv();
    assert(most! < many! / 4, `${most} tasks ran between two turns of the worker's event loop`);
  },

  "tasks that spawn their successor keep no other task from running": async () => {
    await using _runtime = await pool(1);
    const older = webble.spawn(() => {
      const older = webble.spawnStealable(() => 7);
      webble.spawnStealable(function chain(): void {
        if (!(globalThis as { isOver?: boolean }).isOver) webble.spawnStealable(chain);
      });
      return older.recv();
    });
    assertEquals(await older.recv(), 7, "an older one of the worker's own");
    assertEquals(await webble.spawnStealable(() => 8).recv(), 8, "one from outside");
    webble.spawn(() => {
      (globalThis as { isOver?: boolean }).isOver = true;
    });
  },

  "a spawn wakes one parked worker, not all": async () => {
    await using _runtime = await pool(4);
    await webble.spawn(() => {}).recv();
    await until(() => webble.idleSnapshot() === 0b1111);
    const before = wakes();
    await webble.spawnStealable(() => 1).recv();
    await until(() => webble.idleSnapshot() === 0b1111);
    assertEquals(wakes() - before, 1);

    function wakes(): number {
      return webble.stats().workers.reduce((sum, worker) => sum + worker.wakes, 0);
    }
  },

  "a spawn from a callback, while the worker's loop sleeps, reaches another worker at once": async () => {
    await using _runtime = await pool(2);
    const seen = await webble.spawn(async () => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      const task = webble.spawnStealable((n: number) => n, 7);
      const end = performance.now() + 5000;
      while (task.tryRecv() === undefined && performance.now() < end);
      return task.tryRecv();
    }).recv();
    assertEquals(seen, 7);
  },

  "tasks that come after many brief ones are shared out, however long they are": async () => {
    await using _runtime = await pool(4);
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 20_000 }, () => webble.spawnStealable(() => {}).recv()));
      const before = webble.stats().workers.map(({ executed }) => executed);
      await Promise.all(Array.from({ length: 40 }, () => webble.spawnStealable(spin, 5).recv()));
      const executed = webble.stats().workers.map(({ executed }, i) => executed - before[i]!);
      assert(executed.every((count) => count > 0), `executed ${executed}`);
    }
  },

  "a callback that holds up a sleeping worker holds up no other": async () => {
    await using _runtime = await pool(2);
    const HELD = 1500;
    for (let round = 0; round < 2; round++) {
      await Promise.all(Array.from({ length: 20_000 }, () => webble.spawnStealable(() => {}).recv()));
      // The task ends; the timer that it leaves behind is nobody's.
      const begun = new Int32Array(new SharedArrayBuffer(4));
      await webble.spawn(
        (begun: Int32Array<SharedArrayBuffer>, held: number) => {
          setTimeout(() => {
            Atomics.store(begun, 0, 1);
            const end = performance.now() + held;
            while (performance.now() < end);
          }, 30);
        },
        begun,
        HELD,
      ).recv();
      while (Atomics.load(begun, 0) === 0) await sleep(1);
      const start = performance.now();
      for (let i = 0; i < 10; i++) {
        webble.spawnStealable(() => {});
        await webble.spawnStealable(() => {}).recv();
      }
      assert(performance.now() - start < HELD / 2, `took ${performance.now() - start} ms`);
      await sleep(Math.max(0, start + HELD + 100 - performance.now()));
    }
  },

  "a task whose wake went to a worker that is held up goes to another that sleeps": async () => {
    await using _runtime = await pool(3);
    for (const isEngaged of [false, true]) {
      // The lowest of those that sleep is woken; where all have tasks that are suspended, too.
      const words = new Int32Array(new SharedArrayBuffer(8));
      const hold = async (words: Int32Array<SharedArrayBuffer>, isAwaited: boolean) => {
        const over = new Promise<void>((resolve) =>
          setTimeout(() => {
            Atomics.store(words, 0, 1);
            while (Atomics.load(words, 1) === 0);
            resolve();
          }, 50)
        );
        if (isAwaited) await over;
      };
      const waits = async (words: Int32Array<SharedArrayBuffer>) => {
        while (Atomics.load(words, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 300));
      };
      const held = webble.spawn(hold, words, isEngaged);
      const suspended = isEngaged ? [webble.spawn(waits, words), webble.spawn(waits, words)] : [];
      await until(() => Atomics.load(words, 0) === 1 && webble.idleSnapshot() === 0b111);
      // It has no end but that of the hold, which has none before this.
      await webble.spawnStealable(() => {}).recv();
      Atomics.store(words, 1, 1);
      await Promise.all([held, ...suspended].map((task) => task.recv()));
    }
  },

  "a wake for stealable work is passed on by a worker that finds pinned work first": async () => {
    await using _runtime = await pool(2);
    for (let round = 0; round < 5; round++) {
      await until(() => webble.idleSnapshot() === 0b11);
      const stealable = webble.spawnStealable(() => performance.timeOrigin + performance.now());
      const pinned = webble.spawn((ms: number) => {
        const end = performance.now() + ms;
        while (performance.now() < end);
        return performance.timeOrigin + performance.now();
      }, 200);
      assert(await stealable.recv() < await pinned.recv(), "it did not wait for the pinned task");
    }
  },

  "workers that can take no task for the moment do not wake each other for one": async () => {
    await using _runtime = await pool(2);
    const module = "data:text/javascript,await new Promise((go) => setTimeout(go, 1000)); export const three = () => 3";
    const { three } = webble.tasks<{ three(): number }>(module);
    const tasks = [webble.spawnStealable(three), webble.spawnStealable(three)];
    // Each worker imports the module by now.
    await sleep(300);
    const wakes = () => webble.stats().workers.reduce((sum, { wakes }) => sum + wakes, 0);
    const before = wakes();
    tasks.push(webble.spawnStealable(() => 3));
    await sleep(300);
    const meanwhile = wakes() - before;
    assertEquals(await Promise.all(tasks.map((task) => task.recv())), [3, 3, 3]);
    assert(meanwhile < 10, `${meanwhile} wakes`);
  },

  "onMain() runs where init was called, with what it is given": async () => {
    await using _runtime = await pool(2);
    const answer = await webble.spawn(async (a: string) => {
      const here = webble.threadId();
      const there = await webble.onMain((text: string) => `${text} on ${webble.threadId()}`, a).recv();
      return `${here}: ${there}`;
    }, "hello").recv();
    assertEquals(answer, "0: hello on main");
    assertEquals(await webble.onMain((n: number) => n + 1, 1).recv(), 2);
    assertEquals(webble.stats().workers[0]!.executed, 1);
  },

  "onMain() calls come in order, and answer asynchronously too": async () => {
    await using _runtime = await pool(1);
    const seen = await webble.spawn(async () => {
      const calls = Array.from({ length: 100 }, (_, i) =>
        webble.onMain(async (i: number) => {
          const scope = globalThis as { seen?: number[] };
          if (i === 0) scope.seen = [];
          scope.seen!.push(i);
          await webble.yieldNow();
          return scope.seen!.length;
        }, i));
      for (const call of calls) await call.recv();
      return await webble.onMain(() => {
        const scope = globalThis as { seen?: number[] };
        const seen = scope.seen;
        delete scope.seen;
        return seen;
      }).recv();
    }).recv();
    assertEquals(seen, Array.from({ length: 100 }, (_, i) => i));
  },

  "tasks nest: both tracks, on any thread": async () => {
    await using _runtime = await pool(2);
    const fib = async function fib(n: number): Promise<number> {
      if (n < 2) return n;
      const a = webble.spawnStealable(fib, n - 1);
      const b = n % 2 === 0 ? webble.spawn(fib, n - 2) : webble.spawnStealable(fib, n - 2);
      return await a.recv() + await b.recv();
    };
    assertEquals(await webble.spawnStealable(fib, 12).recv(), 144);
  },

  "a spawn runs its function, whatever code it has run on its way": async () => {
    await using _runtime = await pool(2);
    const handle = webble.spawn(() => ({}));
    const value = await handle.recv();
    let spawned = false;
    // Read when the worker's question for the handle is answered, which some spawn below takes in. So much code is not kept.
    Object.defineProperty(value, "trap", {
      enumerable: true,
      get() {
        for (let i = 0; i < 1500 && !spawned; i++) webble.spawn(new Function(`return "other ${i}"`) as () => unknown);
        return spawned = true;
      },
    });
    const asks = webble.spawn((handle: webble.WorkerHandle<unknown>) => handle.recv().then(() => true), handle);
    spin(100);
    assertEquals(spawned, false);
    const tasks = Array.from({ length: 40 }, (_, i) => webble.spawn(new Function(`return ${i}`) as () => unknown));
    assertEquals(spawned, true);
    const results = await Promise.all(tasks.map((task) => task.recv()));
    assertEquals(results, Array.from({ length: 40 }, (_, i) => i));
    assertEquals(await asks.recv(), true);
  },

  "what a spawn takes in does not pile up where that spawns in turn": async () => {
    await using _runtime = await pool(1);
    const handle = webble.spawn(() => ({}));
    const value = await handle.recv();
    const nothing = () => {};
    let depth = 0;
    let deepest = 0;
    Object.defineProperty(value, "trap", {
      enumerable: true,
      get() {
        deepest = Math.max(deepest, ++depth);
        for (let i = 0; i < 32; i++) webble.spawn(nothing);
        return depth--;
      },
    });
    const ask = (handle: webble.WorkerHandle<unknown>) => handle.recv().then(() => 1);
    const asking = Array.from({ length: 1000 }, () => webble.spawn(ask, handle));
    spin(200);
    for (let i = 0; i < 32; i++) webble.spawn(nothing);
    const answered = (await Promise.all(asking.map((task) => task.recv()))).length;
    assertEquals([answered, deepest], [1000, 1]);
  },

  "tasks that wait for a record enter while what has ended is awaited": async () => {
    await using _runtime = await pool(2);
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const hold = (flag: Int32Array) => {
      while (Atomics.load(flag, 0) === 0);
    };
    const holding = [webble.spawn(hold, flag), webble.spawn(hold, flag)];
    const tasks = Array.from({ length: 140_000 }, (_, i) => webble.spawnStealable((i: number) => i, i));
    const all = tasks.length + holding.length;
    const executed = () => webble.stats().workers.reduce((sum, worker) => sum + worker.executed, 0);
    const end = performance.now() + 5000;
    // There are records for 131,072 tasks: those end, and nothing is taken in.
    Atomics.store(flag, 0, 1);
    while (executed() < 131_072 && performance.now() < end);
    spin(20);
    assert(executed() < all, "some wait for a record");
    // No turn of the event loop: all of these have ended.
    for (const task of tasks.slice(0, 60_000)) await task.recv();
    while (executed() < all && performance.now() < end);
    assertEquals(executed(), all);
    for (const task of holding) await task.recv();
    for (const [i, task] of tasks.entries()) assertEquals(await task.recv(), i);
  },

  "yieldNow() works with no runtime too": async () => {
    await webble.yieldNow();
  },
});

async function until(ready: () => boolean): Promise<void> {
  const end = performance.now() + 5000;
  while (!ready() && performance.now() < end) await webble.yieldNow();
  assert(ready(), "in time");
}
