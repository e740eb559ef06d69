/**
 * Supply: the stealable tasks that a worker may take: its own, the newest first, then the oldest from outside, then the oldest
 * of other workers; and whether it had better leave them to others.
 *
 * Keeps true: no task is passed over for ever. Tasks that spawn their successor keep a worker at its newest, so from time to
 * time it takes the oldest of one of the queues, of each in turn.
 */

import { Area, MAIN } from "../memory/layout.ts";
import { Owner, Thief } from "../sync/deque.ts";
import { NONE } from "../sync/inbox.ts";
import { Intake } from "../sync/injector.ts";
import { EMPTY } from "../sync/ring.ts";
import { ringOf } from "../sync/routes.ts";
import { TaskCost } from "./task_cost.ts";
import type { Thread } from "./thread.ts";

/** Tasks taken from another's queue at a time. */
const MOST_TAKEN = 32;
/** Milliseconds of work that one worker does by itself before it wakes another for it. */
const SHARED = 2;
/** Looks at the clock for each time that the oldest task of some queue comes first: some sixty tasks, or fewer long ones. */
const LOOKS_PER_OLDEST = 8;

/** What one worker may take. */
export class Supply {
  readonly #thread: Thread;
  readonly #bit: number;
  readonly #deque: Owner;
  readonly #intake: Intake;
  /** The other workers' deques, the next neighbour first. */
  #victims: Thief[] = [];
  readonly #cost = new TaskCost();
  /** Whether what this worker took last had come from outside. */
  #fed = false;
  /** Whether the oldest task of some queue comes first, and how many looks at the clock until then. */
  #isOldestDue = false;
  #untilOldest = LOOKS_PER_OLDEST;
  /** All queues, this worker's own among them, and whose turn it is. */
  #all: Thief[] = [];
  #turn = 0;

  constructor(thread: Thread) {
    this.#thread = thread;
    this.#bit = thread.places[thread.number]!.bit;
    this.#deque = new Owner(ringOf(thread.memory, thread.number));
    this.#intake = new Intake(ringOf(thread.memory, MAIN), MOST_TAKEN);
    this.findOthers();
  }

  /** Puts a task of this worker's own there; `false` when there is no room. */
  push(record: number): boolean {
    if (!this.#deque.push(record)) return false;
    this.#fed = false;
    return true;
  }

  /** Takes a task; `NONE` when there is none, or only what is better left to others. */
  take(): number {
    if (this.#isOldestDue) {
      const oldest = this.#takeOldest();
      if (oldest !== NONE) return oldest;
    }
    const own = this.#deque.take();
    if (own !== EMPTY) return own;
    if (this.isSpare()) return NONE;
    // Refused by another taker: then that one has got something, and we look again.
    let found = this.#intake.claim(this.#deque, this.#thread.memory.workers);
    while (found < EMPTY) found = this.#intake.claim(this.#deque, this.#thread.memory.workers);
    this.#fed = found !== EMPTY;
    if (this.#fed) {
      if (this.#cost.of(this.#intake.left) > SHARED) this.#thread.parking.wakeAnother();
      return found;
    }
    for (const victim of this.#victims) {
      do found = victim.stealHalf(this.#deque, MOST_TAKEN); while (found < EMPTY);
      if (found === EMPTY) continue;
      for (let i = 0; i < victim.taken; i++) this.#thread.count(Area.STOLEN);
      return found;
    }
    return NONE;
  }

  /** Whether there is something that this worker could take. */
  get isInSight(): boolean {
    if (this.#intake.size > 0 || this.#deque.size > 0) return true;
    for (const victim of this.#victims) if (victim.size > 0) return true;
    return false;
  }

  /** Whether there is something from outside: a look that goes to no other worker. */
  get isFed(): boolean {
    return this.#intake.size > 0;
  }

  /** How many other workers there are. */
  get others(): number {
    return this.#victims.length;
  }

  /** The queues that others push to. */
  get queues(): readonly (Intake | Thief)[] {
    return [this.#intake, ...this.#victims];
  }

  /**
   * Whether others had better do what there is: they are at it, and tasks from outside are so brief, and so few, that to
   * share them costs more than it brings.
   */
  isSpare(): boolean {
    if (!this.#fed || !this.#cost.isBrief || !this.#intake.isShared) return false;
    const { parking, post } = this.#thread;
    if (post.isExpecting() || parking.isAlone(this.#bit)) return false;
    return this.#cost.of(this.#intake.size) < SHARED;
  }

  /**
   * One look at the clock more: so many tasks took so many milliseconds since the last. Where they are long, what is left is
   * shared with another worker.
   */
  measure(tasks: number, time: number): void {
    this.#cost.measure(tasks, time);
    if (--this.#untilOldest === 0) {
      this.#untilOldest = LOOKS_PER_OLDEST;
      this.#isOldestDue = true;
    }
    if (!this.#cost.isBrief && this.#cost.of(this.#intake.size) > SHARED) this.#thread.parking.wakeAnother();
  }

  /** This worker takes part, whatever it has learnt: who else is at it takes its time. */
  takePart(): void {
    this.#cost.forget();
  }

  /** This worker was woken, for what it had better not leave to others. */
  rise(): void {
    this.#fed = false;
  }

  /** Looks who the other workers are. */
  findOthers(): void {
    const { memory, number } = this.#thread;
    this.#victims = [];
    for (let i = 1; i < memory.workers; i++) {
      const occupant = memory.occupant((memory.seatOf(number) + i) % memory.workers);
      if (occupant !== 0) this.#victims.push(new Thief(ringOf(memory, occupant)));
    }
    // The injector's oldest is taken as a deque's is, and one's own as another's.
    this.#all = [MAIN, number].map((thread) => new Thief(ringOf(memory, thread))).concat(this.#victims);
  }

  /** Takes the oldest task of the queue whose turn it is, or of the next that has one; `NONE` when none has. */
  #takeOldest(): number {
    this.#isOldestDue = false;
    const queues = this.#all;
    for (let i = 0; i < queues.length; i++) {
      const queue = queues[this.#turn++ % queues.length]!;
      let oldest = queue.steal();
      while (oldest < EMPTY) oldest = queue.steal();
      if (oldest === EMPTY) continue;
      if (this.#victims.includes(queue)) this.#thread.count(Area.STOLEN);
      return oldest;
    }
    return NONE;
  }
}
