/**
 * Runner: the executing side of a thread. It takes records from the inbox, claims them, runs their functions, and
 * sends them home with what came out.
 *
 * Tasks for this thread start in the order in which they came: one whose module is still loading, or whose parcel is
 * still on its way, holds up those behind it.
 */

import { LifecycleError, NotSendError, TaskError } from "../errors.ts";
import { load, read } from "../memory/atomics.ts";
import { Area, Record } from "../memory/layout.ts";
import { NONE } from "../sync/inbox.ts";
import type { Aliases } from "../task/aliases.ts";
import { explain } from "../task/closure.ts";
import { type Callable, type Code, type CodeReader, MOST_BUILTINS } from "../task/code.ts";
import { Context, type TaskContext } from "../task/context.ts";
import * as state from "../task/state.ts";
import { parcelKey } from "../value/post.ts";
import type { HomeDesk } from "./home.ts";
import { homeOf, idOf, targetOf, type Thread, threadName } from "./thread.ts";

/** Code of the runtime's own function that waits for an exported handle. */
const WAITS_FOR_HANDLE: Omit<Code, "run"> = {
  serial: 0,
  name: "'join'",
  isClosure: false,
  error: undefined,
  loading: undefined,
};

const NO_ALIASES: Aliases = new Map();

/** The executing side of one thread. */
export class Runner {
  readonly #thread: Thread;
  readonly #home: HomeDesk;
  readonly #codes: CodeReader;
  readonly #join: Code;
  /** Tasks for this thread that have not started, from `#next` on. */
  readonly #ready: number[] = [];
  #next = 0;
  /** Whether the first of them waits for its module or its parcel. */
  #held = false;
  /** What `drain` took from the inbox and has not looked at. */
  #chain: number = NONE;
  readonly #listening = new Map<number, Context>();
  #abortsSeen: number;

  /** The task that runs now, until its first `await`. */
  #record: number = NONE;
  #claimed = 0;
  #context: Context | undefined;

  /** Tasks that went on asynchronously since this was last set to 0: microtasks are likely to wait. */
  suspended = 0;

  constructor(thread: Thread, home: HomeDesk, codes: CodeReader) {
    this.#thread = thread;
    this.#home = home;
    this.#codes = codes;
    this.#join = { ...WAITS_FOR_HANDLE, run: (id: number) => thread.payload.exports.take(id).recv() };
    this.#abortsSeen = load(thread.words, this.#abortsWord);
  }

  /** The context of the task that runs now. */
  context(): TaskContext {
    if (this.#record === NONE) {
      throw new LifecycleError(
        "Cannot give a context as no task runs here now: call 'context()' in a task, before its first 'await'",
      );
    }
    const { words, payload } = this.#thread;
    return this.#context ??= new Context(
      idOf(words, this.#record),
      words,
      this.#record,
      this.#claimed,
      this.#listening,
      (record) => {
        const block = read(words, record + Record.REASON);
        return block === NONE ? undefined : payload.readReason(block);
      },
    );
  }

  /**
   * Takes records from the inbox: this thread's own settle their handles, tasks for it get ready.
   *
   * @param most How many at most.
   * @returns How many there were.
   */
  drain(most: number): number {
    const { words, inbox } = this.#thread;
    let taken = 0;
    while (taken < most) {
      if (this.#chain === NONE && (this.#chain = inbox.take()) === NONE) break;
      const record = this.#chain;
      // Before the record is handed on: its link is not ours after.
      this.#chain = inbox.next(record);
      taken++;
      if (!state.ended(state.stateOf(words, record))) this.#ready.push(record);
      else this.#home.comeHome(record);
    }
    return taken;
  }

  /** Whether `drain` or `start` would find something. */
  get occupied(): boolean {
    return this.#chain !== NONE || this.#thread.inbox.occupied || (!this.#held && this.#next < this.#ready.length);
  }

  /** Starts the first of the tasks for this thread; `false` when there is none that can start. */
  startOne(): boolean {
    if (this.#held || this.#next === this.#ready.length) return false;
    const record = this.#ready[this.#next]!;
    const code = this.codeOf(record);
    if (code.loading !== undefined) {
      this.#hold((release) => code.loading!.then(release));
      return false;
    }
    if (this.#thread.payload.isAttached(record) && !this.#isAborted(record)) {
      const key = parcelKey(idOf(this.#thread.words, record), "arguments");
      if (!this.#thread.post.has(key)) {
        this.#hold((release) => this.#thread.post.expect(key, release));
        return false;
      }
    }
    this.#next++;
    if (this.#next === this.#ready.length) this.#ready.length = this.#next = 0;
    else if (this.#next >= 1024) this.#ready.splice(0, this.#next), this.#next = 0;
    this.start(record, false, code);
    return true;
  }

  /** Claims and starts a task whose code is there. `stolen` says whether it came from a ring. */
  start(record: number, stolen: boolean, code: Code = this.codeOf(record)): void {
    const { words } = this.#thread;
    const claimed = state.claim(words, record, this.#thread.number, stolen);
    if (claimed === state.STALE) return;
    this.#thread.count(Area.STARTED);
    if (claimed === state.SKIP) {
      this.#dropParcel(record);
      this.#releaseLoad(record, stolen);
      this.#sendHome(record);
    } else this.#run(record, claimed, code);
  }

  /** Whether a task was aborted whose signal is used. */
  get hasAborts(): boolean {
    return load(this.#thread.words, this.#abortsWord) !== this.#abortsSeen;
  }

  /** Fires the signals of tasks that were aborted. */
  fireAborts(): void {
    this.#abortsSeen = load(this.#thread.words, this.#abortsWord);
    for (const context of [...this.#listening.values()]) context.fire();
  }

  get #abortsWord(): number {
    return this.#thread.memory.area(this.#thread.number, Area.ABORTS);
  }

  /** The code of a task; its function may still be loading. */
  codeOf(record: number): Code {
    const block = read(this.#thread.words, record + Record.CODE);
    return block < MOST_BUILTINS ? this.#join : this.#codes.code(block);
  }

  #isAborted(record: number): boolean {
    return (state.stateOf(this.#thread.words, record) & state.CANCELLED) !== 0;
  }

  #hold(until: (release: () => void) => void): void {
    this.#held = true;
    until(() => {
      this.#held = false;
      this.#thread.poke();
    });
  }

  #dropParcel(record: number): void {
    if (!this.#thread.payload.isAttached(record)) return;
    this.#thread.payload.detach(record);
    this.#thread.post.drop(parcelKey(idOf(this.#thread.words, record), "arguments"));
  }

  #run(record: number, claimed: number, code: Code): void {
    let result: unknown;
    let ok = false;
    this.#record = record;
    this.#claimed = claimed;
    this.#context = undefined;
    try {
      const args = this.#readArguments(record);
      if (code.run === undefined) {
        this.#codes.forget(read(this.#thread.words, record + Record.CODE));
        throw code.error;
      }
      result = call(code.run, args);
      ok = true;
    } catch (error) {
      result = error;
      if (code.isClosure) explain(error, this.#codes.api(NO_ALIASES));
    }
    const context = this.#context;
    this.#record = NONE;
    this.#context = undefined;
    if (!ok || !isThenable(result)) {
      this.#finish(record, claimed, ok, result, context);
      return;
    }
    this.suspended++;
    const promise = result instanceof Promise ? result : Promise.resolve(result);
    promise.then(
      (value) => this.#finish(record, claimed, true, value, context),
      (error) => {
        if (code.isClosure) explain(error, this.#codes.api(NO_ALIASES));
        this.#finish(record, claimed, false, error, context);
      },
    );
  }

  #readArguments(record: number): unknown[] {
    const { payload, post, words } = this.#thread;
    if (!payload.isAttached(record)) return payload.readArguments(record);
    return payload.readArguments(record, post.take(parcelKey(idOf(words, record), "arguments")));
  }

  #finish(record: number, claimed: number, ok: boolean, outcome: unknown, context: Context | undefined): void {
    const { words } = this.#thread;
    context?.end();
    const phase = this.#writeOutcome(record, ok, outcome) ? state.DONE : state.FAILED;
    // Counted before the result can be seen: who has it finds the figures to agree.
    if (read(words, record + Record.CODE) >= MOST_BUILTINS) this.#thread.count(Area.EXECUTED);
    this.#releaseLoad(record, state.isStealable(claimed));
    if (state.finish(words, record, claimed, phase)) this.#sendHome(record);
  }

  #releaseLoad(record: number, stealable: boolean): void {
    const { words } = this.#thread;
    if (stealable || read(words, record + Record.CODE) < MOST_BUILTINS) return;
    this.#thread.addLoad(targetOf(words, record), -1);
  }

  #sendHome(record: number): void {
    const home = homeOf(this.#thread.words, record);
    if (home === this.#thread.number) this.#home.comeHome(record);
    else this.#thread.deliver(record, home);
  }

  /** Writes what came out into the record; says whether it was a value. */
  #writeOutcome(record: number, ok: boolean, outcome: unknown): boolean {
    if (ok && this.#write(record, outcome, "result", (error) => outcome = error)) return true;
    const error = this.#toError(record, outcome);
    let why: unknown;
    if (this.#write(record, error, "error", (problem) => why = problem)) return false;
    // What the error holds cannot cross, or there is no room for it. Its words can.
    const plain = new TaskError(`${error.name}: ${error.message} (the rest of it stayed behind: ${messageOf(why)})`);
    plain.stack = String(error.stack);
    if (!this.#write(record, why instanceof NotSendError ? plain : why, "error", () => {})) {
      this.#write(record, undefined, "error", () => {});
    }
    return false;
  }

  #write(record: number, value: unknown, root: string, refused: (error: unknown) => void): boolean {
    const { payload, post, words } = this.#thread;
    try {
      payload.writeResult(record, value, root, ({ values, transfers }) => {
        post.send(homeOf(words, record), parcelKey(idOf(words, record), "result"), values, transfers);
      });
      return true;
    } catch (error) {
      refused(error);
      return false;
    }
  }

  #toError(record: number, thrown: unknown): Error {
    if (thrown instanceof Error) return thrown;
    const where = `Task ${idOf(this.#thread.words, record)} on ${threadName(this.#thread.number)}`;
    return new TaskError(`${where} threw ${describe(thrown)}, which is not an error; it is this error's 'cause'`, {
      cause: thrown,
    });
  }
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

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "function" ? "a function" : String(value);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
