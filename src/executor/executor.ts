/**
 * Executor: runs tasks on this thread, when it is told to.
 *
 * A run goes through the queue until it has a reason to stop. Where tasks wait for the environment, or for other threads, it
 * stops with `"yielded"` and goes on by itself when one of them is woken: in a microtask after the wake, so that what waited for
 * a frame goes on in that frame. It gives the environment a turn at least every {@linkcode SLICE} milliseconds while anybody waits
 * for one, however much there is to do.
 *
 * Keeps true: a task is queued, or running, or some waker may wake it, or it waits for ever; and `#outside` is the
 * number of tasks that wait for what lies outside of this executor.
 */

import { LifecycleError } from "../errors.ts";
import { checkInteger } from "../integer.ts";
import { checkOptions } from "../options.ts";
import { functionName } from "../task/closure.ts";
import type { Wait } from "../task/wait.ts";
import { STAY } from "../value/carry.ts";
import { block, look } from "./block.ts";
import { later } from "./environment.ts";
import { checkBudget, checkFunction, checkPriority, type RunOptions, type SpawnOptions, type Stop } from "./options.ts";
import { close, notAWait, report, step, throwInto } from "./poll.ts";
import { PRIORITIES, type Priority, ReadyQueue } from "./queue.ts";
import { type Scheduler, Task, type TaskFunction, TaskHandle, taskOf } from "./task.ts";

/** Milliseconds of work before the environment has a turn, when anybody waits for one. */
const SLICE = 5;
/** Milliseconds between two looks for what other threads bring, while there is something to do. */
const LOOK_MS = 1;
/** How many ids there are, unless the executor is told otherwise. */
const MOST_IDS = 2 ** 31;

/** What is left of a run. */
interface Run {
  readonly until: Task | undefined;
  ms: number;
  polls: number;
}

/**
 * A single-threaded executor: nothing runs until `run` or `blockOn`.
 *
 * Each thread has one, on which the functions of this module act. Make another where tasks should be counted, run or evicted
 * by themselves, as in a test.
 *
 * @example Step by step
 * ```ts
 * import { executor } from "@webble/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * const own = new executor.Executor();
 * const task = own.spawn(function* () {
 *   yield* executor.yieldNow();
 *   return "done";
 * });
 * assertEquals(own.run({ maxPolls: 1 }), "budget");
 * assertEquals(task.status, "queued");
 * assertEquals(own.run(), "done");
 * assertEquals(await task.join(), "done");
 * ```
 */
export class Executor {
  readonly #tasks = new Map<number, Task>();
  readonly #queue = new ReadyQueue<Task>();
  readonly #ids: number;
  #nextId = 0;
  /** The run that goes on by itself. */
  #active: Run | undefined;
  /** The task that runs now. */
  #current: Task | undefined;
  /** Whether a run is under way. */
  #isRunning = false;
  /** Whether the active run is about to go on in a microtask. */
  #isDueSoon = false;
  /** The turn of the environment that it goes on after, with the urgency that it was asked for with. */
  #dueLater: { readonly urgency: Priority } | undefined;
  /** Milliseconds that this executor has run by itself since the environment last had a turn. */
  #used = 0;
  #outside = 0;
  readonly #scheduler: Scheduler = {
    enqueue: (task) => {
      this.#leaveWait(task);
      this.#queue.add(task);
      this.#goOn();
    },
  };

  /**
   * Makes an executor.
   *
   * @param options With `ids`, how many task numbers there are before they begin again from 0; 2^31 by default.
   * @throws {TypeError} `ids` is not a number.
   * @throws {RangeError} `ids` is not an integer from 1 to 2^31.
   */
  constructor(options: { readonly ids?: number } = {}) {
    this.#ids = checkInteger("make an executor", "ids", options.ids ?? MOST_IDS, 1, MOST_IDS);
  }

  /**
   * Adds a task to the queue. It begins when the executor runs.
   *
   * @typeParam T What the task gives.
   * @param fn A generator function; in it, `yield*` awaits.
   * @param options Its name and priority.
   * @returns The task's handle.
   * @throws {TypeError} `fn` is not a generator function, or the priority is none.
   * @throws {RangeError} As many tasks live as there are ids.
   */
  spawn<T>(fn: TaskFunction<T>, options: SpawnOptions = {}): TaskHandle<T> {
    checkFunction(fn);
    const { priority = "user-visible", name = functionName(fn) || "anonymous" } = options;
    checkPriority(name, priority);
    const task = new Task(this.#scheduler, fn, this.#takeId(), name, priority);
    this.#tasks.set(task.id, task);
    this.#scheduler.enqueue(task);
    // What the task gives is what its function returns.
    return task.handle as TaskHandle<T>;
  }

  /**
   * Runs tasks, the most urgent first, until there is a reason to stop.
   *
   * It takes the place of a run that goes on by itself.
   *
   * @param until The task to run to its end, or options; without them, all tasks.
   * @returns Why it stopped.
   * @throws {LifecycleError} It was called by a task of this executor.
   * @throws {TypeError} `until` is not a task of this executor, nor options.
   * @throws {RangeError} A budget is not from 0, or `maxPolls` no integer.
   */
  run(until: TaskHandle<unknown> | RunOptions = {}): Stop {
    this.#refuseWithin("run");
    const options = until instanceof TaskHandle ? { until } : until;
    checkOptions("run tasks", options, "a task's handle, or options such as { budgetMs: 8 }");
    const { budgetMs = Infinity, maxPolls = Infinity } = options;
    checkBudget(budgetMs, maxPolls);
    this.#active = { until: this.#own(options.until), ms: budgetMs, polls: maxPolls };
    return this.#advance(this.#active, false);
  }

  /**
   * Runs a task to its end, and others while it waits, without giving way to the environment.
   *
   * While nothing can go on it blocks this thread, until another thread wakes a task: what waits for a `WorkerHandle` or for
   * a channel. A page's main thread must not sleep: it spins, for a second at most.
   *
   * On the main thread it cannot be told of a worker that dies, as that takes a turn of the event loop; nor do workers
   * start in a page while its main thread is blocked. What a worker asks of it with `onMain()` has to wait as well: where the
   * task waits, through that worker, for such a call, it waits for ever. Threads that block on each other's work are not found
   * out: give one that blocks nothing to do that others wait for.
   *
   * @typeParam T What the task gives.
   * @param fn A generator function.
   * @param options Its name and priority.
   * @returns What the task gives.
   * @throws What the task threw.
   * @throws {DeadlockError} Nothing can ever wake the task: it waits, directly or through others, for a turn of the
   * event loop, for a message that only this thread could send, for itself, or for nothing. Or this is a page's main
   * thread, and it has waited for a second. The task is evicted.
   * @throws {JoinError} The task was evicted.
   * @throws {ShutdownError | WorkerLostError} This worker is to end: the runtime was shut down, or has given it up.
   * @throws {LifecycleError} It was called by a task of this executor.
   * @throws {TypeError} `fn` is not a generator function, or the priority is none.
   * @throws {RangeError} As many tasks live as there are ids.
   */
  blockOn<T>(fn: TaskFunction<T>, options: SpawnOptions = {}): T {
    this.#refuseWithin("blockOn");
    const task = taskOf(this.spawn(fn, options));
    task.watch();
    this.#isRunning = true;
    try {
      let now = performance.now();
      let nextLook = now + LOOK_MS;
      while (!task.hasEnded) {
        const next = this.#queue.take();
        if (next === undefined) {
          block(task, [...this.#tasks.values()], () => this.#queue.size > 0, now);
          if (this.#queue.size > 0) now = performance.now();
          continue;
        }
        now = this.#poll(next, now);
        if (now < nextLook) continue;
        look([...this.#tasks.values()]);
        const begun = now;
        now = performance.now();
        // However many tasks there are, looks take a tenth of the time at most.
        nextLook = now + Math.max(LOOK_MS, 9 * (now - begun));
      }
    } finally {
      this.#isRunning = false;
      if (!task.hasEnded) this.#evict(task);
      this.#settle();
    }
    // The result is of the task that was made of `fn`.
    return task.result() as T;
  }

  /** The tasks that have not ended, in the order in which they were spawned. */
  tasks(): TaskHandle<unknown>[] {
    return Array.from(this.#tasks.values(), (task) => task.handle);
  }

  /** How many tasks have not ended. */
  tasksCount(): number {
    return this.#tasks.size;
  }

  /** The tasks that can go on, in the order in which they will; the one that runs is not among them. */
  queuedTasks(): TaskHandle<unknown>[] {
    return this.#queue.all().map((task) => task.handle);
  }

  /** How many tasks can go on; the one that runs is not among them. */
  queuedTasksCount(): number {
    return this.#queue.size;
  }

  /**
   * Drops every task. Their handles reject with `JoinError`, their `finally` blocks run, and later wakes do nothing.
   *
   * A task that calls this is dropped when it next yields or returns.
   */
  evictAll(): void {
    const all = [...this.#tasks.values()];
    // Emptied first: what a `finally` block spawns is not dropped.
    this.#tasks.clear();
    this.#queue.clear();
    for (const task of all) this.#evict(task);
    if (!this.#isRunning) this.#settle();
  }

  /** Others than the run that goes on by itself have run, or ended, what it was to run. */
  #settle(): void {
    if (this.#active !== undefined && this.#isDone(this.#active)) this.#active = undefined;
    if (this.#queue.size > 0) this.#goOn();
  }

  /** Has the run that goes on by itself do so. */
  #goOn(): void {
    if (this.#active === undefined || this.#isRunning) return;
    // A frame may have woken a task while the run waits for its next turn: that task goes on in the frame.
    if (this.#used < SLICE) {
      if (this.#isDueSoon) return;
      this.#isDueSoon = true;
      queueMicrotask(() => {
        this.#isDueSoon = false;
        this.#resume();
      });
      return;
    }
    const { urgency } = this.#queue;
    // A task that is more urgent than those for which a turn was asked does not wait for as long as they may.
    if (this.#dueLater !== undefined && PRIORITIES.indexOf(urgency) >= PRIORITIES.indexOf(this.#dueLater.urgency)) {
      return;
    }
    const due = this.#dueLater = { urgency };
    later(() => {
      if (this.#dueLater !== due) return;
      this.#dueLater = undefined;
      this.#used = 0;
      this.#resume();
    }, urgency);
  }

  #resume(): void {
    if (this.#active !== undefined && !this.#isRunning) this.#advance(this.#active, true);
  }

  /** Goes on with a run until it has a reason to stop. */
  #advance(run: Run, byItself: boolean): Stop {
    const start = performance.now();
    const end = start + run.ms;
    let now = start;
    // Until somebody waits for the environment there is no hurry, unless it never asked for this run.
    let sliceEnd = byItself || this.#outside > 0 ? now + SLICE : Infinity;
    let stop: Stop | undefined;
    this.#isRunning = true;
    try {
      while ((stop = this.#reasonToStop(run, now >= end)) === undefined) {
        if (now >= sliceEnd) {
          stop = "yielded";
          break;
        }
        now = this.#poll(this.#queue.take()!, now);
        run.polls--;
        if (sliceEnd === Infinity && this.#outside > 0) sliceEnd = now + SLICE;
      }
    } finally {
      this.#isRunning = false;
    }
    run.ms -= now - start;
    this.#used += now - start;
    if (stop === "done" || stop === "budget") this.#active = undefined;
    else if (this.#queue.size > 0) {
      // Its slice is over: the environment is to have a turn before it goes on.
      this.#used = SLICE;
      this.#goOn();
    }
    return stop;
  }

  #isDone({ until }: Run): boolean {
    return until === undefined ? this.#tasks.size === 0 : until.hasEnded;
  }

  #reasonToStop(run: Run, isTimeOver: boolean): Stop | undefined {
    if (this.#isDone(run)) return "done";
    if (run.polls <= 0 || isTimeOver) return "budget";
    if (this.#queue.size > 0) return undefined;
    return this.#outside > 0 ? "yielded" : "stalled";
  }

  /** Resumes a task until it waits or ends. Gives the time when it did. */
  #poll(task: Task, start: number): number {
    this.#current = task;
    task.status = "running";
    task.isWoken = false;
    task.polls++;
    try {
      let result = step(task);
      // What cannot be waited for is told to the task, at the place where it waits.
      while (!result.done && !this.#isEvicted(task)) {
        const problem = this.#suspend(task, result.value);
        if (problem === undefined) break;
        task.status = "running";
        result = throwInto(task, problem.error);
      }
      if (this.#isEvicted(task)) close(task.generator);
      else if (result.done) this.#end(task, "done", result.value);
    } catch (error) {
      if (this.#isEvicted(task)) report(error);
      else this.#end(task, "failed", error);
    }
    this.#current = undefined;
    const now = performance.now();
    const ms = now - start;
    task.totalMs += ms;
    if (ms > task.longestMs) task.longestMs = ms;
    return now;
  }

  /** Lets a task wait. Gives what is wrong if it can't. */
  #suspend(task: Task, wait: Wait): { readonly error: unknown } | undefined {
    if (typeof wait?.arm !== "function") return { error: notAWait(wait) };
    task.wait = wait;
    task.status = "waiting";
    task.waitsOutside = wait.source !== "task" && wait.source !== "nothing";
    if (task.waitsOutside) this.#outside++;
    try {
      wait.arm(task);
    } catch (error) {
      // Woken before that, it is queued, and will look again.
      if (task.status !== "waiting") return undefined;
      this.#leaveWait(task);
      return { error };
    }
    // Woken while it ran: it looked before that, perhaps.
    if (task.isWoken) task.wake();
    return undefined;
  }

  /** A task does not wait any more. */
  #leaveWait(task: Task): void {
    if (!task.waitsOutside) return;
    task.waitsOutside = false;
    this.#outside--;
    if (task.wait.startsTurn) this.#used = 0;
  }

  #end(task: Task, status: "done" | "failed", outcome: unknown): void {
    this.#tasks.delete(task.id);
    task.end(status, outcome);
  }

  #evict(task: Task): void {
    // A `finally` block of another may have spawned one that has its id by now.
    if (this.#tasks.get(task.id) === task) this.#tasks.delete(task.id);
    this.#leaveWait(task);
    // Queued: the eviction of one that it joined has woken it.
    if (task.status === "queued") this.#queue.remove(task);
    const { generator } = task;
    task.end("evicted", task.evicted());
    // The one that runs is closed when it next yields.
    if (task === this.#current) task.generator = generator;
    else close(generator);
  }

  #isEvicted(task: Task): boolean {
    return task.status === "evicted";
  }

  #takeId(): number {
    if (this.#tasks.size >= this.#ids) {
      throw new RangeError(`Cannot spawn a task as ${this.#tasks.size} live, and this executor has no more ids`);
    }
    let id = this.#nextId;
    while (this.#tasks.has(id)) id = (id + 1) % this.#ids;
    this.#nextId = (id + 1) % this.#ids;
    return id;
  }

  #own(handle: TaskHandle<unknown> | undefined): Task | undefined {
    if (handle === undefined) return undefined;
    const task = handle instanceof TaskHandle ? taskOf(handle) : undefined;
    if (task?.scheduler !== this.#scheduler) {
      throw new TypeError("Cannot run until that task has ended as it is not a task of this executor");
    }
    return task;
  }

  /** @internal Why it cannot be sent. */
  get [STAY](): string {
    return "an Executor, which runs on the thread that made it. Make another one there.";
  }

  #refuseWithin(called: string): void {
    if (!this.#isRunning) return;
    throw new LifecycleError(
      `Cannot call '${called}()' as this executor runs already: a task waits for others with 'yield* handle'`,
    );
  }
}
