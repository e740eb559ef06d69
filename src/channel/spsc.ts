/**
 * spsc: a byte ring with one sender and one receiver.
 *
 * Either end is one object on one thread. Sending it moves it: the one left behind is spent.
 */

import { HandleConsumedError } from "../errors.ts";
import { checkInteger } from "../integer.ts";
import { STAY } from "../value/carry.ts";
import { ByteInlet, ByteOutlet, createRing, LEAST_BYTES, MOST } from "./byte_channel.ts";
import { RECEIVER, SENDER } from "./ends.ts";
import { Exclusive } from "./hold.ts";
import { registerKind, type SharedParts } from "./parts.ts";
import { makeReceiver, type Receiver } from "./receiver.ts";
import { makeSender, type Sender } from "./sender.ts";

const SENDER_NAME = "spsc.sender";
const RECEIVER_NAME = "spsc.receiver";

registerKind(
  SENDER_NAME,
  (memory, _, parts) => makeSender(new ByteOutlet(memory, (ends) => Exclusive.taken(ends, SENDER, parts))),
);
registerKind(
  RECEIVER_NAME,
  (memory, _, parts) => makeReceiver(new ByteInlet(memory, (ends) => Exclusive.taken(ends, RECEIVER, parts))),
);

/**
 * A channel that was not split yet.
 *
 * @typeParam T What goes through it.
 */
export class Spsc<T> {
  #memory: SharedParts | undefined;

  /** @internal Use {@linkcode spsc}. */
  constructor(memory: SharedParts) {
    this.#memory = memory;
  }

  /**
   * Gives the two ends. Once.
   *
   * @returns The sender and the receiver.
   * @throws {HandleConsumedError} It was split before.
   */
  split(): [Sender<T>, Receiver<T>] {
    const memory = this.#memory;
    if (memory === undefined) {
      throw new HandleConsumedError(
        "Cannot split this channel as it was split before: its two ends are what the first 'split()' gave",
      );
    }
    this.#memory = undefined;
    return [
      makeSender(new ByteOutlet(memory, (ends) => Exclusive.first(ends, SENDER, SENDER_NAME, memory.buffer))),
      makeReceiver(new ByteInlet(memory, (ends) => Exclusive.first(ends, RECEIVER, RECEIVER_NAME, memory.buffer))),
    ];
  }

  /** @internal Why it cannot be sent. */
  get [STAY](): string {
    return "a channel that was not split. Call 'split()', and send one of the two ends that it gives.";
  }
}

/**
 * Makes a channel for one sender and one receiver: a ring of bytes, for messages of any length.
 *
 * The fastest of all channels. A message is copied into shared memory once, and out of it once. It must fit as a whole;
 * {@linkcode messageBytes} says how much it takes.
 *
 * @typeParam T What goes through it: anything that can be cloned, but for what only `postMessage` can carry.
 * @param bytes How much it holds. Rounded up to a multiple of 4; memory is committed as it is used.
 * @returns The channel, to be split into its ends.
 * @throws {TypeError} `bytes` is not a number.
 * @throws {RangeError} `bytes` is no integer from 4 to about 2 billion.
 * @throws {OutOfMemoryError} The system has not so much memory.
 * @throws {IsolationError} Memory cannot be shared here.
 *
 * @example Numbers to a task and back
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(1).init();
 * const [questions, asked] = webble.channel.spsc<number>(4096).split();
 * const [answers, answered] = webble.channel.spsc<number>(4096).split();
 * webble.spawn(async (
 *   asked: webble.channel.Receiver<number>,
 *   answers: webble.channel.Sender<number>,
 * ) => {
 *   for await (const n of asked) await answers.sendAsync(n * n);
 *   answers.close();
 * }, asked, answers);
 * questions.send(7);
 * assertEquals(await answered.recvAsync(), 49);
 * questions.close();
 * assertEquals(await answered.recvAsync(), undefined);
 * ```
 */
export function spsc<T = unknown>(bytes: number): Spsc<T> {
  checkInteger("make a channel", "bytes", bytes, LEAST_BYTES, MOST);
  return new Spsc(createRing("spsc", bytes));
}
