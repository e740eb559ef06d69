/**
 * The executor: its stories on the main thread and in a worker, and what it does together with the pool.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { tell, titles } from "../fixtures/executor_stories.ts";

const { executor } = webble;

const pool = (workers: number) => webble.builder().workers(workers).init();

/** What shipped closures see; in a bundle the import has another name. */
type Shipped = { webble: typeof webble };

/** The cases. */
export const explicit: Case[] = [
  ...cases("executor", Object.fromEntries(titles.map((title) => [title, () => tell(title)]))),
  ...cases(
    "executor in a worker",
    Object.fromEntries(
      // There an unhandled rejection ends the worker, and with it who would hear the story.
      titles.filter((title) => !title.includes("unhandled rejection")).map((title) => [title, {
        timeoutMs: 30_000,
        run: async (t) => {
          await using _runtime = await pool(1);
          const module = webble.tasks<{ tell(title: string): Promise<void> }>(await t.bundle("executor_stories.ts"));
          await webble.spawn(module.tell, title).recv();
        },
      }]),
    ),
  ),
  ...cases("executor and pool", {
    "yield* on a worker's handle gives its value, or throws its error": async () => {
      await using _runtime = await pool(2);
      // Shut until the run has stopped, which otherwise may see the value come and go on.
      const gate = new Int32Array(new SharedArrayBuffer(4));
      const task = executor.spawn(function* () {
        const sum = yield* webble.spawn(
          (a: number, b: number, gate: Int32Array) => {
            Atomics.wait(gate, 0, 0);
            return a + b;
          },
          40,
          2,
          gate,
        );
        const text = yield* webble.spawnStealable(async (text: string) => await Promise.resolve(text + "!"), "hi");
        let failure = "";
        try {
          yield* webble.spawn(() => {
            throw new RangeError("too far");
          });
        } catch (error) {
          failure = `${error}`;
        }
        return [sum, text, failure];
      });
      assertEquals(executor.run(), "yielded");
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
      assertEquals(await task.join(), [42, "hi!", "RangeError: too far"]);
    },

    "a worker that ends wakes the task that waits, which is not polled before": async () => {
      await using _runtime = await pool(2);
      const gate = new Int32Array(new SharedArrayBuffer(4));
      const handle = webble.spawn((gate: Int32Array) => {
        Atomics.wait(gate, 0, 0);
        return 60;
      }, gate);
      const tasks = Array.from({ length: 10 }, () => executor.spawn(() => handle));
      assertEquals(executor.run(), "yielded");
      assertStringIncludes(tasks[0]!.waitsFor ?? "", `task ${handle.id} of the pool`);
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
      assertEquals(await Promise.all(tasks.map((task) => task.join())), Array(10).fill(60));
      assertEquals(tasks.map((task) => task.stats.polls), Array(10).fill(2));
      assertEquals(await handle.recv(), 60);
    },

    "a task that waits for a handle sees an abort, and that the result was taken": async () => {
      await using _runtime = await pool(1);
      const sleeps = () => new Promise<void>((resolve) => setTimeout(resolve, 60_000));
      const [aborted, taken, left] = [webble.spawn(sleeps), webble.spawn(sleeps), webble.spawn(sleeps)] as const;
      const tasks = [aborted, taken].map((handle) => executor.spawn(() => handle));
      const evicted = executor.spawn(() => left);
      assertEquals(executor.run(), "yielded");
      aborted.abort("enough");
      taken.intoInner();
      await assertRejects(() => tasks[0]!.join(), webble.AbortError);
      await assertRejects(() => tasks[1]!.join(), webble.HandleConsumedError);
      executor.evictAll();
      await assertRejects(() => evicted.join(), webble.JoinError);
      const received = left.recv();
      left.abort();
      await assertRejects(() => received, webble.AbortError);
    },

    "shutdown() throws ShutdownError into a task that waits for a handle": async () => {
      const runtime = await pool(1);
      const handle = webble.spawn(() => new Promise<void>((resolve) => setTimeout(resolve, 60_000)));
      const task = executor.spawn(() => handle);
      assertEquals(executor.run(), "yielded");
      const joined = assertRejects(() => task.join(), webble.ShutdownError);
      await runtime[Symbol.asyncDispose]();
      await joined;
    },

    "a task that waits for a frame goes on within it, however busy others are": {
      only: "chromium",
      because: "Deno draws no frames",
      run: async () => {
        const own = new executor.Executor();
        const order: string[] = [];
        own.spawn(function* () {
          for (;;) {
            const end = performance.now() + 1;
            while (performance.now() < end);
            yield* executor.yieldNow();
          }
        }, { priority: "background" });
        const drawing = own.spawn(function* () {
          let time = 0;
          for (let i = 0; i < 5; i++) {
            time = yield* executor.yieldAnimationFrame();
            order.push(`task ${time}`);
            // After the task has asked for the next frame: so the page's callback comes second in that one.
            queueMicrotask(() => requestAnimationFrame((time) => order.push(`page ${time}`)));
          }
          return time;
        }, { priority: "user-blocking" });
        assertEquals(own.run({ until: drawing }), "yielded");
        await drawing.join();
        await new Promise((resolve) => requestAnimationFrame(resolve));
        own.evictAll();
        const times = order.filter((entry) => entry.startsWith("task")).map((entry) => entry.slice(5));
        const inTurn = times.flatMap((time, i) => i === 0 ? [`task ${time}`] : [`task ${time}`, `page ${time}`]);
        assertEquals(order.slice(0, inTurn.length), inTurn, "each within its frame, before the page");
      },
    },

    "blockOn() on main waits for workers": async () => {
      await using _runtime = await pool(2);
      let turns = 0;
      setTimeout(() => turns++, 0);
      const spin = (ms: number) => {
        const end = performance.now() + ms;
        while (performance.now() < end);
        return ms;
      };
      const handles = [30, 20, 10].map((ms) => webble.spawnStealable(spin, ms));
      const sum = executor.blockOn(function* () {
        let sum = 0;
        for (const handle of handles) sum += yield* handle;
        return sum;
      });
      assertEquals([sum, turns], [60, 0]);
      // The loop of the main thread goes on as before.
      assertEquals(await webble.spawn((n: number) => n, 7).recv(), 7);
      for (let i = 0; i < 200; i++) {
        assertEquals(executor.blockOn(() => webble.spawn((n: number) => n, i)), i);
      }
      assertEquals(await webble.spawn((n: number) => n, 8).recv(), 8);
    },

    "blockOn() on main waits for what was spawned before the workers had started": {
      only: "deno",
      because: "in a page no worker starts while its main thread is blocked",
      run: async () => {
        const starting = pool(2);
        const handle = webble.spawn((n: number) => n + 1, 41);
        assertEquals(executor.blockOn(() => handle), 42);
        await using _runtime = await starting;
      },
    },

    "blockOn() gives up where a page's main thread has spun for a second": {
      only: "chromium",
      because: "Deno's main thread may sleep",
      run: async () => {
        await using _runtime = await pool(1);
        const handle = webble.spawn(() => new Promise<void>((resolve) => setTimeout(resolve, 3000)));
        const error = assertThrows(() => executor.blockOn(() => handle), webble.DeadlockError);
        assertStringIncludes(error.message, "must not sleep");
        handle.abort();
      },
    },

    "blockOn() throws DeadlockError for work that only this thread could do": async () => {
      await using _runtime = await pool(1);
      const onMain = webble.onMain(() => 1);
      const error = assertThrows(() => executor.blockOn(() => onMain), webble.DeadlockError);
      assertStringIncludes(error.message, `task ${onMain.id} of the pool`);
      assertEquals(await onMain.recv(), 1);
      // What only a message can carry waits for a turn, too.
      const port = webble.spawn(() => webble.transfer(new MessageChannel().port1));
      assertThrows(() => executor.blockOn(() => port), webble.DeadlockError);
      (await port.recv()).close();
      const names = await webble.spawn(() => {
        const { spawn, spawnStealable, executor } = (globalThis as unknown as Shipped).webble;
        return [spawn(() => 1), spawnStealable(() => 2)].map((handle) => {
          try {
            return executor.blockOn(() => handle);
          } catch (error) {
            return (error as Error).name;
          }
        });
      }).recv();
      assertEquals(names, ["DeadlockError", "DeadlockError"]);
    },

    "blockOn() in a worker sleeps until another worker has ended": async () => {
      await using _runtime = await pool(2);
      const flag = new Int32Array(new SharedArrayBuffer(4));
      const blocked = webble.spawn((flag: Int32Array) => {
        const { webble } = globalThis as unknown as Shipped;
        const other = webble.spawn((flag: Int32Array) => {
          while (Atomics.load(flag, 0) === 0);
          return 41;
        }, flag);
        return webble.executor.blockOn(function* () {
          return (yield* other) + 1;
        });
      }, flag);
      // Not asleep as before its task, which has spawned the other.
      await until(() => (webble.idleSnapshot() & 1) !== 0 && webble.workerLoads()[1] === 1);
      const { parks } = webble.stats().workers[0]!;
      // Asleep, not looking: it stays so until the other one has ended.
      await new Promise((resolve) => setTimeout(resolve, 30));
      assertEquals([webble.idleSnapshot() & 1, webble.stats().workers[0]!.parks], [1, parks]);
      Atomics.store(flag, 0, 1);
      assertEquals(await blocked.recv(), 42);
    },

    "blockOn() sees what others bring, though another task only gives way": async () => {
      await using _runtime = await pool(2);
      const stories = () => {
        const { executor, spawn, channel } = (globalThis as unknown as Shipped).webble;
        let isDone = false;
        executor.spawn(function* () {
          while (!isDone) yield* executor.yieldNow();
        });
        const result = executor.blockOn(() => spawn(() => 42));
        // Sent by a task that gives way from then on.
        const [sender, receiver] = channel.mpsc<string>(4);
        executor.spawn(function* () {
          yield* executor.yieldNow();
          sender.send("here");
          while (!isDone) yield* executor.yieldNow();
        });
        const message = executor.blockOn(() => receiver);
        isDone = true;
        executor.run();
        return [result, message];
      };
      assertEquals(await webble.spawn(stories).recv(), [42, "here"]);
      Object.defineProperty(globalThis, "webble", { value: webble, configurable: true });
      assertEquals(stories(), [42, "here"]);
      delete (globalThis as { webble?: unknown }).webble;
    },

    "blockOn() waits at several places where tasks wait for several things": async () => {
      await using _runtime = await pool(2);
      const words = new Int32Array(new SharedArrayBuffer(4));
      const seen = webble.spawn((words: Int32Array) => {
        const { webble } = globalThis as unknown as Shipped;
        // What a lock or a channel of one's own would do.
        const wakers = new Set<webble.executor.Waker>();
        const word: webble.executor.Wait = {
          what: "a word",
          source: "thread",
          blocking: {
            block: (timeoutMs) => {
              Atomics.wait(words, 0, 0, timeoutMs);
              if (Atomics.load(words, 0) !== 0) { for (const waker of wakers) waker.wake(); }
            },
          },
          arm: (waker) => wakers.add(waker),
        };
        const order: string[] = [];
        const other = webble.spawn(() => new Promise<void>((resolve) => setTimeout(resolve, 20)));
        webble.executor.spawn(function* () {
          yield* other;
          order.push("handle");
        });
        webble.executor.blockOn(function* () {
          while (Atomics.load(words, 0) === 0) yield word;
          order.push("word");
        });
        return order;
      }, words);
      setTimeout(() => {
        Atomics.store(words, 0, 1);
        Atomics.notify(words, 0);
      }, 150);
      assertEquals(await seen.recv(), ["handle", "word"]);
    },

    "a worker that blocks passes on the wake for stealable work": async () => {
      await using _runtime = await pool(3);
      const flag = new Int32Array(new SharedArrayBuffer(4));
      const blocked = webble.spawn((flag: Int32Array) => {
        const { webble } = globalThis as unknown as Shipped;
        const busy = webble.spawn((flag: Int32Array) => {
          while (Atomics.load(flag, 0) === 0);
        }, flag);
        webble.executor.blockOn(() => busy);
      }, flag);
      await until(() => webble.workerLoads().every((load, i) => load === (i < 2 ? 1 : 0)));
      // The third is asleep with a task on its hands, so that nobody prefers it to the first.
      const held = webble.spawn((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)), 10_000);
      await until(() => webble.idleSnapshot() === 0b101);
      for (let i = 0; i < 20; i++) assertEquals(await webble.spawnStealable((n: number) => n, i).recv(), i);
      assertEquals(blocked.finished, false);
      Atomics.store(flag, 0, 1);
      await blocked.recv();
      held.abort();
    },

    "a worker that blocks passes on a wake that came before": async () => {
      await using _runtime = await pool(2);
      const flags = new Int32Array(new SharedArrayBuffer(8));
      const blocked = webble.spawn(async (flags: Int32Array) => {
        const { webble } = globalThis as unknown as Shipped;
        const sleeps = () => new Promise<void>((resolve) => setTimeout(resolve, 60_000));
        const other = webble.spawn(sleeps);
        // The loop of this worker sleeps, with a bit that says so, while this callback runs.
        await new Promise((resolve) => setTimeout(resolve, 50));
        Atomics.store(flags, 0, 1);
        while (Atomics.load(flags, 1) === 0);
        try {
          webble.executor.blockOn(() => other);
        } finally {
          other.abort();
        }
      }, flags);
      await until(() => Atomics.load(flags, 0) === 1 && webble.idleSnapshot() === 0b11);
      const stealable = webble.spawnStealable((n: number) => n, 7);
      assertEquals(webble.idleSnapshot(), 0b10, "the wake is for the worker that is about to block");
      Atomics.store(flags, 1, 1);
      assertEquals(await stealable.recv(), 7);
      assertEquals(blocked.finished, false);
      const ended = assertRejects(() => blocked.recv(), webble.ShutdownError);
      await _runtime[Symbol.asyncDispose]();
      await ended;
    },

    "a worker that blocks goes on with an error when the other worker dies": async () => {
      await using _runtime = await pool(2);
      const blocked = webble.spawn(() => {
        const { webble } = globalThis as unknown as Shipped;
        const dying = webble.spawn(() => {
          setTimeout(() => close(), 20);
          return new Promise<void>(() => {});
        });
        try {
          webble.executor.blockOn(() => dying);
        } catch (error) {
          return (error as Error).name;
        }
      });
      assertEquals(await blocked.recv(), "WorkerLostError");
      assertEquals(await webble.spawn(() => 1).recv(), 1);
    },

    "shutdown() is not held up by a worker that blocks": async () => {
      const runtime = await pool(2);
      const blocked = webble.spawn(() => {
        const { webble } = globalThis as unknown as Shipped;
        const never = webble.spawn(() => new Promise<void>(() => {}));
        webble.executor.blockOn(() => never);
      });
      await until(() => (webble.idleSnapshot() & 1) !== 0 && webble.workerLoads()[1] === 1);
      const ended = assertRejects(() => blocked.recv(), webble.ShutdownError);
      await runtime[Symbol.asyncDispose]();
      await ended;
    },

    "a task keeps its context while it blocks and serves others": async () => {
      await using _runtime = await pool(4);
      const seen = await webble.spawn(async () => {
        const { webble } = globalThis as unknown as Shipped;
        const { id } = webble.context();
        const sleeps = (ms: number) => new Promise<number>((resolve) => setTimeout(() => resolve(ms), ms));
        const slow = webble.spawn(sleeps, 50);
        const own = webble.spawn(sleeps, 1);
        // It joins a handle of this thread while this thread blocks.
        const other = webble.spawn((handle: webble.WorkerHandle<number>) => handle.recv(), own);
        webble.executor.blockOn(() => slow);
        const after = webble.context().id;
        return [id === after, await other.recv()];
      }).recv();
      assertEquals(seen, [true, 1]);
    },

    "a worker blocks many times while others are busy": async () => {
      await using _runtime = await pool(3);
      const blocking = webble.spawn(() => {
        const { webble } = globalThis as unknown as Shipped;
        let sum = 0;
        for (let i = 0; i < 500; i++) {
          const handles = [webble.spawn((n: number) => n, i), webble.spawnStealable((n: number) => n, 1)];
          sum += webble.executor.blockOn(function* () {
            return (yield* handles[0]!) + (yield* handles[1]!);
          });
        }
        return sum;
      });
      let sum = 0;
      for (let i = 0; i < 500; i++) sum += await webble.spawnStealable((n: number) => n, i).recv();
      assertEquals([sum, await blocking.recv()], [124_750, 124_750 + 500]);
    },
  }),
  ...cases("executor and channels", {
    "yield* on a receiver gives each message, and undefined after the last": async () => {
      for (const make of [() => webble.channel.spsc<number>(1024).split(), () => webble.channel.mpmc<number>(8)]) {
        const own = new executor.Executor();
        const [sender, receiver] = make();
        const seen: unknown[] = [];
        const task = own.spawn(function* () {
          for (let message; (message = yield* receiver) !== undefined;) seen.push(message);
        });
        assertEquals(own.run(), "yielded");
        assertEquals([task.waitsFor, task.stats.polls], ["a message of a channel", 1]);
        sender.send(1);
        sender.send(2);
        assertEquals(seen, [], "not within the call");
        await webble.yieldNow();
        assertEquals(seen, [1, 2]);
        sender.send(3);
        sender.close();
        await task.join();
        assertEquals(seen, [1, 2, 3]);
      }
    },

    "a message of a worker wakes the task, which is not polled before": async () => {
      await using _runtime = await pool(1);
      const [sender, receiver] = webble.channel.mpsc<string>(4);
      webble.spawn(async (sender: webble.channel.Sender<string>) => {
        for (const text of ["a", "b"]) {
          await new Promise((resolve) => setTimeout(resolve, 150));
          sender.send(text);
        }
        sender.close();
      }, sender);
      sender.close();
      const task = executor.spawn(function* () {
        return [yield* receiver, yield* receiver, yield* receiver];
      });
      assertEquals(executor.run(), "yielded");
      assertEquals(await task.join(), ["a", "b", undefined]);
      assert(task.stats.polls <= 6, `${task.stats.polls} polls`);
    },

    "a task hears of a message when the ring's counter has come round to where the task began to wait": async () => {
      const own = new executor.Executor();
      const [sender, receiver] = webble.channel.spsc<number>(8).split();
      const first = own.spawn(function* () {
        return yield* receiver;
      });
      const { or } = Atomics;
      let second: Promise<number | undefined> | undefined;
      try {
        const got = own.blockOn(function* () {
          yield* executor.yieldNow();
          // Two of four places round; the task that waits has been woken, and has not run yet.
          sender.send(1);
          sender.send(2);
          receiver.tryRecv();
          receiver.tryRecv();
          // The other two, between the last look of one that begins to wait and its announcement, as another thread would.
          Atomics.or = ((...rest: Parameters<typeof or>) => {
            Atomics.or = or;
            sender.send(3);
            sender.send(4);
            return or(...rest);
          }) as typeof or;
          second = receiver.recvAsync();
          return yield* first;
        });
        assertEquals(got, 4);
      } finally {
        Atomics.or = or;
      }
      assertEquals(await second, 3);
    },

    "an evicted task takes no message with it, and close() ends the wait": async () => {
      const own = new executor.Executor();
      const [sender, receiver] = webble.channel.mpmc<number>(4);
      using other = receiver.clone();
      own.spawn(() => receiver);
      assertEquals(own.run(), "yielded");
      sender.send(1);
      own.evictAll();
      await webble.yieldNow();
      assertEquals(receiver.tryRecv(), 1);
      const closed = own.spawn(() => receiver);
      const left = own.spawn(() => other);
      assertEquals(own.run(), "yielded");
      receiver.close();
      assertEquals([await closed.join(), left.finished], [undefined, false]);
      sender.send(2);
      assertEquals(await left.join(), 2);
    },

    "one message for each of several tasks that wait on a receiver": async () => {
      const own = new executor.Executor();
      const [sender, receiver] = webble.channel.mpsc<number>(8);
      const tasks = [1, 2, 3].map(() => own.spawn(() => receiver));
      assertEquals(own.run(), "yielded");
      for (const n of [1, 2, 3]) {
        sender.send(n);
        await webble.yieldNow();
      }
      assertEquals((await Promise.all(tasks.map((task) => task.join()))).sort(), [1, 2, 3]);
    },

    "a plain loop over a receiver is told what to be": () => {
      const [, receiver] = webble.channel.mpsc<number>(1);
      const error = assertThrows(() => [...receiver], TypeError);
      assertStringIncludes(error.message, "for await");
      receiver.close();
    },

    "blockOn() in a worker waits for the message of another, and for the end of the channel": async () => {
      await using _runtime = await pool(2);
      const [sender, receiver] = webble.channel.spsc<number>(1024).split();
      const go = new Int32Array(new SharedArrayBuffer(4));
      const blocked = webble.spawn(
        (receiver: webble.channel.Receiver<number>, go: Int32Array) => {
          const { executor } = (globalThis as unknown as Shipped).webble;
          Atomics.store(go, 0, 1);
          return executor.blockOn(function* () {
            const seen: unknown[] = [];
            for (let message; (message = yield* receiver) !== undefined;) seen.push(message);
            return [seen, executor.tasks()[0]!.stats.polls];
          });
        },
        receiver,
        go,
      );
      await until(() => Atomics.load(go, 0) === 1);
      await new Promise((resolve) => setTimeout(resolve, 120));
      await webble.spawn(async (sender: webble.channel.Sender<number>) => {
        for (let i = 0; i < 100; i++) {
          if (i % 40 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
          await sender.sendAsync(i);
        }
        sender.close();
      }, sender).recv();
      const [seen, polls] = await blocked.recv();
      assertEquals(seen, Array.from({ length: 100 }, (_, i) => i));
      assert(typeof polls === "number" && polls <= 103, "it sleeps");
    },

    "blockOn() on main waits for a worker's message": async () => {
      await using _runtime = await pool(1);
      const [sender, receiver] = webble.channel.spsc<number>(1024).split();
      const done = webble.spawn((sender: webble.channel.Sender<number>) => {
        for (let i = 1; i <= 20; i++) sender.send(i);
      }, sender);
      const sum = executor.blockOn(function* () {
        let sum = 0;
        for (let i = 0; i < 20; i++) sum += (yield* receiver) ?? NaN;
        yield* done;
        return sum;
      });
      assertEquals(sum, 210);
    },

    "blockOn() in a worker that waits for a message and for a handle goes on with either": async () => {
      await using _runtime = await pool(3);
      const [sender, receiver] = webble.channel.mpsc<string>(4);
      const seen = await webble.spawn(
        (receiver: webble.channel.Receiver<string>, sender: webble.channel.Sender<string>) => {
          const { executor, spawn } = (globalThis as unknown as Shipped).webble;
          const order: string[] = [];
          const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
          const early = spawn(wait, 10);
          spawn(async (sender: webble.channel.Sender<string>) => {
            await new Promise<void>((resolve) => setTimeout(resolve, 200));
            sender.send("message");
          }, sender);
          executor.spawn(function* () {
            yield* early;
            order.push("handle");
          });
          executor.blockOn(function* () {
            order.push((yield* receiver)!);
          });
          return order;
        },
        receiver,
        sender,
      ).recv();
      assertEquals(seen, ["handle", "message"]);
    },

    "blockOn() throws DeadlockError for a message that only this thread could send": async () => {
      const blocksForIt = () => {
        const { channel, executor } = (globalThis as unknown as Shipped).webble;
        const ends = [
          channel.spsc<number>(64).split(),
          channel.mpmc<number>(4),
          channel.broadcast<number>(4),
          channel.oneshot<number>(),
        ];
        return ends.map(([, receiver]) => {
          try {
            executor.blockOn(() => receiver);
          } catch (error) {
            return `${error}`;
          }
        });
      };
      await using _runtime = await pool(1);
      Object.assign(globalThis, { webble });
      for (const said of [...blocksForIt(), ...await webble.spawn(blocksForIt).recv()]) {
        assertStringIncludes(said ?? "", "DeadlockError: Cannot go on");
        assertStringIncludes(said ?? "", "which only this thread could send");
      }
    },

    "blockOn() leaves a message to the tasks of its executor, whatever they wait for": async () => {
      await using _runtime = await pool(1);
      const [sender, receiver] = webble.channel.spsc<number>(64).split();
      const handle = webble.spawn(() => 20);
      const own = new executor.Executor();
      own.spawn(function* () {
        sender.send(yield* handle);
        yield* executor.yieldNow();
        sender.send(22);
      });
      const sum = own.blockOn(function* () {
        return (yield* receiver)! + (yield* receiver)!;
      });
      assertEquals(sum, 42);
    },

    "blockOn() waits where an end is on its way to another thread": async (t) => {
      await using _runtime = await pool(3);
      const seen = await webble.spawn(() => {
        const { channel, executor, spawn } = (globalThis as unknown as Shipped).webble;
        const sends = (sender: webble.channel.Sender<number>) => {
          const end = performance.now() + 30;
          while (performance.now() < end);
          sender.send(1);
        };
        return [channel.spsc<number>(64).split(), channel.mpsc<number>(4)].map(([sender, receiver]) => {
          spawn(sends, sender);
          return executor.blockOn(() => receiver);
        });
      }).recv();
      assertEquals(seen, [1, 1]);
      if (t.home !== "deno") return;
      // In a page such a worker takes its messages from a main thread that does not block.
      const worker = new Worker(await t.bundle("channel_worker.ts"), { type: "module" });
      const [questions, asked] = webble.channel.spsc<number>(64).split();
      const [answers, answered] = webble.channel.mpsc<number>(4);
      worker.postMessage({ do: "echo", receiver: asked, sender: answers });
      questions.send(7);
      assertEquals(executor.blockOn(() => answered), 7);
      worker.terminate();
    },

    "a worker that blocks for a message or a lock leaves stealable work to one that sleeps": async () => {
      for (const how of ["blockOn", "recv", "lockSync"]) {
        await using _runtime = await pool(2);
        const [sender, receiver] = webble.channel.mpsc<number>(4);
        const mutex = new webble.channel.Mutex<number>(1);
        const guard = await mutex.lock();
        const flag = new Int32Array(new SharedArrayBuffer(4));
        const blocked = webble.spawn(
          async (
            how: string,
            flag: Int32Array,
            receiver: webble.channel.Receiver<number>,
            mutex: webble.channel.Mutex<number>,
          ) => {
            const { webble } = globalThis as unknown as Shipped;
            // So that the loop of this worker sleeps when it blocks.
            await new Promise((resolve) => setTimeout(resolve, 50));
            Atomics.store(flag, 0, 1);
            if (how === "recv") receiver.recv();
            else if (how === "blockOn") webble.executor.blockOn(() => receiver);
            else mutex.lockSync()[Symbol.dispose]();
          },
          how,
          flag,
          receiver,
          mutex,
        );
        const held = webble.spawn(() => new Promise<void>((resolve) => setTimeout(resolve, 60_000)));
        await until(() => Atomics.load(flag, 0) === 1);
        await new Promise((resolve) => setTimeout(resolve, 50));
        for (let i = 0; i < 3; i++) assertEquals(await webble.spawnStealable((n: number) => n, i).recv(), i);
        assertEquals(blocked.finished, false, how);
        sender.send(1);
        guard[Symbol.dispose]();
        await blocked.recv();
        held.abort();
      }
    },

    "blockOn() in a worker goes on when the worker with the sender dies": async () => {
      await using _runtime = await pool(2);
      const [sender, receiver] = webble.channel.spsc<number>(1024).split();
      const blocked = webble.spawn((receiver: webble.channel.Receiver<number>) => {
        const { executor } = (globalThis as unknown as Shipped).webble;
        return executor.blockOn(function* () {
          return [yield* receiver, yield* receiver];
        });
      }, receiver);
      const dying = webble.spawn((sender: webble.channel.Sender<number>) => {
        sender.send(7);
        setTimeout(() => close(), 50);
        return new Promise<void>(() => {});
      }, sender);
      assertEquals(await blocked.recv(), [7, undefined]);
      await assertRejects(() => dying.recv(), webble.WorkerLostError);
    },
  }),
];

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 5000;
  while (!condition() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 1));
  assert(condition(), "in time");
}
