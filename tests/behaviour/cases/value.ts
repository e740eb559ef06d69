/**
 * Values that cross threads, and those that cannot.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { inOtherRealm } from "../../harness/realm.ts";

const pool = (workers: number) => webble.builder().workers(workers).init();
const echo = (value: unknown) => value;

/** What `spawn` says of an argument that the types would refuse. */
function refusal(...args: unknown[]): webble.NotSendError {
  const error = assertThrows(() => webble.spawn(echo as (...args: unknown[]) => unknown, ...args), webble.NotSendError);
  assertInstanceOf(error, webble.NotSendError);
  return error;
}

/** The cases. */
export const value: Case[] = cases("value", {
  "everything structured clone accepts comes back equal": async () => {
    await using _runtime = await pool(1);
    const values: unknown[] = [
      undefined,
      null,
      true,
      0,
      -0,
      NaN,
      1.5,
      -Infinity,
      2n ** 200n,
      -5n,
      "",
      "short",
      "ünïcödé ✓ 🎉 \ud800 lone",
      "x".repeat(100_000),
      "✓".repeat(50_000),
      new Date(0),
      /a+b/giu,
      new Map<unknown, unknown>([["a", 1], [{ k: 1 }, new Set([1, "2"])]]),
      new Set([1, 2, 3]),
      [1, , 3],
      { a: { b: { c: [1, { d: null }] } }, "odd key": undefined },
      new Uint8Array([1, 2, 3]),
      new Float64Array([0.1, -0, NaN]),
      new BigInt64Array([1n, -1n]),
      new Uint8Array(100_000).fill(7),
      new Uint8Array([1, 2, 3]).buffer,
      new DataView(new Uint8Array([1, 2, 3]).buffer, 1),
      Object(5),
      Object("boxed"),
    ];
    for (const value of values) assertEquals(await webble.spawn(echo, value).recv(), structuredClone(value));
    assertEquals(await webble.spawn(echo, values).recv(), structuredClone(values));
    assertEquals(webble.stats().heap.used, 0);
  },

  "values of another realm arrive as what they are": async () => {
    await using _runtime = await pool(1);
    const evaluate = await inOtherRealm();
    const source = `({
      when: new Date(5),
      pattern: /a/g,
      list: [1, new Map([[new Set([1]), { deep: true }]])],
      bytes: new Uint8Array([1, 2]).buffer,
      view: new Float64Array(2),
      box: Object(5),
      error: new RangeError("far"),
    })`;
    // Twice: once an object of that realm has been seen, the rest has to be seen for what it is all the same.
    for (let time = 0; time < 2; time++) {
      const value = evaluate(source);
      assertEquals(await webble.spawn(echo, value).recv(), structuredClone(value));
    }
    const error = await webble.spawn(echo, evaluate("new RangeError('far')")).recv();
    assertInstanceOf(error, RangeError);
  },

  "cycles and shared references keep their shape, across arguments too": async () => {
    await using _runtime = await pool(1);
    const node: { self?: unknown; list: number[] } = { list: [1] };
    node.self = node;
    const same = await webble.spawn(
      (a: { self?: unknown; list: number[] }, b: unknown, list: unknown) => [a === b, a.self === a, a.list === list, a],
      node,
      node as unknown,
      node.list as unknown,
    ).recv() as [boolean, boolean, boolean, { self: unknown }];
    assertEquals(same.slice(0, 3), [true, true, true]);
    assertStrictEquals(same[3].self, same[3]);
  },

  "many arguments, few arguments, none": async () => {
    await using _runtime = await pool(1);
    const count = (...args: unknown[]) => args;
    for (
      const args of [[], [1], [1, true], [1, null, undefined], [1, 2, 3, 4], [1, 2, 3, 4, 5], ["a", 1, {}, [], 2, 3]]
    ) {
      assertEquals(await webble.spawn(count, ...args).recv(), args);
    }
  },

  "shared memory arrives as the same memory": async () => {
    await using _runtime = await pool(2);
    const shared = new Int32Array(new SharedArrayBuffer(64), 8, 4);
    const tasks = Array.from(
      { length: 8 },
      (_, i) =>
        (i % 2 ? webble.spawn : webble.spawnStealable)(
          (view: Int32Array, by: number) => {
            Atomics.add(view, 1, by);
            return view.byteOffset;
          },
          shared,
          i,
        ),
    );
    assertEquals(await Promise.all(tasks.map((task) => task.recv())), Array(8).fill(8));
    assertEquals(shared[1], 28);
    const back = await webble.spawn((view: Int32Array) => view, shared).recv();
    assertStrictEquals(back.length, 4);
    Atomics.store(back, 0, 99);
    assertEquals(shared[0], 99);
  },

  "transfer() moves, there and back": async () => {
    await using _runtime = await pool(2);
    const bytes = new Uint8Array(1_000_000).fill(3);
    const task = webble.spawn((bytes: Uint8Array<ArrayBuffer>) => {
      bytes[0] = 9;
      return webble.transfer(bytes);
    }, webble.transfer(bytes));
    assertEquals(bytes.byteLength, 0);
    const back = await task.recv();
    assertEquals([back.length, back[0], back[1]], [1_000_000, 9, 3]);
    const stealable = webble.spawnStealable((b: ArrayBuffer) => b.byteLength, webble.transfer(new ArrayBuffer(16)));
    assertEquals(await stealable.recv(), 16);
    assertThrows(() => webble.transfer({}, [1 as unknown as ArrayBuffer]), TypeError);
  },

  "what is moved gets threads going that sleep, from every thread to every thread, each time": async () => {
    await using _runtime = await pool(2);
    const further = (bytes: Uint8Array<ArrayBuffer>) => {
      const next = (bytes: Uint8Array<ArrayBuffer>) => {
        bytes[1]!++;
        return webble.transfer(bytes);
      };
      bytes[0]!++;
      // The least loaded worker is the other one.
      return webble.spawn(next, webble.transfer(bytes)).recv().then((bytes) => webble.transfer(bytes));
    };
    let bytes = new Uint8Array(100);
    for (let round = 1; round <= 250; round++) {
      // Amid the search for work, and asleep for long.
      if (round % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      bytes = await webble.spawn(further, webble.transfer(bytes)).recv();
      assertEquals([...bytes.subarray(0, 3)], [round, round, 0]);
    }
  },

  "what main cannot pass on from worker to worker is lost to its task alone": async () => {
    await using _runtime = await pool(2);
    const { postMessage } = Worker.prototype;
    const [sender, receiver] = webble.channel.spsc<number>(64).split();
    let refused = 0;
    Worker.prototype.postMessage = function (this: Worker, message: unknown, moved: Transferable[]) {
      // As a platform may that finds something gone which it is to move.
      if (moved.length > 0 && refused++ === 0) throw new DOMException("it is gone", "DataCloneError");
      return postMessage.call(this, message, { transfer: moved });
    } as typeof postMessage;
    try {
      const messages = await webble.spawn((sender: webble.channel.Sender<number>) => {
        const size = (buffer: ArrayBuffer, _?: webble.channel.Sender<number>) => buffer.byteLength;
        // To the other worker, to this one, and to the other again.
        const all = [8, 16, 24].map((bytes, i) => {
          const buffer = webble.transfer(new ArrayBuffer(bytes));
          return (i === 0 ? webble.spawn(size, buffer, sender) : webble.spawn(size, buffer)).recv();
        });
        return Promise.all(all.map((one) => one.catch((error: Error) => `${error.name}: ${error.message}`)));
      }, sender).recv();
      assertStringIncludes(`${messages[0]}`, "NotSendError: Cannot start task");
      assertStringIncludes(`${messages[0]}`, "was to be posted with it is not here: it was moved elsewhere");
      assertEquals([messages.slice(1), refused], [[16, 24], 2]);
      assertEquals(await Array.fromAsync(receiver), [], "the end that was posted with it is let go of");
    } finally {
      Worker.prototype.postMessage = postMessage;
    }
  },

  "transfer() of what is no list is refused": () => {
    for (const [list, words] of [["abc", '"abc"'], [null, "null"], [new Set(), "an object"]] as const) {
      const error = assertThrows(() => webble.transfer({}, list as never), TypeError);
      assertStringIncludes(error.message, `'list' must be an array of what to move: received ${words}`);
    }
  },

  "what only postMessage carries arrives too, from every thread to every thread": async () => {
    await using _runtime = await pool(2);
    const text = await webble.spawn(async (blob: Blob, n: number) => `${await blob.text()} ${n}`, new Blob(["blob"]), 1)
      .recv();
    assertEquals(text, "blob 1");
    const { port1, port2 } = new MessageChannel();
    const heard = new Promise((resolve) => port1.onmessage = (event) => resolve(event.data));
    await webble.spawn((port: MessagePort) => {
      port.postMessage("through the port");
      port.close();
    }, port2).recv();
    assertEquals(await heard, "through the port");
    port1.close();
    const made = await webble.spawn(() => new Blob(["made there"])).recv();
    assertEquals(await made.text(), "made there");
    const relayed = await webble.spawn(async () => {
      const blobs = Array.from(
        { length: 4 },
        (_, i) =>
          webble.spawn(async (blob: Blob) => [webble.threadId(), await blob.text()] as const, new Blob([`${i}`])),
      );
      return await Promise.all(blobs.map((blob) => blob.recv()));
    }).recv();
    assertEquals(relayed.map(([, text]) => text), ["0", "1", "2", "3"]);
    assertEquals(new Set(relayed.map(([thread]) => thread)).size, 2);
    const onMain = await webble.spawn(() =>
      webble.onMain(async (blob: Blob) => (await blob.text()) + webble.threadId(), new Blob(["at "])).recv()
    ).recv();
    assertEquals(onMain, "at main");
  },

  "what cannot cross is refused at spawn, with its path": async () => {
    await using _runtime = await pool(1);
    const error = refusal({ style: { onClick: () => 1 } });
    assertStringIncludes(error.message, "args[0].style.onClick is a function");
    assertStringIncludes(error.message, "tasks()");
    assertStringIncludes(refusal(1, [Symbol("s")]).message, "args[1][0] is a symbol");
    assertStringIncludes(refusal(new Map([["k", () => 1]])).message, "args[0]");
    assertStringIncludes(refusal({ p: Promise.resolve() }).message, "args[0].p");
    assertStringIncludes(refusal(new WeakMap()).message, "args[0]");
    const buffer = new ArrayBuffer(8);
    const view = new Uint8Array(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    assertStringIncludes(refusal({ buffer }).message, "args[0].buffer");
    assertStringIncludes(refusal([view]).message, "args[0][0]");
    const thrown = new Error("from the getter");
    const getter = refusal({
      get broken() {
        throw thrown;
      },
    });
    assertStringIncludes(getter.message, "args[0].broken");
    assertStrictEquals(getter.cause, thrown);
    // Nothing is disturbed, and nothing leaks.
    assertEquals(await webble.spawn((n: number) => n, 1).recv(), 1);
    assertEquals(webble.stats().heap.used, 0);
    assertEquals(webble.stats().tasks, { live: 0, waiting: 0 });
  },

  "what belongs to its thread is refused, and says what to do": async () => {
    await using _runtime = await pool(1);
    const { channel, executor } = webble;
    using guard = await new channel.Mutex(1).lock();
    using reading = await new channel.RwLock(1).read();
    using writing = await new channel.RwLock(1).write();
    using permit = await new channel.Semaphore(1).acquire();
    const task = executor.spawn(() => executor.pending());
    const stream = channel.stream(function* () {
      yield 1;
    });
    const refused: [unknown, string][] = [
      [guard, "is a Guard, which belongs to the thread that locked it. Send the lock itself"],
      [reading, "is a ReadGuard, which belongs to the thread that locked it. Send the lock itself"],
      [writing, "is a Guard, which belongs"],
      [permit, "is a Permit, which belongs to the thread that acquired it. Send the semaphore"],
      [channel.spsc(64), "is a channel that was not split. Call 'split()'"],
      [stream, "is a TaskStream, which only"],
      [task, "is a TaskHandle, whose task runs in an executor of this thread"],
      [new executor.Executor(), "is an Executor, which runs on the thread that made it"],
      [webble.builder(), "is a WebbleBuilder, which starts the runtime on its own thread"],
    ];
    for (const [value, words] of refused) {
      assertStringIncludes(refusal({ a: [value] }).message, `args[0].a[0] ${words}`);
      const sender = channel.spsc<unknown>(1024).split()[0];
      assertStringIncludes(assertThrows(() => sender.send(value), webble.NotSendError).message, `message ${words}`);
    }
    const result = webble.spawn(() => (globalThis as unknown as { webble: typeof webble }).webble.context() as unknown);
    await assertRejects(() => result.recv(), webble.NotSendError, "is the context of a task");
    executor.evictAll();
    assertEquals(await Array.fromAsync(stream), [1]);
  },

  "what the platform does not post is refused too, with its path": async () => {
    await using _runtime = await pool(1);
    const { port1, port2 } = new MessageChannel();
    structuredClone(port1, { transfer: [port1] }).close();
    port2.close();
    const { message, cause } = refusal({ a: [port1] });
    assertStringIncludes(message, "args[0].a[0] is a MessagePort that cannot be moved");
    assertInstanceOf(cause, DOMException);
    assertStringIncludes(message, String(cause));
    const { buffer } = new WebAssembly.Memory({ initial: 1 });
    assertStringIncludes(
      refusal(webble.transfer({ buffer })).message,
      "args[0].buffer is an ArrayBuffer that cannot be",
    );
    assertStringIncludes(
      refusal(port1, webble.transfer([buffer])).message,
      "One of 2 cannot be moved, which are args[0] (a MessagePort), args[1][0] (an ArrayBuffer)",
    );
    assertStringIncludes(refusal(webble.transfer({}, [buffer]), 1).message, "args[0] is an ArrayBuffer that cannot be");
    const result = await assertRejects(
      () =>
        webble.spawn(() => {
          const { port1, port2 } = new MessageChannel();
          structuredClone(port1, { transfer: [port1] }).close();
          port2.close();
          return { port1 };
        }).recv(),
      webble.NotSendError,
    );
    assertStringIncludes(result.message, "result.port1 is a MessagePort that cannot be moved");
    assertEquals(webble.stats().heap.used, 0);
    assertEquals(webble.stats().tasks, { live: 0, waiting: 0 });
  },

  "a canvas that is drawn on is refused": {
    only: "chromium",
    because: "Deno has no canvas",
    run: async () => {
      await using _runtime = await pool(1);
      const canvas = new OffscreenCanvas(2, 2);
      canvas.getContext("2d");
      const bytes = webble.transfer(new Uint8Array(8));
      assertStringIncludes(refusal({ canvas }).message, "args[0].canvas is an OffscreenCanvas that cannot be moved");
      assertStringIncludes(refusal(bytes, canvas).message, "args[1] (an OffscreenCanvas)");
      assertEquals(bytes.length, 8);
    },
  },

  "a proxy is refused": {
    only: "deno",
    because:
      "a browser gives no means to tell a proxy from the object that it stands for, so there it is read as that object",
    run: async () => {
      await using _runtime = await pool(1);
      assertStringIncludes(refusal({ a: new Proxy({}, {}) }).message, "args[0].a");
    },
  },

  "a DOM node is refused": {
    only: "chromium",
    because: "Deno has no DOM",
    run: async () => {
      await using _runtime = await pool(1);
      assertStringIncludes(refusal({ node: document.body }).message, "args[0].node");
      const bitmap = await createImageBitmap(new ImageData(2, 3));
      const size = await webble.spawn((bitmap: ImageBitmap) => [bitmap.width, bitmap.height], bitmap).recv();
      assertEquals(size, [2, 3]);
      bitmap.close();
      const { message } = refusal({ bitmap });
      assertEquals(
        message,
        "args[0].bitmap is an ImageBitmap that is closed, or was moved to another thread. Send it before, or a copy of it.",
      );
    },
  },

  "a string of 50 MB goes there and back": {
    timeoutMs: 60_000,
    run: async () => {
      await using _runtime = await pool(1);
      const text = "0123456789".repeat(5_000_000);
      assertEquals(await webble.spawn((text: string) => text.length, text).recv(), 50_000_000);
      const back = await webble.spawn((text: string) => text, text).recv();
      assert(back === text);
      assertEquals(webble.stats().heap.used, 0);
    },
  },

  "a heap too small: OutOfMemoryError with both figures, and the rest unharmed": async () => {
    await using _runtime = await webble.builder().workers(2).memory(65_536 * 4).init();
    const running = webble.spawn((n: number) => new Promise((resolve) => setTimeout(resolve, 30, n)), 7);
    const error = assertThrows(() => webble.spawn(echo, "x".repeat(1_000_000)), webble.OutOfMemoryError);
    assert(/1000\d\d\d bytes/.test(error.message), error.message);
    assertStringIncludes(error.message, "which has 262144 in all");
    assertStringIncludes(error.message, "memory(bytes)");
    const result = webble.spawn(() => "y".repeat(1_000_000));
    const why = `Cannot send the result of task ${result.id}: Cannot allocate 1000`;
    await assertRejects(() => result.recv(), webble.OutOfMemoryError, why);
    assertEquals(await running.recv(), 7);
    assertEquals(await webble.spawn(echo, "small").recv(), "small");
    for (let i = 0; i < 2000; i++) {
      assertEquals(await webble.spawn(echo, "z".repeat(i * 10)).recv(), "z".repeat(i * 10));
    }
    assertEquals(webble.stats().heap.used, 0);
  },

  "a heap that has no room for now says how much of it is unclaimed, and loses nothing": async () => {
    await using _runtime = await webble.builder().workers(1).memory(2 ** 20).init();
    const { promise, resolve } = Promise.withResolvers<void>();
    Object.assign(globalThis, { gate: promise });
    const held = webble.onMain((_: string) => (globalThis as { gate?: Promise<void> }).gate, "x".repeat(600_000));
    const error = assertThrows(() => webble.spawn(echo, "x".repeat(600_000)), webble.OutOfMemoryError);
    assert(
      /^Cannot allocate 600\d{3} bytes in the shared heap: [1-9]\d* of 1048576 /.test(error.message),
      error.message,
    );
    resolve();
    await held.recv();
    // Some of these leave no room for the function's code.
    for (let pages = 1; pages <= 16; pages++) {
      const outcome = await Promise.resolve("x".repeat(pages * 65_536 - 100)).then((text) =>
        webble.spawn(echo, text).recv()
      )
        .catch((error: unknown) => error);
      if (typeof outcome !== "string") assertInstanceOf(outcome, webble.OutOfMemoryError);
    }
    assertEquals([await webble.spawn(echo, "small").recv(), webble.stats().heap.used], ["small", 0]);
  },

  "what is to be moved is moved by the spawn that succeeds": async () => {
    await using _runtime = await webble.builder().workers(1).memory(65_536 * 4).init();
    const bytes = webble.transfer(new Uint8Array(10));
    assertThrows(() => webble.spawn(echo as (...args: unknown[]) => unknown, bytes, "x".repeat(1_000_000)));
    assertEquals(bytes.length, 10);
    const size = await webble.spawn((bytes: Uint8Array) => bytes.length, bytes).recv();
    assertEquals([size, bytes.length], [10, 0]);
  },

  "getters that spawn while their object is encoded do no harm": async () => {
    await using _runtime = await pool(1);
    let inner: webble.WorkerHandle<unknown> | undefined;
    const outer = webble.spawn(echo, {
      before: "a",
      get during() {
        inner = webble.spawn(echo, { nested: "b" });
        return "c";
      },
    });
    assertEquals(await outer.recv(), { before: "a", during: "c" });
    assertEquals(await inner!.recv(), { nested: "b" });
  },

  "keys cannot pollute prototypes": async () => {
    await using _runtime = await pool(1);
    const value = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}');
    const back = await webble.spawn(echo, value).recv() as Record<string, unknown>;
    assertEquals(Object.keys(back), ["__proto__", "constructor"]);
    assertEquals(({} as { polluted?: boolean }).polluted, undefined);
    assertStrictEquals(Object.getPrototypeOf(back), Object.prototype);
  },
});
