/**
 * Mail: when the wake for a record can be left to a message that is under way to its receiver.
 *
 * A record whose values were posted is of no use to a thread before the message is there, and a message gets a thread going
 * by itself. MAIL counts, by twos, the messages that a thread has taken in; bit 0 is set while it blocks, and takes in none.
 *
 * Keeps true:
 * - a record that was pushed without a wake is found by the look that follows the next message;
 * - MAIL only grows, whoever has the thread's number: what was read of it once is never its value again by chance.
 *
 * The sender reads MAIL before it posts, and again after it has pushed. If MAIL is the same then, the message is yet to be
 * taken in, and who takes it in counts first and looks second. If it is not, or says that the receiver blocks, the sender
 * wakes. The argument is in README.md.
 */

import { add, load, store, type Words } from "../memory/atomics.ts";

const BLOCKS = 1;
const MESSAGE = 2;

/** The sending side: one for each receiver, used by one thread alone. */
export class Outbox {
  /** MAIL before the last message. At first nothing is under way: as if the receiver blocked. */
  #before = BLOCKS;

  constructor(readonly words: Words, readonly mail: number) {}

  /** Calls `post`, which posts a message to the receiver, or throws and has not. */
  send(post: () => void): void {
    const before = load(this.words, this.mail);
    post();
    // Not sooner: what could not be posted is not to be relied on.
    this.#before = before;
  }

  /** Whether a message is yet to be taken in. Asked after a push. */
  get isUnderWay(): boolean {
    // Pushed first, looked second; pairs with `receive` and `block`, which write MAIL first and look second.
    return (this.#before & BLOCKS) === 0 && load(this.words, this.mail) === this.#before;
  }
}

/** The receiving side: one for each thread, used by that thread alone. */
export class Mailbox {
  constructor(readonly words: Words, readonly mail: number) {
    // One that had this number before may have died while it blocked.
    store(words, mail, (load(words, mail) | BLOCKS) + 1);
  }

  /** A message is here. The caller must look at its inbox after this. */
  receive(): void {
    add(this.words, this.mail, MESSAGE);
  }

  /** This thread is about to block. The caller must look at its inbox after this, and before it blocks. */
  block(): void {
    add(this.words, this.mail, BLOCKS);
  }

  /** This thread blocks no more. */
  unblock(): void {
    add(this.words, this.mail, -BLOCKS);
  }
}
