/**
 * Threads that die with an end of a channel: the other end is told, after the last whole message.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { quietly } from "./death.ts";

const { spsc } = webble.channel;
type Sender<T> = webble.channel.Sender<T>;
type Receiver<T> = webble.channel.Receiver<T>;

const pool = (workers: number) => webble.builder().workers(workers).init();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The cases. */
export const channelDeath: Case[] = cases("channel death", {
  "a receiver that waits sees the end after the last message of a dead task": () =>
    quietly(async () => {
      await using _runtime = await pool(2);
      const [sender, receiver] = spsc<number>(1024).split();
      const dying = webble.spawn((sender: Sender<number>) => {
        for (let n = 0; n < 5; n++) sender.send(n);
        (globalThis as { kept?: unknown }).kept = sender;
        setTimeout(() => self.close(), 20);
        return new Promise<never>(() => {});
      }, sender);
      assertEquals(await Array.fromAsync(receiver), [0, 1, 2, 3, 4]);
      await assertRejects(() => dying.recv(), webble.WorkerLostError);
    }),

  "one that blocks on another worker does, too": () =>
    quietly(async () => {
      await using _runtime = await pool(2);
      const [sender, receiver] = spsc<number>(1024).split();
      const waiting = webble.spawn((receiver: Receiver<number>) => {
        const got: unknown[] = [];
        for (let message = receiver.recv(); message !== undefined; message = receiver.recv()) got.push(message);
        return [got, receiver.closed];
      }, receiver);
      const dying = webble.spawn((sender: Sender<number>) => {
        sender.send(1);
        (globalThis as { kept?: unknown }).kept = sender;
        setTimeout(() => self.close(), 20);
        return new Promise<never>(() => {});
      }, sender);
      assertEquals(await waiting.recv(), [[1], true]);
      await assertRejects(() => dying.recv(), webble.WorkerLostError);
    }),

  "a sender that waits for room is told that the receiver is dead": () =>
    quietly(async () => {
      await using _runtime = await pool(1);
      const [sender, receiver] = spsc<number>(4).split();
      const dying = webble.spawn((receiver: Receiver<number>) => {
        (globalThis as { kept?: unknown }).kept = receiver;
        setTimeout(() => self.close(), 50);
        return new Promise<never>(() => {});
      }, receiver);
      sender.send(1);
      await assertRejects(() => sender.sendAsync(2), webble.ChannelClosedError);
      assertEquals(sender.closed, true);
      await assertRejects(() => dying.recv(), webble.WorkerLostError);
    }),

  "a worker of one's own that closes itself": async (t) => {
    const worker = new Worker(await t.bundle("channel_worker.ts"), { type: "module" });
    const [sender, receiver] = spsc<number>(1024).split();
    worker.postMessage({ do: "send and die", sender, count: 3 });
    assertEquals(await Array.fromAsync(receiver), [0, 1, 2]);
    worker.terminate();
  },

  "messages of a worker that is terminated while it sends are whole": {
    timeoutMs: 40_000,
    run: () =>
      quietly(async () => {
        await using _runtime = await pool(2);
        for (let round = 0; round < 5; round++) {
          const [sender, receiver] = spsc<string>(4096).split();
          const sending = webble.spawn((sender: Sender<string>) => {
            const end = Date.now() + 1500;
            for (let n = 0; Date.now() < end; n++) sender.sendSync(String(n).repeat(1 + n % 40));
          }, sender);
          let next = 0;
          for await (const message of receiver) {
            assertEquals(message, String(next).repeat(1 + next % 40));
            next++;
            if (next === 2000 * (round + 1)) sending.abort("enough", { force: true });
          }
          assert(next >= 2000 * (round + 1));
          await sending.recv().catch(() => {});
          await sleep(50);
        }
      }),
  },
});
