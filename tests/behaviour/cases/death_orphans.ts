/**
 * Tasks whose spawner dies before anybody has begun them: they run elsewhere, be it that nobody is left for the moment.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { unhandled } from "../../harness/rejections.ts";
import { quietly, whole } from "./death.ts";

/** What tasks tell main. */
const globals = globalThis as { heard?: unknown[]; begun?: number[] };
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** More deaths in a row than a seat has thread numbers. */
const DEATHS = 5;

/** A task that spawns others, says so, and then holds its worker for a while, which is killed meanwhile. */
type Deadly = (i: number) => void;

/**
 * Has the only worker of a pool die in the midst of such a task, several times; then waits until `isOver`. All are at hand from
 * the start, so that each new worker comes to them before it comes to what the last one left.
 */
async function bereave(deaths: number, task: Deadly, isOver: () => boolean | Promise<boolean>): Promise<void> {
  await quietly(async () => {
    await using _runtime = await webble.builder().workers(1).init();
    const begun: number[] = globals.begun = [];
    const deadly = Array.from({ length: deaths }, (_, i) => webble.spawnStealable(task, i));
    for (let i = 0; i < deaths; i++) {
      const end = performance.now() + 8000;
      while (begun.length <= i && performance.now() < end) await sleep(1);
      assert(begun.length > i, `${i} have begun`);
      const one = deadly[begun[i]!]!;
      assert(one.abort("enough", { force: true }));
      await assertRejects(() => one.recv(), webble.AbortError);
    }
    const end = performance.now() + 8000;
    while (!await isOver() && performance.now() < end) await sleep(5);
    await whole(1);
  });
}

/** The same, until main has been told so much. Gives what. */
async function hear(count: number, deaths: number, task: Deadly): Promise<unknown[]> {
  const heard: unknown[] = globals.heard = [];
  await bereave(deaths, task, () => heard.length >= count);
  return heard.sort();
}

/** The cases. */
export const deathOrphans: Case[] = cases("orphans", {
  "of more workers than there are numbers, one after the other, all run": async () => {
    const heard = await hear(DEATHS, DEATHS, (i) => {
      webble.spawnStealable((i: number) => {
        webble.onMain((i: number) => void (globalThis as { heard?: unknown[] }).heard!.push(i), i);
      }, i);
      webble.onMain((i: number) => void (globalThis as { begun?: number[] }).begun!.push(i), i);
      for (const end = performance.now() + 600; performance.now() < end;);
    });
    assertEquals(heard, Array.from({ length: DEATHS }, (_, i) => i));
  },

  "arrive with what they were given, large and small": async () => {
    const heard = await hear(DEATHS, DEATHS, (i) => {
      webble.spawnStealable(
        (i: number, list: string[], bytes: Uint8Array, map: Map<number, Date>) => {
          const seen = [i, list, bytes.length, bytes[0], bytes.at(-1), [...map]];
          webble.onMain((seen: unknown[]) => void (globalThis as { heard?: unknown[] }).heard!.push(seen), seen);
        },
        i,
        ["ä".repeat(1000 * i), "b"],
        new Uint8Array(200_000).fill(i),
        new Map([[i, new Date(i)]]),
      );
      webble.onMain((i: number) => void (globalThis as { begun?: number[] }).begun!.push(i), i);
      for (const end = performance.now() + 600; performance.now() < end;);
    });
    const given = (i: number) => [i, ["ä".repeat(1000 * i), "b"], 200_000, i, i, [[i, new Date(i)]]];
    assertEquals(heard, Array.from({ length: DEATHS }, (_, i) => given(i)));
  },

  "that are exports of a module run as such": async () => {
    const left = () => webble.spawn(() => (globalThis as { left?: string }).left).recv().catch(() => undefined);
    let seen: string | undefined;
    await bereave(DEATHS, (i) => {
      const url = "data:text/javascript,export const leave = (text) => void (globalThis.left = text)";
      webble.spawnStealable((webble.tasks(url) as { leave(text: string): void }).leave, "a text");
      webble.onMain((i: number) => void (globalThis as { begun?: number[] }).begun!.push(i), i);
      for (const end = performance.now() + 600; performance.now() < end;);
    }, async () => (seen = await left()) !== undefined);
    assertEquals(seen, "a text");
  },

  "that were aborted before do not run": async () => {
    const heard = await hear(DEATHS, DEATHS, (i) => {
      const tell = (i: number) => {
        webble.onMain((i: number) => void (globalThis as { heard?: unknown[] }).heard!.push(i), i);
      };
      const first = webble.spawnStealable(tell, i);
      webble.spawnStealable(tell, 100 + i);
      first.abort();
      webble.onMain((i: number) => void (globalThis as { begun?: number[] }).begun!.push(i), i);
      for (const end = performance.now() + 600; performance.now() < end;);
    });
    assertEquals(heard, Array.from({ length: DEATHS }, (_, i) => 100 + i));
  },

  "fail by themselves: who spawned them cannot look, and nobody is told": async () => {
    const reported = await unhandled(() =>
      bereave(DEATHS, (i) => {
        webble.spawnStealable(() => {
          throw new RangeError("of an orphan");
        }).recv().catch(() => {});
        webble.onMain((i: number) => void (globalThis as { begun?: number[] }).begun!.push(i), i);
        for (const end = performance.now() + 600; performance.now() < end;);
      }, () => true)
    );
    assertEquals(reported, []);
  },

  "do not hold the spawners that poll them, once these are given up": () =>
    bereave(DEATHS, (i) => {
      // Nobody else is there who could run it.
      const child = webble.spawnStealable(() => 1);
      webble.onMain((i: number) => void (globalThis as { begun?: number[] }).begun!.push(i), i);
      while (child.tryRecv() === undefined);
    }, () => webble.spawn(() => true).recv().catch(() => false)),

  "calls to main that do not end keep nobody from coming back": async () => {
    const gate = Promise.withResolvers<string>();
    const gates = globalThis as { gate?: Promise<string> };
    gates.gate = gate.promise;
    await bereave(DEATHS, (i) => {
      webble.onMain(
        (text: string) => (globalThis as { gate?: Promise<string> }).gate!.then((end) => text + end),
        "x".repeat(i),
      );
      webble.onMain((i: number) => void (globalThis as { begun?: number[] }).begun!.push(i), i);
      for (const end = performance.now() + 600; performance.now() < end;);
    }, async () => {
      if (await webble.spawn(() => "alive").recv().catch(() => "lost") !== "alive") return false;
      gate.resolve("done");
      return true;
    });
    delete gates.gate;
  },

  "a seat whose workers all run on is said to be vacant, and taken again as soon as one stops": {
    only: "deno",
    because: "in a browser a thread that is terminated stops",
    run: async () => {
      const { error } = console;
      const said: string[] = [];
      console.error = (...values: unknown[]) => void said.push(values.join(" "));
      try {
        await using _runtime = await webble.builder().workers(1).init();
        for (let i = 0; i < 4; i++) {
          const begun: number[] = globals.begun = [];
          const stuck = webble.spawnStealable(() => {
            webble.onMain(() => void (globalThis as { begun?: number[] }).begun!.push(0));
            for (const end = performance.now() + 4500; performance.now() < end;);
          });
          while (begun.length === 0) await sleep(1);
          stuck.abort("enough", { force: true });
          await assertRejects(() => stuck.recv(), webble.AbortError);
        }
        assertEquals(await webble.spawnStealable(() => "back").recv(), "back");
      } finally {
        console.error = error;
      }
      assertEquals(said.filter((line) => line.includes("worker 0 has not been started again")).length, 1, said.join());
    },
  },
});
