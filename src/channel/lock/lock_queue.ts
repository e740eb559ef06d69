/**
 * LockQueue: those who wait for one lock on one thread, blocking and not.
 *
 * The thread has one place in the lock's line; those of its own who wait for it without blocking are served in the order
 * in which they came. Whoever waits looks again after each wake, and now and then without one: that is when
 * deaths are looked for, and when a wake that went to a dead thread is made good.
 */

import { Fifo } from "../../fifo.ts";
import { mayBlock, pause } from "../../memory/atomics.ts";
import { refuseSignal } from "../../options.ts";
import { slotOf } from "../participants.ts";
import { hasten, isStopping, type Presence, refuseIfStopping, settleInTurn, stepAside } from "../presence.ts";
import { announce, listen, sleep, stopListening } from "../signal.ts";
import { TICK, tickFor, untick } from "../ticks.ts";
import { checkTimeout, NOTHING, refuseToBlock } from "../waiting.ts";
import { type Line, PATIENCE } from "./line.ts";

/** What the queue asks of its lock. */
export interface Lock {
  readonly presence: Presence;
  readonly line: Line;
  /** The threads whose death would change something for those who wait. */
  suspects(): Iterable<number>;
  /** A thread is gone: clears away what it had. */
  bury(id: number): void;
  /** Nobody here wants anything any more: what this thread was handed or woken for goes to the next. */
  passOn(): void;
  /** The first here was woken, and could not be served: the wake may be of use to one behind this thread. */
  passBy?(): void;
  /** Another look, some time after the last: what was handed to a thread that does not come is taken back. */
  look?(): void;
}

/** One who waits. */
export interface Wish<R> {
  /** Tries once. `hungry` if it was woken in vain too often. What it throws is what the wait ends with. */
  attempt(hungry: boolean): R | typeof NOTHING;
  /** It is given up: undoes what attempts have done by halves. Gives something if it was granted meanwhile. */
  cancel?(): R | undefined;
}

interface Waiter {
  readonly attempt: (hungry: boolean) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** How often it was woken in vain. */
  passed: number;
}

/** Looks before lying down, and pauses before the first of them; twice as many before each next. */
const LOOKS = 5;
const FIRST_REST = 16;

/** The queue of one lock on this thread. */
export class LockQueue {
  readonly #lock: Lock;
  readonly #waiters = new Fifo<Waiter>();
  #listening = false;
  #asking = false;
  /** How often to look before lying down; more often where that has helped. */
  #looks = 1;

  constructor(lock: Lock) {
    this.#lock = lock;
  }

  /** Whether nobody on this thread waits. */
  get isEmpty(): boolean {
    return this.#waiters.isEmpty;
  }

  /**
   * Waits without blocking.
   *
   * @param signal Gives up; the promise rejects with its reason, with `TypeError` if it is no signal.
   */
  wait<R>(wish: Wish<R>, signal?: AbortSignal): Promise<R> {
    const refused = refuseSignal(signal);
    if (refused !== undefined) return refused;
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    if (signal?.aborted) {
      const late = wish.cancel?.();
      if (late === undefined) reject(signal.reason);
      else resolve(late);
      return promise;
    }
    const giveUp = () => {
      this.#waiters.remove(waiter);
      const late = wish.cancel?.();
      if (late === undefined) reject(signal!.reason);
      else waiter.resolve(late);
      if (this.isEmpty) this.#leave(true);
      else this.#serve();
    };
    const ended = () => signal?.removeEventListener("abort", giveUp);
    const waiter: Waiter = {
      attempt: (hungry) => wish.attempt(hungry),
      resolve: (value) => {
        ended();
        // It has what it wanted from now on. But one after another, they would leave nothing else its turn.
        settleInTurn(resolve, value as R);
      },
      reject: (error) => {
        ended();
        reject(error);
      },
      passed: 0,
    };
    signal?.addEventListener("abort", giveUp, { once: true });
    this.#waiters.push(waiter);
    if (this.#waiters.size === 1) this.#serve();
    return promise;
  }

  /**
   * Blocks until the wish is granted.
   *
   * @param what What was called, in the error; `instead`, what to call in its place.
   * @returns {@linkcode NOTHING} if the time was up.
   * @throws {TypeError} This thread must not block, or the time is none.
   * @throws {ShutdownError | WorkerLostError} This thread is to end.
   */
  waitSync<R>(wish: Wish<R>, timeoutMs: number, what: string, instead: string): R | typeof NOTHING {
    checkWait(timeoutMs, what, instead);
    let given = wish.attempt(false);
    for (let look = 0; given === NOTHING && look < LOOKS && timeoutMs > 0; look++) {
      rest(look);
      given = wish.attempt(false);
    }
    return given === NOTHING ? this.#sleep(wish, timeoutMs) : given;
  }

  #sleep<R>(wish: Wish<R>, timeoutMs: number): R | typeof NOTHING {
    const { line, presence } = this.#lock;
    const slot = slotOf(presence.self);
    const signal = line.signal(slot);
    const end = performance.now() + timeoutMs;
    let passed = 0;
    let woken = false;
    let given: R | typeof NOTHING = NOTHING;
    stepAside();
    try {
      for (;;) {
        line.join(slot);
        const ticket = announce(line.words, signal);
        given = wish.attempt(passed >= PATIENCE);
        const left = end - performance.now();
        if (given === NOTHING && woken) this.#lock.passBy?.();
        if (given !== NOTHING || left <= 0 || isStopping()) break;
        woken = sleep(line.words, signal, ticket, Math.min(left, TICK));
        if (woken) passed++;
        else this.#look();
      }
      if (given === NOTHING) given = wish.cancel?.() ?? NOTHING;
    } finally {
      line.leave(slot);
      // Others on this thread wait on, from now: this one's turn was theirs.
      if (!this.isEmpty) line.join(slot);
      else if (given === NOTHING) this.#lock.passOn();
    }
    if (given === NOTHING) refuseIfStopping();
    return given;
  }

  /** Tries once, without waiting; looks for deaths if that fails. */
  once<R>(wish: Wish<R>): R | typeof NOTHING {
    let given = wish.attempt(false);
    if (given === NOTHING) {
      this.#bury();
      given = wish.attempt(false);
    }
    if (given !== NOTHING) return given;
    hasten();
    return wish.cancel?.() ?? NOTHING;
  }

  /** Tries again for those who wait here, as something has changed on this thread. */
  poke(): void {
    if (!this.isEmpty) this.#serve();
  }

  #serve(): void {
    const { line, presence } = this.#lock;
    if (this.#grant()) return this.#leave(false);
    if (this.#listening) return;
    if (this.#linger()) return this.#leave(false);
    const slot = slotOf(presence.self);
    for (;;) {
      line.join(slot);
      const ticket = announce(line.words, line.signal(slot));
      if (this.#grant()) return this.#leave(false);
      if (!listen(line.words, line.signal(slot), ticket, this.#woken)) continue;
      this.#listening = true;
      tickFor(this.#tick);
      return;
    }
  }

  /** Grants what can be granted; `true` when nobody is left. */
  #grant(): boolean {
    for (;;) {
      const { first } = this.#waiters;
      if (first === undefined) return true;
      try {
        const given = first.attempt(first.passed >= PATIENCE);
        if (given === NOTHING) return false;
        this.#waiters.shift();
        first.resolve(given);
      } catch (error) {
        this.#waiters.shift();
        first.reject(error);
      }
      if (this.isEmpty) return true;
      // The next one waits from now.
      if (this.#listening) this.#rejoin();
    }
  }

  #rejoin(): void {
    const { line, presence } = this.#lock;
    const slot = slotOf(presence.self);
    line.leave(slot);
    line.join(slot);
  }

  /** A worker looks a while before it lies down: a wake takes longer. Not where all this while was in vain, as for its own lock. */
  #linger(): boolean {
    if (!mayBlock()) return false;
    for (let look = 0; look < this.#looks; look++) {
      rest(look);
      if (!this.#grant()) continue;
      this.#looks = LOOKS;
      return true;
    }
    this.#looks = Math.max(1, this.#looks - 1);
    return false;
  }

  readonly #woken = (): void => {
    this.#listening = false;
    const { first } = this.#waiters;
    if (first === undefined) return;
    first.passed++;
    this.#serve();
    if (this.#waiters.first === first) this.#lock.passBy?.();
  };

  /** Nobody waits any more. */
  #leave(gaveUp: boolean): void {
    const { line, presence } = this.#lock;
    const slot = slotOf(presence.self);
    if (line.isWaiting(slot)) line.leave(slot);
    untick(this.#tick);
    if (this.#listening) stopListening(line.words, line.signal(slot), this.#woken);
    this.#listening = false;
    if (gaveUp) this.#lock.passOn();
  }

  readonly #tick = (): void => {
    this.#look();
    if (this.isEmpty) return;
    // Once more, as somebody may have struck this thread from the line by mistake, or died while it woke it.
    const { line, presence } = this.#lock;
    const slot = slotOf(presence.self);
    line.join(slot);
    announce(line.words, line.signal(slot));
    this.poke();
    if (!this.#asking && !this.isEmpty) this.#ask();
  };

  /** What is done now and then by whoever waits. */
  #look(): void {
    this.#bury();
    // Not at any other time: what was handed over is there for a while before it is taken back.
    this.#lock.look?.();
  }

  /** Looks for deaths as far as they are known here. */
  #bury(): void {
    const { line, presence } = this.#lock;
    for (const id of this.#lock.suspects()) {
      if (!presence.isGone(id)) continue;
      line.strike(id);
      this.#lock.bury(id);
    }
  }

  /** The same, and asks for those of whom it is not known. */
  async #ask(): Promise<void> {
    this.#asking = true;
    try {
      for (const id of [...this.#lock.suspects()]) {
        if (!await this.#lock.presence.ask(id)) continue;
        this.#lock.line.strike(id);
        this.#lock.bury(id);
        this.poke();
      }
    } finally {
      this.#asking = false;
    }
  }
}

/** @throws {TypeError} This thread must not block, or the time is none. */
export function checkWait(timeoutMs: number, what: string, instead: string): void {
  checkTimeout(timeoutMs, what);
  refuseToBlock(what, instead);
}

function rest(look: number): void {
  for (let i = FIRST_REST << look; i > 0; i--) pause();
}
