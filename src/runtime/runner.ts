/**
 * Runner: the executing side of a thread. It claims records, runs their functions, and sends them home with what came out.
 *
 * Keeps true: a task that was claimed here ends once, unless this thread was given up meanwhile: then the record is another's.
 */

import { LifecycleError, NotSendError } from "../errors.ts";
import { load, read } from "../memory/atomics.ts";
import { Area, Record } from "../memory/layout.ts";
import { NONE } from "../sync/inbox.ts";
import type { Aliases } from "../task/aliases.ts";
import { explain } from "../task/closure.ts";
import type { Code, CodeReader } from "../task/code.ts";
import { MOST_BUILTINS } from "../task/code_text.ts";
import type { Callable } from "../task/compile.ts";
import { Context, type TaskContext } from "../task/context.ts";
import { homeOf, idOf } from "../task/place.ts";
import * as state from "../task/state.ts";
import { type End, RELEASE } from "../value/carry.ts";
import { parcelKey } from "../value/post.ts";
import type { Claimed, Unfinished } from "./head_start.ts";
import type { HomeDesk } from "./home.ts";
import { Joins } from "./joins.ts";
import { Outcomes } from "./outcomes.ts";
import type { Thread } from "./thread.ts";

const NO_ALIASES: Aliases = new Map();

/** The executing side of one thread. */
export class Runner {
  readonly #thread: Thread;
  readonly #home: HomeDesk;
  readonly #codes: CodeReader;
  readonly #listening = new Map<number, Context>();
  readonly #joins: Joins;
  readonly #outcomes: Outcomes;
  #abortsSeen: number;

  /** The task that runs now, until its first `await`. */
  #record: number = NONE;
  #claimed = 0;
  #context: Context | undefined;

  /** Tasks that went on asynchronously since this was last set to 0: microtasks are likely to wait. */
  suspended = 0;
  /** How many tasks have ended after an `await`. */
  ended = 0;
  /** Functions of tasks that have started and not ended. */
  #running = 0;

  constructor(thread: Thread, home: HomeDesk, codes: CodeReader) {
    this.#thread = thread;
    this.#home = home;
    this.#codes = codes;
    this.#joins = new Joins(thread, home);
    this.#outcomes = new Outcomes(thread);
    this.#abortsSeen = load(thread.words, this.#abortsWord);
  }

  /** The context of the task that runs now. */
  context(): TaskContext {
    if (this.#record === NONE) {
      throw new LifecycleError(
        "Cannot give a context as no task runs here now: call 'context()' in a task, before its first 'await'",
      );
    }
    return this.#context ??= this.#contextOf(this.#record, this.#claimed);
  }

  #contextOf(record: number, claimed: number): Context {
    const { words, payload } = this.#thread;
    return new Context(idOf(words, record), words, record, claimed, this.#listening, (record) => {
      const block = read(words, record + Record.REASON);
      return block === NONE ? undefined : payload.readReason(block);
    });
  }

  /** Takes over a task that was run before this was there; see `head_start.ts`. */
  takeOver({ record, claimed, ok, outcome }: Unfinished): void {
    this.#conclude(record, claimed, true, ok, outcome, undefined, []);
  }

  /**
   * Claims and starts a task. `fromRing` says where it came from: a ring may name what is there no more, so nothing of the
   * record is read before the claim.
   *
   * @returns When the task's module is being imported, a promise of its start.
   */
  start(record: number, fromRing: boolean): Promise<void> | undefined {
    const { words } = this.#thread;
    const claimed = state.claim(words, record, this.#thread.number, fromRing);
    if (claimed === state.STALE) return undefined;
    if (claimed === state.SKIP) {
      this.#dropArguments(record);
      if (read(words, record + Record.CODE) < MOST_BUILTINS) this.#joins.skip(record);
      this.#sendHome(record);
      return undefined;
    }
    this.#thread.count(Area.STARTED);
    return this.#begin(record, claimed);
  }

  /** The same for a task that was claimed, and counted as started, before this was there; see `head_start.ts`. */
  resume({ record, claimed }: Claimed): Promise<void> | undefined {
    if (!state.isCancelled(this.#thread.words, record, claimed)) return this.#begin(record, claimed);
    this.#endUnstarted(record, claimed);
    return undefined;
  }

  #begin(record: number, claimed: number): Promise<void> | undefined {
    const { words } = this.#thread;
    if (read(words, record + Record.CODE) < MOST_BUILTINS) {
      const context = this.#contextOf(record, claimed);
      this.#joins.answer(record, context, (ok, outcome) => this.#finish(record, claimed, ok, outcome, context, []));
      return undefined;
    }
    const loading = this.loading(record);
    if (loading !== undefined) {
      return loading.then(() => {
        if (!state.isCancelled(words, record, claimed)) return this.#begin(record, claimed);
        this.#endUnstarted(record, claimed);
      });
    }
    this.#run(record, claimed, this.#codeOf(record));
    return undefined;
  }

  /** Whether a task was aborted whose signal is used. */
  get hasAborts(): boolean {
    return load(this.#thread.words, this.#abortsWord) !== this.#abortsSeen;
  }

  /** Deals with deaths; see `Mourning.mourn`. Says whether they were heard of just now. */
  mourn(): boolean {
    const isNew = this.#home.mourn();
    if (isNew) {
      this.#codes.forgetAll();
      for (const tell of this.#thread.deathListeners) tell();
    }
    return isNew;
  }

  /** Tasks that have started and not ended. */
  get running(): number {
    return this.#running + this.#joins.running;
  }

  /** Fires the signals of tasks that were aborted. */
  fireAborts(): void {
    this.#abortsSeen = load(this.#thread.words, this.#abortsWord);
    for (const context of [...this.#listening.values()]) context.fire();
  }

  get #abortsWord(): number {
    return this.#thread.memory.area(this.#thread.number, Area.ABORTS);
  }

  /** While the module of a task is being imported, or shared memory that it names is not known here yet, when that ends. */
  loading(record: number): Promise<void> | undefined {
    return this.#codeOf(record).loading ?? this.#thread.payload.coming(record);
  }

  /** The code of a task; its function may still be loading. */
  #codeOf(record: number): Code {
    return this.#codes.code(read(this.#thread.words, record + Record.CODE));
  }

  /** A task was aborted after it was claimed and before its function was called, which is not called then. */
  #endUnstarted(record: number, claimed: number): void {
    this.#dropArguments(record);
    if (state.isRevoked(this.#thread.words, record, claimed)) return;
    // With its arguments as they are: home sees that nobody has received them.
    this.#end(record, claimed, state.DONE);
  }

  #dropArguments(record: number): void {
    this.#thread.payload.forgetAhead(record);
    if (!this.#thread.payload.isAttached(record)) return;
    this.#thread.payload.detach(record);
    this.#thread.post.drop(parcelKey(idOf(this.#thread.words, record), "arguments"));
  }

  #run(record: number, claimed: number, code: Code): void {
    let result: unknown;
    let ok = false;
    let ends: readonly WeakRef<End>[] | undefined;
    // A task that looks at a handle, spawns, or blocks may take in and run one of the runtime's own functions within itself.
    const outer = this.#record;
    const outerClaimed = this.#claimed;
    const outerContext = this.#context;
    this.#record = record;
    this.#claimed = claimed;
    this.#context = undefined;
    try {
      const args = this.#readArguments(record);
      const { named } = this.#thread.payload;
      ends = this.#thread.payload.takeEnds();
      if (named.length > 0) this.#outcomes.remember(record, named);
      if (code.run === undefined) {
        this.#codes.forget(read(this.#thread.words, record + Record.CODE));
        throw code.error;
      }
      result = call(code.run, args);
      ok = true;
    } catch (error) {
      result = error;
      ends ??= this.#thread.payload.takeEnds();
    }
    const context = this.#context;
    this.#record = outer;
    this.#claimed = outerClaimed;
    this.#context = outerContext;
    this.#conclude(record, claimed, code.isClosure, ok, result, context, ends);
  }

  /** A function has returned, or thrown: ends the task, or waits for the promise that it gave. */
  #conclude(
    record: number,
    claimed: number,
    isClosure: boolean,
    ok: boolean,
    outcome: unknown,
    context: Context | undefined,
    ends: readonly WeakRef<End>[],
  ): void {
    let promise: Promise<unknown> | undefined;
    try {
      if (ok) promise = adopt(outcome);
    } catch (error) {
      ok = false;
      outcome = error;
    }
    if (promise === undefined) {
      if (!ok && isClosure) explain(outcome, this.#codes.api(NO_ALIASES));
      this.#finish(record, claimed, ok, outcome, context, ends);
      return;
    }
    this.suspended++;
    this.#running++;
    // The engine's own `then`, which calls one of the two, once.
    then.call(
      promise,
      (value) => {
        this.#running--;
        this.ended++;
        this.#finish(record, claimed, true, value, context, ends);
      },
      (error) => {
        this.#running--;
        this.ended++;
        if (isClosure) explain(error, this.#codes.api(NO_ALIASES));
        this.#finish(record, claimed, false, error, context, ends);
      },
    );
  }

  #readArguments(record: number): unknown[] {
    const { payload, post, words } = this.#thread;
    if (!payload.isAttached(record)) return payload.readArguments(record);
    const id = idOf(words, record);
    const attachments = post.take(parcelKey(id, "arguments"));
    if (attachments?.length === 0) {
      throw new NotSendError(
        `Cannot start task ${id} as what was to be posted with it is not here: it was moved elsewhere before it could be ` +
          "posted, or whoever posted it has died. Spawn the task again with values of its own.",
      );
    }
    return payload.readArguments(record, attachments);
  }

  /**
   * @param ends The ends of channels that the task was given: one that fails, or was aborted, leaves nobody waiting for what it was to
   * send.
   */
  #finish(
    record: number,
    claimed: number,
    ok: boolean,
    outcome: unknown,
    context: Context | undefined,
    ends: readonly WeakRef<End>[],
  ): void {
    const { words } = this.#thread;
    context?.end();
    // Given up in the meantime, and the task with it: the record is not ours to write.
    if (state.isRevoked(words, record, claimed)) return this.#outcomes.forget(record);
    const phase = this.#outcomes.write(record, ok, outcome) ? state.DONE : state.FAILED;
    this.#outcomes.forget(record);
    // After that, as the error may take one along; before who waits for the task sees that it has failed.
    if (phase === state.FAILED) releaseAll(ends);
    const left = this.#end(record, claimed, phase);
    // Of one that was aborted that was seen long ago, whatever it gave.
    if (phase === state.DONE && left !== state.STALE && (left & state.CANCELLED) !== 0) releaseAll(ends);
  }

  /** Ends a task, and sends its record home. Gives the state word that it left; `STALE` if the task is not ours any more. */
  #end(record: number, claimed: number, phase: typeof state.DONE | typeof state.FAILED): number {
    const { words } = this.#thread;
    // Counted before the result can be seen: who has it finds the figures to agree.
    if (read(words, record + Record.CODE) >= MOST_BUILTINS) {
      this.#thread.count(Area.EXECUTED);
      if (!state.isStealable(claimed)) this.#thread.loads.end();
    }
    const left = state.finish(words, record, claimed, phase);
    if (left !== state.STALE) this.#sendHome(record);
    return left;
  }

  #sendHome(record: number): void {
    const home = homeOf(this.#thread.words, record);
    if (home === this.#thread.number) this.#home.comeHome(record);
    else this.#thread.deliver(record, home);
  }
}

function releaseAll(ends: readonly WeakRef<End>[]): void {
  for (const end of ends) end.deref()?.[RELEASE]();
}

/** Calls without spreading: that is what the common cases cost. */
function call(run: Callable, args: readonly unknown[]): unknown {
  switch (args.length) {
    case 0:
      return run();
    case 1:
      return run(args[0]);
    case 2:
      return run(args[0], args[1]);
    default:
      return run(...args);
  }
}

const { then } = Promise.prototype;

/** The promise that a task's result is or stands for, if it does: one of the engine's own, whatever the task gave. */
function adopt(result: unknown): Promise<unknown> | undefined {
  if (typeof result !== "object" || result === null || !("then" in result)) return undefined;
  if (result instanceof Promise && result.constructor === Promise && result.then === then) return result;
  return typeof result.then === "function" ? new Promise((resolve) => resolve(result)) : undefined;
}
