/**
 * Arrival: how a task of an executor waits on a signal, and how a thread blocks for all such tasks.
 *
 * The task announces itself, looks, and yields an {@linkcode Arrival} that holds the ticket; so whatever comes after the look
 * has changed the word, and wakes the task when it is armed, at the latest.
 */

import { type Blocking, notInTask, type Wait, type Waker, type WakeSource } from "../task/wait.ts";
import { refuseIfStopping, stepAside } from "./presence.ts";
import { announceEarly, hasChanged, listen, sleep, stopListening, type Ticket } from "./signal.ts";
import { TICK, tickFor, untick } from "./ticks.ts";
import { NOTHING, type Waitable } from "./waiting.ts";

/** The tasks that wait on one end, on this thread. */
export class Arrivals implements Blocking {
  readonly #on: Waitable;
  readonly #what: string;
  readonly #armed = new Set<Arrival>();

  /** @param what What is waited for, in words. */
  constructor(on: Waitable, what: string) {
    this.#on = on;
    this.#what = what;
  }

  /**
   * Waits in a task until `attempt` gives something.
   *
   * @param attempt Looks; gives {@linkcode NOTHING} while there is nothing.
   * @param instead What to call where this is no task, in the error.
   */
  *wait<R>(attempt: () => R | typeof NOTHING, instead: string): Generator<Wait, R, unknown> {
    let given = attempt();
    if (given !== NOTHING) return given;
    const arrival = new Arrival(this.#on, this, this.#what);
    try {
      for (;;) {
        arrival.announce();
        if ((given = attempt()) !== NOTHING) return given;
        yield arrival;
        if (!arrival.wasArmed) throw notInTask("a receiver", instead);
        if ((given = attempt()) !== NOTHING) return given;
      }
    } finally {
      arrival.disarm();
    }
  }

  /** Wakes all, as something has changed on this thread. */
  poke(): void {
    for (const arrival of [...this.#armed]) arrival.bring();
  }

  block(timeoutMs: number): void {
    const end = performance.now() + timeoutMs;
    if (timeoutMs > 0) stepAside();
    for (let left = timeoutMs; !this.#wakeChanged() && left > 0; left = end - performance.now()) {
      // None has changed, so that they have the same ticket.
      const [first] = this.#armed;
      if (first === undefined) return;
      refuseIfStopping();
      const { words, signal } = this.#on;
      // A death is not told to a thread that blocks.
      if (!sleep(words, signal, first.ticket.value, Math.min(left, TICK))) this.#on.check();
    }
  }

  /** Wakes those whose word has changed; says whether there were any. */
  #wakeChanged(): boolean {
    let woken = false;
    for (const arrival of [...this.#armed]) if (arrival.bringIfChanged()) woken = true;
    return woken;
  }

  /** An arrival is armed. */
  add(arrival: Arrival): void {
    this.#armed.add(arrival);
    if (!this.#on.alone) tickFor(this.#tick);
  }

  /** It is not any more. */
  delete(arrival: Arrival): void {
    this.#armed.delete(arrival);
    if (this.#armed.size === 0) untick(this.#tick);
  }

  /** One that takes part may die, and wakes nobody: not even if it has changed the word for that. */
  readonly #tick = (): void => {
    // Then once more: whoever left last may have died before it woke anybody.
    if (this.#on.alone) untick(this.#tick);
    this.#on.ask();
    this.#wakeChanged();
  };
}

/** What one task waits for. */
class Arrival implements Wait {
  ticket: Ticket = { value: 0, wakes: 0 };
  wasArmed = false;
  #waker: Waker | undefined;

  constructor(readonly on: Waitable, readonly blocking: Arrivals, readonly what: string) {}

  get source(): WakeSource {
    return this.on.isPrivate ? "here" : "thread";
  }

  /** The caller must look once more after this, and then wait or disarm. */
  announce(): void {
    this.ticket = announceEarly(this.on.words, this.on.signal);
  }

  arm(waker: Waker): void {
    this.wasArmed = true;
    this.disarm();
    this.#waker = waker;
    const { words, signal } = this.on;
    // The tick is for those who are armed: should the word have changed, nobody is.
    if (!hasChanged(words, signal, this.ticket) && listen(words, signal, this.ticket.value, this.bring)) {
      this.blocking.add(this);
    } else this.bring();
  }

  disarm(): void {
    if (this.#waker === undefined) return;
    this.#waker = undefined;
    stopListening(this.on.words, this.on.signal, this.bring);
    this.blocking.delete(this);
  }

  /** Wakes the task. Made once, so that it can be taken back. */
  readonly bring = (): void => {
    const waker = this.#waker;
    this.disarm();
    waker?.wake();
  };

  bringIfChanged(): boolean {
    if (!hasChanged(this.on.words, this.on.signal, this.ticket)) return false;
    this.bring();
    return true;
  }
}
