/**
 * Engine: all parts of one thread of the runtime, put together.
 */

import type { Memory } from "../memory/layout.ts";
import { type ApiFor, CodeReader, CodeWriter } from "../task/code.ts";
import { setHome } from "../task/handle.ts";
import { registerCarrier } from "../value/carry.ts";
import type { Delivery } from "../value/post.ts";
import { HomeDesk } from "./home.ts";
import { MainLoop } from "./main_loop.ts";
import { Runner } from "./runner.ts";
import { MAIN, Thread } from "./thread.ts";
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
  /** Posts to another thread, or towards it. */
  readonly carry: (delivery: Delivery, transfers: Transferable[]) => void;
}

/** The parts of one thread. */
export class Engine {
  readonly thread: Thread;
  readonly home: HomeDesk;
  readonly runner: Runner;
  readonly turns: Turns = new Turns();
  #close: () => void = () => {};

  constructor(readonly options: EngineOptions) {
    const { number, memory, glue, api, carry } = options;
    this.thread = new Thread(number, memory, carry);
    const codes = new CodeWriter(memory, this.thread.heap, number, glue, () => this.home.codesInUse());
    this.home = new HomeDesk(this.thread, codes);
    this.runner = new Runner(this.thread, this.home, new CodeReader(memory, this.thread.heap, api));
    setHome(this.home);
    registerCarrier("handle", ({ id, home }: { id: number; home: number }) => this.home.join(id, home));
  }

  /** Makes and starts the loop: main's, or a worker's, which ends the worker with `leave`. */
  start(leave: () => void): void {
    const { thread, home, runner, turns } = this;
    if (thread.number === MAIN) {
      const loop = new MainLoop(thread, home, runner, turns);
      this.#close = () => loop.close();
    } else new WorkerLoop(thread, home, runner, turns, leave);
    thread.poke();
  }

  /** Ends main's part: settles every pending handle, and lets go of the memory. */
  close(cause?: unknown): void {
    this.#close();
    this.home.close(cause);
    this.turns.close();
    setHome(undefined);
  }
}
