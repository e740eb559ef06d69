/**
 * Mortals: a pool whose workers a test can kill from outside, whose tasks are counted as they begin, and whose pages
 * can be looked at. Runs in Deno and in a browser alike.
 *
 * @module
 */

import * as webble from "@webble/runtime";
import { Estate } from "../../src/heap/estate.ts";
import { ownerIn, RECORDS, useIn } from "../../src/heap/pages.ts";
import { load } from "../../src/memory/atomics.ts";
import { Area, Header, Memory, Record as Words } from "../../src/memory/layout.ts";
import { wholeScript } from "../../src/runtime/script.ts";
import { recordOf } from "../../src/task/handle.ts";
import { targetOf } from "../../src/task/place.ts";
import * as state from "../../src/task/state.ts";

/** What tasks find among the globals: says that the task of this number runs. */
export interface Marking {
  mark(id: number): void;
}

/** The worker's script: before anything else it gets the bytes in which tasks are counted. */
const SCRIPT = `addEventListener("message", (event) => {
  if (event.data?.ledger === undefined) return;
  event.stopImmediatePropagation();
  const ledger = new Uint8Array(event.data.ledger);
  globalThis.mark = (id) => void Atomics.add(ledger, id, 1);
});
${wholeScript()}`;

/** Pages by whose they are. */
export interface Pages {
  /** As counted in the header. */
  readonly values: number;
  readonly records: number;
  /** As claimed in the page table: values of main, of living workers, and of numbers that nobody has. */
  readonly main: number;
  readonly living: number;
  readonly vacant: number;
  /** Records, by thread number. */
  readonly recordsOf: readonly number[];
}

/** A pool of mortals, with the runtime started; disposing shuts it down. */
export class Mortals implements AsyncDisposable {
  /** How often each task has begun. */
  readonly ledger: Uint8Array;
  /** How many workers have been started. */
  started = 0;
  readonly #living: Worker[] = [];
  readonly #workers: number;
  readonly #Worker = globalThis.Worker;
  readonly #error = console.error;
  readonly #url: string;
  #memory: Memory | undefined;

  private constructor(workers: number, tasks: number) {
    this.#workers = workers;
    this.#url = URL.createObjectURL(new Blob([SCRIPT], { type: "text/javascript" }));
    const bytes = new SharedArrayBuffer(tasks);
    const ledger = this.ledger = new Uint8Array(bytes);
    const started = (worker: Worker) => {
      this.started++;
      // Before that a death from outside, which no script can bring about, is noticed late.
      worker.addEventListener("message", ({ data }) => void (data?.webble === "locked" && this.#living.push(worker)));
    };
    const stopped = (worker: Worker) => {
      const at = this.#living.indexOf(worker);
      if (at >= 0) this.#living.splice(at, 1);
    };
    const found = (buffer: SharedArrayBuffer) => this.#memory = Memory.attach(buffer);
    globalThis.Worker = class extends this.#Worker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        super.postMessage({ ledger: bytes });
        started(this);
      }
      override postMessage(message: unknown, options?: Transferable[] | StructuredSerializeOptions): void {
        const { buffer } = message as { buffer?: SharedArrayBuffer };
        if (buffer instanceof SharedArrayBuffer) found(buffer);
        super.postMessage(message, options as Transferable[]);
      }
      override terminate(): void {
        stopped(this);
        super.terminate();
      }
    };
    (globalThis as unknown as Marking).mark = (id) => void Atomics.add(ledger, id, 1);
    // What the runtime has to say of deaths.
    console.error = () => {};
  }

  /** Starts a pool for so many tasks. */
  static async start(workers: number, tasks: number): Promise<Mortals> {
    const mortals = new Mortals(workers, tasks);
    try {
      await webble.builder().workers(workers).workerUrl(mortals.#url).init();
    } catch (error) {
      await mortals[Symbol.asyncDispose]();
      throw error;
    }
    return mortals;
  }

  /** Terminates a worker, chosen by a number from 0 to below 1. */
  terminate(chance: number): void {
    this.#living[Math.floor(chance * this.#living.length)]?.terminate();
  }

  /** The pages, each read at a moment of its own. */
  pages(): Pages {
    const memory = this.#memory!;
    const { words, pageTable, threads } = memory;
    const seated = new Set([0]);
    for (let seat = 0; seat < this.#workers; seat++) seated.add(memory.occupant(seat));
    const pages = { main: 0, living: 0, vacant: 0 };
    const recordsOf = new Array<number>(threads).fill(0);
    for (let page = 0; page < memory.pages; page++) {
      const entry = load(words, pageTable + page);
      if (entry === 0) continue;
      const owner = ownerIn(entry);
      if (useIn(entry) === RECORDS) recordsOf[owner]!++;
      else pages[owner === 0 ? "main" : seated.has(owner) ? "living" : "vacant"]++;
    }
    const [values, records] = [load(words, Header.VALUE_PAGES), load(words, Header.RECORD_PAGES)];
    return { values, records, ...pages, recordsOf };
  }

  /** For each seat, the number of the worker that has it; 0 while it is vacant. */
  seats(): number[] {
    return Array.from({ length: this.#workers }, (_, seat) => this.#memory!.occupant(seat));
  }

  /** What a handle waits for, for a failure: its record, state word and place, kinds and payload. */
  stateOf(handle: webble.WorkerHandle<unknown>): string {
    const record = recordOf(handle);
    if (record === 0) return "no record";
    const { words } = this.#memory!;
    const [now, place, kinds, payload, serial] = [Words.STATE, Words.PLACE, Words.KINDS, Words.PAYLOAD, Words.SERIAL]
      .map((word) => load(words, record + word)) as [number, number, number, number, number];
    return `record ${record} of ${place & 127} for ${place >> 7 & 127}: phase ${state.phaseOf(now)} by ` +
      `${state.executorOf(now)}, state ${now}, kinds ${kinds}, payload ${payload}, serial ${serial}, id ${handle.id}`;
  }

  /** Where things stand, for a failure: seats, causes of death, and main's tasks by what became of them. */
  describe(): string {
    const { words, threads } = this.#memory!;
    const area = (thread: number, word: number) => load(words, this.#memory!.area(thread, word));
    const lives = Array.from(
      { length: threads },
      (_, i) =>
        `${i}: death ${area(i, Area.DEATH)}${area(i, Area.GONE) ? " gone" : ""} mourned ${area(i, Area.MOURNED)}`,
    );
    const tasks: Record<string, number> = {};
    for (let home = 0; home < threads; home++) {
      for (const record of new Estate(this.#memory!, home).records()) {
        const now = state.stateOf(words, record);
        const phase = state.phaseOf(now);
        if (phase !== state.QUEUED && phase !== state.RUNNING) continue;
        const holder = phase === state.RUNNING
          ? `runs on ${state.executorOf(now)}`
          : state.isStealable(now)
          ? "stealable"
          : `waits for ${targetOf(words, record)}`;
        const what = `of ${home}, ${holder}`;
        tasks[what] = (tasks[what] ?? 0) + 1;
      }
    }
    const bits = [Header.PARKED, Header.SEARCHING, Header.MAIN_PARKED].map((at) => load(words, at).toString(2));
    return `seats ${this.seats()}; parked, searching, main parked ${bits}; deaths ${load(words, Header.DEATHS)}; ` +
      `${lives.join(", ")}; ${JSON.stringify(tasks)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await webble.shutdown();
    globalThis.Worker = this.#Worker;
    console.error = this.#error;
    delete (globalThis as Partial<Marking>).mark;
    URL.revokeObjectURL(this.#url);
  }
}
