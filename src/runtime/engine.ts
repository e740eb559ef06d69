/**
 * Engine: all parts of one thread of the runtime, put together.
 */

import { MAIN, type Memory } from "../memory/layout.ts";
import { type ApiFor, CodeReader, CodeWriter } from "../task/code.ts";
import { setHome } from "../task/home.ts";
import type { Commons } from "../value/commons.ts";
import type { Delivery } from "../value/post.ts";
import type { Claimed } from "./head_start.ts";
import { HomeDesk } from "./home.ts";
import { Incoming } from "./incoming.ts";
import { MainLoop } from "./main_loop.ts";
import { Runner } from "./runner.ts";
import { warnOfSlowImport } from "./slow_import.ts";
import { Thread } from "./thread.ts";
import { Turns } from "./turns.ts";
import { WorkerLoop } from "./worker_loop.ts";

/** What an engine is made of. */
export interface EngineOptions {
  readonly number: number;
  readonly memory: Memory;
  /** The URL of the glue module. */
  readonly glue: string | undefined;
  /** What shipped closures see as `webble`, by the aliases of the code that they were written in. */
  readonly api: ApiFor;
  /** Shared memory that is known by number. */
  readonly commons: Commons;
  /** Posts to another thread, or towards it. */
  readonly carry: (delivery: Delivery, transfers: Transferable[]) => void;
  /** Ends the worker that this thread is, and tells main by a message if that is asked for. */
  readonly leave: (isTold: boolean) => void;
  /** Reports a failure that nobody looked at. */
  readonly report: (error: unknown) => void;
  /** Gives a worker up, as a task on it does not end. */
  readonly kill: (thread: number, record: number, met: number) => void;
}

/** What the loop of a thread works with. */
export interface Parts {
  readonly thread: Thread;
  readonly home: HomeDesk;
  readonly runner: Runner;
  readonly incoming: Incoming;
  readonly turns: Turns;
}

/** One thread of the runtime. */
export class Engine implements Parts {
  readonly thread: Thread;
  readonly home: HomeDesk;
  readonly runner: Runner;
  readonly incoming: Incoming;
  readonly turns: Turns = new Turns();
  /** Reports a failure that nobody looked at, or could. */
  readonly report: (error: unknown) => void;
  readonly #loop: MainLoop | WorkerLoop;

  constructor({ number, memory, glue, api, commons, carry, leave, report, kill }: EngineOptions) {
    this.report = report;
    const thread = this.thread = new Thread(number, memory, carry, commons);
    const codes = new CodeWriter(memory, thread.heap, number, glue, () => this.home.codesInUse());
    const home = this.home = new HomeDesk(thread, codes, report, kill);
    const reader = new CodeReader(memory, api, (url, loading) => warnOfSlowImport(thread.nameOf(number), url, loading));
    this.runner = new Runner(thread, home, reader);
    this.incoming = new Incoming(thread, home, this.runner);
    this.#loop = number === MAIN ? new MainLoop(this) : new WorkerLoop(this, leave);
    thread.heap.onShortage = () => {
      thread.rouse(MAIN);
      for (let seat = 0; seat < memory.workers; seat++) {
        const other = memory.occupant(seat);
        if (other !== 0 && other !== number) thread.rouse(other);
      }
    };
    setHome(home);
  }

  /**
   * Begins to take work.
   *
   * @param claimed A task that this thread has claimed already.
   */
  start(claimed?: Claimed): void {
    this.#loop.start(claimed);
  }

  /** Ends main's part: settles every pending handle, and lets go of the memory. */
  close(cause?: unknown): void {
    this.#loop.close();
    this.home.close(cause);
    this.turns.close();
    setHome(undefined);
  }
}
