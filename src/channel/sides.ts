/**
 * Sides: what each kind of channel does behind a sender and a receiver.
 */

import type { Carried } from "../value/carry.ts";
import type { Message, MessageReader } from "./message.ts";
import type { Parts } from "./parts.ts";
import type { Waitable } from "./waiting.ts";

/** What became of a message. */
export const SENT = 0;
export const FULL = 1;
export const CLOSED = 2;
export type Put = typeof SENT | typeof FULL | typeof CLOSED;

/** What a kind of channel does behind a sender. */
export interface Outlet extends Waitable {
  readonly parts: Parts;
  /** How much it holds, and how much of that is in use; in bytes or messages. */
  readonly capacity: number;
  readonly used: number;
  /** Whether nobody can receive what is sent, or this end is closed. */
  readonly closed: boolean;
  /**
   * Sends a message, if there is room.
   *
   * @throws {RangeError} It is too large for the channel, however empty.
   * @throws {HandleConsumedError} This end has gone to another thread.
   */
  put(message: Message): Put;
  /** Closes this end, unless it has gone to another thread. */
  close(): void;
  carry(): Carried;
  /** @throws {TypeError} There can be one only. */
  clone(): Outlet;
}

/** What a kind of channel does behind a receiver. */
export interface Inlet extends Waitable {
  readonly parts: Parts;
  /** What makes values of messages. */
  readonly messages: MessageReader;
  /** How much it holds, and how much of that is in use; in bytes or messages. */
  readonly capacity: number;
  readonly used: number;
  /** Whether no more is sent, or this end is closed: what is left can still be taken. */
  readonly closed: boolean;
  /** Whether nothing can be taken any more, now or later. */
  readonly ended: boolean;
  /**
   * Takes the next message, if there is one, else {@linkcode NOTHING}.
   *
   * @throws {HandleConsumedError} This end has gone to another thread.
   */
  take(): unknown;
  /** Closes this end, unless it has gone to another thread. */
  close(): void;
  carry(): Carried;
  /** @throws {TypeError} There can be one only. */
  clone(): Inlet;
}
