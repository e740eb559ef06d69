/**
 * Commons: shared memory that all threads of the pool know by number, so that a task names it instead of posting it. Such a
 * task waits for no message, and any worker can take it.
 *
 * Only main gives numbers. A buffer that its tasks are sent with for the second time it introduces to all workers, each by
 * a message, and names it from then on. A task that may name what a worker has not heard of is left to others by that worker; one
 * that is for it alone waits. A result may name what its own task came with.
 *
 * Keeps true:
 * - main holds what a task names until the task's record has come home, so whoever meets a number knows it, or will;
 * - what a number stands for is posted before anything names it; workers learn numbers in order, and one that starts later
 *   learns all that are in use before it takes work;
 * - when nobody on main holds a buffer any more its number is forgotten everywhere.
 */

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
  /** The last number that was given, as far as is known here. */
  readonly last: number;
  /** Unless all numbers up to that are known here, when they will be. */
  coming(number: number): Promise<void> | undefined;
  /** For arguments of a task that is spawned here. */
  readonly inArguments: NumberOf;
  /** For the result of a task that ran here, whose arguments named these numbers. */
  inResult(named: readonly number[]): NumberOf;
}

/** Numbers in use at a time: more buffers than that are posted. */
const MOST = 1024;
/** The last number that fits beside a tag. */
const LAST = 2 ** 26 - 1;

/** Main's side. */
export class Keeper implements Commons {
  /** The number of each buffer that was sent; 0 before it has one. */
  readonly #numbers = new WeakMap<SharedArrayBuffer, number>();
  readonly #buffers = new Map<number, WeakRef<SharedArrayBuffer>>();
  readonly #dropped: FinalizationRegistry<number>;
  last = 0;

  /** @param tell Posts to each worker. */
  constructor(readonly tell: (message: CommonsMessage) => void) {
    this.#dropped = new FinalizationRegistry((number) => {
      this.#buffers.delete(number);
      tell({ webble: "forget", number });
    });
  }

  readonly bufferOf: BufferOf = (number) => this.#buffers.get(number)?.deref();

  readonly inArguments: NumberOf = (buffer) => {
    const number = this.#numbers.get(buffer);
    if (number !== undefined) return number || this.#share(buffer);
    // Most are sent once, and are not worth a message to everybody.
    this.#numbers.set(buffer, 0);
    return 0;
  };

  /** Whoever gives the numbers knows them all. */
  coming(): undefined {}

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
    return { last: this.last, buffers };
  }

  /** Introduces a buffer to all. Gives its number; 0 if there are too many. */
  #share(buffer: SharedArrayBuffer): number {
    if (this.#buffers.size >= MOST || this.last === LAST) return 0;
    const number = ++this.last;
    this.tell({ webble: "share", number, buffer });
    this.#numbers.set(buffer, number);
    this.#buffers.set(number, new WeakRef(buffer));
    this.#dropped.register(buffer, number);
    return number;
  }
}

/** A worker's side. */
export class Member implements Commons {
  readonly #buffers = new Map<number, SharedArrayBuffer>();
  readonly #numbers = new WeakMap<SharedArrayBuffer, number>();
  /** Those who wait for a number, in the order in which they came to. */
  #waiting: { readonly number: number; readonly known: () => void }[] = [];
  last = 0;

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

  coming(number: number): Promise<void> | undefined {
    if (number <= this.last) return undefined;
    return new Promise((known) => this.#waiting.push({ number, known }));
  }

  /** At the start. */
  learn({ last, buffers }: Shared): void {
    for (const [number, buffer] of buffers) this.#add(number, buffer);
    this.last = last;
  }

  /** Takes in a message. */
  receive(message: CommonsMessage): void {
    if (message.webble === "share") {
      const last = this.last = message.number;
      this.#add(last, message.buffer);
      const waiting = this.#waiting;
      if (waiting.length === 0) return;
      this.#waiting = waiting.filter(({ number }) => number > last);
      for (const { number, known } of waiting) if (number <= last) known();
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
