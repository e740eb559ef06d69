/**
 * Locks: one at a time, in turn, on any thread, and what becomes of them when their holder dies.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { quietly } from "./death.ts";

const { Mutex, RwLock, Semaphore, Barrier, Condvar, Once } = webble.channel;
type Mutex<T> = webble.channel.Mutex<T>;
type RwLock<T> = webble.channel.RwLock<T>;
type Semaphore = webble.channel.Semaphore;
type Barrier = webble.channel.Barrier;
type Condvar = webble.channel.Condvar;
type Once<T> = webble.channel.Once<T>;

const pool = (workers: number) => webble.builder().workers(workers).init();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until it is so. */
async function until(what: () => boolean, ms = 5000): Promise<void> {
  const end = performance.now() + ms;
  while (!what()) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await sleep(2);
  }
}

/** A worker of one's own that dies with the mutex. */
async function diesWith(url: string, mutex: Mutex<number>): Promise<Worker> {
  const worker = new Worker(url, { type: "module" });
  const dying = new Promise((resolve) => worker.onmessage = resolve);
  worker.postMessage({ do: "die", mutex });
  await dying;
  return worker;
}

/** What only workers, and Deno's main thread, may do. */
const mayBlock = (home: string) => home === "deno";

/** The cases of mutexes. */
export const mutex: Case[] = cases("mutex", {
  "a guard that is released by a getter of its new value sets nothing": async () => {
    const mutex = new webble.channel.Mutex<{ n: number }>({ n: 1 });
    const guard = await mutex.lock();
    const value = {
      get n(): number {
        guard.release();
        return 2;
      },
    };
    assertThrows(() => guard.value = value, webble.HandleConsumedError);
    using next = await mutex.lock();
    assertEquals(next.value, { n: 1 });
  },

  "locked again and again on one thread, free or waited for, it lets timers have their turn": async () => {
    const locks = async (loops: number) => {
      const mutex = new webble.channel.Mutex(0);
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      const end = performance.now() + 300;
      await Promise.all(Array.from({ length: loops }, async () => {
        while (performance.now() < end) {
          using guard = await mutex.lock();
          guard.value++;
          if (loops > 1) await null;
        }
      }));
      clearInterval(timer);
      return turns;
    };
    for (const loops of [1, 2]) {
      const alone = await locks(loops);
      await using _runtime = await pool(1);
      const all = [alone, await locks(loops), await webble.spawn(locks, loops).recv()];
      assert(all.every((turns) => turns >= 10), `${all} turns in 300 ms`);
    }
  },

  "four workers that count in it lose nothing, blocking and not": {
    timeoutMs: 60_000,
    async run() {
      await using _runtime = await pool(4);
      const counter = new Mutex(0);
      const tasks = Array.from(
        { length: 4 },
        (_, i) =>
          webble.spawn(
            async (counter: Mutex<number>, blocks: boolean) => {
              for (let n = 0; n < 10_000; n++) {
                using guard = blocks ? counter.lockSync() : await counter.lock();
                guard.value++;
              }
            },
            counter,
            i % 2 === 0,
          ),
      );
      for (const task of tasks) await task.recv();
      using guard = await counter.lock();
      assertEquals(guard.value, 40_000);
    },
  },

  "it works without the runtime, and those on one thread come in turn": async () => {
    const mutex = new Mutex<string[]>([]);
    const first = await mutex.lock();
    const rest = ["a", "b", "c"].map(async (name) => {
      using guard = await mutex.lock();
      guard.update((names) => [...names, name]);
    });
    assertEquals(mutex.tryLock(), undefined);
    assertEquals(mutex.isLocked, true);
    first.release();
    await Promise.all(rest);
    assertEquals(mutex.tryLock()?.value, ["a", "b", "c"]);
  },

  "the value is a copy until it is set, and nobody sees it before the release": async () => {
    const mutex = new Mutex({ list: [1] });
    const guard = await mutex.lock();
    guard.value.list.push(2);
    assertEquals(guard.value, { list: [1] });
    guard.value = { list: [1, 2] };
    assertEquals(guard.value, { list: [1, 2] });
    guard.value = { list: [1, 2, 3] };
    guard.release();
    using again = await mutex.lock();
    assertEquals(again.value, { list: [1, 2, 3] });
  },

  "a worker of one's own takes part in it": async (t) => {
    const counter = new Mutex(0);
    const workers = await Promise.all([1, 2].map(async () => {
      const worker = new Worker(await t.bundle("lock_worker.ts"), { type: "module" });
      const counted = new Promise((resolve) => worker.onmessage = resolve);
      worker.postMessage({ do: "count", mutex: counter, times: 500 });
      return { worker, counted };
    }));
    for (let i = 0; i < 500; i++) {
      using guard = await counter.lock();
      guard.value++;
    }
    for (const { worker, counted } of workers) {
      await counted;
      worker.terminate();
    }
    using guard = await counter.lock();
    assertEquals(guard.value, 1500);
  },

  "sent twice to a thread, it is the same object": async () => {
    const mutex = new Mutex(1);
    assertEquals(webble.channel.attach(mutex.parts) === mutex, true);
    assertEquals(webble.channel.attach(structuredClone({ parts: mutex.parts })) === mutex, true);
    await using _runtime = await pool(1);
    const same = webble.spawn((one: Mutex<number>, other: Mutex<number>) => one === other, mutex, mutex);
    assertEquals(await same.recv(), true);
  },

  "one that a busy thread has over and over comes to the others": {
    timeoutMs: 30_000,
    async run() {
      await using _runtime = await pool(2);
      const mutex = new Mutex(false);
      const busy = webble.spawn((mutex: Mutex<boolean>) => {
        let times = 0;
        for (;;) {
          using guard = mutex.lockSync();
          if (guard.value) return times;
          times++;
        }
      }, mutex);
      await until(() => mutex.isLocked);
      for (let i = 0; i < 20; i++) {
        using _guard = await mutex.lock();
      }
      {
        using guard = await mutex.lock();
        guard.value = true;
      }
      assert(await busy.recv() > 0);
    },
  },

  "a wait that is given up leaves nothing behind": async () => {
    const mutex = new Mutex(0);
    const guard = await mutex.lock();
    const abort = new AbortController();
    const given = assertRejects(() => mutex.lock({ signal: abort.signal }), Error, "enough");
    abort.abort(new Error("enough"));
    await given;
    await assertRejects(() => mutex.lock({ signal: AbortSignal.abort(new Error("before")) }), Error, "before");
    guard.release();
    using _again = await mutex.lock();
  },

  "a task that dies with it poisons it, and its value is the one from before": () =>
    quietly(async () => {
      await using _runtime = await pool(2);
      const mutex = new Mutex("before");
      const dying = webble.spawn(async (mutex: Mutex<string>) => {
        const guard = await mutex.lock();
        guard.value = "half";
        setTimeout(() => self.close(), 20);
        return new Promise<never>(() => {});
      }, mutex);
      const blocked = webble.spawn((mutex: Mutex<string>) => {
        while (!mutex.isLocked && !mutex.isPoisoned);
        try {
          mutex.lockSync();
          return "locked";
        } catch (error) {
          return (error as Error).name;
        }
      }, mutex);
      const lost = assertRejects(() => dying.recv(), webble.WorkerLostError);
      await until(() => mutex.isLocked || mutex.isPoisoned);
      const error = await assertRejects(() => mutex.lock(), webble.PoisonError);
      assertStringIncludes(error.message, "clearPoison()");
      assertEquals(await blocked.recv(), "PoisonError");
      await lost;
      assertEquals(mutex.isPoisoned, true);
      assertThrows(() => mutex.tryLock(), webble.PoisonError);
      {
        using guard = await mutex.lock({ evenPoisoned: true });
        assertEquals([guard.value, guard.poisoned], ["before", true]);
      }
      mutex.clearPoison();
      using guard = await mutex.lock();
      assertEquals([guard.value, guard.poisoned], ["before", false]);
    }),

  "a worker of one's own that dies with it poisons it": async (t) => {
    const mutex = new Mutex(1);
    const worker = await diesWith(await t.bundle("lock_worker.ts"), mutex);
    const begun = performance.now();
    await assertRejects(() => mutex.lock(), webble.PoisonError);
    assert(performance.now() - begun < 5000);
    mutex.clearPoison();
    using guard = await mutex.lock();
    assertEquals(guard.value, 1);
    worker.terminate();
  },

  "one that is terminated in the middle keeps it for as long as it runs on": {
    timeoutMs: 30_000,
    async run(t) {
      const mutex = new Mutex(1);
      const worker = new Worker(await t.bundle("lock_worker.ts"), { type: "module" });
      const held = new Promise((resolve) => worker.onmessage = resolve);
      worker.postMessage({ do: "count", mutex, times: 1 });
      await held;
      await sleep(50);
      const again = new Promise((resolve) => worker.onmessage = resolve);
      const beats = new Int32Array(new SharedArrayBuffer(4));
      worker.postMessage({ do: "hold", mutex, ms: 600, beats });
      await again;
      worker.terminate();
      // In the end it may have released the mutex by itself.
      await mutex.lock().catch((error) => assertInstanceOf(error, webble.PoisonError));
      const beat = Atomics.load(beats, 0);
      await sleep(50);
      assertEquals(Atomics.load(beats, 0), beat);
    },
  },

  "the workers of a runtime that was shut down are gone": async () => {
    const mutex = new Mutex(0);
    {
      await using _runtime = await pool(1);
      webble.spawn(async (mutex: Mutex<number>) => {
        const guard = await mutex.lock();
        await new Promise<never>(() => {});
        guard.release();
      }, mutex).recv().catch(() => {});
      await until(() => mutex.isLocked);
    }
    await assertRejects(() => mutex.lock(), webble.PoisonError);
  },

  "what it cannot do is refused, with advice": async (t) => {
    const mutex = new Mutex(1, { room: 64 });
    assertThrows(() => new Mutex(1, { room: 0 }), RangeError, "'room' must be");
    assertThrows(() => new Mutex(1, { room: 1.5 }), RangeError, "'room' must be");
    assertThrows(() => new Mutex(1, { room: NaN }), RangeError, "'room' must be");
    assertThrows(() => new Mutex("x".repeat(99), { room: 64 }), RangeError, "room for 64");
    const unsound: unknown = { f: () => 1 };
    assertThrows(() => new Mutex(unsound), webble.NotSendError, "value.f");
    const { port1, port2 } = new MessageChannel();
    assertThrows(() => new Mutex<unknown>(port1), webble.NotSendError);
    port1.close();
    port2.close();
    const guard = await mutex.lock();
    guard.value = 2;
    assertThrows(() => (guard as { value: unknown }).value = "x".repeat(99), RangeError, "{ room: 104 }");
    assertThrows(() => (guard as { value: unknown }).value = unsound, webble.NotSendError, "value.f");
    assertEquals(guard.value, 2);
    guard.release();
    assertThrows(() => guard.value, webble.HandleConsumedError);
    assertThrows(() => guard.value = 1, webble.HandleConsumedError);
    assertThrows(() => guard.release(), webble.HandleConsumedError);
    guard[Symbol.dispose]();
    using again = await mutex.lock();
    assertEquals(again.value, 2);
    assertThrows(() => webble.channel.attach({ ...mutex.parts, webble: "semaphore" }), TypeError);
    assertThrows(() => webble.channel.attach({ ...mutex.parts, memory: new SharedArrayBuffer(8) }), TypeError);
    if (mayBlock(t.home)) {
      assertThrows(() => mutex.lockSync(), webble.DeadlockError, "locked itself");
      assertThrows(() => mutex.lockSync(-1), TypeError, "timeoutMs");
    } else assertThrows(() => mutex.lockSync(), TypeError, "await lock()");
  },

  "a limit of time ends a wait that blocks": async () => {
    await using _runtime = await pool(1);
    const mutex = new Mutex(0);
    using _guard = await mutex.lock();
    const task = webble.spawn((mutex: Mutex<number>) => {
      const begun = performance.now();
      return [mutex.lockSync(150) === undefined, performance.now() - begun] as const;
    }, mutex);
    const [timedOut, ms] = await task.recv();
    assertEquals(timedOut, true);
    assert(ms >= 140, `${ms} ms`);
  },
});

/** The cases of the other locks. */
export const locks: Case[] = cases("locks", {
  "rwlock: readers share it, and a writer has it alone": {
    timeoutMs: 60_000,
    async run() {
      await using _runtime = await pool(4);
      const pair = new RwLock({ a: 0, b: 0 });
      const tasks = Array.from(
        { length: 4 },
        (_, i) =>
          webble.spawn(
            async (pair: RwLock<{ a: number; b: number }>, i: number) => {
              for (let n = 0; n < 1000; n++) {
                if (n % 4 === i) {
                  using guard = n % 8 < 4 ? pair.writeSync() : await pair.write();
                  guard.update(({ a, b }) => ({ a: a + 1, b: b - 1 }));
                } else {
                  using guard = n % 8 < 4 ? pair.readSync() : await pair.read();
                  const { a, b } = guard.value;
                  if (a + b !== 0) throw new Error("read in the middle of a write");
                }
              }
            },
            pair,
            i,
          ),
      );
      for (const task of tasks) await task.recv();
      using one = await pair.read();
      using other = pair.tryRead();
      assertEquals(one.value, { a: 1000, b: -1000 });
      assertEquals(other?.value.a, 1000);
      assertEquals(pair.tryWrite(), undefined);
    },
  },

  "rwlock: a writer that waits keeps readers from coming, and is not kept waiting by those who read": async () => {
    const lock = new RwLock(0);
    const reader = await lock.read();
    const writing = lock.write();
    assertEquals(lock.tryRead(), undefined);
    const reading = lock.read();
    reader.release();
    {
      using guard = await writing;
      guard.value = 1;
    }
    using late = await reading;
    assertEquals(late.value, 1);
    assertThrows(() => reader.value, webble.HandleConsumedError);
  },

  "rwlock: one that dies reading is not waited for, one that dies writing poisons it": () =>
    quietly(async () => {
      await using _runtime = await pool(2);
      const lock = new RwLock("before");
      const dies = (how: "read" | "write") =>
        webble.spawn(
          async (lock: RwLock<string>, how: "read" | "write") => {
            const guard = await lock[how]();
            if ("update" in guard) guard.value = "half";
            setTimeout(() => self.close(), 20);
            return new Promise<never>(() => {});
          },
          lock,
          how,
        ).recv();
      await assertRejects(() => dies("read"), webble.WorkerLostError);
      {
        using guard = await lock.write();
        guard.value = "written";
      }
      await assertRejects(() => dies("write"), webble.WorkerLostError);
      await assertRejects(() => lock.read(), webble.PoisonError);
      await assertRejects(() => lock.write(), webble.PoisonError);
      lock.clearPoison();
      assertEquals((await lock.read()).value, "written");
    }),

  "semaphore: no more than there are permits, and who wants many is not passed over": {
    timeoutMs: 60_000,
    async run() {
      await using _runtime = await pool(4);
      const slots = new Semaphore(3);
      const inside = new Int32Array(new SharedArrayBuffer(8));
      const small = Array.from(
        { length: 3 },
        () =>
          webble.spawn(
            async (slots: Semaphore, inside: Int32Array<SharedArrayBuffer>) => {
              let most = 0;
              for (let n = 0; n < 500; n++) {
                using _permit = n % 2 === 0 ? await slots.acquire() : slots.acquireSync();
                most = Math.max(most, Atomics.add(inside, 0, 1) + 1);
                Atomics.sub(inside, 0, 1);
              }
              return most;
            },
            slots,
            inside,
          ),
      );
      const large = webble.spawn(
        async (slots: Semaphore, inside: Int32Array<SharedArrayBuffer>) => {
          for (let n = 0; n < 50; n++) {
            using _permit = await slots.acquire(3);
            if (Atomics.add(inside, 0, 3) !== 0) throw new Error("others have permits too");
            Atomics.sub(inside, 0, 3);
          }
        },
        slots,
        inside,
      );
      await large.recv();
      for (const task of small) assert(await task.recv() <= 3);
      assertEquals(slots.available, 3);
    },
  },

  "semaphore: who needs few is not held up by who was woken before, and needs more": async () => {
    await using _runtime = await pool(2);
    const slots = new Semaphore(3);
    const times: number[] = [];
    for (let round = 0; round < 11; round++) {
      const permits = [slots.tryAcquire()!, slots.tryAcquire()!, slots.tryAcquire()!];
      const large = webble.spawn(async (slots: Semaphore) => (await slots.acquire(3)).release(), slots);
      await sleep(10);
      const small = webble.spawn(async (slots: Semaphore) => (await slots.acquire(1)).release(), slots);
      await sleep(10);
      const begun = performance.now();
      permits[0]!.release();
      await small.recv();
      times.push(performance.now() - begun);
      permits[1]!.release();
      permits[2]!.release();
      await large.recv();
    }
    // Less than a millisecond; where the wake ends with the first, it waits for the next look for deaths, in up to 50.
    const [median = 0] = times.toSorted((a, b) => a - b).slice(5);
    assert(median < 20, `${times}`);
  },

  "semaphore: while nothing is released, nothing is kept for those who wait": async () => {
    await using _runtime = await pool(2);
    const slots = new Semaphore(4);
    using held = slots.tryAcquire(3)!;
    const waiting = [2, 3].map((count) =>
      webble.spawn(async (slots: Semaphore, count: number) => (await slots.acquire(count)).release(), slots, count)
    );
    // Longer than ten looks for deaths, each of which is an attempt of who waits.
    await sleep(600);
    using one = slots.tryAcquire();
    assertEquals([held.count, one?.count], [3, 1]);
    one?.release();
    held.release();
    await Promise.all(waiting.map((task) => task.recv()));
  },

  "semaphore: the permits of a dead task come back": () =>
    quietly(async () => {
      await using _runtime = await pool(1);
      const slots = new Semaphore(2);
      const dying = webble.spawn(async (slots: Semaphore) => {
        await slots.acquire(2);
        setTimeout(() => self.close(), 20);
        return new Promise<never>(() => {});
      }, slots);
      const lost = assertRejects(() => dying.recv(), webble.WorkerLostError);
      await until(() => slots.available === 0);
      using permit = await slots.acquire(2);
      assertEquals(permit.count, 2);
      await lost;
    }),

  "semaphore: what it cannot do is refused, with advice": async (t) => {
    for (const permits of [0, -1, NaN, 1.5, Infinity, 5000]) {
      assertThrows(() => new Semaphore(permits), RangeError, "'permits' must be");
    }
    const slots = new Semaphore(2);
    for (const count of [0, -1, NaN, 1.5, 3]) {
      assertThrows(() => slots.tryAcquire(count), RangeError, "'count' must be");
    }
    const permit = await slots.acquire(2);
    assertEquals(slots.tryAcquire(), undefined);
    if (mayBlock(t.home)) {
      assertThrows(() => slots.acquireSync(), webble.DeadlockError);
      assertEquals(slots.acquireSync(1, 10), undefined);
    }
    permit.release();
    assertThrows(() => permit.release(), webble.HandleConsumedError);
    assertEquals(slots.available, 2);
  },

  "barrier: threads go on together, round after round, and one of them leads": async () => {
    await using _runtime = await pool(3);
    const barrier = new Barrier(3);
    const round = new Int32Array(new SharedArrayBuffer(4));
    const tasks = Array.from(
      { length: 3 },
      (_, i) =>
        webble.spawn(
          async (barrier: Barrier, round: Int32Array<SharedArrayBuffer>, blocks: boolean) => {
            let led = 0;
            for (let n = 0; n < 50; n++) {
              Atomics.add(round, 0, 1);
              if (blocks ? barrier.waitSync() : await barrier.wait()) led++;
              if (Atomics.load(round, 0) < 3 * (n + 1)) throw new Error("went on before all had arrived");
              await barrier.wait();
            }
            return led;
          },
          barrier,
          round,
          i > 0,
        ),
    );
    let led = 0;
    for (const task of tasks) led += await task.recv();
    assertEquals(led, 50);
  },

  "barrier: an arrival can be taken back": async () => {
    const barrier = new Barrier(2);
    const abort = new AbortController();
    const quits = assertRejects(() => barrier.wait({ signal: abort.signal }), Error, "enough");
    abort.abort(new Error("enough"));
    await quits;
    // No arrival either.
    await assertRejects(() => barrier.wait({ signal: {} as AbortSignal }), TypeError, "an AbortSignal");
    await assertRejects(() => new Mutex(1).lock({ signal: {} as AbortSignal }), TypeError, "an AbortSignal");
    await assertRejects(() => new Semaphore(1).acquire(1, { signal: {} as AbortSignal }), TypeError, "an AbortSignal");
    const one = barrier.wait();
    const other = barrier.wait();
    assertEquals([await one, await other], [false, true]);
    for (const count of [0, -1, NaN, 1.5, 1024]) {
      assertThrows(() => new Barrier(count), RangeError, "'count' must be");
    }
  },

  "condvar: a queue between threads, blocking and not, loses no wakeup": {
    timeoutMs: 60_000,
    async run() {
      await using _runtime = await pool(3);
      const queue = new Mutex<number[]>([], { room: 4096 });
      const more = new Condvar();
      const consumers = [true, false].map((blocks) =>
        webble.spawn(
          async (queue: Mutex<number[]>, more: Condvar, blocks: boolean) => {
            let sum = 0;
            for (;;) {
              using guard = await queue.lock();
              while (guard.value.length === 0) {
                if (blocks) more.waitSync(guard);
                else await more.wait(guard);
              }
              const [first, ...rest] = guard.value;
              if (first === 0) return sum;
              sum += first!;
              guard.value = rest;
            }
          },
          queue,
          more,
          blocks,
        )
      );
      for (let n = 1; n <= 300; n++) {
        {
          using guard = await queue.lock();
          guard.update((list) => [...list, n]);
        }
        more.notifyOne();
      }
      {
        using guard = await queue.lock();
        guard.update((list) => [...list, 0]);
      }
      more.notifyAll();
      assertEquals(await consumers[0]!.recv() + await consumers[1]!.recv(), 45_150);
    },
  },

  "condvar: what is no guard is refused, with advice": async (t) => {
    const condvar = new Condvar();
    using reading = await new RwLock(1).read();
    for (const [given, name] of [[{}, "Object"], [null, "Null"], [5, "Number"], [reading, "Object"]] as const) {
      const message = `Cannot wait with ${name} as that is no guard: pass what 'await mutex.lock()'`;
      await assertRejects(() => condvar.wait(given as never), TypeError, message);
      await assertRejects(() => condvar.waitWhile(given as never, () => false), TypeError, message);
      if (mayBlock(t.home)) assertThrows(() => condvar.waitSync(given as never), TypeError, message);
    }
    assertEquals(condvar.notifyOne(), false);
  },

  "condvar: a wait that is given up has the guard again": async () => {
    const mutex = new Mutex(1);
    const changed = new Condvar();
    assertEquals(changed.notifyOne(), false);
    const guard = await mutex.lock();
    const abort = new AbortController();
    const waiting = changed.wait(guard, { signal: abort.signal });
    assertEquals(guard.released, true);
    assertEquals(mutex.tryLock()?.release(), undefined);
    abort.abort(new Error("enough"));
    await assertRejects(() => waiting, Error, "enough");
    assertEquals(guard.value, 1);
    guard.release();
    await assertRejects(() => changed.wait(guard), webble.HandleConsumedError);
  },

  "once: made by one of many, and seen by all": async () => {
    await using _runtime = await pool(4);
    const made = new Int32Array(new SharedArrayBuffer(4));
    const once = new Once<{ by: unknown }>();
    assertEquals(once.peek(), undefined);
    const tasks = Array.from(
      { length: 8 },
      (_, i) =>
        webble.spawn(
          async (once: Once<{ by: unknown }>, made: Int32Array<SharedArrayBuffer>, blocks: boolean) => {
            const make = () => {
              Atomics.add(made, 0, 1);
              return { by: webble.threadId() };
            };
            return (blocks ? once.getSync(make) : await once.get(make)).by;
          },
          once,
          made,
          i % 2 === 0,
        ),
    );
    const by = new Set<unknown>();
    for (const task of tasks) by.add(await task.recv());
    assertEquals([by.size, made[0]], [1, 1]);
    assertEquals(once.isDone, true);
    assert(by.has(once.peek()?.by));
  },

  "once: where it fails, or the thread dies, another tries": () =>
    quietly(async () => {
      await using _runtime = await pool(1);
      const begun = new Int32Array(new SharedArrayBuffer(4));
      const once = new Once<string>();
      await assertRejects(() => once.get(() => Promise.reject(new Error("not now"))), Error, "not now");
      const dying = webble.spawn(
        (once: Once<string>, begun: Int32Array<SharedArrayBuffer>) =>
          once.get(() => {
            Atomics.store(begun, 0, 1);
            setTimeout(() => self.close(), 20);
            return new Promise<never>(() => {});
          }),
        once,
        begun,
      );
      const lost = assertRejects(() => dying.recv(), webble.WorkerLostError);
      await until(() => Atomics.load(begun, 0) === 1);
      assertEquals(await once.get(() => "mine"), "mine");
      await lost;
    }),

  "shared arrays: tasks get them by reference, and are told when they are freed": async () => {
    await using _runtime = await pool(2);
    const array = webble.channel.shared(Float64Array, 100);
    const tasks = [0, 50].map((start) =>
      webble.spawn(
        (array: webble.channel.SharedArray<Float64Array>, start: number) => {
          const { view } = array;
          for (let i = start; i < start + 50; i++) view[i] = i / 2;
          return array.length;
        },
        array,
        start,
      )
    );
    for (const task of tasks) assertEquals(await task.recv(), 100);
    assertEquals([array.at(0), array.at(99), array.at(-2), array.view.length], [0, 49.5, 49, 100]);
    array.set(-1, 7);
    assertEquals(array.at(99), 7);
    for (const index of [100, -101, 0.5, NaN]) assertThrows(() => array.at(index), RangeError, "element");
    assertThrows(() => array.set(100, 1), RangeError, "element");
    array.free();
    assertEquals(array.freed, true);
    assertThrows(() => array.view, webble.HandleConsumedError, "freed");
    assertThrows(() => array.at(0), webble.HandleConsumedError, "freed");
    const late = webble.spawn((array: webble.channel.SharedArray<Float64Array>) => array.at(0), array);
    assertInstanceOf(await late.recv().catch((error) => error), webble.HandleConsumedError);
    using big = webble.channel.shared(BigInt64Array, 2);
    big.set(1, -5n);
    assertEquals(big.at(1), -5n);
    for (const length of [-1, NaN, 1.5, 2 ** 40]) {
      assertThrows(() => webble.channel.shared(Uint8Array, length), RangeError, "'length' must be");
    }
  },
});
