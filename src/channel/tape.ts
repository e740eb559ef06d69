/**
 * Tape: a ring of messages that each receiver reads at its own pace, and that never waits for one.
 *
 * Positions count messages; the slot of a position is its remainder by the capacity. A slot's STATE names the position
 * that it is at, and whether its message is WRITTEN or still being written. A sender takes the slot of TAIL with one
 * compare-exchange, which gives the message its place in the order, and overwrites what was there. A receiver copies the
 * message out and then looks whether STATE is still the same: if not, it was overtaken, and goes on from the oldest message.
 *
 * A position whose sender has died can be told, see `positions.ts`: receivers pass it over, and the next lap takes its slot.
 *
 * Keeps true, even if any thread stops between two instructions:
 * - a slot's words are written by the thread that took it only, until it makes it WRITTEN;
 * - what a receiver gets was whole when it was copied;
 * - nobody waits for a thread that is gone.
 */

import { compareExchange, load, store } from "../memory/atomics.ts";
import { Positions } from "./positions.ts";

const WRITING = 0;
const WRITTEN = 1;

/** What a look at a position gives in place of a message. */
export const NOTHING_YET = -1;
export const OVERTAKEN = -2;
export const ABANDONED = -3;

/** A tape, as one thread sees it. Its HEAD is not used: each receiver has one of its own. */
export class Tape extends Positions {
  /** Writes the first STATEs: as if a lap had been written, which nobody sees. Before anybody else sees the tape. */
  initialise(): void {
    for (let slot = 0; slot < this.at.capacity; slot++) {
      store(this.at.words, this.state(slot), this.#before(slot, this.at.capacity) << 1 | WRITTEN);
    }
  }

  /** The position of the next message that is sent. */
  get end(): number {
    return load(this.at.words, this.at.tail);
  }

  /** How many messages there are from a position on; more than the capacity where it was overtaken. */
  since(position: number): number {
    const count = this.end - position;
    return count < 0 ? count + this.wrap : count;
  }

  /** Takes the next slot to write a message; gives its position, or -1 while another still writes there. */
  claim(): number {
    const { words, tail, capacity } = this.at;
    for (;;) {
      const position = load(words, tail);
      const index = this.state(position);
      const state = load(words, index);
      if (this.after(state >> 1, capacity) === position) {
        if ((state & 1) === WRITING && !this.isAbandoned(state >> 1)) {
          if (load(words, tail) === position) return -1;
          continue;
        }
        this.intend(position);
        if (compareExchange(words, index, state, position << 1 | WRITING) === state) {
          compareExchange(words, tail, position, this.after(position, 1));
          return position;
        }
        this.clear();
      } else compareExchange(words, tail, position, this.after(position, 1));
    }
  }

  /** Sends the message that was written. */
  publish(position: number): void {
    store(this.at.words, this.state(position), position << 1 | WRITTEN);
    this.clear();
  }

  /** Whether the message of a position can be copied: 1, or one of the reasons why not. */
  look(position: number): number {
    const { words, capacity } = this.at;
    const state = load(words, this.state(position));
    if (state === (position << 1 | WRITTEN)) return 1;
    if (state === (position << 1 | WRITING)) {
      if (!this.isAbandoned(position)) return NOTHING_YET;
      // Looked at once more: a sender that was through in between has changed STATE before it cleared its INTENT.
      return load(words, this.state(position)) === state ? ABANDONED : this.look(position);
    }
    return this.after(state >> 1, capacity) === position ? NOTHING_YET : OVERTAKEN;
  }

  /** Whether what was copied of a position is whole: nobody has taken its slot since. */
  isWhole(position: number): boolean {
    const written = position << 1 | WRITTEN;
    // An exchange that changes nothing, not a load: what was read before must not come after it, on any processor.
    return compareExchange(this.at.words, this.state(position), written, written) === written;
  }

  #before(position: number, count: number): number {
    return position < count ? position - count + this.wrap : position - count;
  }
}
