/**
 * Signal: an event count on one word of shared memory, to sleep until something may have changed.
 *
 * Bit 0 says that somebody sleeps or is about to; the other bits count wakes. A sleeper announces itself, looks once
 * more for what it wants, and waits for the word to change; who changes something publishes it and then wakes. Waking
 * costs a load while nobody sleeps. A sleeper that finds what it wants leaves the bit behind: that costs one
 * needless wake at most.
 *
 * Keeps true, while the threads that take part go on:
 * - a sleeper that has announced itself, found nothing and waited is woken by the first wake after that;
 * - every wake wakes all sleepers, and each looks again: nothing is handed over by a wake, so none can be lost with one
 *   who does not want it any more.
 *
 * Where what is waited for is a counter that only one thread moves, it can stand in the signal's own word, above the bits
 * ({@linkcode advance}): then to publish and to ask whether anybody sleeps is one atomic step instead of two.
 *
 * A thread that dies between clearing the bit and the notify leaves sleepers asleep. So who waits looks again now and then
 * without a wake, see `ticks.ts`.
 *
 * After the event counts of D. P. Reed and R. K. Kanodia, "Synchronization with Eventcounts and Sequencers", 1979, in the
 * form that folly's `EventCount` gives them.
 */

import { compareExchange, exchange, load, notify, or, wait, waitAsync, type Words } from "../memory/atomics.ts";

const SLEEPERS = 1;

/** Announces that this thread is about to sleep. The caller must look once more after this, and wait with the ticket. */
export function announce(words: Words, signal: number): number {
  // Announced first, looked second. Pairs with `wake`, whose caller publishes first and reads the bit second: whichever
  // comes later in the one order of atomics sees the other.
  const before = or(words, signal, SLEEPERS);
  if ((before & SLEEPERS) === 0) {
    const known = dormitories.get(words.buffer)?.get(words.byteOffset / 4 + signal);
    if (known !== undefined) known.wakes++;
  }
  return before | SLEEPERS;
}

/**
 * A ticket that is good for later: other sleepers of this thread may announce themselves before its holder waits, and a counter may
 * have come round to where it was. While nobody has woken the sleepers the bit stays set; so whoever of them finds it
 * cleared has been woken with all the others, and counts that.
 */
export interface Ticket {
  readonly value: number;
  readonly wakes: number;
}

/**
 * Announces that this thread will sleep some time later, if nothing has changed until then. The caller must look once more
 * after this.
 */
export function announceEarly(words: Words, signal: number): Ticket {
  const own = dormitory(words, signal);
  const value = announce(words, signal);
  return { value, wakes: own.wakes };
}

/** Whether somebody has woken the sleepers since the ticket was given. */
export function hasChanged(words: Words, signal: number, { value, wakes }: Ticket): boolean {
  return load(words, signal) !== value || dormitory(words, signal).wakes !== wakes;
}

/** Wakes all who sleep. Called after what they wait for has been published. */
export function wake(words: Words, signal: number): void {
  for (;;) {
    const seen = load(words, signal);
    if ((seen & SLEEPERS) === 0) return;
    // Clears the bit and counts in one. Of all who try one succeeds, and that one notifies; a sleeper that has announced
    // itself but does not wait yet sees that the word has changed.
    if (compareExchange(words, signal, seen, (seen + 1) | 0) === seen) return notifyAll(words, signal);
  }
}

/** Below a counter stand bit 0, and bit 1, which changes with each wake that is none of the counter's. */
const COUNTER_SHIFT = 2;

/** The counter in a signal. */
export function counterIn(words: Words, signal: number): number {
  return load(words, signal) >>> COUNTER_SHIFT;
}

/** Moves the counter in a signal, which wakes all who sleep. By the counter's owner; it publishes what was written before. */
export function advance(words: Words, signal: number, counter: number): void {
  // Pairs with `announce`, on the same word: whichever comes later sees the other.
  if ((exchange(words, signal, counter << COUNTER_SHIFT) & SLEEPERS) !== 0) notifyAll(words, signal);
}

/** Wakes all who sleep on a signal with a counter, for another reason. Any thread, after that has been published. */
export function nudge(words: Words, signal: number): void {
  for (;;) {
    const seen = load(words, signal);
    if ((seen & SLEEPERS) === 0) return;
    // A sleeper that has announced itself but does not wait yet sees that the word has changed. Once the owner has moved the
    // counter in between, it is the owner who wakes.
    if (compareExchange(words, signal, seen, seen ^ 3) === seen) return notifyAll(words, signal);
  }
}

function notifyAll(words: Words, signal: number): void {
  notify(words, signal);
  // This thread's own listeners hear of it in this turn: that is sooner, and Deno ends a program which has nothing else to do
  // before a waiter that its own thread has notified gets its turn.
  dormitories.get(words.buffer)?.get(words.byteOffset / 4 + signal)?.stir();
}

/** Blocks until woken; `false` if the time was up. The caller looks again in either case. */
export function sleep(words: Words, signal: number, ticket: number, timeoutMs: number): boolean {
  return wait(words, signal, ticket, timeoutMs) !== "timed-out";
}

/**
 * The sleepers of this thread on one word that do not block.
 *
 * A waiter of `waitAsync` cannot be cancelled. So there is one at most, which serves all who listen; it stays when they
 * have left, holds none of them, and is joined by the next.
 */
class Dormitory {
  /** How often a sleeper of this thread has found out that there was a wake. */
  wakes = 0;
  readonly #listeners = new Set<() => void>();
  #waiting = false;

  constructor(readonly words: Words, readonly signal: number) {}

  add(ticket: number, woken: () => void): boolean {
    if (!this.#waiting) {
      const waited = waitAsync(this.words, this.signal, ticket);
      if (waited === undefined) return false;
      this.#waiting = true;
      waited.then(() => {
        this.#waiting = false;
        this.#tell();
      });
    }
    // A waiter that is there was not notified, or its turn is still to come: either way it wakes whoever joins it.
    this.#listeners.add(woken);
    return true;
  }

  leave(woken: () => void): void {
    this.#listeners.delete(woken);
  }

  /** Tells those who listen in a moment, without waiting for the waiter. */
  stir(): void {
    if (this.#listeners.size > 0) queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}

const dormitories = new WeakMap<SharedArrayBuffer, Map<number, Dormitory>>();

function dormitory(words: Words, signal: number): Dormitory {
  let all = dormitories.get(words.buffer);
  if (all === undefined) dormitories.set(words.buffer, all = new Map());
  const at = words.byteOffset / 4 + signal;
  let one = all.get(at);
  if (one === undefined) all.set(at, one = new Dormitory(words, signal));
  return one;
}

/**
 * Calls `woken` once, when woken; `false` if the word has changed since the ticket, and then it is never called.
 *
 * No limit of time: who has one leaves with {@linkcode stopListening}. It does not keep a program alive, as no promise
 * does: in Deno, one that has nothing else to do ends.
 */
export function listen(words: Words, signal: number, ticket: number, woken: () => void): boolean {
  return dormitory(words, signal).add(ticket, woken);
}

/** `woken` is not called any more. */
export function stopListening(words: Words, signal: number, woken: () => void): void {
  dormitory(words, signal).leave(woken);
}
