/**
 * Shared memory that is sent again and again: then it is known by number, and nothing is posted any more.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { giveUpAmid } from "./death.ts";

const pool = (workers: number) => webble.builder().workers(workers).init();

/** Sends shared memory until all workers know it: what then comes back is the very object that was sent. */
async function introduce(words: Int32Array<SharedArrayBuffer>): Promise<void> {
  const echo = (words: Int32Array<SharedArrayBuffer>) => words;
  const end = performance.now() + 5000;
  while ((await webble.spawn(echo, words).recv()).buffer !== words.buffer) {
    if (performance.now() > end) throw new Error("not known within five seconds");
  }
}

const shared = (length: number) => new Int32Array(new SharedArrayBuffer(4 * length));
const count = (words: Int32Array, index: number) => Atomics.add(words, index, 1);

/** The cases. */
export const commons: Case[] = cases("commons", {
  "it is the same memory, however often and however it is sent": async () => {
    await using _runtime = await pool(3);
    const words = shared(4);
    const other = shared(1);
    const tasks = Array.from({ length: 3000 }, (_, i) => {
      if (i % 3 === 0) return webble.spawn(count, words, 0);
      if (i % 3 === 1) return webble.spawnStealable(count, words, 1);
      return webble.spawnStealable(
        (list: { all: (Int32Array | DataView)[]; memory: SharedArrayBuffer }, index: number) => {
          if (list.all[0]!.buffer !== list.memory) throw new Error("one memory, two buffers");
          Atomics.add(list.all[1] as Int32Array, 0, 1);
          return Atomics.add(new Int32Array(list.memory), index, 1);
        },
        { all: [words, other, new DataView(words.buffer)], memory: words.buffer },
        2,
      );
    });
    for (const task of tasks) await task.recv();
    assertEquals([[...words], [...other]], [[1000, 1000, 1000, 0], [1000]]);
  },

  "any worker can take a stealable task with it from the second on, sent in one burst": async () => {
    await using _runtime = await pool(2);
    const gate = shared(2);
    const hold = (gate: Int32Array) => {
      Atomics.add(gate, 1, 1);
      while (Atomics.load(gate, 0) === 0);
    };
    const holding = webble.spawn(hold, gate);
    while (Atomics.load(gate, 1) === 0) await webble.yieldNow();
    for (let round = 0; round < 5; round++) {
      const words = shared(1);
      const tasks = Array.from({ length: 40 }, () => webble.spawnStealable(count, words, 0));
      // None of them waits for the worker that is held up.
      for (const task of tasks) await task.recv({ signal: AbortSignal.timeout(5000) });
      assertEquals([words[0], holding.finished], [40, false]);
    }
    Atomics.store(gate, 0, 1);
    await holding.recv();
  },

  "a worker that blocks does not keep a task that names what it has not heard of": {
    timeoutMs: 60_000,
    run: async () => {
      await using _runtime = await pool(2);
      const blocks = async (flags: Int32Array) => {
        Atomics.store(flags, 0, 1);
        while (Atomics.load(flags, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 0));
        return Atomics.wait(flags, 2, 0, 10_000);
      };
      const releases = (flags: Int32Array, other: Int32Array) => {
        Atomics.store(flags, 2, other.length);
        Atomics.notify(flags, 2);
      };
      for (let round = 0; round < 20; round++) {
        const [flags, other] = [shared(3), shared(1)];
        await webble.spawnStealable((other: Int32Array) => other[0], other).recv();
        const blocked = webble.spawn(blocks, flags);
        while (Atomics.load(flags, 0) === 0) await webble.yieldNow();
        // Both workers are awake then, and look for work.
        for (let i = 0; i < 100; i++) await webble.spawnStealable((i: number) => i, i).recv();
        const released = webble.spawnStealable(releases, flags, other);
        Atomics.store(flags, 1, 1);
        assert(await blocked.recv() !== "timed-out", `round ${round}`);
        await released.recv();
      }
    },
  },

  "a pinned task with memory that its worker has not heard of waits for it, in order": async () => {
    await using _runtime = await pool(1);
    const order = shared(1);
    await introduce(order);
    const seen: number[][] = [];
    for (let round = 0; round < 20; round++) {
      const words = shared(2);
      const add = (words: Int32Array, order: Int32Array, base: number) =>
        Atomics.add(words, 0, base) * 10 + Atomics.add(order, 0, 1);
      const tasks = [1, 2, 3].map((base) => webble.spawn(add, words, order, base));
      seen.push(await Promise.all(tasks.map((task) => task.recv())));
    }
    assertEquals(seen, Array.from({ length: 20 }, (_, i) => [3 * i, 10 + 3 * i + 1, 30 + 3 * i + 2]));
  },

  "any worker can take a stealable task with it, while main is busy": async () => {
    await using _runtime = await pool(2);
    const words = shared(2);
    await introduce(words);
    const busy = webble.spawn((words: Int32Array) => {
      Atomics.store(words, 1, 1);
      for (const end = performance.now() + 300; performance.now() < end;);
    }, words);
    while (Atomics.load(words, 1) === 0) await webble.yieldNow();
    const tasks = Array.from({ length: 20 }, () => webble.spawnStealable(count, words, 0));
    for (const end = performance.now() + 5000; Atomics.load(words, 0) < 20 && performance.now() < end;);
    assertEquals([Atomics.load(words, 0), busy.finished], [20, false]);
    assertEquals(webble.workerLoads().reduce((sum, load) => sum + load), 1);
    for (const task of [...tasks, busy]) await task.recv();
  },

  "results give it back, at once or later, and so do errors": async () => {
    await using _runtime = await pool(1);
    const words = shared(2);
    await introduce(words);
    const later = await webble.spawn(async (words: Int32Array<SharedArrayBuffer>) => {
      await webble.yieldNow();
      return { words, again: words.buffer };
    }, words).recv();
    assertStrictEquals(later.words.buffer, words.buffer);
    assertStrictEquals(later.again, words.buffer);
    const error = await assertRejects(() =>
      webble.spawn((words: Int32Array) => {
        throw Object.assign(new RangeError("with memory"), { words });
      }, words).recv(), RangeError) as RangeError & { words: Int32Array };
    Atomics.store(error.words, 0, 5);
    assertEquals(Atomics.load(words, 0), 5);
    const kept = webble.spawn((words: Int32Array) => {
      Object.assign(globalThis, { words });
    }, words);
    await kept.recv();
    // Of a task that did not bring it.
    const found = await webble.spawn(() => (globalThis as unknown as { words: Int32Array<SharedArrayBuffer> }).words)
      .recv();
    Atomics.store(found, 1, 6);
    assertEquals(Atomics.load(words, 1), 6);
  },

  "tasks of tasks, tasks for main and channels get it as well": async () => {
    await using _runtime = await pool(2);
    const words = shared(1);
    await introduce(words);
    const tree = async (words: Int32Array) => {
      const count = (words: Int32Array) => Atomics.add(words, 0, 1);
      const child = webble.spawnStealable(async (words: Int32Array) => {
        await webble.onMain((words: Int32Array) => Atomics.add(words, 0, 1), words).recv();
      }, words);
      await Promise.all([webble.spawn(count, words).recv(), child.recv()]);
    };
    for (let i = 0; i < 20; i++) await webble.spawn(tree, words).recv();
    assertEquals(words[0], 40);
    assertEquals(await webble.onMain((words: Int32Array) => Atomics.add(words, 0, 1), words).recv(), 40);
    const [sender, receiver] = webble.channel.mpsc<number>(64);
    const sending = Array.from(
      { length: 20 },
      (_, i) => webble.spawnStealable((end: typeof sender, i: number) => end.send(i), sender, i),
    );
    for (const task of sending) await task.recv();
    const got: number[] = [];
    while (got.length < 20) got.push((await receiver.recvAsync())!);
    assertEquals(got.sort((a, b) => a - b), Array.from({ length: 20 }, (_, i) => i));
  },

  "a worker that takes the place of a dead one knows it": async () => {
    await using _runtime = await pool(2);
    const words = shared(2);
    await introduce(words);
    let ended = 0;
    for (let round = 0; round < 3; round++) {
      const dead = webble.spawn(() => {
        self.close();
        return new Promise<void>(() => {});
      });
      // In a queue while there is nobody, and then taken by whoever comes first; but for what the dying one still takes.
      const early = Array.from({ length: 50 }, () => webble.spawnStealable(count, words, 0).recv());
      await assertRejects(() => dead.recv(), webble.WorkerLostError);
      const late = Array.from({ length: 50 }, () => webble.spawnStealable(count, words, 0).recv());
      for (const outcome of await Promise.allSettled(early)) {
        if (outcome.status === "fulfilled") ended++;
        else assertInstanceOf(outcome.reason, webble.WorkerLostError);
      }
      ended += (await Promise.all(late)).length;
      await Promise.all([0, 1].map(() => webble.spawn(count, words, 1).recv()));
    }
    assert(150 < ended && ended <= words[0]! && words[0]! <= 300, `${ended} ended, ${words[0]} ran`);
    assertEquals(words[1], 6);
  },

  "it is the same object as beside it what has to be posted": async () => {
    await using _runtime = await pool(1);
    const growable = new SharedArrayBuffer(8, { maxByteLength: 64 });
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    const same = (buffer: SharedArrayBuffer, other: { readonly buffer: ArrayBufferLike }) => buffer === other.buffer;
    for (let i = 0; i < 10; i++) {
      assertEquals(await webble.spawn(same, growable, new Uint8Array(growable)).recv(), true);
      assertEquals(await webble.spawn(same, memory.buffer as unknown as SharedArrayBuffer, memory).recv(), true);
    }
    const fake = Object.create(SharedArrayBuffer.prototype) as SharedArrayBuffer;
    for (let i = 0; i < 5; i++) {
      const added = await webble.spawn((fake: object) => Object.keys(Object.assign(fake, { n: 1 })).length, fake)
        .recv();
      assertEquals(added, 1);
    }
  },

  "a worker that was given up and runs on takes no task that it cannot read": async () => {
    await using _runtime = await pool(2);
    const words = shared(1);
    await giveUpAmid(700);
    // While it runs on, and for a while after. The first few are posted, and lost with it where they went to it.
    let ran = 0;
    for (const end = performance.now() + 1500; performance.now() < end;) {
      const tasks = Array.from({ length: 50 }, () =>
        webble.spawnStealable((words: Int32Array) => {
          for (const end = performance.now() + 0.3; performance.now() < end;);
          Atomics.add(words, 0, 1);
        }, words).recv());
      for (const outcome of await Promise.allSettled(tasks)) {
        if (outcome.status === "fulfilled") ran++;
        else assertInstanceOf(outcome.reason, webble.WorkerLostError);
      }
    }
    assert(ran > 0);
    assertEquals(words[0], ran);
  },

  "more buffers than have numbers, aborted tasks, and another run": async () => {
    const words = shared(1);
    for (let run = 0; run < 2; run++) {
      await using _runtime = await pool(2);
      await introduce(words);
      words[0] = 0;
      const many = Array.from({ length: 1500 }, () => shared(1));
      for (let round = 0; round < 3; round++) {
        await Promise.all(many.map((one) => webble.spawnStealable(count, one, 0).recv()));
      }
      assert(many.every((one) => one[0] === 3));
      const aborted = Array.from({ length: 200 }, () => webble.spawnStealable(count, words, 0));
      const changed = aborted.filter((task) => task.abort()).length;
      await Promise.allSettled(aborted.map((task) => task.recv()));
      while (webble.stats().tasks.live > 0) await webble.yieldNow();
      assert(200 - changed <= words[0]! && words[0]! <= 200, `${words[0]} ran, ${changed} were aborted`);
      assertEquals(webble.stats().heap.used, 0);
    }
  },
});
