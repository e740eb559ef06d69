/**
 * Commons: shared memory that all threads of the pool know by number, so that a task names it instead of posting it. Such a
 * task waits for no message, and any worker can take it.
 *
 * Only main gives numbers. A buffer that its tasks are sent with for the second time it introduces to all workers, each by
 * a message; once every worker has said that it knows the number, in a word of its own, main's tasks name it. A
 * result may name what its own task came with.
 *
 * Keeps true:
 * - main holds what a task names until the task's record has come home, so whoever meets a number knows it;
 * - workers learn numbers in order, one that starts later learns all that are in use before it takes work; so one word tells
 *   which a worker knows;
 * - when nobody on main holds a buffer any more its number is forgotten everywhere.
 */

import { store, type Words } from "../memory/atomics.ts";

/** From main to each worker: what a number stands for, or that it stands for nothing any more. */
export type CommonsMessage =
  | { readonly webble: "share"; readonly number: number; readonly buffer: SharedArrayBuffer }
  | { readonly webble: "forget"; readonly number: number };

/** What a worker is told when it starts. */
export interface Shared {
  /** The last number that was given. */
  readonly last: number;
  readonly buffers: readonly (readonly [number: number, buffer: SharedArrayBuffer])[];
}

/** Gives what a number stands for. */
export type BufferOf = (number: number) => SharedArrayBuffer | undefined;
/** Gives the number to name a buffer by; 0 if it must be posted. */
export type NumberOf = (buffer: SharedArrayBuffer) => number;
/** Nothing can be named. */
export const NOT_NAMED: NumberOf = () => 0;

/** What both sides can do. */
export interface Commons {
  readonly bufferOf: BufferOf;
  /** For arguments of a task that is spawned here. */
  readonly inArguments: NumberOf;
  /** For the result of a task that ran here, whose arguments named these numbers. */
  inResult(named: readonly number[]): NumberOf;
}

/** Numbers in use at a time: more buffers than that are posted. */
const MOST = 1024;
/** The last number that fits beside a tag. */
const LAST = 2 ** 26 - 1;

/** A buffer that was sent; its number, once it has one, is used when all workers know it. */
interface Known {
  number: number;
  everywhere: boolean;
}

/** Main's side. */
export class Keeper implements Commons {
  readonly #known = new WeakMap<SharedArrayBuffer, Known>();
  readonly #buffers = new Map<number, WeakRef<SharedArrayBuffer>>();
  readonly #dropped: FinalizationRegistry<number>;
  #last = 0;

  /**
   * @param allKnow Whether all workers know a number.
   * @param tell Posts to each worker.
   */
  constructor(readonly allKnow: (number: number) => boolean, readonly tell: (message: CommonsMessage) => void) {
    this.#dropped = new FinalizationRegistry((number) => {
      this.#buffers.delete(number);
      tell({ webble: "forget", number });
    });
  }

  readonly bufferOf: BufferOf = (number) => this.#buffers.get(number)?.deref();

  readonly inArguments: NumberOf = (buffer) => {
    const known = this.#known.get(buffer);
    if (known === undefined) {
      // Most are sent once, and are not worth a message to everybody.
      this.#known.set(buffer, { number: 0, everywhere: false });
      return 0;
    }
    if (known.everywhere) return known.number;
    if (known.number === 0) this.#share(buffer, known);
    else known.everywhere = this.allKnow(known.number);
    return known.everywhere ? known.number : 0;
  };

  /** What main ran may be another thread's task, which could come to look when main holds the buffer no more. */
  inResult(): NumberOf {
    return NOT_NAMED;
  }

  /** What a worker that starts now must know. */
  get shared(): Shared {
    const buffers: [number, SharedArrayBuffer][] = [];
    for (const [number, reference] of this.#buffers) {
      const buffer = reference.deref();
      if (buffer !== undefined) buffers.push([number, buffer]);
    }
    return { last: this.#last, buffers };
  }

  #share(buffer: SharedArrayBuffer, known: Known): void {
    if (this.#buffers.size >= MOST || this.#last === LAST) return;
    const number = ++this.#last;
    this.tell({ webble: "share", number, buffer });
    known.number = number;
    this.#buffers.set(number, new WeakRef(buffer));
    this.#dropped.register(buffer, number);
  }
}

/** A worker's side. */
export class Member implements Commons {
  readonly #buffers = new Map<number, SharedArrayBuffer>();
  readonly #numbers = new WeakMap<SharedArrayBuffer, number>();

  /** @param known Where `words` says which number this worker knows last. */
  constructor(readonly words: Words, readonly known: number) {}

  readonly bufferOf: BufferOf = (number) => this.#buffers.get(number);

  /** Main does not hold what another's tasks name. */
  readonly inArguments: NumberOf = NOT_NAMED;

  inResult(named: readonly number[]): NumberOf {
    if (named.length === 0) return NOT_NAMED;
    return (buffer) => {
      const number = this.#numbers.get(buffer) ?? 0;
      return named.includes(number) ? number : 0;
    };
  }

  /** At the start. */
  learn({ last, buffers }: Shared): void {
    for (const [number, buffer] of buffers) this.#add(number, buffer);
    store(this.words, this.known, last);
  }

  /** Takes in a message. */
  receive(message: CommonsMessage): void {
    if (message.webble === "share") {
      this.#add(message.number, message.buffer);
      // Known first, said second: main names it once it has read this.
      store(this.words, this.known, message.number);
    } else {
      const buffer = this.#buffers.get(message.number);
      if (buffer !== undefined) this.#numbers.delete(buffer);
      this.#buffers.delete(message.number);
    }
  }

  #add(number: number, buffer: SharedArrayBuffer): void {
    this.#buffers.set(number, buffer);
    this.#numbers.set(buffer, number);
  }
}
