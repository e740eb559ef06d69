/**
 * Task cost: how long tasks took of late on this worker, so that it can tell whether to share what there is.
 */

/** Milliseconds that are enough to know: clocks may show steps of five microseconds. */
const MEASURED = 0.1;
/** Milliseconds that a task takes at most for which waking another worker does not pay. */
const BRIEF = 0.005;

/** What tasks cost. */
export class TaskCost {
  /** Milliseconds for a task. What is not known is taken to be long. */
  #each = 1;
  /** The same as measured last. */
  #last = 1;
  #tasks = 0;
  #time = 0;

  /** So many tasks took so many milliseconds. */
  measure(tasks: number, time: number): void {
    this.#tasks += tasks;
    this.#time += time;
    if (this.#time < MEASURED) return;
    const each = this.#time / this.#tasks;
    this.#tasks = this.#time = 0;
    // The lower of two: a thread that has to wait for a processor seems to have long tasks for once.
    this.#each = Math.min(each, this.#last);
    this.#last = each;
  }

  /** Whether tasks are brief. */
  get isBrief(): boolean {
    return this.#each < BRIEF;
  }

  /** Milliseconds that so many tasks are likely to take. */
  of(tasks: number): number {
    return this.#each * tasks;
  }

  /** What was learnt does not hold any more. */
  forget(): void {
    this.#each = this.#last = 1;
    this.#tasks = this.#time = 0;
  }
}
