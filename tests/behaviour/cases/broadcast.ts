/**
 * Channels that tell everybody: broadcast and watch.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";

const { attach, broadcast, watch } = webble.channel;
type BroadcastSender<T> = webble.channel.BroadcastSender<T>;
type BroadcastReceiver<T> = webble.channel.BroadcastReceiver<T>;
type WatchSender<T> = webble.channel.WatchSender<T>;
type WatchReceiver<T> = webble.channel.WatchReceiver<T>;

const pool = (workers: number) => webble.builder().workers(workers).init();

/** The cases. */
export const broadcasts: Case[] = cases("broadcast and watch", {
  "broadcast() gives each message to every receiver that was there": async () => {
    const [sender, first] = broadcast<unknown>(4);
    sender.send(1);
    const second = sender.subscribe();
    const third = first.clone();
    sender.send({ two: "x".repeat(2000) });
    sender.send(3);
    assertEquals([first.used, second.used], [3, 2]);
    sender.close();
    assertEquals(await Array.fromAsync(first), [1, { two: "x".repeat(2000) }, 3]);
    assertEquals(await Array.fromAsync(second), [{ two: "x".repeat(2000) }, 3]);
    assertEquals(await Array.fromAsync(third), [1, { two: "x".repeat(2000) }, 3]);
    assertEquals([first.closed, first.missed], [true, 0]);
    assertThrows(() => sender.send(4), webble.ChannelClosedError);
  },

  "broadcast() tells a receiver that lags how much it has missed": async () => {
    const [sender, receiver] = broadcast<number>(3);
    for (let n = 0; n < 10; n++) sender.send(n);
    assertEquals([receiver.tryRecv(), receiver.missed], [7, 7]);
    for (let n = 10; n < 14; n++) sender.send(n);
    sender.close();
    assertEquals(await Array.fromAsync(receiver), [11, 12, 13]);
    assertEquals(receiver.missed, 10);
  },

  "a broadcast goes on without receivers, and refuses what is no size": () => {
    const [sender, receiver] = broadcast<number>(2);
    receiver.close();
    sender.send(1);
    assertEquals(sender.closed, false);
    const late = sender.subscribe();
    assertEquals(late.tryRecv(), undefined);
    sender.send(2);
    assertEquals(late.tryRecv(), 2);
    for (const bad of [0, -1, NaN, 1.5, 2 ** 30]) {
      assertStringIncludes(assertThrows(() => broadcast(bad), RangeError).message, "'capacity' must be");
    }
    const [short] = broadcast<string>(2, { messageBytes: 100 });
    assertStringIncludes(assertThrows(() => short.send("x".repeat(200)), RangeError).message, "'messageBytes'");
  },

  "broadcasts of two tasks reach two others, whole and in the order of each": {
    timeoutMs: 60_000,
    run: async () => {
      await using _runtime = await pool(4);
      const [sender, receiver] = broadcast<[number, number, string]>(64);
      const receiving = [0, 1].map((way) =>
        webble.spawn(
          async (receiver: BroadcastReceiver<[number, number, string]>, way: number) => {
            const next = [0, 0];
            let got = 0;
            const take = ([who, n, text]: [number, number, string]) => {
              if (n < next[who]!) throw new Error(`${n} after ${next[who]}`);
              if (text !== String(n).repeat(9)) throw new Error(`torn: ${text}`);
              next[who] = n + 1;
              got++;
            };
            if (way === 0) { for await (const message of receiver) take(message); }
            else for (let message = receiver.recv(); message !== undefined; message = receiver.recv()) take(message);
            return got + receiver.missed;
          },
          receiver,
          way,
        )
      );
      const sending = [0, 1].map((who) =>
        webble.spawn(
          (sender: BroadcastSender<[number, number, string]>, who: number) => {
            for (let n = 0; n < 20_000; n++) sender.sendSync([who, n, String(n).repeat(9)]);
            sender.close();
          },
          sender,
          who,
        )
      );
      sender.close();
      for (const task of sending) await task.recv();
      for (const task of receiving) assertEquals(await task.recv(), 40_000);
    },
  },

  "watch() holds the newest value": async () => {
    const [sender, receiver] = watch<unknown>({ n: 0 });
    assertEquals(receiver.borrow(), { n: 0 });
    assert(receiver.borrow() === receiver.borrow(), "the same object until it changes");
    const changed = receiver.changed();
    sender.send({ n: 1 });
    assertEquals([await changed, receiver.borrow()], [true, { n: 1 }]);
    sender.send({ n: 2 });
    sender.send("x".repeat(3000));
    const late = sender.subscribe();
    assertEquals([await late.changed(), late.borrow()], [true, "x".repeat(3000)]);
    assertEquals([await receiver.changed(), receiver.borrow()], [true, "x".repeat(3000)]);
    sender.send(undefined);
    sender.close();
    assertEquals([await receiver.changed(), receiver.borrow(), await receiver.changed()], [true, undefined, false]);
    assertEquals([receiver.closed, late.closed], [true, true]);
    assertThrows(() => sender.send(1), webble.ChannelClosedError);
  },

  "watch(): a wait can be given up, and ends with its receiver": async () => {
    const [sender, receiver] = watch(1);
    await assertRejects(() => receiver.changed({ signal: AbortSignal.abort(new Error("enough")) }), Error, "enough");
    const changed = receiver.changed();
    receiver.close();
    assertEquals([await changed, receiver.closed, sender.closed], [false, true, false]);
    const other = sender.subscribe();
    sender.send(2);
    assertEquals(other.borrow(), 2);
    assertStringIncludes(
      assertThrows(() => watch("x".repeat(200), { messageBytes: 64 }), RangeError).message,
      "'messageBytes'",
    );
    assertThrows(() => watch((() => 1) as never), webble.NotSendError);
    assertThrows(() => watch(1, { messageBytes: 0 }), RangeError);
  },

  "watch(): readers on other threads never see a torn value, and see the last": {
    timeoutMs: 60_000,
    run: async () => {
      await using _runtime = await pool(3);
      const [sender, receiver] = watch<{ n: number; text: string }>({ n: 0, text: "" });
      const readers = [0, 1].map((way) =>
        webble.spawn(
          async (receiver: WatchReceiver<{ n: number; text: string }>, way: number) => {
            let last = -1;
            while (way === 0 ? await receiver.changed() : receiver.changedSync()) {
              const { n, text } = receiver.borrow();
              if (text !== String(n).repeat(n % 50)) throw new Error(`torn: ${n} ${text}`);
              if (n < last) throw new Error(`${n} after ${last}`);
              last = n;
            }
            return receiver.borrow().n;
          },
          receiver,
          way,
        )
      );
      const writing = webble.spawn((sender: WatchSender<{ n: number; text: string }>) => {
        for (let n = 1; n <= 50_000; n++) sender.send({ n, text: String(n).repeat(n % 50) });
        sender.close();
      }, sender);
      await writing.recv();
      for (const reader of readers) assertEquals(await reader.recv(), 50_000);
      assertThrows(() => sender.send({ n: 0, text: "" }), webble.HandleConsumedError);
    },
  },

  "ends of both can be posted": () => {
    const [sender, receiver] = broadcast<number>(4);
    sender.send(1);
    const other = attach<BroadcastReceiver<number>>(structuredClone(receiver));
    attach<BroadcastSender<number>>(structuredClone(sender)).send(2);
    assertEquals([receiver.tryRecv(), receiver.tryRecv(), other.tryRecv()], [1, 2, 2]);
    const [writer, reader] = watch(1);
    const moved = attach<WatchSender<number>>(structuredClone(writer));
    moved.send(2);
    assertEquals(attach<WatchReceiver<number>>(structuredClone(reader)).borrow(), 2);
    assertThrows(() => writer.send(3), webble.HandleConsumedError);
  },
});
