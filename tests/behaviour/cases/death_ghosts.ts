/**
 * Workers that were given up and run on, as threads do in Deno that do not yield: whoever has their seat now is not disturbed.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { quietly } from "./death.ts";

const because = "in a browser a thread that is terminated stops";
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const shared = (length: number) => new Int32Array(new SharedArrayBuffer(4 * length));

/** Waits until a word has a value. */
async function reaches(words: Int32Array, index: number, value: number): Promise<void> {
  const end = performance.now() + 8000;
  while (Atomics.load(words, index) !== value) {
    if (performance.now() > end) throw new Error(`word ${index} is ${words[index]}, not ${value}`);
    await sleep(5);
  }
}

/**
 * Has a worker be given up in a task that runs on. It blocks when word 0 is 1, sets word 1 when it has learnt that it must not,
 * and ends when word 0 is 2.
 */
async function ghost(words: Int32Array): Promise<void> {
  const task = webble.spawn((words: Int32Array) => {
    const handle = webble.onMain(() => new Promise<void>(() => {}));
    Atomics.store(words, 1, 1);
    while (Atomics.load(words, 0) === 0);
    try {
      webble.executor.blockOn(() => handle);
    } catch {
      Atomics.store(words, 1, 2);
    }
    while (Atomics.load(words, 0) < 2);
  }, words);
  await reaches(words, 1, 1);
  task.abort("enough", { force: true });
  await assertRejects(() => task.recv(), webble.AbortError);
}

/** The cases. */
export const deathGhosts: Case[] = cases("ghosts", {
  "one that blocks takes no wake from who has its seat": {
    only: "deno",
    because,
    run: () =>
      quietly(async () => {
        await using _runtime = await webble.builder().workers(1).init();
        const words = shared(2);
        await ghost(words);
        assertEquals(await webble.spawnStealable(() => "up").recv(), "up");
        await sleep(50);
        Atomics.store(words, 0, 1);
        await reaches(words, 1, 2);
        assertEquals(await webble.spawnStealable(() => "here").recv({ signal: AbortSignal.timeout(5000) }), "here");
        // A parcel gets the worker up by itself, and then it lies down anew.
        const length = webble.spawn((memory: SharedArrayBuffer) => memory.byteLength, new SharedArrayBuffer(8));
        assertEquals(await length.recv({ signal: AbortSignal.timeout(5000) }), 8);
        await sleep(50);
        assertEquals(await webble.spawnStealable(() => "still").recv({ signal: AbortSignal.timeout(5000) }), "still");
        Atomics.store(words, 0, 2);
      }),
  },

  "whose end finds a worker in its seat that blocks: that one is still known to": {
    only: "deno",
    because,
    run: () =>
      quietly(async () => {
        await using _runtime = await webble.builder().workers(2).init();
        const words = shared(2);
        const other = shared(2);
        await ghost(words);
        // The other worker is held, so that the next stealable task goes to the seat of the ghost.
        const held = webble.spawn((words: Int32Array) => {
          Atomics.store(words, 1, 1);
          while (Atomics.load(words, 0) === 0);
        }, other);
        await reaches(other, 1, 1);
        const gates = globalThis as { gate?: Promise<string> };
        const { promise, resolve } = Promise.withResolvers<string>();
        gates.gate = promise;
        const blocked = webble.spawnStealable((words: Int32Array) => {
          const handle = webble.onMain(() => (globalThis as { gate?: Promise<string> }).gate!);
          Atomics.store(words, 1, 2);
          return webble.executor.blockOn(() => handle);
        }, other);
        await reaches(other, 1, 2);
        Atomics.store(other, 0, 1);
        await held.recv();
        Atomics.store(words, 0, 2);
        // The ghost is gone, and everybody has been woken for that.
        await sleep(300);
        const task = webble.spawnStealable((memory: SharedArrayBuffer) => memory.byteLength, new SharedArrayBuffer(8));
        assertEquals(await task.recv({ signal: AbortSignal.timeout(5000) }), 8);
        assertEquals(blocked.finished, false);
        resolve("over");
        assertEquals(await blocked.recv(), "over");
        delete gates.gate;
      }),
  },
});
