/**
 * Waiting: for a message, or for room, on a signal; blocking and not.
 *
 * Whoever waits tries again after each wake, and now and then without one (`ticks.ts`): a thread that dies wakes nobody, so
 * that is when deaths among the others are looked for.
 */

import { DeadlockError } from "../errors.ts";
import { Fifo } from "../fifo.ts";
import { mayBlock, pause, type Words } from "../memory/atomics.ts";
import { refuseSignal } from "../options.ts";
import { refuseIfStopping, settleInTurn, stepAside } from "./presence.ts";
import { announce, listen, sleep, stopListening } from "./signal.ts";
import { TICK, tickFor, untick } from "./ticks.ts";

/** What an attempt gives that came to nothing. */
export const NOTHING: unique symbol = Symbol("nothing");

/** What is waited on. */
export interface Waitable {
  readonly words: Words;
  /** The word that is woken. */
  readonly signal: number;
  /** Looks for threads that are gone; a thread that blocks sees nothing that only its event loop would tell. */
  check(): void;
  /** The same, and asks. */
  ask(): void;
  /** Whether no other thread takes part, so that none can die. Who comes later wakes all who wait. */
  readonly alone: boolean;
  /** Whether no other thread can take part, as none knows of it: what this thread waits for, only it can bring. */
  readonly isPrivate: boolean;
}

/**
 * A thread that may block looks so often before it lies down, and rests between two looks for so many pauses, twice as
 * many each time: together less than what a wake takes. Not at once: who looks after each message takes the cache line
 * from the one who sends the next, so that both are slower, several times, than if some gather in between.
 */
const MOST_LOOKS = 5;
const FIRST_REST = 64;

function rest(look: number): void {
  for (let i = FIRST_REST << look; i > 0; i--) pause();
}

/**
 * Blocks until `attempt` gives something, where {@linkcode checkBlocking} has nothing against it.
 *
 * @param what What was called, in the error: `recv()`.
 * @returns What the attempt gave, or {@linkcode NOTHING} when the time was up.
 * @throws {DeadlockError} It would be for ever, as no other thread knows of the channel.
 * @throws {ShutdownError | WorkerLostError} This thread is to end.
 */
export function block<R>(
  on: Waitable,
  attempt: () => R | typeof NOTHING,
  timeoutMs: number,
  what: string,
): R | typeof NOTHING {
  const { words, signal } = on;
  let given = attempt();
  if (given !== NOTHING || timeoutMs === 0) return given;
  if (timeoutMs === Infinity && on.isPrivate) throw forEver(what);
  for (let look = 0; look < MOST_LOOKS; look++) {
    rest(look);
    if ((given = attempt()) !== NOTHING) return given;
  }
  const end = performance.now() + timeoutMs;
  stepAside();
  for (;;) {
    const ticket = announce(words, signal);
    if ((given = attempt()) !== NOTHING) return given;
    const left = end - performance.now();
    if (left <= 0) return NOTHING;
    refuseIfStopping();
    if (!sleep(words, signal, ticket, Math.min(left, TICK))) on.check();
    if ((given = attempt()) !== NOTHING) return given;
  }
}

/**
 * Before a thread blocks for so long, which for no time at all it may do anywhere.
 *
 * @param what What was called, in the error: `recv()`.
 * @param instead What to call in its place.
 * @throws {TypeError} This thread must not block, or the time is none.
 */
export function checkBlocking(timeoutMs: number, what: string, instead: string): void {
  checkTimeout(timeoutMs, what);
  if (timeoutMs > 0) refuseToBlock(what, instead);
}

/** @throws {TypeError} The time is none. */
export function checkTimeout(timeoutMs: number, what: string): void {
  if (typeof timeoutMs === "number" && timeoutMs >= 0) return;
  throw new TypeError(`Cannot wait in '${what}' as 'timeoutMs' must be a number from 0: received ${timeoutMs}`);
}

/** @throws {TypeError} This thread must not block. */
export function refuseToBlock(what: string, instead: string): void {
  if (mayBlock()) return;
  throw new TypeError(
    `Cannot wait in '${what}' on this thread, as a page's main thread must not block: use '${instead}' here, ` +
      `or call '${what}' on a worker`,
  );
}

function forEver(what: string): DeadlockError {
  return new DeadlockError(
    `Cannot wait in '${what}' as both ends of the channel are on this thread, which could not use the other while it ` +
      "blocks: send one to a task, or wait without blocking",
  );
}

/** One that waits without blocking: tries, and says whether that was the end of it. */
type Attempt = () => boolean;

/** Those who wait without blocking on one end: served in the order in which they came. */
export class Queue {
  readonly #on: Waitable;
  readonly #attempts = new Fifo<Attempt>();
  #listening = false;
  /** How often to look before listening; more often where that has helped. */
  #looks = 1;
  // Made once, so that it can be taken back.
  readonly #woken = () => {
    this.#listening = false;
    this.#serve();
  };

  constructor(on: Waitable) {
    this.#on = on;
  }

  /** Whether nobody waits. */
  get isEmpty(): boolean {
    return this.#attempts.isEmpty;
  }

  /**
   * Waits until `attempt` gives something.
   *
   * @param abort Gives up; the promise rejects with its reason, with `TypeError` if it is no signal.
   */
  wait<R>(attempt: () => R | typeof NOTHING, abort?: AbortSignal): Promise<R> {
    const refused = refuseSignal(abort);
    if (refused !== undefined) return refused;
    if (abort?.aborted) return Promise.reject(abort.reason);
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    const one: Attempt = () => {
      let given: R | typeof NOTHING;
      try {
        given = attempt();
      } catch (error) {
        abort?.removeEventListener("abort", giveUp);
        reject(error);
        return true;
      }
      if (given === NOTHING) return false;
      abort?.removeEventListener("abort", giveUp);
      settleInTurn(resolve, given);
      return true;
    };
    const giveUp = () => {
      if (!this.#attempts.remove(one)) return;
      reject(abort!.reason);
      // For the next there may be room already, where there was none for this one.
      if (this.isEmpty) this.#rest();
      else this.#serve();
    };
    abort?.addEventListener("abort", giveUp, { once: true });
    this.#attempts.push(one);
    this.#serve();
    return promise;
  }

  /** Tries again, as something has changed on this thread. */
  poke(): void {
    if (!this.isEmpty) this.#serve();
  }

  #serve(): void {
    for (;;) {
      while (this.#attempts.first?.()) this.#attempts.shift();
      if (this.isEmpty) return this.#rest();
      if (this.#listening) return;
      if (this.#linger()) continue;
      const { words, signal } = this.#on;
      const ticket = announce(words, signal);
      if (this.#attempts.first!()) {
        this.#attempts.shift();
        continue;
      }
      if (!listen(words, signal, ticket, this.#woken)) continue;
      this.#listening = true;
      if (!this.#on.alone) return tickFor(this.#tick);
      untick(this.#tick);
      // Nobody is left who could die, but whoever left last may have died before it said so.
      this.#on.check();
      if (!this.#attempts.first!()) return;
      this.#attempts.shift();
    }
  }

  #linger(): boolean {
    if (!mayBlock()) return false;
    for (let look = 0; look < this.#looks; look++) {
      rest(look);
      if (!this.#attempts.first!()) continue;
      this.#attempts.shift();
      this.#looks = MOST_LOOKS;
      return true;
    }
    this.#looks = Math.max(1, this.#looks - 1);
    return false;
  }

  /** Nobody waits any more. */
  #rest(): void {
    if (!this.isEmpty) return;
    untick(this.#tick);
    if (!this.#listening) return;
    this.#listening = false;
    stopListening(this.#on.words, this.#on.signal, this.#woken);
  }

  readonly #tick = () => {
    if (this.#on.alone) untick(this.#tick);
    // Also then, once: whoever left last may have died before it said so.
    this.#on.ask();
    this.poke();
  };
}
