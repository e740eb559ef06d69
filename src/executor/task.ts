/**
 * Task: a generator that an executor runs step by step, and the handle that its spawner holds.
 *
 * A task is queued, running, waiting, or has ended: done, failed or evicted. It ends once. A wake queues it if it waits;
 * while it runs the wake is remembered, so that none is lost between its look and its wait; at any other time a wake does
 * nothing. That is why a waker may be called late, twice, or after the end.
 */

import { JoinError } from "../errors.ts";
import { type Awaitable, notInTask, type Wait, type Waker } from "../task/wait.ts";
import { STAY } from "../value/carry.ts";
import { PRIORITIES, type Priority, type Ranked } from "./queue.ts";

/** What a task is doing, or how it ended. */
export type TaskStatus = "queued" | "running" | "waiting" | "done" | "failed" | "evicted";

/**
 * The function of a task: a generator function, in which `yield*` awaits; or one that gives what to await, `() => handle`.
 *
 * @typeParam T What the task gives.
 */
export type TaskFunction<T> = () => Awaitable<T>;

/** How long a task has held its thread. */
export interface TaskStats {
  /** How often it was resumed. */
  readonly polls: number;
  /** Milliseconds that it has run, in all. */
  readonly totalMs: number;
  /** The longest that it ran without a `yield*` that waited, in milliseconds: what holds up a frame. */
  readonly longestMs: number;
}

/** What a task needs of its executor. */
export interface Scheduler {
  /** Queues a task that was woken. */
  enqueue(task: Task): void;
}

const NOTHING_YET: Wait = { what: "its first turn", source: "task", arm() {} };

/** A task as its executor sees it. */
export class Task implements Waker, Ranked {
  readonly rank: number;
  readonly handle: TaskHandle<unknown>;
  status: TaskStatus = "queued";
  /** What it waits for, or waited for last. */
  wait: Wait = NOTHING_YET;
  generator: Iterator<Wait, unknown, unknown> | undefined;
  /** Whether it waits for what lies outside of its executor. */
  waitsOutside = false;
  /** Woken while it ran. */
  isWoken = false;
  polls = 0;
  totalMs = 0;
  longestMs = 0;
  /** Those to wake when it has ended, until they have gone on or were evicted; most tasks have none. */
  #joiners: Set<Waker> | undefined;
  #outcome: unknown = undefined;
  #promise: Promise<unknown> | undefined;
  #resolve: ((value: unknown) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  /** Whether somebody who does not join is told of a failure. */
  #isWatched = false;

  constructor(
    readonly scheduler: Scheduler,
    readonly run: TaskFunction<unknown>,
    readonly id: number,
    readonly name: string,
    priority: Priority,
  ) {
    this.rank = PRIORITIES.indexOf(priority);
    this.handle = makeHandle(this);
  }

  /** How it is called in messages. */
  get label(): string {
    return `'${this.name}' (task ${this.id})`;
  }

  get hasEnded(): boolean {
    return this.status === "done" || this.status === "failed" || this.status === "evicted";
  }

  wake(): void {
    if (this.status === "running") this.isWoken = true;
    if (this.status !== "waiting") return;
    this.status = "queued";
    this.scheduler.enqueue(this);
  }

  /** It has ended, and `outcome` is what it gave or threw. */
  end(status: "done" | "failed" | "evicted", outcome: unknown): void {
    this.status = status;
    this.#outcome = outcome;
    this.generator = undefined;
    this.wait = NOTHING_YET;
    if (status === "done") this.#resolve?.(outcome);
    else if (this.#reject !== undefined) this.#reject(outcome);
    else if (status === "failed" && this.#joiners === undefined) this.#tell();
    for (const joiner of this.#joiners ?? []) joiner.wake();
  }

  /** Nobody knows of its failure: unless somebody joins before this turn is over, the environment reports it. */
  #tell(): void {
    if (!this.#isWatched) this.#promise ??= Promise.reject(this.#outcome);
  }

  /** Somebody will be told of a failure. */
  watch(): void {
    this.#isWatched = true;
    if (this.status === "failed") this.#promise?.catch(() => {});
  }

  /** What it gave; throws what it threw. */
  result(): unknown {
    this.watch();
    if (this.status === "done") return this.#outcome;
    throw this.#outcome;
  }

  join(): Promise<unknown> {
    if (this.#promise !== undefined) return this.#promise;
    if (!this.hasEnded) {
      return this.#promise = new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
    }
    return this.#promise = this.status === "done" ? Promise.resolve(this.#outcome) : Promise.reject(this.#outcome);
  }

  /** Wakes `waker` once it has ended. */
  addJoiner(waker: Waker): void {
    if (this.hasEnded) waker.wake();
    else (this.#joiners ??= new Set()).add(waker);
  }

  /** It goes on, or was evicted, perhaps before it could look. */
  removeJoiner(waker: Waker): void {
    this.#joiners?.delete(waker);
    if (this.#joiners?.size === 0) this.#joiners = undefined;
    // If others are still to look, they will know.
    if (this.status === "failed" && this.#joiners === undefined) this.#tell();
  }

  evicted(): JoinError {
    return new JoinError(`Cannot join ${this.label} as it was evicted before it ended`);
  }
}

/** The end of a task, as what another one waits for. */
class Join implements Wait {
  readonly source = "task";
  #waker: Waker | undefined;

  constructor(readonly task: Task) {}

  get what(): string {
    return `the end of ${this.task.label}`;
  }

  get isArmed(): boolean {
    return this.#waker !== undefined;
  }

  arm(waker: Waker): void {
    this.#waker = waker;
    this.task.addJoiner(waker);
  }

  disarm(): void {
    if (this.#waker !== undefined) this.task.removeJoiner(this.#waker);
  }
}

let makeHandle: (task: Task) => TaskHandle<unknown>;
/** The task that a handle stands for. */
export let taskOf: (handle: TaskHandle<unknown>) => Task;

/**
 * A task of an executor, as its spawner sees it: `yield* handle` joins it in another task, `await handle.join()` in async
 * code. Its statistics tell what it has cost this thread.
 *
 * Dropping it changes nothing. A task that fails, and that nobody joins within the same turn of the event loop, is
 * reported once, as an unhandled rejection is.
 *
 * @typeParam T What the task gives.
 *
 * @example Join a task in a task
 * ```ts
 * import { executor } from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * const six = executor.spawn(function* () {
 *   yield* executor.yieldNow();
 *   return 6;
 * });
 * const product = executor.spawn(function* () {
 *   return 7 * (yield* six);
 * });
 * executor.run();
 * assertEquals(await product.join(), 42);
 * ```
 */
export class TaskHandle<T> implements Awaitable<T> {
  readonly #task: Task;

  private constructor(task: Task) {
    this.#task = task;
  }

  static {
    makeHandle = (task) => new TaskHandle(task);
    taskOf = (handle) => handle.#task;
  }

  /** The task's number, which no other live task of its executor has. */
  get id(): number {
    return this.#task.id;
  }

  /** The name it was given, else that of its function. */
  get name(): string {
    return this.#task.name;
  }

  /** What kind of task it is: the name of its function. */
  get type(): string {
    return this.#task.run.name || "anonymous";
  }

  /** How urgent it is. */
  get priority(): Priority {
    return PRIORITIES[this.#task.rank]!;
  }

  /** What it is doing, or how it ended. */
  get status(): TaskStatus {
    return this.#task.status;
  }

  /** Whether it is done, failed or evicted. */
  get finished(): boolean {
    return this.#task.hasEnded;
  }

  /** What it waits for, in words; `undefined` while it does not wait. */
  get waitsFor(): string | undefined {
    return this.#task.status === "waiting" ? this.#task.wait.what : undefined;
  }

  /** How long it has held its thread. */
  get stats(): TaskStats {
    const { polls, totalMs, longestMs } = this.#task;
    return { polls, totalMs, longestMs };
  }

  /**
   * Waits in async code for the task to end. It does not run the executor.
   *
   * @returns A promise of what the task gives. It rejects with what the task threw, with `JoinError` if it was evicted.
   */
  join(): Promise<T> {
    // The promise is of this handle's task, so what it gives is a T.
    return this.#task.join() as Promise<T>;
  }

  /** @internal Why it cannot be sent. */
  get [STAY](): string {
    return "a TaskHandle, whose task runs in an executor of this thread. Send what its 'join()' gives.";
  }

  /**
   * Waits in a task for this one to end: `yield* handle`.
   *
   * @returns What the task gives.
   * @throws What the task threw.
   * @throws {JoinError} It was evicted.
   */
  *[Symbol.iterator](): Generator<Wait, T, unknown> {
    const task = this.#task;
    if (!task.hasEnded) {
      const join = new Join(task);
      try {
        do {
          yield join;
          if (!join.isArmed) throw notInTask();
        } while (!task.hasEnded);
      } finally {
        join.disarm();
      }
    }
    return task.result() as T;
  }
}
