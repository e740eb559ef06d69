/**
 * Presence: who takes part in a channel or a lock, and who of them is gone.
 *
 * A thread is gone once it has really stopped: never while it may run on, as a terminated one does for a while. There are
 * two ways to know.
 * - Of a pool's worker, threads of the same run of the runtime know at once, from the runtime's memory (`isGone`). Main
 *   writes it there, so main itself does not learn of it while it blocks.
 * - Every worker holds a Web Lock of its own for as long as it lives; whoever is granted it knows that the worker is gone
 *   (`ask`). A worker is asked for only once it is known to hold its lock: a pool's worker has it before its first task, a
 *   worker of the user's own some milliseconds after it first takes part, and not before its next turn.
 *
 * A page's main thread, and Deno's, hold no lock and count as alive: the workers that could ask end with them.
 *
 * Whoever waits for a thread looks at every tick of `ticks.ts`, so a death is noticed within two of them: of a pool's worker
 * within a tenth of a second, of another within one second if nothing else has happened on this thread for some.
 */

import { load } from "../memory/atomics.ts";
import { Area, Header, type Memory, THREAD_BITS, THREAD_MASK } from "../memory/layout.ts";
import { Courtesy } from "../runtime/courtesy.ts";
import { isGone } from "../runtime/death.ts";
import { LIFE_LOCK_PREFIX, newLifeLockName, webLocks } from "../runtime/life_lock.ts";
import { runtime } from "../runtime/runtime.ts";
import type { Thread } from "../runtime/thread.ts";
import { nextTurn } from "../runtime/turns.ts";
import { homeIfAny } from "../task/home.ts";
import { type Entry, type Identity, Participants } from "./participants.ts";

/** This thread, to this copy of the library. */
interface Self {
  readonly identity: Identity;
  /** Whether it holds the lock of its name. */
  readonly held: boolean;
  /** What is done in the moment in which it gets that lock; `undefined` where it has it, or never will. */
  readonly onHeld: Set<() => void> | undefined;
}

let self: Self | undefined;

/** Who takes part in one channel or lock, seen from one thread. */
export class Presence extends Participants {
  #id = 0;

  /**
   * This thread's id; enters it if it is not there yet.
   *
   * @throws {RangeError} More threads take part than there is room for.
   */
  get self(): number {
    if (this.#id !== 0) return this.#id;
    const me = self ??= introduce();
    const id = this.enter(me.identity, me.held, isKnownGone);
    if (id === 0) {
      throw new RangeError(
        "Cannot take part on this thread as 63 others do already: that many may use one channel or lock at a time",
      );
    }
    me.onHeld?.add(() => this.setHeld(id));
    return this.#id = id;
  }

  /** Whether the thread is known to be gone. `false` may mean that it cannot be known here without asking. */
  isGone(id: number): boolean {
    const entry = this.entry(id);
    if (entry === undefined) return true;
    if (!isKnownGone(entry)) return false;
    this.setGone(id);
    return true;
  }

  /** Whether the thread is gone, as far as its lock tells. */
  async ask(id: number): Promise<boolean> {
    if (this.isGone(id)) return true;
    const entry = this.entry(id);
    if (entry === undefined) return true;
    const locks = webLocks();
    if (!entry.held || locks === undefined) return false;
    try {
      // Shared: those who ask at the same time are not in one another's way.
      const options = { mode: "shared", ifAvailable: true } as const;
      if (!await locks.request(lockName(entry.token), options, (lock) => lock !== null)) return false;
    } catch {
      return false; // No locks in this place, such as a document without an origin.
    }
    this.setGone(id);
    return true;
  }
}

function isKnownGone({ run, holder }: Entry): boolean {
  const memory = runtimeThread()?.memory;
  if (memory === undefined || run.every((word) => word === 0)) return false;
  if (run.some((word, i) => load(memory.words, Header.RUN + i) !== word)) return false;
  const number = holder & THREAD_MASK;
  // The number has gone to another, which happens only once its holder is gone.
  return holderOf(memory, number) !== holder || isGone(memory, number);
}

function holderOf(memory: Memory, number: number): number {
  return load(memory.words, memory.area(number, Area.HOLDERS)) << THREAD_BITS | number;
}

/** This thread in the runtime, unless a version with another layout runs here. */
function runtimeThread(): Thread | undefined {
  try {
    return runtime().thread;
  } catch {
    return undefined;
  }
}

/**
 * Called where a look has found nothing: where main looks in a loop, workers that are yet to be started come to be only so.
 */
export function hasten(): void {
  runtimeThread()?.hasten?.(false);
}

/** Has `heard` called when a worker of this thread's pool has died, or is known to be gone. Again has no effect. */
export function onDeath(heard: () => void): void {
  runtimeThread()?.deathListeners.add(heard);
}

/** What to wait for before something is granted that could be granted at once, if this thread's event loop should have its turn. */
export function turnDue(): Promise<void> | undefined {
  const home = homeIfAny();
  return home === undefined
    ? (courtesy ??= new Courtesy({ later: (resume) => void nextTurn().then(resume) })).turn()
    : home.turn();
}

/** Settles a promise with what it was granted: behind those that were settled before, and a turn later if one is due. */
export function settleInTurn<R>(resolve: (value: R) => void, value: R): void {
  const turn = turnDue();
  if (turn === undefined) resolve(value);
  else turn.then(() => resolve(value));
}

/** Of a thread without a runtime. */
let courtesy: Courtesy | undefined;

/** Called before this thread blocks: what its loop is told from now on, others are told instead, where they can be. */
export function stepAside(): void {
  runtimeThread()?.stepAside();
}

/** Whether this thread is to end. Whoever blocks it asks before each sleep, as nobody wakes it for that. */
export function isStopping(): boolean {
  return runtimeThread()?.stopping === true;
}

/** @throws {ShutdownError | WorkerLostError} This thread is to end. */
export function refuseIfStopping(): void {
  runtimeThread()?.refuseIfStopping();
}

/** Gives this thread a name, and has it hold the lock of that name if it can be survived. */
function introduce(): Self {
  const thread = runtimeThread();
  const lifeLock = thread === undefined || thread.number === 0 ? undefined : runtime().lifeLock;
  const name = lifeLock?.name ?? newLifeLockName();
  const identity = {
    token: [...tokenOf(name), copies()],
    run: lifeLock === undefined ? [0, 0] : [0, 1].map((i) => load(thread!.words, Header.RUN + i)),
    holder: lifeLock === undefined ? 0 : holderOf(thread!.memory, thread!.number),
  };
  // Before its first task, as while its glue is imported, a pool's worker may not hold it yet.
  if (lifeLock !== undefined) {
    return {
      identity,
      get held() {
        return lifeLock.held;
      },
      onHeld: undefined,
    };
  }
  const locks = "WorkerGlobalScope" in globalThis ? webLocks() : undefined;
  if (locks === undefined) return { identity, held: false, onHeld: undefined };
  const made: { identity: Identity; held: boolean; onHeld: Set<() => void> | undefined } = {
    identity,
    held: false,
    onHeld: new Set(),
  };
  // At once in Deno, later in browsers.
  const isHeld = () => {
    made.held = true;
    for (const tell of made.onHeld!) tell();
    made.onHeld = undefined;
    return new Promise<never>(() => {});
  };
  locks.request(name, {}, isHeld).catch(() => {
    made.onHeld = undefined;
  });
  return made;
}

const COPIES = Symbol.for("@webble/runtime/presence");

/** Counts the copies of the library on this thread that take part: each is a participant of its own. */
function copies(): number {
  const realm = globalThis as { [COPIES]?: number };
  return realm[COPIES] = (realm[COPIES] ?? 0) + 1;
}

/** The four words of a lock's name. */
function tokenOf(name: string): number[] {
  const digits = name.slice(LIFE_LOCK_PREFIX.length).replaceAll("-", "");
  return [0, 8, 16, 24].map((at) => parseInt(digits.slice(at, at + 8), 16) | 0);
}

/** The name of a lock, from its words. */
function lockName(token: readonly number[]): string {
  const digits = token.slice(0, 4).map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  return LIFE_LOCK_PREFIX + digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
