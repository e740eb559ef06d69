/**
 * Channels for one sender and one receiver.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases, type Context } from "../../harness/case.ts";

const { spsc, messageBytes, attach } = webble.channel;
type Sender<T> = webble.channel.Sender<T>;
type Receiver<T> = webble.channel.Receiver<T>;

const pool = (workers: number) => webble.builder().workers(workers).init();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A channel with room for so many of a message. */
function roomFor<T>(count: number, message: T): [Sender<T>, Receiver<T>] {
  return spsc<T>(count * messageBytes(message)).split();
}

async function ownWorker(t: Context): Promise<Worker & Disposable> {
  const worker = new Worker(await t.bundle("channel_worker.ts"), { type: "module" });
  return Object.assign(worker, { [Symbol.dispose]: () => worker.terminate() });
}

/** What a message may be. */
const MESSAGES: readonly unknown[] = [
  ...[0, -0, 1, -1, 2 ** 27 - 1, -(2 ** 27), 2 ** 27, 0.5, NaN, Infinity, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER],
  ...[
    "",
    "a",
    "abcd",
    "abcde",
    "é",
    "日本語",
    "\u{1f600}",
    "\ud800",
    "x".repeat(120),
    "x".repeat(121),
    "y".repeat(5000),
  ],
  ...[true, false, null, undefined, 12n, -(2n ** 90n), new Date(7), /x+/gi],
  { a: [1, { b: [2, 3] }], c: new Map([[1, new Set(["x"])]]) },
  [],
  new Uint8Array([1, 2, 3]),
  new Uint8Array(3000).fill(9),
  new Float64Array([0.5, -1]),
  { rows: new Float64Array(300).fill(0.5), bytes: new Uint8Array(1001).fill(7) },
];

/** The cases. */
export const spscChannels: Case[] = cases("spsc()", {
  "two messages fit into a ring with room for exactly two": () => {
    const [sender, receiver] = roomFor(2, "hello");
    sender.send("hello");
    sender.send("world");
    const error = assertThrows(() => sender.send("again"), webble.ChannelFullError);
    assertStringIncludes(error.message, "full (24 of 24 in use)");
    assertEquals(sender.trySend("again"), false);
    assertEquals([receiver.tryRecv(), receiver.tryRecv(), receiver.tryRecv()], ["hello", "world", undefined]);
  },

  "eight in, three out, three more in: all in order across the wrap": () => {
    const [sender, receiver] = roomFor(8, 0.5);
    for (let i = 0; i < 8; i++) sender.send(i + 0.5);
    assertEquals(sender.free, 0);
    for (let i = 0; i < 3; i++) assertEquals(receiver.tryRecv(), i + 0.5);
    assertEquals(sender.free, 36);
    for (let i = 8; i < 11; i++) sender.send(i + 0.5);
    for (let i = 3; i < 11; i++) assertEquals(receiver.tryRecv(), i + 0.5);
    assertEquals(receiver.tryRecv(), undefined);
    assertEquals([receiver.used, receiver.free, receiver.capacity], [0, 96, 96]);
  },

  "every kind of message arrives, wherever in the ring it begins": () => {
    const most = Math.max(...MESSAGES.map(messageBytes));
    const [sender, receiver] = spsc<unknown>(most + 4).split();
    for (let round = 0; round < 3; round++) {
      for (const message of MESSAGES) {
        sender.send(message);
        assertEquals(receiver.used, messageBytes(message));
        assertEquals(receiver.tryRecv(), message);
        sender.send(round);
        receiver.tryRecv();
      }
    }
    assertEquals(receiver.used, 0);
  },

  "into() gives bytes that fit as views of one array, wherever in the ring they lie": () => {
    const [sender, receiver] = spsc<unknown>(96).split();
    const target = new Uint8Array(40).fill(255);
    const { buffer } = target.subarray(8);
    assert(receiver.into(target.subarray(8)) === receiver);
    for (let round = 0; round < 40; round++) {
      const sent = Uint8Array.from({ length: 1 + round % 32 }, (_, i) => round + i);
      sender.send(sent);
      const got = receiver.tryRecv() as Uint8Array;
      assertEquals([got.buffer === buffer, got.byteOffset, got], [true, 8, sent]);
    }
    assertEquals(target.subarray(0, 8), new Uint8Array(8).fill(255));
    assertEquals(receiver.used, 0);
  },

  "into() leaves all other messages as they are, until it is taken back": async () => {
    const [sender, receiver] = spsc<unknown>(1024).split();
    const target = new Uint8Array(4);
    receiver.into(target);
    const others = [
      new Uint8Array(5).fill(1),
      new Uint8Array(0),
      new Int8Array([1]),
      { a: new Uint8Array([2]) },
      "four",
      4,
    ];
    for (const other of others) {
      sender.send(other);
      assertEquals(await receiver.recvAsync(), other);
    }
    assertEquals(target, new Uint8Array(4));
    sender.send(new Uint8Array([3]));
    assert((await receiver.recvAsync() as Uint8Array).buffer === target.buffer);
    // A buffer that was moved has no room.
    structuredClone(target, { transfer: [target.buffer] });
    sender.send(new Uint8Array([4]));
    assertEquals(receiver.tryRecv(), new Uint8Array([4]));
    receiver.into(new Uint8Array(4)).into(undefined);
    sender.send(new Uint8Array([5]));
    const own = receiver.tryRecv() as Uint8Array;
    assertEquals([own, own.buffer.byteLength], [new Uint8Array([5]), 1]);
    for (const wrong of [null, 8, new ArrayBuffer(8), new Int8Array(8), [1]]) {
      assertThrows(() => receiver.into(wrong as unknown as undefined), TypeError, "pass one, or undefined");
    }
    const error = assertThrows(() => receiver.into(new ArrayBuffer(8) as unknown as undefined), TypeError);
    assertStringIncludes(error.message, "Cannot receive into ArrayBuffer with 'into()'");
  },

  "into() holds for every way to wait, and for one receiver of several": async () => {
    for (const [sender, receiver] of [spsc<Uint8Array>(1024).split(), webble.channel.mpmc<Uint8Array>(8)]) {
      const target = new Uint8Array(2);
      receiver.into(target);
      const waiting = receiver.recvAsync();
      for (let n = 1; n <= 3; n++) sender.send(new Uint8Array([n, n]));
      sender.close();
      assertEquals([(await waiting)?.buffer === target.buffer, target], [true, new Uint8Array([1, 1])]);
      for await (const bytes of receiver) assertEquals(bytes.buffer === target.buffer, true);
      assertEquals(target, new Uint8Array([3, 3]));
    }
    const [sender, one] = webble.channel.broadcast<Uint8Array>(8);
    const other = sender.subscribe();
    one.into(new Uint8Array(8));
    for (let n = 1; n <= 2; n++) sender.send(new Uint8Array([n]));
    const [a, b] = [one.tryRecv(), one.tryRecv()];
    assertEquals([a, b, other.tryRecv(), other.tryRecv()].map((bytes) => bytes?.[0]), [2, 2, 1, 2]);
  },

  "what cannot go through memory is refused, and the channel is as before": () => {
    const [sender, receiver] = spsc<unknown>(4096).split();
    const { port1, port2 } = new MessageChannel();
    const refusals: [unknown, string][] = [
      [{ on: { click: () => 1 } }, "message.on.click is a function"],
      [[1, port1], "message[1] is a MessagePort, which a channel or a lock cannot carry"],
      [new Uint8Array(new SharedArrayBuffer(8)), "message is a SharedArrayBuffer"],
      [{ reply: [sender] }, "message.reply[0] is a Sender, which a channel or a lock cannot carry"],
      [webble.channel.mpsc(1), "message[0] is a Sender, which"],
      [webble.channel.watch(1)[1], "message is a Receiver, which"],
      [{ m: new webble.channel.Mutex(1) }, "message.m is a Mutex, which"],
      [[webble.channel.shared(Int8Array, 4)], "message[0] is a SharedArray, which"],
      [webble.transfer(new ArrayBuffer(8)), "to be moved with transfer()"],
    ];
    for (const [message, words] of refusals) {
      assertStringIncludes(assertThrows(() => sender.send(message), webble.NotSendError).message, words);
      assertThrows(() => sender.trySend(message), webble.NotSendError);
    }
    port1.close();
    port2.close();
    assertEquals(receiver.used, 0);
    sender.send("still here");
    assertEquals(receiver.tryRecv(), "still here");
  },

  "a handle is refused as a message, and stays": async () => {
    await using _runtime = await pool(1);
    const handle = webble.spawn(() => 5);
    const [sender] = spsc<unknown>(1024).split();
    assertThrows(() => sender.send(handle), webble.NotSendError);
    assertEquals(await webble.spawn((h: webble.WorkerHandle<number>) => h.recv(), handle).recv(), 5);
  },

  "sizes that are none are refused": () => {
    for (const bytes of [0, -8, NaN, 1.5, 3, 2 ** 40, Infinity]) {
      const error = assertThrows(() => spsc(bytes), RangeError);
      assertStringIncludes(error.message, "'bytes' must be an integer from 4 to");
      assertStringIncludes(error.message, `received ${bytes}`);
    }
    for (const bytes of ["64", undefined, null]) {
      const error = assertThrows(() => spsc(bytes as never), TypeError);
      assertStringIncludes(error.message, `received a value of type ${typeof bytes}`);
    }
  },

  "a message larger than the ring is a RangeError, also when it waits": async () => {
    const [sender, receiver] = spsc<string>(64).split();
    const error = assertThrows(() => sender.send("x".repeat(100)), RangeError);
    assertStringIncludes(error.message, "a message of 104 bytes through a channel of 64 bytes");
    assertThrows(() => sender.trySend("x".repeat(100)), RangeError);
    await assertRejects(() => sender.sendAsync("x".repeat(100)), RangeError);
    sender.send("fits");
    assertEquals(receiver.tryRecv(), "fits");
  },

  "split() gives its ends once": () => {
    const made = spsc(64);
    made.split();
    assertStringIncludes(assertThrows(() => made.split(), webble.HandleConsumedError).message, "split before");
  },

  "closing the sender ends the receiver after the last message": async () => {
    const [sender, receiver] = spsc<number>(64).split();
    sender.send(1);
    sender.send(2);
    sender.close();
    sender.close();
    assertEquals([sender.closed, receiver.closed], [true, false]);
    assertStringIncludes(assertThrows(() => sender.send(3), webble.ChannelClosedError).message, "is closed");
    assertThrows(() => sender.trySend(3), webble.ChannelClosedError);
    await assertRejects(() => sender.sendAsync(3), webble.ChannelClosedError);
    assertEquals(await receiver.recvAsync(), 1);
    assertEquals(receiver.tryRecv(), 2);
    assertEquals(receiver.closed, true);
    assertEquals([await receiver.recvAsync(), receiver.tryRecv()], [undefined, undefined]);
    assertEquals(await Array.fromAsync(receiver), []);
  },

  "closing the receiver is seen by the sender, and by who waits for room": async () => {
    const [sender, receiver] = roomFor(1, "full!");
    sender.send("full!");
    const waiting = sender.sendAsync("later");
    receiver.close();
    await assertRejects(() => waiting, webble.ChannelClosedError);
    assertThrows(() => sender.send("x"), webble.ChannelClosedError);
    assertEquals([sender.closed, receiver.closed, receiver.tryRecv()], [true, true, undefined]);
  },

  "close() settles those who wait on the same end": async () => {
    const [sender, receiver] = roomFor(1, 1);
    const received = receiver.recvAsync();
    receiver.close();
    assertEquals(await received, undefined);
    const other = roomFor(1, 1);
    other[0].send(1);
    const sent = other[0].sendAsync(2);
    other[0].close();
    await assertRejects(() => sent, webble.ChannelClosedError);
    assertEquals(await Array.fromAsync(other[1]), [1]);
    sender.close();
  },

  "'using' closes": async () => {
    const [sender, receiver] = spsc<number>(64).split();
    {
      using open = sender;
      open.send(1);
    }
    assertEquals(await Array.fromAsync(receiver), [1]);
  },

  "sendAsync() waits for room, in order, with a copy of the message": async () => {
    const [sender, receiver] = roomFor(2, [0]);
    const box = [0];
    const sent: number[] = [];
    const all = [0, 1, 2, 3, 4].map((n) => {
      box[0] = n;
      return sender.sendAsync(box).then(() => sent.push(n));
    });
    await sleep(5);
    assertEquals(sent, [0, 1]);
    // Those who wait go first.
    assertEquals(sender.trySend([9]), false);
    assertEquals(await Promise.all(all.map(() => receiver.recvAsync())), [[0], [1], [2], [3], [4]]);
    await Promise.all(all);
    assertEquals(sent, [0, 1, 2, 3, 4]);
  },

  "a wait can be given up, and no message is lost by it": async () => {
    const [sender, receiver] = roomFor(1, "a");
    const reason = new Error("enough");
    await assertRejects(() => receiver.recvAsync({ signal: AbortSignal.abort(reason) }), Error, "enough");
    const stop = new AbortController();
    const first = receiver.recvAsync({ signal: stop.signal });
    const second = receiver.recvAsync();
    stop.abort(reason);
    await assertRejects(() => first, Error, "enough");
    sender.send("a");
    assertEquals(await second, "a");
    sender.send("b");
    const giveUp = new AbortController();
    const unsent = sender.sendAsync("c", { signal: giveUp.signal });
    const sent = sender.sendAsync("d");
    giveUp.abort(reason);
    await assertRejects(() => unsent, Error, "enough");
    assertEquals([await receiver.recvAsync(), await receiver.recvAsync()], ["b", "d"]);
    await sent;
  },

  "recvAsync() rejects, and never throws": async () => {
    const [sender, receiver] = spsc<number>(64).split();
    await assertRejects(() => receiver.recvAsync({ signal: {} as AbortSignal }), TypeError, "an AbortSignal");
    await assertRejects(() => sender.sendAsync(1, { signal: {} as AbortSignal }), TypeError, "an AbortSignal");
    assertEquals(receiver.tryRecv(), undefined);
    sender.send(2);
    await assertRejects(() => receiver.recvAsync({ signal: {} as AbortSignal }), TypeError, "an AbortSignal");
    assertEquals(receiver.tryRecv(), 2);
    const options = {
      get signal(): AbortSignal {
        throw new Error("no signal");
      },
    };
    const rejected = receiver.recvAsync(options);
    await assertRejects(() => rejected, Error, "no signal");
  },

  "undefined is a message like any other for those who loop": async () => {
    const [sender, receiver] = spsc<number | undefined>(64).split();
    sender.send(undefined);
    sender.send(1);
    sender.send(undefined);
    sender.close();
    assertEquals(await Array.fromAsync(receiver), [undefined, 1, undefined]);
  },

  "leaving a loop leaves the receiver open": async () => {
    const [sender, receiver] = spsc<number>(64).split();
    for (let n = 0; n < 4; n++) sender.send(n);
    for await (const n of receiver) if (n === 1) break;
    assertEquals(receiver.tryRecv(), 2);
    sender.close();
    assertEquals(await Array.fromAsync(receiver), [3]);
  },

  "a loop over a flood of messages lets timers have their turn": async () => {
    await using _runtime = await pool(1);
    const [sender, receiver] = spsc<number>(1 << 16).split();
    const flood = webble.spawn((sender: Sender<number>) => {
      const end = performance.now() + 300;
      for (let n = 0; performance.now() < end; n++) while (!sender.trySend(n));
      sender.close();
    }, sender);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    let next = 0;
    for await (const n of receiver) assertEquals(n, next++);
    clearInterval(timer);
    await flood.recv();
    assert(ticks > 3, `${ticks} ticks in ${next} messages`);
  },

  "messages that are sent, or received, one after the other without a wait let timers have their turn": async () => {
    await using _runtime = await pool(1);
    const [sender, receiver] = spsc<number>(1 << 16).split();
    const sum = webble.spawn(async (receiver: Receiver<number>) => {
      let sum = 0;
      for (let n; (n = await receiver.recvAsync()) !== undefined;) sum += n;
      return sum;
    }, receiver);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const end = performance.now() + 300;
    let sent = 0;
    for (; performance.now() < end; sent++) await sender.sendAsync(1);
    // What is there is received without a wait, too.
    const [there, here] = spsc<number>(1 << 16).split();
    const until = performance.now() + 300;
    while (performance.now() < until) {
      there.send(1);
      assertEquals(await here.recvAsync(), 1);
    }
    clearInterval(timer);
    sender.close();
    assertEquals(await sum.recv(), sent);
    assert(ticks > 12, `${ticks} ticks`);
  },

  "messages are given in the order in which they were asked for, whether the event loop is due or not": async () => {
    for (const there of [0, 1, 2]) {
      const [sender, receiver] = spsc<number>(1 << 16).split();
      const [tail, head] = spsc<number>(1 << 16).split();
      const end = performance.now() + 8;
      const due = performance.now() + 4;
      while (performance.now() < end) {
        for (let i = 0; i < 8; i++) {
          tail.send(1);
          const message = head.recvAsync();
          if (performance.now() < due) await message;
        }
      }
      const order: unknown[] = [];
      const ask = () => receiver.recvAsync().then((n) => order.push(n));
      for (let n = 0; n < there; n++) sender.send(n);
      ask();
      if (there === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      ask();
      const last = ask();
      for (let n = there; n < 3; n++) sender.send(n);
      await last;
      assertEquals(order, [0, 1, 2], `${there} were there`);
    }
  },

  "both ends go to tasks, and pass each kind of message on": {
    timeoutMs: 30_000,
    run: async () => {
      await using _runtime = await pool(2);
      const [sender, between] = spsc<unknown>(8192).split();
      const [out, receiver] = spsc<unknown>(8192).split();
      const relay = webble.spawn(async ({ ends: [from, to] }: { ends: [Receiver<unknown>, Sender<unknown>] }) => {
        for await (const message of from) await to.sendAsync(message);
        to.close();
      }, { ends: [between, out] });
      const feed = (async () => {
        for (const message of MESSAGES) await sender.sendAsync(message);
        sender.close();
      })();
      let index = 0;
      for await (const message of receiver) assertEquals(message, MESSAGES[index++]);
      assertEquals(index, MESSAGES.length);
      await Promise.all([relay.recv(), feed]);
    },
  },

  "an end is moved by sending it: the one left behind says so": async () => {
    await using _runtime = await pool(1);
    const [sender, receiver] = spsc<number>(64).split();
    const task = webble.spawn(async (sender: Sender<number>) => {
      sender.send(1);
      await new Promise((resolve) => setTimeout(resolve, 30));
      sender.send(2);
      return sender;
    }, sender);
    const error = assertThrows(() => sender.send(3), webble.HandleConsumedError);
    assertStringIncludes(error.message, "Cannot send here as this sender was moved");
    assertThrows(() => webble.spawn((s: Sender<number>) => s.close(), sender), webble.WebbleError);
    sender.close();
    const back = await task.recv();
    back.send(3);
    back.close();
    assertEquals(await Array.fromAsync(receiver), [1, 2, 3]);
  },

  "a spawn that fails does not lose the end": async () => {
    await using _runtime = await pool(1);
    const [sender, receiver] = spsc<number>(64).split();
    const send = (sender: Sender<number>, _: unknown) => sender.send(7);
    assertThrows(() => webble.spawn(send, sender, (() => 1) as never), webble.NotSendError);
    sender.send(6);
    await webble.spawn(send, sender, 0).recv();
    assertEquals([receiver.tryRecv(), receiver.tryRecv()], [6, 7]);
  },

  "to block for ever on a channel that no other thread knows of is refused": async () => {
    await using _runtime = await pool(1);
    const seen = await webble.spawn(() => {
      const [sender, receiver] = webble.channel.spsc<string>(64).split();
      const fails = (run: () => unknown) => {
        try {
          return run();
        } catch (error) {
          return `${error}`.split(" as ")[0];
        }
      };
      const text = "x".repeat(30);
      const seen = [fails(() => receiver.recv()), receiver.recv(1)];
      sender.send(text);
      seen.push(fails(() => sender.sendSync(text)), sender.sendSync(text, 1), receiver.recv() === text);
      sender.close();
      return [...seen, receiver.recv()];
    }).recv();
    const refused = "DeadlockError: Cannot wait in '";
    assertEquals(seen, [`${refused}recv()'`, undefined, `${refused}sendSync()'`, false, true, undefined]);
  },

  "recv() blocks until a message arrives, or the time is up": async () => {
    await using _runtime = await pool(2);
    const [sender, receiver] = spsc<string>(64).split();
    const task = webble.spawn((receiver: Receiver<string>) => {
      const begun = performance.now();
      const nothing = receiver.recv(60);
      const waited = performance.now() - begun;
      const message = receiver.recv();
      return { nothing, waited, message, end: receiver.recv(), closed: receiver.closed };
    }, receiver);
    await sleep(150);
    sender.send("now");
    sender.close();
    const { nothing, waited, message, end, closed } = await task.recv();
    assertEquals([nothing, message, end, closed], [undefined, "now", undefined, true]);
    assert(waited >= 55 && waited < 5000, `waited ${waited} ms`);
  },

  "sendSync() does not overtake what waits in sendAsync()": async () => {
    await using _runtime = await webble.builder().workers(1).init();
    const [sender, receiver] = webble.channel.spsc<string>(webble.channel.messageBytes("a")).split();
    const sent = webble.spawn(async (sender: webble.channel.Sender<string>) => {
      sender.send("a");
      const later = sender.sendAsync("b");
      sender.sendSync("c");
      await later;
      sender.close();
    }, sender);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assertEquals(await Array.fromAsync(receiver), ["a", "b", "c"]);
    await sent.recv();
  },

  "sendSync() blocks until there is room, or the time is up": async () => {
    await using _runtime = await pool(1);
    const [sender, receiver] = roomFor(1, "a");
    const task = webble.spawn((sender: Sender<string>) => {
      const sent = [sender.sendSync("a"), sender.sendSync("b", 30), sender.sendSync("c")];
      sender.close();
      return sent;
    }, sender);
    await sleep(150);
    assertEquals(await Array.fromAsync(receiver), ["a", "c"]);
    assertEquals(await task.recv(), [true, false, true]);
  },

  "a timeout that is none is refused": async () => {
    await using _runtime = await pool(1);
    const [_sender, receiver] = spsc<string>(64).split();
    const said = await webble.spawn((receiver: Receiver<string>) => {
      return [NaN, -1, "5"].map((ms) => {
        try {
          receiver.recv(ms as number);
          return "nothing";
        } catch (error) {
          return String(error);
        }
      });
    }, receiver).recv();
    for (const text of said) assertStringIncludes(text, "TypeError: Cannot wait in 'recv()' as 'timeoutMs' must be");
  },

  "on a page's main thread nothing blocks, and the error says what to do": {
    only: "chromium",
    because: "Deno's main thread may block",
    run: () => {
      const [sender, receiver] = roomFor(1, 1);
      const error = assertThrows(() => receiver.recv(10), TypeError);
      assertStringIncludes(error.message, "use 'await receiver.recvAsync()' here");
      assertEquals(receiver.recv(0), undefined);
      assertStringIncludes(assertThrows(() => sender.sendSync(1), TypeError).message, "sender.sendAsync()");
      assertEquals(sender.sendSync(1, 0), true);
      assertEquals(sender.sendSync(1, 0), false);
    },
  },

  "Deno's main thread may block": {
    only: "deno",
    because: "a page's main thread must not block",
    run: async () => {
      await using _runtime = await pool(1);
      const [sender, receiver] = spsc<number>(64).split();
      assertEquals(receiver.recv(20), undefined);
      const task = webble.spawn((sender: Sender<number>) => {
        for (let n = 0; n < 1000; n++) sender.sendSync(n);
        sender.close();
      }, sender);
      for (let n = 0; n < 1000; n++) assertEquals(receiver.recv(), n);
      assertEquals(receiver.recv(), undefined);
      await task.recv();
    },
  },

  "a hundred thousand messages of all lengths between two tasks, blocking and not": {
    timeoutMs: 60_000,
    run: async () => {
      await using _runtime = await pool(2);
      for (const way of ["blocking", "waiting"]) {
        const [sender, receiver] = spsc<number | string>(1000).split();
        const sending = webble.spawn(
          async (sender: Sender<number | string>, way: string) => {
            for (let n = 0; n < 50_000; n++) {
              const message = n % 3 === 0 ? "m".repeat(n % 200) : n;
              if (way === "blocking") sender.sendSync(message);
              else await sender.sendAsync(message);
            }
            sender.close();
          },
          sender,
          way,
        );
        const receiving = webble.spawn(
          async (receiver: Receiver<number | string>, way: string) => {
            for (let n = 0; n < 50_000; n++) {
              const expected = n % 3 === 0 ? "m".repeat(n % 200) : n;
              const message = way === "blocking" ? receiver.recv() : await receiver.recvAsync();
              if (message !== expected) throw new Error(`message ${n} is ${message}`);
            }
            return await receiver.recvAsync();
          },
          receiver,
          way,
        );
        assertEquals(await receiving.recv(), undefined);
        await sending.recv();
      }
    },
  },

  "works with a worker of one's own, without a runtime": async (t) => {
    using worker = await ownWorker(t);
    const [sender, theirs] = spsc<unknown>(1 << 14).split();
    const [answers, receiver] = spsc<unknown>(1 << 14).split();
    // One as it is, one as its parts.
    worker.postMessage({ do: "echo", receiver: theirs, sender: answers.parts });
    for (const message of MESSAGES) {
      sender.send(message);
      assertEquals(await receiver.recvAsync(), message);
    }
    // Attached there by now.
    assertThrows(() => theirs.tryRecv(), webble.HandleConsumedError);
    assertThrows(() => answers.send(1), webble.HandleConsumedError);
    answers.close();
    sender.close();
    assertEquals(await receiver.recvAsync(), undefined);
  },

  "a worker of one's own blocks: a message that arrives while it waits is returned at once": async (t) => {
    using worker = await ownWorker(t);
    const [sender, theirs] = spsc<number>(1024).split();
    const [answers, receiver] = spsc<unknown>(1024).split();
    worker.postMessage({ do: "recv", receiver: theirs, sender: answers, timeoutMs: 2000 });
    sender.send(0);
    assertEquals(await receiver.recvAsync(), 0);
    await sleep(30);
    const begun = performance.now();
    sender.send(1);
    assertEquals(await receiver.recvAsync(), 1);
    assert(performance.now() - begun < 1500, "sooner than the timeout");
    assertEquals(await receiver.recvAsync(), "nothing");
    assertEquals(await receiver.recvAsync(), undefined);
  },

  "attach() refuses rubbish, and an end that is somebody's": () => {
    const [sender] = spsc(64).split();
    const { memory } = sender.parts;
    const rubbish: [unknown, string][] = [
      [undefined, "not the 'parts'"],
      [5, "not the 'parts'"],
      [{}, "not the 'parts'"],
      [{ parts: null }, "not the 'parts'"],
      [{ webble: "spsc.sender", memory: new ArrayBuffer(4096), numbers: [] }, "not the 'parts'"],
      [{ ...sender.parts, webble: "spsc.middle" }, "does not know it"],
      [{ ...sender.parts, memory: new SharedArrayBuffer(4096) }, "none that a channel has made"],
      [{ ...sender.parts, memory: new SharedArrayBuffer(0) }, "none that a channel has made"],
      [{ ...sender.parts, numbers: ["a"] }, "not the 'parts'"],
    ];
    for (const [parts, words] of rubbish) {
      assertStringIncludes(assertThrows(() => attach(parts), TypeError).message, words);
    }
    const again = attach<Sender<number>>(sender.parts);
    assertStringIncludes(
      assertThrows(() => attach(sender.parts), webble.HandleConsumedError).message,
      "attached before",
    );
    assertThrows(() => sender.send(1), webble.HandleConsumedError);
    again.send(1);
    again.close();
    assertEquals(attach<Sender<number>>(again.parts).closed, true);
    assertInstanceOf(memory, SharedArrayBuffer);
  },

  "an end that is garbage collected closes": {
    only: "deno",
    because: "a page cannot ask for a collection",
    timeoutMs: 30_000,
    run: async () => {
      const [, receiver] = spsc<number>(64).split();
      const end = performance.now() + 20_000;
      let waste: unknown[] = [];
      while (!receiver.closed && performance.now() < end) {
        for (let i = 0; i < 1000; i++) waste.push(new Array(1000).fill(i));
        waste = [];
        await sleep(1);
      }
      assertEquals(receiver.closed, true);
    },
  },

  "closures in bundled programs find the channels and the executor": {
    timeoutMs: 30_000,
    run: async (t) => {
      for (const minify of [false, true]) {
        const app = await import(await t.bundle("namespaces_app.ts", { minify }));
        assertEquals(await app.run(), { numbers: [0, 1, 2], made: 42, destructured: 12, explicit: 21 });
      }
    },
  },
});
