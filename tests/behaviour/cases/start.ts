/**
 * Starts of many workers, each of which takes the system a while: main has turns in between, and all is as if they were there.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { quietly } from "./death.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Makes each worker take so long to start that main has a turn before the next. */
class SlowStarts implements Disposable {
  readonly #Worker = globalThis.Worker;
  readonly #timer: ReturnType<typeof setInterval>;
  #turn = 0;
  /** For each worker that was started, main's turns before. */
  readonly turns: number[] = [];

  /** @param refused Which worker cannot be started. */
  constructor(refused = -1) {
    const begin = () => {
      this.turns.push(this.#turn);
      for (const end = performance.now() + 6; performance.now() < end;);
      if (this.turns.length - 1 === refused) throw new Error("no more threads");
    };
    globalThis.Worker = class extends this.#Worker {
      constructor(url: string | URL, options?: WorkerOptions) {
        begin();
        super(url, options);
      }
    };
    this.#timer = setInterval(() => this.#turn++, 0);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    globalThis.Worker = this.#Worker;
  }
}

/** The cases. */
export const starts: Case[] = cases("start of many", {
  "main has turns between the first worker and the last": async () => {
    using slow = new SlowStarts();
    await using _runtime = await webble.builder().workers(6).init();
    assertEquals(slow.turns.length, 6);
    assert(slow.turns[5]! > slow.turns[0]!, `no turn in between: ${slow.turns}`);
  },

  "tasks run on the workers that are there, and wait for those that are not": async () => {
    using slow = new SlowStarts();
    const starting = webble.builder().workers(4).init();
    const pinned = Array.from({ length: 8 }, (_, i) => webble.spawn((i: number) => [i, webble.threadId()], i));
    const any = Array.from({ length: 8 }, (_, i) => webble.spawnStealable((i: number) => i, i));
    assertEquals(slow.turns.length, 1);
    assertEquals(await Promise.all(pinned.map((task) => task.recv())), pinned.map((_, i) => [i, i % 4]));
    assertEquals(await Promise.all(any.map((task) => task.recv())), any.map((_, i) => i));
    await using _runtime = await starting;
  },

  "a loop that gives main no turn sees the results of all workers": {
    only: "deno",
    because: "in a page a worker starts only when main has turns",
    run: async () => {
      using slow = new SlowStarts();
      const starting = webble.builder().workers(4).init();
      const tasks = Array.from({ length: 4 }, (_, i) => webble.spawn((i: number) => i + 1, i));
      const results: number[] = [];
      const end = performance.now() + 10_000;
      for (const task of tasks) {
        let result: number | undefined;
        while ((result = task.tryRecv()) === undefined && performance.now() < end);
        results.push(result!);
      }
      assertEquals(results, [1, 2, 3, 4]);
      assertEquals(slow.turns, [0, 0, 0, 0]);
      await using _runtime = await starting;
    },
  },

  "so does a loop around a channel, a lock or the figures": {
    only: "deno",
    because: "in a page a worker starts only when main has turns",
    run: async () => {
      const looks: ((done: () => void) => () => void)[] = [
        (done) => {
          const [sender, receiver] = webble.channel.mpsc<number>(8);
          for (let i = 0; i < 3; i++) webble.spawn((out: webble.channel.Sender<number>) => out.send(1), sender);
          let seen = 0;
          return () => receiver.tryRecv() !== undefined && ++seen === 3 && done();
        },
        (done) => {
          const semaphore = new webble.channel.Semaphore(1);
          const permit = semaphore.tryAcquire()!;
          const ended = new Int32Array(new SharedArrayBuffer(4));
          for (let i = 0; i < 3; i++) webble.spawn((ended: Int32Array) => Atomics.add(ended, 0, 1), ended);
          return () => {
            if (semaphore.tryAcquire() === undefined && Atomics.load(ended, 0) === 3) permit.release(), done();
          };
        },
        (done) => {
          for (let i = 0; i < 3; i++) webble.spawn(() => {});
          return () => webble.stats().workers.every(({ executed }) => executed === 1) && done();
        },
      ];
      for (const look of looks) {
        using slow = new SlowStarts();
        const starting = webble.builder().workers(3).init();
        let isDone = false;
        const next = look(() => isDone = true);
        for (const end = performance.now() + 10_000; !isDone && performance.now() < end;) next();
        assertEquals([isDone, slow.turns], [true, [0, 0, 0]]);
        await using _runtime = await starting;
      }
    },
  },

  "a worker that a task ends before main has heard that it is ready is started again": () =>
    quietly(async () => {
      for (let i = 0; i < 10; i++) {
        const starting = webble.builder().workers(4).init();
        const lost = assertRejects(() => {
          return webble.spawn(() => {
            self.close();
            return new Promise<never>(() => {});
          }).recv();
        }, webble.WorkerLostError);
        await using _runtime = await starting;
        await lost;
        assertEquals(await webble.spawn(() => 2).recv(), 2);
      }
    }),

  "what blocks main has all workers started first": {
    only: "deno",
    because: "in a page a worker starts only when main has turns",
    run: async () => {
      using slow = new SlowStarts();
      {
        const starting = webble.builder().workers(3).init();
        const tasks = Array.from({ length: 3 }, (_, i) => webble.spawn((i: number) => i + 1, i));
        assertEquals(webble.executor.blockOn(() => tasks[2]!), 3);
        assertEquals(slow.turns.length, 3);
        await using _runtime = await starting;
      }
      const starting = webble.builder().workers(3).init();
      const [sender, receiver] = webble.channel.spsc<number>(64).split();
      webble.spawn(() => 1);
      webble.spawn(() => 2);
      webble.spawn((sender: webble.channel.Sender<number>) => sender.send(3), sender);
      assertEquals(receiver.recv(10_000), 3);
      assertEquals(slow.turns.length, 6);
      await using _runtime = await starting;
    },
  },

  "main is busy for longer than a script has to import the library: the workers are not given up": async () => {
    const original = Atomics.waitAsync;
    // Seconds of 20 ms.
    Atomics.waitAsync = ((words: Int32Array, index: number, value: number, ms?: number) =>
      ms === undefined ? original(words, index, value) : original(words, index, value, ms / 50)) as typeof original;
    try {
      const starting = webble.builder().workers(2).init();
      for (const end = performance.now() + 500; performance.now() < end;);
      await using _runtime = await starting;
      assertEquals(
        await webble.spawn(() =>
          2
        ).recv(),
        2,
      );
    } finally {
      Atomics.waitAsync = original;
    }
  },

  "what is moved to a worker that is not there has left at once, and arrives": async () => {
    using slow = new SlowStarts();
    const starting = webble.builder().workers(3).init();
    const buffers = Array.from({ length: 3 }, (_, i) => new Uint8Array([i, 7]).buffer);
    const channels = Array.from({ length: 3 }, () => new MessageChannel());
    const tasks = buffers.map((buffer, i) =>
      webble.spawn(
        (buffer: ArrayBuffer, port: MessagePort) => {
          port.postMessage("here");
          port.close();
          return [...new Uint8Array(buffer)];
        },
        webble.transfer(buffer),
        webble.transfer(channels[i]!.port2),
      )
    );
    assertEquals(slow.turns.length, 1);
    assertEquals(buffers.map((buffer) => buffer.byteLength), [0, 0, 0]);
    const heard = channels.map(({ port1 }) =>
      new Promise((resolve) => port1.onmessage = ({ data }) => (port1.close(), resolve(data)))
    );
    assertEquals(await Promise.all(tasks.map((task) => task.recv())), [[0, 7], [1, 7], [2, 7]]);
    assertEquals(await Promise.all(heard), ["here", "here", "here"]);
    await using _runtime = await starting;
  },

  "what is posted to a worker that is not there is what it was": async () => {
    using _slow = new SlowStarts();
    const starting = webble.builder().workers(2).init();
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const read = async (blob: Blob, shared: Int32Array) => [await blob.text(), Atomics.add(shared, 0, 1)];
    const parts = [new Blob(["a"]), new Blob(["b"])];
    const tasks = parts.map((blob) => webble.spawn(read, blob, shared));
    const outcomes = await Promise.all(tasks.map((task) => task.recv()));
    assertEquals(outcomes.map(([text]) => text), ["a", "b"]);
    assertEquals(Atomics.load(shared, 0), 2);
    await using _runtime = await starting;
  },

  "a shutdown in between starts no more": async () => {
    using slow = new SlowStarts();
    const starting = assertRejects(
      () => webble.builder().workers(12).init(),
      webble.LifecycleError,
      "shut down meanwhile",
    );
    const task = webble.spawn(() => new Promise<never>(() => {}));
    const lost = assertRejects(() => task.recv(), webble.ShutdownError);
    await sleep(1);
    await webble.shutdown();
    await starting;
    await lost;
    const started = slow.turns.length;
    assert(started < 12, "all had been started");
    await sleep(50);
    assertEquals(slow.turns.length, started);
    await using _runtime = await webble.builder().workers(2).init();
    assertEquals(await webble.spawn(() => 2).recv(), 2);
  },

  "one that cannot be started ends the start of the others": async () => {
    {
      using slow = new SlowStarts(2);
      const error = await assertRejects(() => webble.builder().workers(8).init(), webble.InitError);
      assertStringIncludes(error.message, "Cannot start worker 2");
      assertStringIncludes(error.message, "no more threads");
      await sleep(50);
      assertEquals(slow.turns.length, 3);
    }
    await using _runtime = await webble.builder().workers(2).init();
    assertEquals(await webble.spawn(() => 2).recv(), 2);
  },
});
