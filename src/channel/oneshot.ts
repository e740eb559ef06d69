/**
 * oneshot: a channel for one message.
 */

import { checkInteger } from "../integer.ts";
import { checkOptions } from "../options.ts";
import { ByteInlet, ByteOutlet, createRing, MOST } from "./byte_channel.ts";
import { RECEIVER, SENDER } from "./ends.ts";
import { Exclusive } from "./hold.ts";
import type { Message } from "./message.ts";
import { registerKind } from "./parts.ts";
import { makeReceiver, type Receiver } from "./receiver.ts";
import { makeSender, type Sender } from "./sender.ts";
import { type Put, SENT } from "./sides.ts";

const SENDER_NAME = "oneshot.sender";
const RECEIVER_NAME = "oneshot.receiver";
const USUAL_BYTES = 65_536;

/** Closes after its message. */
class OneshotOutlet extends ByteOutlet {
  override put(message: Message): Put {
    const put = super.put(message);
    if (put === SENT) this.close();
    return put;
  }
}

registerKind(
  SENDER_NAME,
  (memory, _, parts) => makeSender(new OneshotOutlet(memory, (ends) => Exclusive.taken(ends, SENDER, parts))),
);
registerKind(
  RECEIVER_NAME,
  (memory, _, parts) => makeReceiver(new ByteInlet(memory, (ends) => Exclusive.taken(ends, RECEIVER, parts))),
);

/**
 * Makes a channel for one message: an answer, or the news that something has happened.
 *
 * The sender closes once it has sent. Where it is closed before, or its thread dies, the receiver gets `undefined`, and is
 * `closed`. Both ends are moved by sending them.
 *
 * @typeParam T The message.
 * @param options How long the message may be: `messageBytes`, 64 KiB if left out. Memory is committed as it is used.
 * @returns The sender and the receiver.
 * @throws {TypeError} `messageBytes` is not a number, or `options` no object.
 * @throws {RangeError} `messageBytes` is no integer in range.
 * @throws {OutOfMemoryError} The system has not so much memory.
 * @throws {IsolationError} Memory cannot be shared here.
 *
 * @example An answer
 * ```ts
 * import * as webble from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * await using _runtime = await webble.builder().workers(1).init();
 * const [sender, receiver] = webble.channel.oneshot<string>();
 * webble.spawn((sender: webble.channel.Sender<string>) => sender.send("ready"), sender);
 * assertEquals(await receiver.recvAsync(), "ready");
 * ```
 */
export function oneshot<T = unknown>(options: { messageBytes?: number } = {}): [Sender<T>, Receiver<T>] {
  checkOptions("make a channel", options, "options such as { messageBytes: 64 }");
  const { messageBytes = USUAL_BYTES } = options;
  checkInteger("make a channel", "messageBytes", messageBytes, 4, MOST);
  const memory = createRing("oneshot", messageBytes);
  return [
    makeSender(new OneshotOutlet(memory, (ends) => Exclusive.first(ends, SENDER, SENDER_NAME, memory.buffer))),
    makeReceiver(new ByteInlet(memory, (ends) => Exclusive.first(ends, RECEIVER, RECEIVER_NAME, memory.buffer))),
  ];
}
