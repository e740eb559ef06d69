/**
 * Workers that die as they start: they are started again, with pauses, and given up after some times.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases, type Context } from "../../harness/case.ts";
import { loss, quietly, whole } from "./death.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts workers whose glue kills them, from `begin` on, so many times. */
class Doom implements Disposable {
  readonly #Worker = globalThis.Worker;
  readonly #errors: unknown[] = [];
  #left = 0;
  /** How many have been started to die. */
  deaths = 0;

  constructor(readonly way: string) {
    const name = (name: string) => {
      if (this.#left === 0) return name;
      this.#left--;
      this.deaths++;
      return `${name} doomed by ${way}`;
    };
    globalThis.Worker = class extends this.#Worker {
      constructor(url: string | URL, options: WorkerOptions = {}) {
        super(url, { ...options, name: name(options.name!) });
      }
    };
    globalThis.addEventListener("unhandledrejection", this.#listener);
  }

  begin(times: number): void {
    this.#left = times;
  }

  /** The next error that is reported. */
  async reported(): Promise<unknown> {
    for (const end = performance.now() + 10_000; this.#errors.length === 0 && performance.now() < end;) await sleep(20);
    return this.#errors.shift();
  }

  [Symbol.dispose](): void {
    globalThis.Worker = this.#Worker;
    globalThis.removeEventListener("unhandledrejection", this.#listener);
  }

  readonly #listener = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    this.#errors.push(event.reason);
  };
}

const WAYS = ["close", "throw", "rejection", "error"];

const start = (t: Context, workers: number) => webble.builder().workers(workers).gluePath(t.url("doomed.js")).init();
const closes = () => {
  self.close();
  return new Promise<never>(() => {});
};

/** The cases. */
export const deathAtStart: Case[] = cases("death at start", {
  ...Object.fromEntries(WAYS.map((way) => [
    `by ${way} in the glue: init() rejects, and a retry works`,
    (t: Context) =>
      quietly(async () => {
        using doom = new Doom(way);
        doom.begin(1);
        const error = await assertRejects(() => start(t, 2), webble.InitError);
        assertStringIncludes(error.message, "Cannot start worker 0");
        assertEquals(webble.lifecycle() === "running", false);
        await using _runtime = await start(t, 2);
        await whole(2);
      }),
  ])),

  ...Object.fromEntries(WAYS.map((way) => [
    `by ${way} in the glue, of one that replaces another: it is started once more`,
    (t: Context) =>
      quietly(async () => {
        using doom = new Doom(way);
        await using _runtime = await start(t, 2);
        await whole(2);
        doom.begin(2);
        await loss(webble.spawn(closes));
        await whole(2);
        assertEquals(doom.deaths, 2);
        const glue = webble.tasks<{ double(n: number): number }>();
        assertEquals(await webble.spawn(glue.double, 21).recv(), 42);
      }),
  ])),

  "again and again: InitError is reported, and the rest goes on": {
    timeoutMs: 30_000,
    run: (t) =>
      quietly(async () => {
        using doom = new Doom("rejection");
        await using _runtime = await start(t, 2);
        await whole(2);
        doom.begin(100);
        await loss(webble.spawn(closes));
        const error = await doom.reported();
        assertInstanceOf(error, webble.InitError);
        assertStringIncludes(error.message, "worker 0");
        assertStringIncludes(String((error.cause as Error).message), "astray");
        assertEquals(doom.deaths, 5);
        const threads = new Set<unknown>();
        for (let i = 0; i < 20; i++) {
          threads.add(await webble.spawn(() => webble.threadId()).recv());
          threads.add(await webble.spawnStealable(() => webble.threadId()).recv());
        }
        assertEquals([...threads], [1]);
        await whole(1);
        assertEquals(webble.numWorkers(), 2);
      }),
  },

  "of all workers for good: what waits fails, main goes on, and a restart works": {
    timeoutMs: 40_000,
    run: (t) =>
      quietly(async () => {
        using doom = new Doom("close");
        {
          await using _runtime = await start(t, 1);
          await whole(1);
          doom.begin(100);
          await loss(webble.spawn(closes));
          // The dead worker may be in the middle of a look for work, and take a last task.
          await sleep(50);
          const waiting = [
            ...Array.from({ length: 20 }, (_, i) => webble.spawnStealable((text: string) => text, `${i}`)),
            ...Array.from({ length: 20 }, (_, i) => webble.spawn((text: string) => text, `${i}`)),
          ];
          // More than there are records.
          for (let i = 0; i < 140_000; i++) waiting.push(webble.spawnStealable(() => ""));
          const outcomes = await Promise.allSettled(waiting.map((task) => task.recv()));
          // The dying worker may have looked for work just before it was given up, and done one more.
          const done = outcomes.filter((outcome) => outcome.status === "fulfilled");
          assert(done.length <= 1, `${done.length} tasks were done, the first gave ${JSON.stringify(done[0])}`);
          for (const outcome of outcomes) {
            if (outcome.status === "rejected") assertInstanceOf(outcome.reason, webble.WorkerLostError);
          }
          assertInstanceOf(await doom.reported(), webble.InitError);
          assertThrows(() => webble.spawnStealable(() => 1), webble.WorkerLostError, "no worker is left");
          assertThrows(() => webble.spawn(() => 1), webble.WorkerLostError, "no worker is left");
          assertEquals(await webble.onMain((n: number) => n + 1, 1).recv(), 2);
          await whole(0);
          doom.begin(0);
        }
        await using _runtime = await start(t, 1);
        await whole(1);
      }),
  },
});
