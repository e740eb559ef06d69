/**
 * Channels for many senders, and for one message.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { quietly } from "./death.ts";

const { mpmc, mpsc, oneshot, attach, spsc } = webble.channel;
type Sender<T> = webble.channel.Sender<T>;
type Receiver<T> = webble.channel.Receiver<T>;

const pool = (workers: number) => webble.builder().workers(workers).init();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const ascending = (numbers: number[]) => numbers.toSorted((a, b) => a - b);

/** The cases. */
export const queues: Case[] = cases("queues", {
  "mpsc() holds exactly its capacity, in order, round after round": () => {
    for (const capacity of [1, 2, 3, 7]) {
      const [sender, receiver] = mpsc<number>(capacity);
      let next = 0;
      for (let round = 0; round < 5; round++) {
        for (let n = 0; n < capacity; n++) sender.send(10 * round + n);
        assertThrows(() => sender.send(99), webble.ChannelFullError);
        assertEquals([sender.used, sender.free, receiver.capacity], [capacity, 0, capacity]);
        for (let n = 0; n < capacity; n++) assertEquals(receiver.tryRecv(), 10 * round + n);
        assertEquals(receiver.tryRecv(), undefined);
        next++;
      }
      assertEquals(next, 5);
    }
  },

  "a receiver that was closed arrives closed": () => {
    const [sender, receiver] = spsc<number>(64).split();
    sender.send(1);
    receiver.close();
    const arrived = attach<Receiver<number>>(receiver.parts);
    assertEquals([arrived.closed, arrived.tryRecv()], [true, undefined]);
  },

  "a closed sender of a broadcast cannot be cloned": () => {
    const [sender, receiver] = webble.channel.broadcast<number>(2);
    sender.close();
    assertEquals(receiver.closed, true);
    assertThrows(() => sender.clone(), webble.ChannelClosedError);
    assertThrows(() => attach<Sender<number>>(sender.parts).send(1), webble.ChannelClosedError);
  },

  "sendAsync() given up makes way for the next, if there is room for that": async () => {
    const [sender, receiver] = spsc<number | string>(64).split();
    sender.send("x".repeat(40));
    const abort = new AbortController();
    const large = sender.sendAsync("y".repeat(40), abort);
    const small = sender.sendAsync(1);
    abort.abort(new Error("given up"));
    await assertRejects(() => large, Error, "given up");
    await small;
    assertEquals([receiver.tryRecv(), receiver.tryRecv()], ["x".repeat(40), 1]);
  },

  "short and long messages share the slots": () => {
    const [sender, receiver] = mpsc<unknown>(2);
    const messages = [1, "x".repeat(1000), { a: new Uint8Array(5000).fill(3) }, "x".repeat(56), "x".repeat(57), null];
    for (const message of messages) {
      sender.send(message);
      sender.send(0);
      assertEquals(receiver.tryRecv(), message);
      assertEquals(receiver.tryRecv(), 0);
    }
  },

  "a message that is too long says which option makes room": () => {
    const [sender, receiver] = mpsc<string>(4, { messageBytes: 100 });
    sender.send("x".repeat(80));
    const error = assertThrows(() => sender.send("x".repeat(120)), RangeError);
    assertStringIncludes(error.message, "a message of 124 bytes through a channel made for 100 bytes each");
    assertStringIncludes(error.message, "'messageBytes'");
    assertEquals(receiver.tryRecv(), "x".repeat(80));
    assertEquals(receiver.tryRecv(), undefined);
  },

  "capacities and sizes that are none are refused": () => {
    for (const make of [mpsc, mpmc]) {
      for (const capacity of [0, -1, NaN, 1.5, 2 ** 30]) {
        assertStringIncludes(assertThrows(() => make(capacity), RangeError).message, "'capacity' must be");
      }
      for (const capacity of ["4", undefined]) {
        assertStringIncludes(assertThrows(() => make(capacity as never), TypeError).message, "'capacity' must be");
      }
      for (const messageBytes of [0, -1, NaN, 1.5, 2 ** 40]) {
        assertStringIncludes(
          assertThrows(() => make(4, { messageBytes }), RangeError).message,
          "'messageBytes' must be",
        );
      }
      assertStringIncludes(
        assertThrows(() => make(1e6, { messageBytes: 1e6 }), RangeError).message,
        "choose a smaller",
      );
    }
    assertThrows(() => oneshot({ messageBytes: 0 }), RangeError);
    const { broadcast, watch } = webble.channel;
    for (
      const make of [
        () => mpsc(2, 5 as never),
        () => mpmc(2, 5 as never),
        () => broadcast(2, 5 as never),
        () => watch(2, 5 as never),
        () => oneshot(5 as never),
      ]
    ) assertThrows(make, TypeError, "Cannot make a channel with 5: pass options such as { messageBytes: 64 }");
  },

  "clones keep the channel open until the last is closed": async () => {
    const [sender, receiver] = mpsc<number>(4);
    const other = sender.clone();
    sender.send(1);
    sender.close();
    assertThrows(() => sender.send(2), webble.ChannelClosedError);
    assertThrows(() => sender.clone(), webble.ChannelClosedError);
    other.send(2);
    other.close();
    assertEquals(await Array.fromAsync(receiver), [1, 2]);
    const [more, first] = mpmc<number>(4);
    const second = first.clone();
    first.close();
    more.send(3);
    assertEquals(second.tryRecv(), 3);
    second.close();
    assertThrows(() => more.send(4), webble.ChannelClosedError);
  },

  "what there is only one of is not cloned": () => {
    const [sender, receiver] = spsc(64).split();
    assertStringIncludes(assertThrows(() => sender.clone(), TypeError).message, "use 'mpsc()'");
    assertThrows(() => receiver.clone(), TypeError);
    assertThrows(() => mpsc(4)[1].clone(), TypeError);
    assertThrows(() => oneshot()[0].clone(), TypeError);
  },

  "senders cloned by sending them: all messages arrive, those of each in order": {
    timeoutMs: 60_000,
    run: async () => {
      await using _runtime = await pool(3);
      for (const capacity of [1, 3, 64]) {
        const [sender, receiver] = mpsc<[number, number]>(capacity);
        const tasks = [0, 1, 2, 3].map((who) =>
          webble.spawn(
            async (sender: Sender<[number, number]>, who: number) => {
              for (let n = 0; n < 3000; n++) {
                if (who % 2 === 0) sender.sendSync([who, n]);
                else await sender.sendAsync([who, n]);
              }
              sender.close();
            },
            sender,
            who,
          )
        );
        sender.close();
        const next = [0, 0, 0, 0];
        for await (const [who, n] of receiver) assertEquals(n, next[who]!++);
        assertEquals(next, [3000, 3000, 3000, 3000]);
        await Promise.all(tasks.map((task) => task.recv()));
      }
    },
  },

  "mpmc() gives each message to one of the receivers": {
    timeoutMs: 60_000,
    run: async () => {
      await using _runtime = await pool(4);
      for (const capacity of [1, 2, 50]) {
        const [sender, receiver] = mpmc<number>(capacity);
        const senders = [0, 1].map((who) =>
          webble.spawn(
            (sender: Sender<number>, who: number) => {
              for (let n = 0; n < 4000; n++) sender.sendSync(who * 10_000 + n);
              sender.close();
            },
            sender,
            who,
          )
        );
        const receivers = [0, 1].map((way) =>
          webble.spawn(
            async (receiver: Receiver<number>, way: number) => {
              const got: number[] = [];
              if (way === 0) { for await (const n of receiver) got.push(n); }
              else for (let n = receiver.recv(); n !== undefined; n = receiver.recv()) got.push(n);
              return got;
            },
            receiver,
            way,
          )
        );
        sender.close();
        receiver.close();
        const got = await Promise.all(receivers.map((task) => task.recv()));
        for (const list of got) {
          for (const who of [0, 1]) {
            const own = list.filter((n) => Math.floor(n / 10_000) === who);
            assertEquals(own, ascending(own));
          }
        }
        const all = ascending(got.flat());
        assertEquals(all.length, 8000);
        assertEquals(new Set(all).size, 8000);
        for (const task of senders) await task.recv();
      }
    },
  },

  "a spawn that fails does not count": async () => {
    await using _runtime = await pool(1);
    const [sender, receiver] = mpsc<number>(4);
    const send = (sender: Sender<number>, _: unknown) => {
      sender.send(7);
      sender.close();
    };
    assertThrows(() => webble.spawn(send, sender, (() => 1) as never), webble.NotSendError);
    await webble.spawn(send, sender, 0).recv();
    sender.close();
    assertEquals(await Array.fromAsync(receiver), [7]);
  },

  "ends given to a task that fails, is aborted, or never begins, are closed": async () => {
    await using _runtime = await pool(1);
    const ends = {
      mpsc: () => mpsc<number>(4),
      mpmc: () => mpmc<number>(4),
      spsc: () => spsc<number>(64).split(),
    };
    const busy = (words: Int32Array) => {
      while (Atomics.load(words, 0) === 0);
    };
    const send = (sender: Sender<number>, ..._: unknown[]) => sender.close();
    type Give = (sender: Sender<number>) => webble.WorkerHandle<unknown>;
    const behind = async (give: Give, sender: Sender<number>) => {
      const words = new Int32Array(new SharedArrayBuffer(4));
      const first = webble.spawn(busy, words);
      const task = give(sender);
      assert(task.abort());
      Atomics.store(words, 0, 1);
      await first.recv();
      return task;
    };
    const ways: Record<string, (sender: Sender<number>) => unknown> = {
      "aborted before it begins": (sender) => behind((sender) => webble.spawn(send, sender), sender),
      "stealable, aborted before it begins": (sender) =>
        behind((sender) => webble.spawnStealable(send, sender), sender),
      "with a handle, aborted before it begins": (sender) =>
        behind((sender) => webble.spawn(send, sender, webble.spawn(() => 1)), sender),
      "throws": (sender) =>
        webble.spawn((_: Sender<number>) => {
          throw new Error("amid");
        }, sender),
      "throws, with the end within": (sender) =>
        webble.spawn((_: { list: Sender<number>[] }) => Promise.reject(new Error("late")), { list: [sender] }),
      "gives what cannot cross": (sender) => webble.spawn((_: Sender<number>) => (() => 1) as never, sender),
      "has no such function": (sender) =>
        webble.spawn(webble.tasks<{ no: typeof send }>("data:text/javascript,").no, sender),
      "is aborted, and returns": async (sender) => {
        const words = new Int32Array(new SharedArrayBuffer(4));
        const task = webble.spawn(
          (_: Sender<number>, words: Int32Array) => {
            Atomics.store(words, 0, 1);
            const context = webble.context();
            while (!context.aborted);
          },
          sender,
          words,
        );
        while (Atomics.load(words, 0) === 0) await webble.yieldNow();
        assert(task.abort());
        return task;
      },
      "is aborted, and gives it back": async (sender) => {
        const task = webble.spawn(async (sender: Sender<number>) => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          return { back: sender };
        }, sender);
        await webble.spawn(() => 1).recv();
        task.abort();
        return task;
      },
    };
    for (const [name, make] of Object.entries(ends)) {
      for (const [way, run] of Object.entries(ways)) {
        // What a clone on the worker holds open, when it has given one back, is that clone's own.
        if (way === "is aborted, and gives it back" && name !== "spsc") continue;
        const [sender, receiver] = make();
        const task = await run(sender) as webble.WorkerHandle<unknown>;
        await task.recv().then(() => assert(false, "it fails"), () => {});
        sender.close();
        assertEquals(await Array.fromAsync(receiver), [], `${name}, ${way}`);
      }
    }
  },

  "what a failing task was given beside ends of channels is left alone": async () => {
    await using _runtime = await pool(1);
    const array = webble.channel.shared(Float64Array, 4);
    const mutex = new webble.channel.Mutex(1);
    const [sender, receiver] = mpsc<number>(4);
    type Given = { array: webble.channel.SharedArray<Float64Array>; mutex: webble.channel.Mutex<number> };
    const fails = (_: Given, __: Sender<number>) => {
      throw new Error("amid");
    };
    await assertRejects(() => webble.spawn(fails, { array, mutex }, sender).recv(), Error, "amid");
    await assertRejects(() => webble.onMain(fails, { array, mutex }, sender).recv(), Error, "amid");
    const begun = new Int32Array(new SharedArrayBuffer(4));
    const gives = webble.spawn(
      async (given: Given, sender: Sender<number>, begun: Int32Array<SharedArrayBuffer>) => {
        Atomics.store(begun, 0, 1);
        await new Promise((resolve) => setTimeout(resolve, 30));
        return { ...given, sender };
      },
      { array, mutex },
      sender,
      begun,
    );
    while (Atomics.load(begun, 0) === 0) await webble.yieldNow();
    gives.abort();
    const end = performance.now() + 5000;
    while (webble.stats().tasks.live > 0 && performance.now() < end) await webble.yieldNow();
    array.at(0);
    assertEquals([array.freed, (await mutex.lock()).value, sender.closed], [false, 1, false]);
    sender.send(7);
    assertEquals(await receiver.recvAsync(), 7);
  },

  "an end that a task had received, beside a handle, when its worker died is let go of once": async () => {
    await using _runtime = await pool(1);
    const [sender, receiver] = mpsc<number>(64);
    // Sent some times, its memory is only named.
    for (let i = 0; i < 6; i++) {
      await webble.spawn((sender: Sender<number>) => sender.close(), sender).recv();
      await sleep(10);
    }
    const task = webble.spawnStealable(
      (sender: Sender<number>, _: number) => {
        sender.send(1);
        return new Promise<void>(() => {});
      },
      sender,
      webble.spawn(() => 2) as never,
    );
    assertEquals(await receiver.recvAsync(), 1);
    task.abort("enough", { force: true });
    await assertRejects(() => task.recv(), webble.AbortError);
    // The record is used again once the worker is gone.
    await webble.spawn(() => {}).recv();
    await sleep(500);
    assertEquals([webble.stats().tasks.live, sender.closed], [0, false]);
    sender.send(2);
    assertEquals(await receiver.recvAsync(), 2);
  },

  "ends given to tasks that had not begun at shutdown are closed": async () => {
    const runtime = await pool(1);
    const [sender, receiver] = mpsc<number>(4);
    const begun = new Int32Array(new SharedArrayBuffer(4));
    webble.spawn((begun: Int32Array<SharedArrayBuffer>) => {
      Atomics.store(begun, 0, 1);
      const end = performance.now() + 200;
      while (performance.now() < end);
    }, begun).recv().catch(() => {});
    while (Atomics.load(begun, 0) === 0) await webble.yieldNow();
    const task = webble.spawn((sender: Sender<number>) => sender.send(1), sender);
    sender.close();
    await runtime[Symbol.asyncDispose]();
    await assertRejects(() => task.recv(), webble.ShutdownError);
    assertEquals(await Array.fromAsync(receiver), []);
  },

  "ends given to a task whose worker dies before it begins are closed": async () => {
    await using _runtime = await pool(1);
    const [sender, receiver] = mpsc<number>(4);
    const dies = webble.spawn(() => {
      const end = performance.now() + 100;
      while (performance.now() < end);
      self.close();
    });
    const behind = webble.spawn((sender: Sender<number>) => sender.send(1), sender);
    sender.close();
    await Promise.allSettled([dies.recv(), behind.recv()]);
    assertEquals(await Array.fromAsync(receiver), []);
  },

  "an end that was posted is another end; one posted too late is closed": async () => {
    const [sender, receiver] = mpsc<number>(4);
    const { port1, port2 } = new MessageChannel();
    const arrived = new Promise((resolve) => port2.onmessage = ({ data }) => resolve(data));
    port1.postMessage(sender);
    const other = attach<Sender<number>>(await arrived);
    sender.send(1);
    sender.close();
    other.send(2);
    other.close();
    assertEquals(await Array.fromAsync(receiver), [1, 2]);
    assertEquals(attach<Sender<number>>(sender.parts).closed, true);
    port1.close();
    port2.close();
  },

  "oneshot() carries one message, then is closed": async () => {
    const [sender, receiver] = oneshot<string>();
    const waiting = receiver.recvAsync();
    sender.send("done");
    assertThrows(() => sender.send("again"), webble.ChannelClosedError);
    assertEquals([await waiting, await receiver.recvAsync(), receiver.closed], ["done", undefined, true]);
    const [unused, disappointed] = oneshot<string>();
    unused.close();
    assertEquals([await disappointed.recvAsync(), disappointed.closed], [undefined, true]);
    assertThrows(() => oneshot<string>({ messageBytes: 16 })[0].send("x".repeat(100)), RangeError);
  },

  "the death of one sender holds nobody up, and that of the last one ends the channel": {
    timeoutMs: 30_000,
    run: () =>
      quietly(async () => {
        await using _runtime = await pool(3);
        const [sender, receiver] = mpsc<string>(2);
        const dying = webble.spawn((sender: Sender<string>) => {
          sender.send("dying");
          (globalThis as { kept?: unknown }).kept = sender;
          setTimeout(() => self.close(), 30);
          return new Promise<never>(() => {});
        }, sender);
        const living = webble.spawn(async (sender: Sender<string>) => {
          await new Promise((resolve) => setTimeout(resolve, 200));
          sender.sendSync("living");
          (globalThis as { kept?: unknown }).kept = sender;
          setTimeout(() => self.close(), 100);
          return new Promise<never>(() => {});
        }, sender);
        sender.close();
        assertEquals(await Array.fromAsync(receiver), ["dying", "living"]);
        for (const task of [dying, living]) await assertRejects(() => task.recv(), webble.WorkerLostError);
      }),
  },

  "senders that are terminated while they send leave a channel that works": {
    timeoutMs: 60_000,
    run: () =>
      quietly(async () => {
        await using _runtime = await pool(3);
        const [sender, receiver] = mpmc<string>(4);
        const spam = (sender: Sender<string>, sending: Int32Array) => {
          const end = Date.now() + 700;
          for (let n = 0; Date.now() < end; n++) {
            sender.sendSync(String(n % 100).repeat(60), 50);
            Atomics.store(sending, 0, 1);
          }
          sender.close();
        };
        let got = 0;
        let whole = true;
        const receiving = (async () => {
          for await (const message of receiver) {
            got++;
            const digits = message.slice(0, message.length / 60);
            if (message !== digits.repeat(60)) whole = false;
          }
        })();
        for (let round = 0; round < 4; round++) {
          const sending = [0, 1].map(() => new Int32Array(new SharedArrayBuffer(4)));
          const tasks = sending.map((flag) => webble.spawn(spam, sender, flag));
          // The end that goes with a task which is aborted before it starts stays open.
          while (sending.some((flag) => Atomics.load(flag, 0) === 0)) await sleep(1);
          await sleep(20);
          tasks[0]!.abort("enough", { force: true });
          for (const task of tasks) await task.recv().catch(() => {});
        }
        const before = got;
        await webble.spawn((sender: Sender<string>) => sender.sendSync("9".repeat(60), 10_000), sender).recv();
        sender.close();
        // What the last task left open is collected with its worker, or closes when that ends.
        await webble.shutdown();
        await receiving;
        assert(got > before && whole, `${got} messages`);
      }),
  },
});
