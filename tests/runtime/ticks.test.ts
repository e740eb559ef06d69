/**
 * Ticks by themselves: how often those who wait in channels and locks look for deaths.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { tickFor, tickSoon, untick } from "../../src/channel/ticks.ts";

/** Timers that run out when the test says so. */
class Timers implements Disposable {
  readonly #set = globalThis.setTimeout;
  readonly #clear = globalThis.clearTimeout;
  readonly #pending = new Map<unknown, { run: () => void; ms: number }>();

  constructor() {
    Object.assign(globalThis, {
      setTimeout: (run: () => void, ms: number) => {
        const timer = {};
        this.#pending.set(timer, { run, ms });
        return timer;
      },
      clearTimeout: (timer: unknown) => void this.#pending.delete(timer),
    });
  }

  /** For how long those run that have not run out. */
  get pending(): number[] {
    return [...this.#pending.values()].map(({ ms }) => ms);
  }

  runOut(): void {
    for (const [timer, { run }] of [...this.#pending]) {
      this.#pending.delete(timer);
      run();
    }
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, { setTimeout: this.#set, clearTimeout: this.#clear });
  }
}

Deno.test("ticks: rarer and rarer, up to two a second, until somebody else begins to wait", () => {
  using timers = new Timers();
  let ticks = 0;
  const tick = () => void ticks++;
  const other = () => {};
  tickFor(tick);
  const seen: number[] = [];
  for (let i = 0; i < 7; i++) {
    seen.push(...timers.pending);
    timers.runOut();
    tickFor(tick);
  }
  assertEquals([seen, ticks], [[50, 100, 200, 400, 500, 500, 500], 7]);
  tickFor(other);
  assertEquals(timers.pending, [50], "instead of the one that ran");
  timers.runOut();
  tickSoon();
  assertEquals(timers.pending, [50], "as it was asked for");
  untick(tick);
  assertEquals(timers.pending, [50]);
  untick(other);
  assertEquals(timers.pending, []);
  tickFor(tick);
  assertEquals(timers.pending, [50]);
  untick(tick);
});

Deno.test("ticks: one that ends itself, or begins another, in the midst of all", () => {
  using timers = new Timers();
  const seen: string[] = [];
  const late = () => void seen.push("late");
  const once = () => {
    seen.push("once");
    untick(once);
    tickFor(late);
  };
  tickFor(once);
  timers.runOut();
  assertEquals([seen, timers.pending], [["once"], [50]]);
  timers.runOut();
  assertEquals([seen, timers.pending], [["once", "late"], [100]]);
  untick(late);
  assertEquals(timers.pending, []);
});
