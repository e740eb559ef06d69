/**
 * LockBase: what every lock has on one thread: who takes part, who waits, and for those with a lock word, whose it is.
 */

import { ID_MASK, slotOf } from "../participants.ts";
import type { SharedParts } from "../parts.ts";
import { Presence } from "../presence.ts";
import { tickSoon } from "../ticks.ts";
import { Line } from "./line.ts";
import { OWN, TABLE } from "./lock_memory.ts";
import { type Lock, LockQueue } from "./lock_queue.ts";
import { HANDED, LockWord, POISONED } from "./lock_word.ts";

/** A lock on this thread. */
export abstract class LockBase implements Lock {
  readonly presence: Presence;
  readonly line: Line;
  readonly queue: LockQueue;

  constructor({ words }: SharedParts) {
    this.presence = new Presence(words, TABLE, (id) => this.bury(id));
    this.line = new Line(this.presence);
    this.queue = new LockQueue(this);
  }

  abstract suspects(): Iterable<number>;
  abstract bury(id: number): void;
  abstract passOn(): void;
}

/** A lock with a lock word on this thread, without what it guards. */
export class WordLock extends LockBase {
  readonly word: LockWord;
  /** The word at the last look. */
  #seen = 0;

  constructor(memory: SharedParts) {
    super(memory);
    this.word = new LockWord(memory.words, OWN, this.line);
  }

  /** Whether somebody died with it, and nobody has cleared that. */
  get isPoisoned(): boolean {
    return (this.word.state & POISONED) !== 0;
  }

  /** The threads whose death would free something. */
  *suspects(): Iterable<number> {
    const { owner } = this.word;
    if (owner !== 0) yield owner;
  }

  /** A thread is gone: what it had is free. */
  bury(id: number): void {
    this.word.bury(id);
  }

  /** What this thread was handed goes to the next. */
  passOn(): void {
    this.word.passOn(this.presence.self);
  }

  /** Takes back what was handed, at the last look already, to a thread that was woken and does not come. */
  look(): void {
    const { state } = this.word;
    const isHanded = (state & HANDED) !== 0;
    if (isHanded && state !== this.#seen) tickSoon();
    else if (isHanded && !this.line.sleeps(slotOf(state & ID_MASK))) this.word.takeBack(state);
    this.#seen = state;
  }
}
