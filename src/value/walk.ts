/**
 * Walk: where a writer is in the value that it writes, and what it comes back to.
 *
 * A writer is recursive, but only so deep: contents that lie deeper are put off, and written after the root as if they were
 * roots themselves. So a linked list of a million nodes needs no more stack than one of a hundred.
 */

import type { NotSendError } from "../errors.ts";
import * as refuse from "./refuse.ts";
import { Scratch } from "./scratch.ts";
import { DEPTH, LATER, MAX_DEPTH, TAG_BITS } from "./tags.ts";

/** Contents that are written after the root. */
export interface PutOff {
  readonly object: object;
  readonly kind: number;
  /** Where its tag word is. */
  readonly head: number;
  /** Of an array: its length. Of a Map or a Set: its members. Of an error: its parts. */
  readonly contents: number | readonly unknown[];
  /** Of an object: it is read by its list of keys. */
  readonly more: boolean;
  readonly moveAll: boolean;
  /** How to get there: from the root, or from the contents that it was met in, by these steps. */
  readonly root: string | number;
  readonly from: PutOff | undefined;
  readonly steps: readonly refuse.Step[];
}

/** Words under construction, and where in the value their writer is. */
export class Walk extends Scratch {
  /** How the path to the present value begins; a number: that argument. */
  root: string | number = "";
  /** Everything that can be moved in the present value is. */
  moveAll = false;
  /** How deep the writer is, and how deep it goes. */
  depth = 0;
  limit: number = DEPTH;
  /** How it has got there: so many steps count as it is deep. */
  readonly steps: refuse.Step[] = [];
  /** What has been put off, in order; and the one of them that is being written. */
  readonly later: PutOff[] = [];
  #within: PutOff | undefined = undefined;
  /** Why the value was refused: tells this refusal from errors that reading it throws. */
  refused: NotSendError | undefined = undefined;

  /** Goes back to the start. */
  leave(): void {
    this.depth = 0;
    this.limit = DEPTH;
    this.#within = undefined;
    this.moveAll = false;
    if (this.later.length > 0) this.later.length = 0;
  }

  /** The path to the value that is being written. */
  path(): string {
    const parts = [this.steps.slice(0, this.depth)];
    for (let from = this.#within; from !== undefined; from = from.from) parts.unshift([...from.steps]);
    const root = typeof this.root === "string" ? this.root : `args[${this.root}]`;
    return refuse.pathOf(root, parts.flat());
  }

  /** Marks an error as this writer's own. */
  refuse(error: NotSendError): NotSendError {
    this.refused = error;
    return error;
  }

  /** Refuses what lies too deep, and cannot be put off. */
  checkDepth(): void {
    if (this.depth >= MAX_DEPTH) throw this.refuse(refuse.tooDeep(this.path()));
  }

  /** Whether contents that begin here are to be put off. */
  get isTooDeep(): boolean {
    return this.depth >= this.limit;
  }

  /** Puts contents off. */
  putOff(head: number, kind: number, object: object, contents: number | readonly unknown[], more: boolean): void {
    if (this.limit === MAX_DEPTH) throw this.refuse(refuse.tooDeep(this.path()));
    this.words[head]! |= LATER << TAG_BITS | kind;
    const { root, moveAll } = this;
    const steps = this.steps.slice(0, this.depth);
    this.later.push({ object, kind, head, contents, more, moveAll, root, from: this.#within, steps });
  }

  /** Goes to contents that were put off. */
  goTo(item: PutOff): void {
    this.#within = item;
    this.root = item.root;
    this.depth = 0;
    this.moveAll = item.moveAll;
  }
}
