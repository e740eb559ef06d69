/**
 * Long values, which the receiver copies out while they are still copied in: they arrive as they were sent, whatever happens to
 * those around them.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import * as webble from "@webble/runtime";
import { LONG } from "../../../src/value/prefetch.ts";
import { type Case, cases } from "../../harness/case.ts";

/** So many tasks of one thread have records at a time; others wait. */
const RECORDS = 131_072;

const pool = (workers: number) => webble.builder().workers(workers).init();

/** Bytes that tell where they were in which value. */
function bytesOf(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let word = seed >>> 0 || 1;
  for (let i = 0; i < words.length; i++) words[i] = word = Math.imul(word, 1664525) + 1013904223 >>> 0;
  return new Uint8Array(words.buffer, 0, length).slice();
}

/** A task: what it was given, and a sum of that as it was there. */
function echo(bytes: Uint8Array): { bytes: Uint8Array; sum: number } {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum = Math.imul(sum, 31) + bytes[i]! | 0;
  return { bytes, sum };
}

function assertEcho(result: { bytes: Uint8Array; sum: number }, sent: Uint8Array): void {
  assertEquals(result.sum, echo(sent).sum);
  assertSame(result.bytes, sent);
}

/** Faster than to compare element by element with a message for each. */
function assertSame(actual: Uint8Array, expected: Uint8Array): void {
  assertEquals(actual.length, expected.length);
  const differs = actual.findIndex((byte, i) => byte !== expected[i]);
  assertEquals(differs, -1, `they differ from byte ${differs} on`);
}

/** Sends bytes and gets them back; again if the worker that had them has died. */
async function untilItLives(sent: Uint8Array): Promise<void> {
  for (;;) {
    try {
      return assertEcho(await webble.spawn(echo, sent).recv(), sent);
    } catch (error) {
      if (!(error instanceof webble.WorkerLostError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

/** The cases. */
export const longValues: Case[] = cases("long values", {
  "come back as they were, whatever their length": async () => {
    await using _runtime = await pool(2);
    const lengths = [LONG - 1, LONG, LONG + 1, 1.5 * LONG, 2 * LONG - 3, 4 * LONG, 5 * LONG + 7, 12 * LONG + 9];
    for (const track of [webble.spawn, webble.spawnStealable, webble.onMain]) {
      for (const [i, length] of lengths.entries()) {
        const sent = bytesOf(length, i + 1);
        assertEcho(await track(echo, sent).recv(), sent);
      }
    }
  },

  "several in one value, beside short ones": async () => {
    await using _runtime = await pool(1);
    const sent = {
      short: bytesOf(1000, 1),
      first: bytesOf(LONG + 10, 2),
      text: "Grüße, 世界! ".repeat(40_000),
      numbers: Array.from({ length: 100_000 }, (_, i) => i / 3),
      second: new Float64Array(bytesOf(2 * LONG, 3).buffer).map((n) => n || 0),
      last: bytesOf(3, 4),
    };
    const back = await webble.spawn((value: typeof sent) => value, sent).recv();
    for (const key of ["short", "first", "last"] as const) assertSame(back[key], sent[key]);
    assertEquals(back.text, sent.text);
    assertEquals(back.numbers, sent.numbers);
    assertSame(new Uint8Array(back.second.buffer), new Uint8Array(sent.second.buffer));
  },

  "many at a time, from and to several workers": async () => {
    await using _runtime = await pool(4);
    for (let round = 0; round < 5; round++) {
      const sent = Array.from({ length: 24 }, (_, i) => bytesOf(LONG + 1000 * i, 100 * round + i));
      const tasks = sent.map((bytes, i) => (i % 3 === 0 ? webble.spawnStealable : webble.spawn)(echo, bytes));
      for (const [i, task] of tasks.entries()) assertEcho(await task.recv(), sent[i]!);
    }
  },

  "one after another in the same place, some of them aborted": async () => {
    await using _runtime = await pool(1);
    for (let round = 0; round < 120; round++) {
      const [given, other] = [bytesOf(2 * LONG, 2 * round + 1), bytesOf(2 * LONG, 2 * round + 2)];
      const aborted = webble.spawn(echo, given);
      if (round % 3 === 0) aborted.abort();
      const task = webble.spawn(echo, other);
      if (round % 3 === 1) aborted.abort();
      assertEcho(await task.recv(), other);
      if (round % 3 === 2) assertEcho(await aborted.recv(), given);
      else await aborted.recv().catch((error) => assertEquals(error.name, "AbortError"));
    }
    assertEquals(webble.stats().tasks.live, 0);
  },

  "of one length, each in an array of its own": async () => {
    await using _runtime = await pool(1);
    // What was given keeps what it was sent with; what comes later is put elsewhere.
    const keep = (bytes: Uint8Array, kept: Int32Array) => {
      const all = (globalThis as { kept?: Uint8Array[] }).kept ??= [];
      all.push(bytes);
      Atomics.store(kept, 0, all.length);
      return { bytes, first: all.map((one) => one[0]!) };
    };
    const kept = new Int32Array(new SharedArrayBuffer(4));
    const back: Uint8Array[] = [];
    for (let i = 1; i <= 12; i++) {
      const { bytes, first } = await webble.spawn(keep, new Uint8Array(4 * LONG).fill(i), kept).recv();
      assertEquals(first, Array.from({ length: i }, (_, k) => k + 1));
      back.push(bytes);
      // Time to make something ahead.
      await new Promise((resolve) => setTimeout(resolve, i % 3));
    }
    for (const [i, bytes] of back.entries()) assertSame(bytes, new Uint8Array(4 * LONG).fill(i + 1));
    assertEquals(new Set(back.map((bytes) => bytes.buffer)).size, back.length);
  },

  "between workers, and from a worker to the main thread": async () => {
    await using _runtime = await pool(2);
    const sent = bytesOf(6 * LONG, 9);
    const task = webble.spawn(
      async (bytes: Uint8Array, length: number) => {
        const same = (bytes: Uint8Array) => bytes;
        const there = await webble.spawn(same, await webble.spawn(same, bytes).recv()).recv();
        const home = await webble.onMain((bytes: Uint8Array) => bytes.subarray(0, bytes.length), there).recv();
        return home.length === length ? home : new Uint8Array(0);
      },
      sent,
      sent.length,
    );
    assertSame(await task.recv(), sent);
  },

  "beside what only a message can carry": async () => {
    await using _runtime = await pool(1);
    for (let i = 0; i < 10; i++) {
      const sent = bytesOf(4 * LONG, i + 1);
      const { port1, port2 } = new MessageChannel();
      const task = webble.spawn(
        (value: { bytes: Uint8Array; port: MessagePort }) => {
          value.port.close();
          return value.bytes;
        },
        webble.transfer({ bytes: sent, port: port2 }, [port2]),
      );
      assertSame(await task.recv(), sent);
      port1.close();
    }
  },

  "are seen in the turn in which they are there": async () => {
    await using _runtime = await pool(1);
    const sent = bytesOf(8 * LONG, 5);
    for (let i = 0; i < 20; i++) {
      const task = webble.spawn((bytes: Uint8Array) => bytes, sent);
      const end = performance.now() + 10_000;
      let back: Uint8Array | undefined;
      while ((back = task.checkRelease()) === undefined) assert(performance.now() < end, "it does not come");
      assertSame(back, sent);
    }
  },

  "of a worker that dies may be lost, and arrive whole if they are sent again": {
    timeoutMs: 60_000,
    run: async () => {
      await using _runtime = await pool(2);
      for (let round = 0; round < 6; round++) {
        const sent = bytesOf(8 * LONG, round + 1);
        const dying = webble.spawn((bytes: Uint8Array) => {
          self.close();
          return bytes;
        }, sent);
        const others = Array.from({ length: 6 }, (_, i) => untilItLives(bytesOf(LONG + i, 10 * round + i)));
        await Promise.all(others);
        await dying.recv().then(
          (back) => assertSame(back, sent),
          (error) => assertEquals(error.name, "WorkerLostError"),
        );
      }
    },
  },

  "of a task that has no record yet do not bind it to a worker that dies before it enters": async () => {
    await using _runtime = await pool(2);
    const flags = new Int32Array(new SharedArrayBuffer(12));
    const hold = (flags: Int32Array, mine: number) => {
      Atomics.add(flags, 2, 1);
      while (Atomics.load(flags, mine) === 0);
      if (Atomics.load(flags, mine) === 1) return;
      self.close();
      // It takes nothing else until it is given up.
      while (Atomics.load(flags, mine) !== 1);
    };
    const holding = [webble.spawn(hold, flags, 0), webble.spawn(hold, flags, 1)];
    while (Atomics.load(flags, 2) < holding.length) await webble.yieldNow();
    // With these, all the records that a thread has: the next task waits, which is not known before its bytes are in the heap.
    const filling = Array.from({ length: RECORDS - holding.length }, () => webble.spawnStealable(() => {}));
    const sent = bytesOf(LONG + 5, 1);
    const task = webble.spawn(echo, sent);
    // The one that it was announced to: with equal loads, the first.
    Atomics.store(flags, 0, 2);
    assertEquals(await holding[0]!.recv().catch((error) => error.name), "WorkerLostError");
    Atomics.store(flags, 0, 1);
    Atomics.store(flags, 1, 1);
    assertEcho(await task.recv(), sent);
    for (const each of filling) await each.recv();
  },

  "that fit no more are refused, and those before arrive": async () => {
    await using _runtime = await webble.builder().workers(1).memory(2 ** 22).init();
    const sent = bytesOf(4 * LONG, 3);
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const held = (bytes: Uint8Array, gate: Int32Array) => {
      while (Atomics.load(gate, 0) === 0);
      return bytes;
    };
    const tasks: webble.WorkerHandle<Uint8Array>[] = [];
    assertThrows(() => {
      while (tasks.length < 8) tasks.push(webble.spawn(held, sent, gate));
    }, webble.OutOfMemoryError);
    Atomics.store(gate, 0, 1);
    assert(tasks.length >= 2);
    for (const task of tasks) assertSame(await task.recv(), sent);
    assertEcho(await webble.spawn(echo, sent).recv(), sent);
    assertEquals(webble.stats().tasks.live, 0);
  },
});
