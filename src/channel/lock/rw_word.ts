/**
 * RwWord: who reads and who writes.
 *
 * The writer's side is a lock word; see `lock_word.ts`. Readers are counted each in a word of their thread's slot, so
 * that readers on different threads are not in one another's way, and a dead thread's can be told and discounted.
 *
 * A reader counts itself first and looks at the word second; a writer takes the word first and looks at the counts
 * second. Whichever comes later in the one order of atomics sees the other: so never a reader beside a writer. A reader
 * that finds the word taken takes its count back, and wakes the owner, who may have seen it.
 *
 * A writer that waits for readers to leave has the word, so no more come: writers do not starve. A reader that was woken in
 * vain too often asks for the word like a writer, counts itself while it has it, and gives it back: readers do not either.
 */

import { add, compareExchange, load, store, type Words } from "../../memory/atomics.ts";
import { generationOf, ID_MASK, idIn, slotOf, SLOTS } from "../participants.ts";
import { LOCK_WORD } from "./line.ts";
import { type LockWord, ownerSlot, STARTING } from "./lock_word.ts";

/** A count of readers has its thread's generation above it. */
const COUNT_BITS = 16;
const COUNT_MASK = 0xffff;

/** The readers of one lock, and its word, seen from one thread. */
export class RwWord {
  readonly #words: Words;

  /** @param slots How many slots there may be readers in. */
  constructor(readonly word: LockWord, readonly slots: number = SLOTS) {
    this.#words = word.words;
  }

  /** Begins to read, if nobody writes or is about to. */
  read(id: number, hungry: boolean): boolean {
    const { word } = this;
    // Counted first, looked second; pairs with `hasReaders`, before which the writer has taken the word.
    this.#count(id);
    const owner = word.owner;
    if (owner === 0) return true;
    // Handed to this thread, or asked for: with the word in hand the count stands.
    if ((owner === id || hungry) && word.take(id, hungry, STARTING)) {
      word.release(id);
      return true;
    }
    const before = add(this.#words, this.#at(slotOf(id)), -1);
    // The owner may have seen it. One on this thread has not, and would wake this thread again and again.
    if ((before & COUNT_MASK) === 1 && owner !== id) this.#wakeOwner();
    return false;
  }

  /** Reads once more, if this thread reads already: then nobody writes. */
  readMore(id: number): boolean {
    if (!this.isRead(id)) return false;
    this.#count(id);
    return true;
  }

  /** Ends to read. */
  leave(id: number): void {
    const before = add(this.#words, this.#at(slotOf(id)), -1);
    if ((before & COUNT_MASK) === 1) this.#wakeOwner();
  }

  /** Whether this thread reads. */
  isRead(id: number): boolean {
    return (load(this.#words, this.#at(slotOf(id))) & COUNT_MASK) !== 0 && this.#isOf(id);
  }

  /** Whether anybody reads. */
  hasReaders(): boolean {
    for (let slot = 1; slot <= this.slots; slot++) {
      if ((load(this.#words, this.#at(slot)) & COUNT_MASK) !== 0) return true;
    }
    return false;
  }

  /** The threads that read. */
  *readers(): Iterable<number> {
    for (let slot = 1; slot <= this.slots; slot++) {
      const seen = load(this.#words, this.#at(slot));
      if ((seen & COUNT_MASK) !== 0) yield idIn(slot, seen >>> COUNT_BITS);
    }
  }

  /** A thread is gone: it does not read any more. */
  bury(id: number): void {
    const at = this.#at(slotOf(id));
    for (;;) {
      const seen = load(this.#words, at);
      // What the next in the slot counts has another generation.
      if (seen >>> COUNT_BITS !== generationOf(id) || (seen & COUNT_MASK) === 0) break;
      if (compareExchange(this.#words, at, seen, seen & ~COUNT_MASK) !== seen) continue;
      this.#wakeOwner();
      break;
    }
    this.word.bury(id);
  }

  #count(id: number): void {
    // What the last in this slot left; only this thread changes it now.
    if (!this.#isOf(id)) store(this.#words, this.#at(slotOf(id)), generationOf(id) << COUNT_BITS);
    const before = add(this.#words, this.#at(slotOf(id)), 1);
    if ((before & COUNT_MASK) < COUNT_MASK - 1) return;
    add(this.#words, this.#at(slotOf(id)), -1);
    throw new RangeError("Cannot lock an RwLock once more: this thread reads it 65,534 times already");
  }

  #isOf(id: number): boolean {
    return load(this.#words, this.#at(slotOf(id))) >>> COUNT_BITS === generationOf(id);
  }

  #wakeOwner(): void {
    const { state, line } = this.word;
    if ((state & ID_MASK) !== 0) line.wake(ownerSlot(state));
  }

  #at(slot: number): number {
    return this.word.line.table.word(slot, LOCK_WORD);
  }
}
