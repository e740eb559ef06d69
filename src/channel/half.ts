/**
 * Half: what the sending and the receiving end of every kind of channel have on one thread: the memory, who else has
 * ends, and the hold on this one.
 */

import type { Words } from "../memory/atomics.ts";
import type { Carried } from "../value/carry.ts";
import { Ends } from "./ends.ts";
import type { Hold } from "./hold.ts";
import type { Parts, SharedParts } from "./parts.ts";
import { CLOSED, type Put } from "./sides.ts";

/** One end of a channel. */
export abstract class Half<H extends Hold = Hold> {
  readonly words: Words;
  readonly ends: Ends;
  readonly hold: H;

  /**
   * @param at Where the words of `Ends` begin.
   * @param wakeAll Called when a side is gone, or a thread has come or died: wakes all who sleep.
   * @param hold Takes the end.
   */
  constructor(readonly memory: SharedParts, at: number, wakeAll: () => void, hold: (ends: Ends) => H) {
    this.words = memory.words;
    this.ends = new Ends(memory.words, at, wakeAll);
    this.hold = hold(this.ends);
  }

  get parts(): Parts {
    return this.hold.parts;
  }

  /** Whether this end is none any more, or one of the sides is gone. */
  get closed(): boolean {
    return !this.hold.isMine || this.ends.gone !== 0;
  }

  /**
   * The same by plain looks, before each message: what another thread has done may be seen a moment later, as if the message
   * had been sent before. Who is about to wait asks `closed`.
   */
  get seemsClosed(): boolean {
    return !this.hold.seemsMine || this.ends.seenGone !== 0;
  }

  /** What comes of sending where the channel is closed. */
  refuse(): Put {
    this.hold.refuseIfMoved();
    return CLOSED;
  }

  check(): void {
    this.ends.check();
  }

  ask(): void {
    this.ends.ask();
  }

  get alone(): boolean {
    return this.ends.alone;
  }

  get isPrivate(): boolean {
    return this.ends.isPrivate;
  }

  close(): void {
    this.hold.close();
  }

  carry(): Carried {
    return this.hold.carry();
  }
}

/** @throws {TypeError} What an end was attached with is not the memory of such a channel. */
export function refuseCorrupt(isSound: boolean): void {
  if (!isSound) throw new TypeError("Cannot attach the end of a channel whose memory is corrupt");
}
