/**
 * Streams: channels as streams of the platform, and generators as tasks.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { unhandled } from "../../harness/rejections.ts";
import { quietly } from "./death.ts";

const { mpsc, spsc, stream } = webble.channel;

const pool = (workers: number) => webble.builder().workers(workers).init();

/** The cases. */
export const streams: Case[] = cases("streams", {
  "a channel carries a stream, with backpressure": async () => {
    const [sender, receiver] = mpsc<number>(2);
    let written = 0;
    const source = new ReadableStream<number>({
      pull(controller) {
        if (written === 20) return controller.close();
        controller.enqueue(written++);
      },
    }, { highWaterMark: 0 });
    const piped = source.pipeTo(sender.writable());
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert(written <= 5, `${written} written`);
    assertEquals(await Array.fromAsync(receiver.readable()), Array.from({ length: 20 }, (_, n) => n));
    await piped;
    assertEquals(sender.closed, true);
  },

  "cancelling a readable closes the receiver, and the writable fails": async () => {
    const [sender, receiver] = spsc<string>(64).split();
    const writer = sender.writable().getWriter();
    await writer.write("a");
    const reader = receiver.readable().getReader();
    assertEquals(await reader.read(), { done: false, value: "a" });
    await reader.cancel();
    await assertRejects(() => writer.write("b"), webble.ChannelClosedError);
    await writer.closed.catch(() => {});
  },

  "stream() gives what a generator yields, then what it throws or returns": async () => {
    await using _runtime = await pool(1);
    const rows = stream(function* (n: number) {
      for (let i = 0; i < n; i++) yield { i, text: "x".repeat(i) };
      return n;
    }, 50);
    let next = 0;
    for await (const { i, text } of rows) assertEquals([i, text.length], [next, next++]);
    assertEquals([next, await rows.task.recv()], [50, 50]);

    const failing = stream(async function* () {
      yield 1;
      await Promise.resolve();
      yield undefined;
      throw new RangeError("no more");
    });
    const got: unknown[] = [];
    const error = await assertRejects(async () => {
      for await (const value of failing) got.push(value);
    }, RangeError);
    assertStringIncludes(error.message, "no more");
    assertEquals(got, [1, undefined]);
    assertEquals(await Array.fromAsync(stream(function* () {})), []);
    assertEquals(
      await Array.fromAsync(
        stream(function* () {
          yield 5;
        }).readable(),
      ),
      [5],
    );
  },

  "leaving the loop ends the generator, and its finally runs": async () => {
    await using _runtime = await pool(1);
    const [sender, ended] = webble.channel.oneshot<number>();
    const endless = stream(async function* (sender: webble.channel.Sender<number>) {
      let n = 0;
      try {
        for (;; n++) {
          yield n;
          if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } finally {
        sender.send(n);
      }
    }, sender);
    let seen = 0;
    for await (const n of endless) {
      seen = n;
      if (n === 250) break;
    }
    const last = await ended.recvAsync();
    assert(seen === 250 && last! >= 250, `${seen} of ${last}`);
    assertEquals(await endless.task.recv(), undefined);
  },

  "a stream that is aborted before it starts ends with AbortError": async () => {
    await using _runtime = await pool(1);
    webble.spawn(() => {
      const end = performance.now() + 50;
      while (performance.now() < end);
    });
    const never = stream(function* () {
      yield 1;
    });
    assert(never.task.abort("changed my mind"));
    await assertRejects(() => Array.fromAsync(never), webble.AbortError);
  },

  "the death of its worker ends a stream with WorkerLostError": () =>
    quietly(async () => {
      await using _runtime = await pool(1);
      const lost = stream(async function* () {
        yield 1;
        setTimeout(() => self.close(), 10);
        await new Promise<never>(() => {});
      });
      const got: number[] = [];
      await assertRejects(async () => {
        for await (const n of lost) got.push(n);
      }, webble.WorkerLostError);
      assertEquals(got, [1]);
    }),

  "a failure of a stream that nobody reads is reported, and of one that is read is not": async () => {
    const reported = await unhandled(async () => {
      await using _runtime = await pool(1);
      const failing = () =>
        stream(function* () {
          yield 1;
          throw new Error("unseen");
        });
      failing();
      await assertRejects(() => Array.fromAsync(failing()), Error, "unseen");
      const left = failing();
      for await (const _ of left) break;
      await assertRejects(() => failing().task.recv(), Error, "unseen");
      while (webble.stats().tasks.live > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    });
    // Of the one that was left the generator ends where it is, and does not throw, if it had not yet.
    assert(reported.length === 1 || reported.length === 2, `${reported.length} reports`);
    assertEquals(new Set(reported.map((error) => (error as Error).message)), new Set(["unseen"]));
  },

  "what is no generator is refused, and a generator is refused elsewhere": async () => {
    await using _runtime = await pool(1);
    assertStringIncludes(
      assertThrows(() => stream((() => 1) as never), TypeError).message,
      "must be a generator function",
    );
    assertStringIncludes(
      assertThrows(() => webble.spawn(function* () {} as never), TypeError).message,
      "'channel.stream()' gives what it yields",
    );
    await assertRejects(() =>
      Array.fromAsync(stream(function* () {
        yield (() => 1) as never;
      })), webble.NotSendError);
  },
});
