/**
 * Plans: random programs over the public API, the same for the same seed.
 *
 * A plan says what one task does: what it waits for, which tasks it spawns and how it takes their results, how it
 * ends. It is data, so that it travels as the argument of the task that it describes; what must come of it follows
 * from the plan alone.
 *
 * @module
 */

import { RandomValues } from "../value/random.ts";

/** Where a task is spawned to. */
export type Track = "pinned" | "stealable" | "main";

/** How a spawner takes the result of a task. */
export type Take =
  | "recv"
  /** `tryRecv` until there is something, and once more. */
  | "look"
  /** `checkRelease` until there is something. */
  | "release"
  /** `intoInner` after a while, whether or not there is something. */
  | "into"
  /** `recv` with a signal that fires after a while, and `recv` again. */
  | "signal"
  | "abort"
  /** Nothing at all. */
  | "drop"
  /** Not at all: the handle is the result of the spawner, whose own spawner awaits it. */
  | "lend";

/** How a task ends. */
export type End =
  | "value"
  | "error"
  /** Throws something that is not an error. */
  | "throw"
  /** Gives something that cannot cross. */
  | "unsendable"
  /** Not before it is aborted: it waits for its signal, or looks at `aborted`. */
  | "signal"
  | "aborted";

/** What one task does. */
export interface Plan {
  readonly id: number;
  readonly track: Track;
  readonly take: Take;
  /** How many turns its spawner lets pass before it spawns it, and before it aborts, gives up or takes. */
  readonly before: number;
  readonly patience: number;
  /** Whether it receives the handle of the task that was spawned just before it, which it awaits; or aborts first. */
  readonly joins: boolean;
  readonly abortsJoined: boolean;
  /** Milliseconds that it keeps its thread busy, and turns that it waits. */
  readonly busy: number;
  readonly yields: number;
  readonly children: readonly Plan[];
  readonly end: End;
  /** Given back, thrown or the error's cause. */
  readonly value: unknown;
  /** Something that only `postMessage` carries, given back too. */
  readonly blob: Blob | undefined;
  /** Small values, which travel in a task's record; a task of its own gives the last of them back. */
  readonly scalars: readonly unknown[];
}

const MOST_DEPTH = 3;
const SCALARS = [undefined, null, true, false, 0, -0, NaN, 1, -1, 0.5, 2 ** 53, -Infinity];

/** Makes plans. */
export class RandomPlans {
  readonly #random: RandomValues;
  #ids = 0;
  /** How many tasks a plan may still have. */
  #budget = 0;

  constructor(seed: number) {
    this.#random = new RandomValues(seed);
  }

  /** An integer from 0 to below `count`. */
  below(count: number): number {
    return this.#random.below(count);
  }

  /** A plan for the main thread itself, with at most `tasks` tasks in it. */
  root(tasks: number): Plan {
    this.#budget = tasks;
    return this.#plan(0, { track: "main", take: "recv", end: "value", joins: false, busy: 0, children: tasks });
  }

  #plan(
    depth: number,
    fixed: { track?: Track; take?: Take; end?: End; joins: boolean; busy?: number; children?: number },
  ): Plan {
    const take = fixed.take ?? this.#take(depth);
    const value = this.below(3) === 0 ? this.below(100) : this.#random.value();
    return {
      id: this.#ids++,
      track: fixed.track ?? (["pinned", "stealable", "stealable", "main", "pinned"] as const)[this.below(5)]!,
      take,
      before: this.#few(),
      patience: this.#few(),
      joins: fixed.joins,
      abortsJoined: fixed.joins && this.below(3) === 0,
      busy: fixed.busy ?? (this.below(6) === 0 ? this.below(3) : 0),
      yields: this.#few(),
      children: this.#children(depth, fixed.children ?? (this.below(3) === 0 ? this.below(6) : 0)),
      end: fixed.end ?? this.#end(take),
      value,
      blob: this.below(15) === 0 ? new Blob([`${this.below(1000)}`]) : undefined,
      scalars: Array.from({ length: this.below(6) }, () => SCALARS[this.below(SCALARS.length)]),
    };
  }

  #children(depth: number, most: number): Plan[] {
    const children: Plan[] = [];
    if (depth === MOST_DEPTH) return children;
    for (let i = 0; i < most && this.#budget-- > 0; i++) {
      const joins = children.at(-1)?.take === "recv" && this.below(4) === 0;
      children.push(this.#plan(depth + 1, { joins }));
    }
    return children;
  }

  #few(): number {
    return this.below(2) === 0 ? 0 : this.below(4);
  }

  #take(depth: number): Take {
    const takes: Take[] = ["recv", "recv", "recv", "look", "release", "into", "signal", "abort", "abort", "drop"];
    // Main itself has nobody to lend a handle to.
    if (depth > 1 && this.below(12) === 0) return "lend";
    return takes[this.below(takes.length)]!;
  }

  #end(take: Take): End {
    // A failure that nobody looks at is reported, as it should be: here somebody always looks.
    if (take === "drop" || take === "lend" || take === "into") return "value";
    if (take === "abort" && this.below(4) === 0) return this.below(2) === 0 ? "signal" : "aborted";
    const ends: End[] = ["value", "value", "value", "value", "value", "value", "error", "throw", "unsendable"];
    return ends[this.below(ends.length)]!;
  }
}
