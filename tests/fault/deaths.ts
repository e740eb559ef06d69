/**
 * Deaths: mixed tasks while a random worker is killed again and again, and what must be true of all of it.
 *
 * - Every handle settles; with what it should, or with `WorkerLostError`.
 * - No task runs twice: each counts in shared bytes as it begins.
 * - At the end nothing is left: no task, no load, no byte of a value, no page with a number that died, and the records
 *   are all there to be taken again.
 *
 * Totals in `stats` are made good by the undertaker once nothing is in flight, and might hide a leak: so pages are
 * counted in the page table itself. The same seed gives the same tasks and ways of dying; when they meet is left to
 * the threads. Runs in Deno and in a browser alike.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import * as webble from "@webble/runtime";
import { randomNumbers } from "../value/random.ts";
import { DEATHS, type Job, type Kind, KINDS, spins } from "./labour.ts";
import { Mortals, type Pages } from "./mortal.ts";
import { atRest } from "./rest.ts";

/** What to run. */
export interface Extent {
  readonly seed: number;
  readonly workers: number;
  /** How many tasks, children included. */
  readonly tasks: number;
  /** Milliseconds between two deaths; `Infinity` for none. */
  readonly every: number;
}

/** What was run. */
export interface Toll {
  tasks: number;
  /** Of them, how many have run, as they counted themselves. */
  run: number;
  /** Workers killed, by how. */
  readonly kills: Record<string, number>;
  /** How often a worker was started in the place of another. */
  replaced: number;
  /** Handles on main, by how they settled. */
  readonly outcomes: Record<string, number>;
  ms: number;
  /** Milliseconds from the last task until nothing was left. */
  rest: number;
  pages: { readonly start: Pages; readonly end: Pages };
}

/** Handles that main awaits at most at a time. */
const MOST_PENDING = 4000;
const BATCH = 100;
/** Tasks before and after, with no deaths. */
const BEFORE = 3000;
/** Milliseconds until a handle that has not settled counts as lost. */
const PATIENCE = 20_000;
/** Pages that the code of a worker's own tasks may take. */
const MOST_CODE = 4;
/** How many records there are in a page. */
const RECORDS_PER_PAGE = 1024;

/** Runs it. Throws where anything is not as promised. */
export async function deaths({ seed, workers, tasks, every }: Extent): Promise<Toll> {
  const room = tasks + 3 * BEFORE;
  await using _ = unheard();
  await using mortals = await Mortals.start(workers, room);
  const run = new Run(mortals, seed);
  // Each thread has code blocks of the functions that it spawned: there at the start, if they are to be at the end.
  await run.some(BEFORE, Infinity);
  await comesToRest(mortals);
  const start = mortals.pages();
  const begun = performance.now();
  await run.some(tasks, every);
  const ended = performance.now();
  await comesToRest(mortals);
  await buried(mortals);
  const rest = performance.now() - ended;
  const all = run.tasks - BEFORE;
  await run.some(BEFORE, Infinity);
  await comesToRest(mortals);
  await handedBack(mortals);
  const end = mortals.pages();
  assertAll(mortals, run, start, end);
  await assertRecords(mortals, end);
  return {
    tasks: all,
    run: mortals.ledger.reduce((sum, times) => sum + times, 0),
    kills: run.kills,
    replaced: mortals.started - workers,
    outcomes: run.outcomes,
    ms: ended - begun,
    rest,
    pages: { start, end },
  };
}

/** The toll, in lines. */
export function tell({ tasks, run, kills, replaced, outcomes, ms, rest, pages }: Toll): string {
  const list = (counts: Record<string, number>) => Object.entries(counts).map(([k, n]) => `${k} ${n}`).join(", ");
  const of = ({ values, records }: Pages) => `${values} of values and ${records} of records`;
  return [
    `${tasks} tasks in ${Math.round(ms)} ms (${
      Math.round(tasks / ms * 1000)
    } a second), ${run} of them ran, none twice`,
    `killed: ${list(kills)}; ${replaced} workers replaced`,
    `handles: ${list(outcomes)}`,
    `at rest ${Math.round(rest)} ms later; pages ${of(pages.start)} at the start, ${of(pages.end)} at the end`,
  ].join("\n");
}

/** Lets be what nobody looks at: tasks that were lost, and whose handles were dropped. */
function unheard(): AsyncDisposable {
  const listener = (event: PromiseRejectionEvent) => {
    if (event.reason instanceof webble.WorkerLostError) event.preventDefault();
  };
  globalThis.addEventListener("unhandledrejection", listener);
  return {
    async [Symbol.asyncDispose]() {
      // The last are reported as the runtime ends, in a turn of their own.
      await new Promise((resolve) => setTimeout(resolve, 0));
      globalThis.removeEventListener("unhandledrejection", listener);
    },
  };
}

class Run {
  tasks = 0;
  readonly kills: Record<string, number> = {};
  readonly outcomes: Record<string, number> = {};
  readonly wrong: string[] = [];
  readonly #mortals: Mortals;
  readonly #next: () => number;
  readonly #kinds: Kind[];
  readonly #pending = new Map<number, webble.WorkerHandle<unknown>>();
  /** When a handle has settled last. */
  #progress = performance.now();

  constructor(mortals: Mortals, seed: number) {
    this.#mortals = mortals;
    this.#next = randomNumbers(Math.imul(seed, 0x9e3779b1));
    this.#kinds = KINDS.flatMap((kind) => new Array<Kind>(kind.weight).fill(kind));
  }

  readonly #below = (count: number): number => Math.floor(this.#next() * count);

  /** Runs so many tasks, with a death every so many milliseconds. */
  async some(tasks: number, every: number): Promise<void> {
    const end = this.tasks + tasks;
    let killed = performance.now();
    while (this.tasks < end) {
      for (let i = 0; i < BATCH && this.tasks < end; i++) this.#spawn();
      do {
        await webble.yieldNow();
        if (performance.now() - this.#progress > PATIENCE) {
          throw new Error(`No handle settles; ${this.#describe()}`);
        }
        if (performance.now() - killed < every) continue;
        killed = performance.now();
        this.#kill();
      } while (this.#pending.size > MOST_PENDING);
    }
    const late = performance.now() + PATIENCE;
    while (this.#pending.size > 0 && performance.now() < late) await new Promise((resolve) => setTimeout(resolve, 5));
    assertEquals(this.#pending.size, 0, `handles that did not settle; ${this.#pending.size > 0 && this.#describe()}`);
  }

  #spawn(): void {
    const kind = this.#kinds[this.#below(this.#kinds.length)]!;
    const id = this.tasks;
    this.tasks += kind.size;
    try {
      void this.#follow(id, kind.spawn(id, this.#below));
    } catch (error) {
      // With all workers dead at once there is nobody to send what must go to one.
      if (!(error instanceof webble.WorkerLostError)) throw error;
      this.#count("refused");
    }
  }

  async #follow(id: number, { handle, gives, fails = [], succeeds }: Job): Promise<void> {
    this.#pending.set(id, handle);
    let outcome: string;
    try {
      const value = await handle.recv();
      const isRight = succeeds !== false && (gives === undefined || await gives(value));
      outcome = isRight ? "done" : "wrong";
    } catch (error) {
      const { name, message } = error as Error;
      outcome = name === "WorkerLostError" ? "lost" : fails.includes(name) ? name : `${name}: ${message}`;
      if (outcome.includes(":")) this.wrong.push(`task ${id}: ${outcome}`);
    }
    if (outcome === "wrong") this.wrong.push(`task ${id} gave another value`);
    this.#count(outcome);
    this.#pending.delete(id);
    this.#progress = performance.now();
  }

  #count(outcome: string): void {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
  }

  #describe(): string {
    const pending = [...this.#pending].slice(0, 5).map(([id, handle]) =>
      `task ${id} (${this.#mortals.ledger[id]} times run, ${this.#mortals.stateOf(handle)})`
    );
    return `${pending.join(", ")}; ${this.#mortals.describe()}`;
  }

  #kill(): void {
    const way = this.#below(DEATHS.length + 2);
    const id = this.tasks++;
    const name = way < DEATHS.length
      ? ["close", "error", "rejection"][way]!
      : way === DEATHS.length
      ? "terminate"
      : "force";
    this.kills[name] = (this.kills[name] ?? 0) + 1;
    try {
      if (way < DEATHS.length) this.#dies(id, webble.spawn(DEATHS[way]!, id));
      else if (way === DEATHS.length) this.#mortals.terminate(this.#next());
      else this.#forces(id);
    } catch (error) {
      if (!(error instanceof webble.WorkerLostError)) throw error;
    }
  }

  /** A task that dies with its worker, and settles all the same. */
  #dies(id: number, handle: webble.WorkerHandle<unknown>): void {
    void this.#follow(id, { handle, succeeds: false });
  }

  /** A task that does not end is aborted by force, once it runs. */
  #forces(id: number): void {
    const handle = webble.spawn(spins, id);
    void this.#follow(id, { handle, fails: ["AbortError"] });
    const look = setInterval(() => {
      if (!handle.finished && this.#mortals.ledger[id] === 0) return;
      clearInterval(look);
      handle.abort("enough", { force: true });
    }, 5);
  }
}

async function comesToRest(mortals: Mortals): Promise<void> {
  try {
    await atRest(PATIENCE);
  } catch (cause) {
    throw new Error(`Something is left: ${mortals.describe()}`, { cause });
  }
}

/** Waits until what the dead left behind is settled. */
async function buried(mortals: Mortals): Promise<void> {
  const end = performance.now() + PATIENCE;
  const isOver = () => mortals.pages().vacant === 0 && mortals.seats().every((thread) => thread !== 0);
  while (!isOver() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
}

/**
 * Waits until the workers have given back the pages that they do not need. One that fell asleep before others freed the
 * last of its blocks learns of that when it wakes, and gives back the pages as it goes to sleep again.
 */
async function handedBack(mortals: Mortals): Promise<void> {
  const end = performance.now() + PATIENCE;
  const isOver = () => mortals.pages().living <= mostCode(mortals);
  while (!isOver() && performance.now() < end) {
    await visitAll(mortals, () => webble.spawn(() => webble.threadId() as number));
    await comesToRest(mortals);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** How many pages the code of the workers' own tasks may take. */
function mostCode(mortals: Mortals): number {
  return MOST_CODE * mortals.seats().length;
}

/** Spawns tasks that give the number of their thread, until every worker has run one. */
async function visitAll(mortals: Mortals, spawn: () => webble.WorkerHandle<number>): Promise<void> {
  const visited = new Set<number>();
  const seats = mortals.seats();
  while (visited.size < seats.length) {
    // Together, so that they go to different ones.
    const handles = seats.map(spawn);
    for (const handle of handles) visited.add(await handle.recv());
  }
}

function assertAll(mortals: Mortals, run: Run, start: Pages, end: Pages): void {
  assertEquals(run.wrong.slice(0, 5), [], `${run.wrong.length} wrong outcomes`);
  const twice = mortals.ledger.findIndex((times) => times > 1);
  assertEquals(twice, -1, `task ${twice} has run ${mortals.ledger[twice]} times`);
  assertEquals(end.vacant, 0, "pages of values are left with numbers of the dead");
  assertEquals(end.values, end.main + end.living, "as many pages of values are counted as are claimed");
  assertEquals(end.records, end.recordsOf.reduce((sum, pages) => sum + pages), "and of records");
  // What is kept are blocks of code: the same on main, and on a worker of what it has spawned so far.
  assert(end.main <= start.main + 1, `${start.main} pages of main's values at first, ${end.main} at last`);
  assert(end.living <= mostCode(mortals), `${end.living} pages of the workers' values are left`);
}

/** Every record of the threads that live can be taken: with all of them out, no page was added. */
async function assertRecords(mortals: Mortals, { recordsOf }: Pages): Promise<void> {
  const most = (thread: number) => recordsOf[thread]! * RECORDS_PER_PAGE;
  const out = Array.from({ length: most(0) }, () => webble.spawnStealable(() => {}));
  for (const one of out) await one.recv();
  const shares = mortals.seats().map(most);
  const fill = async (shares: number[]) => {
    const seat = webble.threadId() as number;
    const out = Array.from({ length: shares[seat]! }, () => webble.spawnStealable(() => {}));
    for (const one of out) await one.recv();
    return seat;
  };
  await visitAll(mortals, () => webble.spawn(fill, shares));
  await comesToRest(mortals);
  assertEquals(mortals.pages().recordsOf, recordsOf, "pages of records, after all have been in use at once");
}
