/**
 * Hold: what one object on one thread has of a side of a channel: an end that only it may have, or one of many.
 */

import { HandleConsumedError } from "../errors.ts";
import type { Carried } from "../value/carry.ts";
import { type Ends, SENDER, type Side } from "./ends.ts";
import { carry, type Parts } from "./parts.ts";

/** One end, held by one object. */
export interface Hold {
  readonly parts: Parts;
  /** Whether this end can be used: it was neither closed nor moved. */
  readonly isMine: boolean;
  /** The same by a plain look, which costs next to nothing: another thread's doing may be seen a moment later. */
  readonly seemsMine: boolean;
  /** @throws {HandleConsumedError} This end was moved. */
  refuseIfMoved(): void;
  /** Lets go of it. */
  close(): void;
  carry(): Carried;
  /** Another end of this side, on this thread. */
  clone(): Hold;
}

/** What a side is called, and what it does. */
function wordsFor(side: Side): [what: string, verb: string] {
  return side === SENDER ? ["sender", "send"] : ["receiver", "receive"];
}

/** The class of a side's ends. */
function classOf(side: Side): string {
  return side === SENDER ? "Sender" : "Receiver";
}

/** The parts of an end. Whoever reads its memory may show it to any thread, as `postMessage` does. */
function makeParts(ends: Ends, webble: string, memory: SharedArrayBuffer, numbers: readonly number[]): Parts {
  return {
    webble,
    get memory() {
      ends.show();
      return memory;
    },
    numbers,
  };
}

/** An end that only one object may have. Sending it moves it. */
export class Exclusive implements Hold {
  readonly parts: Parts;
  readonly #ends: Ends;
  readonly #side: Side;
  readonly #generation: number;
  readonly #id: number;
  #moved = false;

  private constructor(ends: Ends, side: Side, name: string, memory: SharedArrayBuffer, generation: number, id: number) {
    this.#ends = ends;
    this.#side = side;
    this.#generation = generation;
    this.#id = id;
    this.parts = makeParts(ends, name, memory, [generation, id]);
  }

  /** The first of a new channel. */
  static first(ends: Ends, side: Side, name: string, memory: SharedArrayBuffer): Exclusive {
    return new Exclusive(ends, side, name, memory, 0, ends.join(side));
  }

  /**
   * Takes it over from another thread. One that was closed meanwhile comes as a closed one.
   *
   * @throws {HandleConsumedError} Somebody else has.
   */
  static taken(ends: Ends, side: Side, { webble, memory, numbers }: Parts): Exclusive {
    const [generation = -1, from = 0] = numbers;
    const id = ends.takeOver(side, generation | 0, from | 0);
    if (id === 0 && (ends.gone & side) === 0) {
      throw new HandleConsumedError(
        `Cannot attach this '${webble}' as it was attached before, by the same parts: only one thread can have it`,
      );
    }
    // With its old generation a closed one stays closed.
    return new Exclusive(ends, side, webble, memory, id === 0 ? generation : (generation + 1) | 0, id);
  }

  get isMine(): boolean {
    return !this.#moved && this.#ends.generation(this.#side) === this.#generation;
  }

  get seemsMine(): boolean {
    return !this.#moved && this.#ends.seenGeneration(this.#side) === this.#generation;
  }

  refuseIfMoved(): void {
    // Closed, if its side is gone: nobody else has it.
    if (this.isMine || (!this.#moved && (this.#ends.gone & this.#side) !== 0)) return;
    const [what, verb] = wordsFor(this.#side);
    throw new HandleConsumedError(
      `Cannot ${verb} here as this ${what} was moved: it was sent to a task or attached on another thread, and works ` +
        "there. Only one thread can have it: 'mpsc()' makes a channel with several senders, 'mpmc()' one with several of both.",
    );
  }

  close(): void {
    if (this.#moved || !this.#ends.giveUp(this.#side, this.#generation)) return;
    this.#ends.leave(this.#side, this.#id);
  }

  carry(): Carried {
    this.refuseIfMoved();
    this.#moved = true;
    const undo = () => {
      this.#moved = false;
    };
    const abandon = () => {
      undo();
      this.close();
    };
    return carry(this.parts, classOf(this.#side), { undo, abandon });
  }

  clone(): never {
    const [what] = wordsFor(this.#side);
    throw new TypeError(
      `Cannot clone this ${what} as its channel has one only: use 'mpsc()' for several senders, 'mpmc()' for several of both`,
    );
  }
}

/** One of any number of ends. Sending it clones it. */
export class Shared implements Hold {
  readonly parts: Parts;
  readonly #ends: Ends;
  readonly #side: Side;
  readonly #id: number;
  readonly #memory: SharedArrayBuffer;
  #closed = false;

  private constructor(ends: Ends, side: Side, name: string, memory: SharedArrayBuffer) {
    this.#ends = ends;
    this.#side = side;
    this.#id = ends.join(side);
    this.#memory = memory;
    this.parts = makeParts(ends, name, memory, []);
  }

  /** One more, where there are some. */
  static another(ends: Ends, side: Side, name: string, memory: SharedArrayBuffer): Shared {
    return new Shared(ends, side, name, memory);
  }

  /** One for parts that came from another thread. Where the side is gone by now, it comes as a closed one. */
  static taken(ends: Ends, side: Side, { webble, memory, numbers }: Parts): Shared {
    const hold = new Shared(ends, side, webble, memory);
    const [from] = numbers;
    // Counted for the sender of these parts while they were on their way.
    if (from !== undefined) ends.leave(side, from | 0);
    return hold;
  }

  get isMine(): boolean {
    return !this.#closed;
  }

  get seemsMine(): boolean {
    return !this.#closed;
  }

  refuseIfMoved(): void {}

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ends.leave(this.#side, this.#id);
  }

  carry(): Carried {
    // A closed one arrives closed, unless others are left.
    if (this.#closed) return carry(this.parts, classOf(this.#side));
    const id = this.#ends.join(this.#side);
    const leave = () => this.#ends.leave(this.#side, id);
    return carry({ ...this.parts, numbers: [id] }, classOf(this.#side), { undo: leave, abandon: leave });
  }

  clone(): Shared {
    return new Shared(this.#ends, this.#side, this.parts.webble, this.#memory);
  }
}
