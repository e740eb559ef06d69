/**
 * Tasks whose spawner dies before anybody has begun them: they run elsewhere, be it that nobody is left for the moment.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { quietly, whole } from "./death.ts";

/** What tasks tell main. */
const globals = globalThis as { heard?: unknown[]; begun?: number };
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** More deaths in a row than a seat has thread numbers. */
const DEATHS = 9;

/** A task that spawns others, says so, and then holds its worker for a second, which is killed meanwhile. */
type Deadly = (i: number) => void;

/** Has the only worker of a pool die in the midst of such a task, several times; then waits until `isOver`. */
async function bereave(deaths: number, task: Deadly, isOver: () => boolean | Promise<boolean>): Promise<void> {
  await quietly(async () => {
    await using _runtime = await webble.builder().workers(1).init();
    for (let i = 0; i < deaths;) {
      globals.begun = 0;
      const deadly = webble.spawn(task, i);
      while (globals.begun === 0 && !deadly.finished) await sleep(1);
      deadly.abort("enough", { force: true });
      // Else it was lost with the worker before.
      if (await deadly.recv().catch((error: unknown) => error) instanceof webble.AbortError) i++;
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
      webble.onMain(() => void ((globalThis as { begun?: number }).begun = 1));
      for (const end = performance.now() + 1000; performance.now() < end;);
    });
    assertEquals(heard, Array.from({ length: DEATHS }, (_, i) => i));
  },

  "arrive with what they were given, large and small": async () => {
    const heard = await hear(3, 3, (i) => {
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
      webble.onMain(() => void ((globalThis as { begun?: number }).begun = 1));
      for (const end = performance.now() + 1000; performance.now() < end;);
    });
    const given = (i: number) => [i, ["ä".repeat(1000 * i), "b"], 200_000, i, i, [[i, new Date(i)]]];
    assertEquals(heard, Array.from({ length: 3 }, (_, i) => given(i)));
  },

  "that are exports of a module run as such": async () => {
    const left = () => webble.spawn(() => (globalThis as { left?: string }).left).recv().catch(() => undefined);
    let seen: string | undefined;
    await bereave(1, () => {
      const url = "data:text/javascript,export const leave = (text) => void (globalThis.left = text)";
      webble.spawnStealable((webble.tasks(url) as { leave(text: string): void }).leave, "a text");
      webble.onMain(() => void ((globalThis as { begun?: number }).begun = 1));
      for (const end = performance.now() + 1000; performance.now() < end;);
    }, async () => (seen = await left()) !== undefined);
    assertEquals(seen, "a text");
  },

  "that were aborted before do not run": async () => {
    const heard = await hear(2, 2, (i) => {
      const tell = (i: number) => {
        webble.onMain((i: number) => void (globalThis as { heard?: unknown[] }).heard!.push(i), i);
      };
      const first = webble.spawnStealable(tell, i);
      webble.spawnStealable(tell, 100 + i);
      first.abort();
      webble.onMain(() => void ((globalThis as { begun?: number }).begun = 1));
      for (const end = performance.now() + 1000; performance.now() < end;);
    });
    assertEquals(heard, [100, 101]);
  },

  "that fail are reported": async () => {
    const reported: string[] = [];
    const listen = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      reported.push(String(event.reason));
    };
    globalThis.addEventListener("unhandledrejection", listen);
    try {
      await bereave(1, () => {
        webble.spawnStealable(() => {
          throw new RangeError("of an orphan");
        });
        webble.onMain(() => void ((globalThis as { begun?: number }).begun = 1));
        for (const end = performance.now() + 1000; performance.now() < end;);
      }, () => true);
      // It is reported as the runtime ends, in a turn of its own.
      await sleep(20);
    } finally {
      globalThis.removeEventListener("unhandledrejection", listen);
    }
    assertEquals(reported, ["RangeError: of an orphan"]);
  },
});
