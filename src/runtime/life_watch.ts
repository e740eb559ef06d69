/**
 * Life watch: how main learns that a worker's thread has stopped. It asks for the lock that the worker holds while it lives;
 * see `life_lock.ts`.
 */

import { load } from "../memory/atomics.ts";
import { Area, Begun, type Memory } from "../memory/layout.ts";
import { webLocks } from "./life_lock.ts";
import { after } from "./turns.ts";

/** Milliseconds between two looks at one that has been terminated while it started. */
const GLANCE = 50;

/** A worker, as far as its life goes. */
export interface Mortal {
  readonly thread: number;
  /** The lock that it holds while it lives. */
  readonly lock: string;
  /** Whether it has said that it holds it. */
  locked: boolean;
  /** Whether that lock has been asked for. */
  watched: boolean;
}

/** Main's watch over the workers of one run of the runtime. */
export class LifeWatch {
  readonly #memory: Memory;
  readonly #gone: (thread: number) => void;
  /** Ends the wait for locks. */
  readonly #ended = new AbortController();
  readonly #watches = new Set<Promise<void>>();

  /** @param gone Called when a thread has stopped. */
  constructor(memory: Memory, gone: (thread: number) => void) {
    this.#memory = memory;
    this.#gone = gone;
  }

  /** Whether the end of threads can be noticed here. In old runtimes deaths are noticed by messages only. */
  get isPossible(): boolean {
    return webLocks() !== undefined;
  }

  /** Whether the end of a worker's thread will be noticed, or cannot be. */
  covers({ locked }: Mortal): boolean {
    return locked || !this.isPossible;
  }

  /** How far a worker is with its start, whatever has been heard from it. */
  begun({ thread }: Mortal): number {
    return load(this.#memory.words, this.#memory.area(thread, Area.BEGUN));
  }

  /**
   * Waits for the lock that a worker holds while it lives, and keeps it: a worker that has not got it yet, and is being
   * terminated, takes no work.
   */
  watch(mortal: Mortal): void {
    const locks = webLocks();
    if (locks === undefined || mortal.watched) return;
    mortal.watched = true;
    const { signal } = this.#ended;
    const stopped = () => {
      this.#gone(mortal.thread);
      if (mortal.locked || signal.aborted) return;
      return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    };
    const watch = locks.request(mortal.lock, { signal }, stopped)
      // The runtime has ended.
      .catch(() => {})
      .finally(() => this.#watches.delete(watch));
    this.#watches.add(watch);
  }

  /** As `watch`, for a worker that is terminated: one that is ahead asks for its lock yet, if its thread goes on. */
  async watchToTheEnd(mortal: Mortal): Promise<void> {
    while (this.begun(mortal) === Begun.AHEAD && !this.#ended.signal.aborted) await after(GLANCE);
    this.watch(mortal);
  }

  /** Ends it. */
  end(): void {
    this.#ended.abort();
  }

  /** Once it has ended: resolves when no lock is waited for any more. */
  async over(): Promise<void> {
    await Promise.all(this.#watches);
  }
}
