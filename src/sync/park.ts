/**
 * Park and unpark: how a thread without work goes to sleep, and how one with work to give wakes it.
 *
 * PARKED has a bit for each thread that sleeps or is about to. SEARCHING has a bit for each that is awake, without work, and
 * looking for some. A FUTEX word for each thread is what it sleeps on. SENTINEL names a worker that sleeps, but looks at
 * the queues from time to time. ABSTAINING has a bit for each worker that sleeps and can't take what any worker may.
 *
 * Keeps true, while the threads that take part go on; what one that dies leaves behind, and its repair, is in README.md:
 * - a thread that has set its PARKED bit, found nothing and waited is woken by the first push after that;
 * - whoever clears a PARKED bit, and nobody else, changes that thread's FUTEX and notifies it: one wake, one notify;
 * - work pushed while some thread searches is found by it, or by whom it wakes when it stops searching;
 * - work that is left to others is found by them, or by the sentinel.
 *
 * The argument, with states and transitions, is in README.md beside this file.
 *
 * After the idle protocol of rayon-core's and tokio's schedulers; the futex word is that of H. Franke, R. Russell and
 * M. Kirkwood, "Fuss, Futexes and Furwocks: Fast Userlevel Locking in Linux", 2002.
 */

import { add, and, compareExchange, load, notify, or, wait, waitAsync, type Words } from "../memory/atomics.ts";

/** Where one thread's bits and its futex lie. */
export interface Place {
  readonly words: Words;
  /** The word of PARKED bits. */
  readonly parked: number;
  /** This thread's bit in PARKED and SEARCHING. */
  readonly bit: number;
  readonly futex: number;
}

/** Wakes the thread at `place` if it is parked; says whether it was. Any thread. */
export function unpark(place: Place): boolean {
  const { words, parked, bit, futex } = place;
  // Looked before leaping: nearly always it is awake, and a load leaves the cache line where it is.
  if ((load(words, parked) & bit) === 0) return false;
  // Of all who try, one clears the bit; that one wakes.
  if ((and(words, parked, ~bit) & bit) === 0) return false;
  // Changed before notified: a sleeper that has read FUTEX but does not wait yet will see that it has changed.
  add(words, futex, 1);
  notify(words, futex);
  return true;
}

/** The sleeping side: one for each thread, used by that thread alone. */
export class Sleeper {
  #waiting = false;
  #ticket = 0;

  constructor(readonly place: Place, readonly woken: () => void) {}

  /** Announces that this thread is about to sleep. The caller must look for work after this, and before `sleep`. */
  announce(): void {
    const { words, parked, bit, futex } = this.place;
    // Before the bit is set, so that a wake between the two can't be missed.
    this.#ticket = load(words, futex);
    // Parked first, looked second. Pairs with every producer, which pushes first and reads PARKED second: whichever
    // comes later in the one order of atomics sees the other, so work and sleep never miss each other.
    or(words, parked, bit);
  }

  /** Takes the announcement back; `false` when another thread has cleared the bit already, and so has woken this one. */
  retract(): boolean {
    const { words, parked, bit } = this.place;
    return (and(words, parked, ~bit) & bit) !== 0;
  }

  /**
   * Sleeps: `woken` is called once the thread is unparked. Returns `false` if it need not sleep. In either case a wake
   * may be a late one, with the bit still set: the caller retracts.
   *
   * A waiter of `waitAsync` cannot be cancelled. So there is one at most, ever: when this thread got up by itself
   * and lies down again, the old waiter is still in line for the next notify, which wakes all waiters of the word.
   */
  sleep(): boolean {
    if (this.#waiting) return true;
    const wait = waitAsync(this.place.words, this.place.futex, this.#ticket);
    if (wait === undefined) return false;
    this.#waiting = true;
    wait.then(() => {
      this.#waiting = false;
      this.woken();
    });
    return true;
  }

  /**
   * Sleeps by blocking the thread, until it is unparked or time is up, if it need sleep at all. The caller announces before
   * and retracts after. Its loop, if that sleeps in `waitAsync`, is woken with it or must be got going: it has no bit any more.
   */
  block(timeoutMs: number): void {
    // FUTEX is compared with the ticket, which was read before the bit was set: a wake since then has changed it.
    wait(this.place.words, this.place.futex, this.#ticket, timeoutMs);
  }

  /** Never to sleep again: ends the waiter, which would keep the memory alive. */
  dismiss(): void {
    this.retract();
    notify(this.place.words, this.place.futex);
  }
}

/** The workers' side of waking: who sleeps, who searches. */
export class Parking {
  readonly #everyone: number;

  constructor(
    readonly words: Words,
    readonly parked: number,
    readonly searching: number,
    readonly engaged: number,
    readonly sentinel: number,
    readonly abstaining: number,
    readonly places: readonly Place[],
  ) {
    this.#everyone = places.reduce((bits, { bit }) => bits | bit, 0);
  }

  /**
   * After work was pushed where any worker may take it: wakes one parked worker, unless one is searching, or will get up
   * by itself if nobody takes the work.
   */
  wakeOne(): boolean {
    // Pairs with `resign`: a sentinel clears its bit first and looks at the queues second; we have pushed first and read
    // SENTINEL second. While all sleep it is not waited for, though it would come.
    if (load(this.words, this.sentinel) !== 0 && !this.allParked) return false;
    return this.wakeAnother();
  }

  /** As {@linkcode wakeOne}, where there is more work than those who are awake should do. */
  wakeAnother(): boolean {
    const { words } = this;
    // Pairs with `stopSearching`: a searcher clears its bit first and looks at the queues second; we have pushed
    // first and read SEARCHING second. So if we see its bit, it sees our work.
    if (load(words, this.searching) !== 0) return false;
    for (;;) {
      const parked = load(words, this.parked);
      if (parked === 0) return false;
      // One that abstains would pass the wake on, perhaps to another that does. It looks for itself when it no longer does.
      const able = parked & ~load(words, this.abstaining);
      if (able === 0) return false;
      // One that has nothing on its hands, if there is one: a callback of a suspended task may keep the others from
      // waking up for a while. The lowest bit. Another may clear it before us: then there is another sleeper, or none.
      const idle = able & ~load(words, this.engaged);
      const choice = idle === 0 ? able : idle;
      if (unpark(this.places[31 - Math.clz32(choice & -choice)]!)) return true;
    }
  }

  /** How many workers are not parked. */
  get awake(): number {
    let count = 0;
    for (let bits = this.#everyone & ~load(this.words, this.parked); bits !== 0; bits &= bits - 1) count++;
    return count;
  }

  /** Whether no worker is awake. */
  get allParked(): boolean {
    return this.isAlone(0);
  }

  /** Whether all but the worker with this bit are parked. */
  isAlone(bit: number): boolean {
    return (load(this.words, this.parked) | bit) === this.#everyone;
  }

  /** This worker is about to sleep, with or without tasks that wait for something. Only a hint for `wakeOne`. */
  setEngaged(bit: number, engaged: boolean): void {
    this.#set(this.engaged, bit, engaged);
  }

  /**
   * This worker is about to sleep or to block, and can or cannot take work then. Before `announce`. Who begins to abstain has looked
   * at the queues since it got up, and called `wakeOne` if something was there; who no longer does gets up and looks.
   */
  setAbstaining(bit: number, abstains: boolean): void {
    this.#set(this.abstaining, bit, abstains);
  }

  /** Compared with the word itself, as others change it: who had this seat before, and the undertaker. */
  #set(word: number, bit: number, value: boolean): void {
    if (((load(this.words, word) & bit) !== 0) === value) return;
    if (value) or(this.words, word, bit);
    else and(this.words, word, ~bit);
  }

  /** This worker looks for work, and takes over the duty of those who push meanwhile. */
  startSearching(bit: number): void {
    or(this.words, this.searching, bit);
  }

  /**
   * This worker, parked by now, need not be woken for work that others keep up with: there is a sentinel, or it is the
   * sentinel itself from now on, if it can be. `undefined` if that is not so.
   */
  leaveToOthers(bit: number, isFree: boolean): "watch" | "sleep" | undefined {
    if (this.allParked) return undefined;
    if (isFree && compareExchange(this.words, this.sentinel, 0, bit) === 0) return "watch";
    return load(this.words, this.sentinel) !== 0 ? "sleep" : undefined;
  }

  /** The sentinel is none any more. It must look at the queues after this. */
  resign(bit: number): void {
    and(this.words, this.sentinel, ~bit);
  }

  /** This worker stops. It must look at the queues after this: to park, or to wake another if work is left. */
  stopSearching(bit: number): void {
    and(this.words, this.searching, ~bit);
  }
}
