/**
 * Turns of the event loop: how the runtime lets timers, input, network and frames have their time, and then goes on.
 *
 * Where there is `setImmediate` (Deno, Node, Bun) it is that: in Deno a port hands out up to 128 messages before timers have
 * their turn. Elsewhere it is a message to oneself, which comes back after what is waiting now, and sooner than any timer.
 */

import { Fifo } from "../fifo.ts";

type SetImmediate = (callback: () => void) => unknown;

/** Of the engine, whatever tests put in its place. Not looked up yet: for that Deno loads Node's timers, which takes it 3 ms. */
const immediate = Object.getOwnPropertyDescriptor(globalThis, "setImmediate");

/** Calls functions in a later turn of this thread's event loop. */
export class Turns {
  #immediate: SetImmediate | undefined;
  #known = false;
  #channel: MessageChannel | undefined;
  readonly #resumes = new Fifo<() => void>();
  #closed = false;

  /** Calls `resume` in a later turn. */
  later(resume: () => void): void {
    if (!this.#known) {
      this.#known = true;
      this.#immediate = immediate?.get?.call(globalThis) ?? immediate?.value;
    }
    if (this.#closed) queueMicrotask(resume);
    else if (this.#immediate !== undefined) this.#immediate(resume);
    else this.#post(resume);
  }

  /** Ends: an open channel would keep the program alive. What is still to be called is called soon. */
  close(): void {
    this.#closed = true;
    this.#channel?.port1.close();
    this.#channel = undefined;
    for (const resume of this.#resumes) queueMicrotask(resume);
    this.#resumes.clear();
  }

  #post(resume: () => void): void {
    if (this.#channel === undefined) {
      this.#channel = new MessageChannel();
      this.#channel.port1.onmessage = () => this.#resumes.shift()?.();
    }
    this.#resumes.push(resume);
    this.#channel.port2.postMessage(0);
  }
}

/** Resolves in a later turn of the event loop, where there are no {@linkcode Turns} to ask. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const turns = new Turns();
    turns.later(() => {
      turns.close();
      resolve();
    });
  });
}

/** Keeps a program alive as an open port does, until what this gives is called. It is nothing that Deno must load first. */
export function stayAlive(): () => void {
  const { port1 } = new MessageChannel();
  port1.onmessage = () => {};
  return () => port1.close();
}

/**
 * Resolves after some milliseconds, also where timers that follow each other are held back. Nothing ends it early but the end of
 * the program, which it does not hold up.
 *
 * The word is made when it is needed: this file is loaded where memory cannot be shared, too.
 */
export function after(ms: number): Promise<unknown> {
  clock ??= new Int32Array(new SharedArrayBuffer(4));
  return Promise.resolve(Atomics.waitAsync(clock, 0, 0, ms).value);
}

let clock: Int32Array | undefined;
