/**
 * Fifo: first in, first out.
 *
 * Each operation but `remove` takes the same time, however many there are: what has left is let go of at once, and its place
 * when as many have left as are there.
 */

/** So many places of those that have left are kept at least, before the others are moved up. */
const LEFT_BEHIND = 1024;

/** A queue. */
export class Fifo<T> implements Iterable<T> {
  readonly #items: (T | undefined)[] = [];
  /** Where the first is that has not left. */
  #next = 0;

  /** How many there are. */
  get size(): number {
    return this.#items.length - this.#next;
  }

  /** Whether there is none. */
  get isEmpty(): boolean {
    return this.#next === this.#items.length;
  }

  /** The first one, which stays. */
  get first(): T | undefined {
    return this.#items[this.#next];
  }

  /** Adds one behind the others. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** The first one leaves. */
  shift(): T | undefined {
    if (this.isEmpty) return undefined;
    const item = this.#items[this.#next];
    this.#items[this.#next++] = undefined;
    if (this.isEmpty) this.clear();
    else if (this.#next >= LEFT_BEHIND && this.#next >= this.size) {
      this.#items.splice(0, this.#next);
      this.#next = 0;
    }
    return item;
  }

  /** One leaves out of its turn; whether it was there. */
  remove(item: T): boolean {
    const at = this.#items.indexOf(item, this.#next);
    if (at < 0) return false;
    if (at === this.#next) this.shift();
    else this.#items.splice(at, 1);
    return true;
  }

  /** All leave. */
  clear(): void {
    this.#items.length = this.#next = 0;
  }

  /** All, in order; none may leave meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    for (let at = this.#next; at < this.#items.length; at++) yield this.#items[at]!;
  }
}
