/**
 * Permits: a word for each, with the id of the thread that has it; 0 while it is free.
 *
 * A permit is taken by one compare-exchange that names the taker, and so comes back when that one is found dead. Several
 * are taken one after another, and put back if there are not enough. One that was woken in vain too often sets RESERVED:
 * from then on nobody else takes any, until it has enough.
 */

import { compareExchange, load, store, type Words } from "../../memory/atomics.ts";
import { slotOf } from "../participants.ts";
import type { Line } from "./line.ts";

/** The permits of one semaphore, seen from one thread. */
export class Permits {
  /**
   * @param reserved The word RESERVED: for whom permits are kept; 0 for nobody.
   * @param start The first permit's word.
   * @param count How many there are.
   */
  constructor(
    readonly words: Words,
    readonly reserved: number,
    readonly start: number,
    readonly count: number,
    readonly line: Line,
  ) {}

  /** How many are free. It may not be so any more when this returns. */
  get available(): number {
    return this.#count(0, this.count);
  }

  /** How many a thread has. */
  heldBy(id: number): number {
    return this.#count(id, this.count);
  }

  /** How many permits have this id, up to `most`. */
  #count(id: number, most: number): number {
    let found = 0;
    for (let i = 0; i < this.count && found < most; i++) if (load(this.words, this.start + i) === id) found++;
    return found;
  }

  /** Takes `wanted` permits, if there are as many: their numbers, else `undefined`. */
  take(id: number, wanted: number, hungry: boolean): number[] | undefined {
    const { words, reserved, start, count, keeper } = this;
    if (keeper !== 0 && keeper !== id) return undefined;
    if (hungry && keeper === 0) compareExchange(words, reserved, 0, id);
    // Looked before leaping: two who take what they then put back would wake each other for ever.
    if (this.#count(0, wanted) < wanted) return undefined;
    const taken: number[] = [];
    for (let i = 0; i < count && taken.length < wanted; i++) {
      const at = start + i;
      if (load(words, at) === 0 && compareExchange(words, at, 0, id) === 0) taken.push(i);
    }
    if (taken.length < wanted) {
      // Whoever looked in between found too few because of these.
      if (taken.length > 0) this.give(taken);
      return undefined;
    }
    this.cede(id);
    return taken;
  }

  /** For whom permits are kept; 0 for nobody. */
  get keeper(): number {
    return load(this.words, this.reserved);
  }

  /** Puts permits back, and wakes those who can use them. */
  give(permits: readonly number[]): void {
    const { words, start, line } = this;
    for (const permit of permits) store(words, start + permit, 0);
    // Put back first, looked second; pairs with `Line.join`.
    const { keeper } = this;
    if (keeper !== 0) line.wake(slotOf(keeper));
    else for (let i = 0; i < permits.length; i++) line.wakeNext();
  }

  /** Nothing is kept for this thread any more. */
  cede(id: number): void {
    if (load(this.words, this.reserved) !== id) return;
    if (compareExchange(this.words, this.reserved, id, 0) === id) this.line.wakeNext();
  }

  /** Wakes the next, if there is something for it. */
  passOn(): void {
    if (this.#count(0, 1) > 0) this.line.wakeNext();
  }

  /** There were too few for a thread: what there is may be enough for one behind it, whose wake it has had. */
  passBy(id: number): void {
    if (this.keeper === 0 && this.#count(0, 1) > 0) this.line.wakeBehind(slotOf(id));
  }

  /** The threads that have permits, or for whom they are kept. */
  *holders(): Iterable<number> {
    const seen = new Set<number>([0]);
    for (let i = -1; i < this.count; i++) {
      const id = load(this.words, i < 0 ? this.reserved : this.start + i);
      if (seen.has(id)) continue;
      seen.add(id);
      yield id;
    }
  }

  /** A thread is gone: its permits come back. */
  bury(id: number): void {
    const { words, start, count } = this;
    this.cede(id);
    let freed = 0;
    for (let i = 0; i < count; i++) {
      if (load(words, start + i) === id && compareExchange(words, start + i, id, 0) === id) freed++;
    }
    if (freed === 0) return;
    const { keeper } = this;
    if (keeper !== 0) this.line.wake(slotOf(keeper));
    else for (let i = 0; i < freed; i++) this.line.wakeNext();
  }
}
