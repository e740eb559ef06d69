/**
 * Scenario: a small story about a structure, told by what each thread does.
 *
 * A scenario sets its stage with the real structures and gives one function for each thread; the explorer runs them
 * through every interleaving. The stage is set anew for each replay, so threads share nothing but words.
 *
 * Checked without a word from the scenario: no item is doubled or lost, no word is accessed plainly by one thread
 * while another writes it, nobody goes on for ever, nobody sleeps while items are left; and all of it once more with
 * each thread killed at each of its steps.
 */

import type { Words } from "../../src/memory/atomics.ts";

/** What a thread tells the ledger, and what it can ask for. */
export interface Self {
  /** Runs `give`, which hands `item` over; `false` from it says that there was no room. */
  gives(item: number, give: () => boolean | void): boolean;
  /** Runs `take`, which gives an item, several, or none (0 and less); it has at most `most` in its hands meanwhile. */
  takes<T extends number | readonly number[]>(take: () => T, most?: number): T;
  /** Something for `end` to look at. */
  notes(value: number): void;
  /**
   * Goes on as the part of that name in the stage's `parts`, and remembers nothing but what it told the ledger: its
   * objects are as the stage makes them. So ways that differ only in what was forgotten meet, and loops come to an
   * end. Not while it waits.
   */
  becomes(part: string): never;
  /** Goes on with `next` in a later turn of this thread's event loop; a wake may come first. */
  turn(next: () => void): void;
}

/** What a thread does, from its start to the end of its first turn. */
export type Part = (it: Self) => void;

/** How it ended, once nobody can go on. */
export interface End {
  /** Who was killed, and never by whom. */
  readonly dead: string | undefined;
  readonly got: Readonly<Record<string, readonly number[]>>;
  readonly notes: Readonly<Record<string, readonly number[]>>;
  /** Threads that wait, and are not notified. */
  readonly asleep: readonly string[];
  readonly rest: readonly number[];
  word(at: number): number;
}

/** A stage, set. */
export interface Stage {
  readonly threads: Readonly<Record<string, Part>>;
  /** What threads can become. */
  readonly parts?: Readonly<Record<string, Part>>;
  /** Items that are there from the start. */
  readonly items?: readonly number[];
  /** Looks for items that nobody has taken. Memory is as it was at the end; objects are as the stage made them. */
  rest?(): readonly number[];
  /** Throws where the end is not as promised. */
  end?(end: End): void;
  /** Who can die; all, unless said otherwise. */
  readonly mortals?: readonly string[];
  /** What is done about a death, by a thread that starts after it. Without one, nobody notices. */
  mourner?(it: Self, dead: string): void;
}

/** The words of a scenario, with names for the trace. */
export class Memory {
  readonly words: Words;
  readonly #names: string[] = ["word 0"];
  readonly #racy: boolean[] = [];

  constructor(words: Words) {
    this.words = words;
    words.fill(0);
  }

  /** How many words are in use. */
  get length(): number {
    return this.#names.length;
  }

  /** A word. The first has index 1, so that 0 can mean none. */
  word(name: string, value = 0): number {
    const at = this.#names.push(name) - 1;
    if (at >= this.words.length) throw new RangeError(`A scenario has ${this.words.length} words at most`);
    this.words[at] = value;
    return at;
  }

  /**
   * Some words in a row.
   *
   * `racy` says why plain reads of them may meet plain writes. Such a read is explored with a wrong value, too.
   */
  region(name: string, length: number, racy?: string): number {
    const start = this.#names.length;
    for (let i = 0; i < length; i++) {
      const at = this.word(`${name}[${i}]`);
      if (racy !== undefined) this.#racy[at] = true;
    }
    return start;
  }

  nameOf(at: number): string {
    return this.#names[at] ?? `word ${at}`;
  }

  isRacy(at: number): boolean {
    return this.#racy[at] === true;
  }
}

/** A scenario that `scenario` has registered. */
export interface Scenario {
  readonly name: string;
  readonly stage: (memory: Memory) => Stage;
}

/** All that have been imported. */
export const scenarios: Scenario[] = [];

/** Registers a scenario. */
export function scenario(name: string, stage: Scenario["stage"]): void {
  scenarios.push({ name, stage });
}
