/**
 * First tasks: spawned as soon as `init` has been called, so that they meet workers which are still starting.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { quietly } from "./death.ts";

const TRACKS = [webble.spawn, webble.spawnStealable];

/** Starts a runtime, gives `use` the chance to spawn at once, and ends it. */
async function starting<T>(workers: number, use: () => T): Promise<Awaited<T>> {
  const started = webble.builder().workers(workers).init();
  const used = Promise.resolve(use());
  used.catch(() => {});
  await using _runtime = await started;
  return await used;
}

/** Lets the library come to workers that have begun only after so many milliseconds, in Deno, where it comes by itself. */
class LateLibrary implements Disposable {
  readonly #postMessage = Worker.prototype.postMessage;

  constructor(ms: number) {
    const original = this.#postMessage;
    const late = new WeakSet<Worker>();
    Worker.prototype.postMessage = function (this: Worker, ...args: [unknown]) {
      if ((args[0] as { webble?: string } | undefined)?.webble === "library") late.add(this);
      // What follows must not overtake it.
      if (late.has(this)) setTimeout(() => original.apply(this, args), ms);
      else original.apply(this, args);
    };
  }

  [Symbol.dispose](): void {
    Worker.prototype.postMessage = this.#postMessage;
  }
}

/** The cases. */
export const firstTasks: Case[] = cases("first task", {
  "gives what any task gives, on both tracks": async () => {
    const given: [unknown, () => unknown][] = [
      [-0, () => -0],
      [NaN, () => NaN],
      [undefined, () => undefined],
      [null, () => null],
      [true, () => true],
      ["text", () => "text"],
      [[1, { two: 2n }], () => [1, { two: 2n }]],
      [3, () => Promise.resolve(3)],
      [4, async () => await 4],
      [5, () => ({ then: (resolve: (value: number) => void) => resolve(5) })],
    ];
    for (const spawn of TRACKS) {
      for (const [value, fn] of given) assertEquals(await starting(1, () => spawn(fn).recv()), value);
    }
  },

  "takes its arguments, scalars or not": async () => {
    for (const spawn of TRACKS) {
      assertEquals(await starting(1, () => spawn((a: number, b: number) => a - b, 5, 3).recv()), 2);
      assertStrictEquals(
        await starting(1, () => spawn((a: unknown, b: unknown) => a ?? b, null, undefined).recv()),
        undefined,
      );
      assertEquals(await starting(1, () => spawn((a: { n: number[] }) => a.n.length, { n: [1, 2, 3] }).recv()), 3);
    }
  },

  "runs as any other: strict, without 'this'": async () => {
    for (const spawn of TRACKS) {
      assertEquals(
        await starting(1, () =>
          spawn(
            function named(this: unknown, ...rest: number[]) {
              return this === undefined && typeof named === "function" && rest.length === 2;
            },
            1,
            2,
          ).recv()),
        true,
      );
    }
  },

  "has its source as it was written": async () => {
    const lone = new Function("return () => 'é€😀\ud800x\u2028'.charCodeAt(4)")() as () => number;
    for (const spawn of TRACKS) {
      assertEquals(await starting(1, () => spawn(lone).recv()), 0xd800);
      assertEquals(await starting(1, () => spawn(() => "é€😀".length).recv()), 4);
    }
  },

  "fails as any other": async () => {
    for (const spawn of TRACKS) {
      const thrown = spawn;
      await assertRejects(
        () =>
          starting(1, () =>
            thrown(() => {
              throw new RangeError("out of it");
            }).recv()),
        RangeError,
        "out of it",
      );
      await assertRejects(
        () => starting(1, () => spawn(() => Promise.reject(new RangeError("later"))).recv()),
        RangeError,
        "later",
      );
      const outside = new Function("return () => hidden")() as () => unknown;
      await assertRejects(
        () => starting(1, () => spawn(outside).recv()),
        ReferenceError,
        "cannot see the scope around it: pass 'hidden' as an argument",
      );
    }
  },

  "may use the library": async () => {
    for (const spawn of TRACKS) {
      assertEquals(await starting(2, () => spawn(() => webble.spawn((n: number) => n + 1, 1).recv()).recv()), 2);
      assertEquals(await starting(1, () => spawn(() => webble.context().aborted).recv()), false);
    }
  },

  "is the first to run of those on its worker": async () => {
    const order = await starting(1, async () => {
      const note = (n: number) => {
        const list = ((globalThis as { noted?: number[] }).noted ??= []);
        list.push(n);
        return list.length;
      };
      const plain = (n: number) => n;
      const handles = [
        webble.spawn(plain, 7),
        webble.spawn(note, 1),
        webble.spawn(note, 2),
        webble.spawn(plain, 8),
        webble.spawn(note, 3),
      ];
      return await Promise.all(handles.map((handle) => handle.recv()));
    });
    assertEquals(order, [7, 1, 2, 8, 3]);
  },

  "is counted": async () => {
    for (const spawn of TRACKS) {
      await starting(2, async () => {
        await Promise.all(Array.from({ length: 10 }, (_, i) => spawn((i: number) => i, i).recv()));
        const { workers, tasks } = webble.stats();
        assertEquals(workers.reduce((sum, { executed }) => sum + executed, 0), 10);
        assertEquals([tasks.live, tasks.waiting], [0, 0]);
        assertEquals(webble.workerLoads(), [0, 0]);
      });
    }
  },

  "is followed by none that was aborted meanwhile": async () => {
    const long = (ms: number) => {
      for (const end = performance.now() + ms; performance.now() < end;);
      return ms;
    };
    for (const spawn of TRACKS) {
      await starting(1, async () => {
        const first = spawn(long, 300);
        const aborted = spawn(() => 1);
        aborted.abort();
        assertEquals(await spawn(() => 2).recv(), 2);
        assertEquals(await first.recv(), 300);
        assertEquals(webble.stats().workers[0]!.executed, 2);
        await assertRejects(() => aborted.recv(), webble.AbortError);
      });
    }
  },

  "that takes long does not keep init() from its end, nor other workers": async () => {
    const long = (ms: number) => {
      for (const end = performance.now() + ms; performance.now() < end;);
      return ms;
    };
    const started = webble.builder().workers(2).init();
    const first = webble.spawn(long, 3000);
    assertEquals(await webble.spawn((n: number) => n, 1).recv(), 1);
    await using _runtime = await started;
    assert(!first.finished, "init() has waited for the task");
    assertEquals(await first.recv(), 3000);
  },

  "that is aborted by force has its worker replaced": () =>
    quietly(async () => {
      const long = (ms: number) => {
        for (const end = performance.now() + ms; performance.now() < end;);
      };
      const started = webble.builder().workers(1).init();
      const first = webble.spawn(long, 2000);
      while (webble.stats().tasks.waiting > 0) await webble.yieldNow();
      first.abort("enough", { force: true });
      await assertRejects(() => first.recv(), webble.AbortError);
      await using _runtime = await started;
      assertEquals(await webble.spawnStealable((n: number) => n, 2).recv(), 2);
      // One may have been placed on the worker that is about to go.
      let again: unknown;
      while (again !== 1) again = await webble.spawn(() => 1).recv().catch(() => {});
    }),

  "throws in a callback: its worker is replaced, and init() ends": () =>
    quietly(async () => {
      const started = webble.builder().workers(1).init();
      const first = webble.spawn(() => {
        setTimeout(() => {
          throw new Error("later, where nobody catches");
        }, 0);
        return 1;
      });
      assertEquals(await first.recv(), 1);
      await using _runtime = await started;
      // It may be lost with the first worker.
      let again: unknown;
      while (again !== 2) again = await webble.spawn(() => 2).recv().catch(() => {});
    }),

  "fails before the library is there: its worker lives on": async () => {
    using _late = new LateLibrary(50);
    for (const spawn of TRACKS) {
      await starting(1, async () => {
        const first = spawn(() => Promise.reject(new RangeError("soon")));
        const second = spawn(() => 2);
        await assertRejects(() => first.recv(), RangeError, "soon");
        assertEquals(await second.recv(), 2);
      });
    }
  },

  "does not run when it is aborted before the library is there that it needs": {
    only: "deno",
    because: "elsewhere the library comes with the worker's script",
    run: async () => {
      using _late = new LateLibrary(50);
      await starting(1, async () => {
        const flag = new Int32Array(new SharedArrayBuffer(4));
        const aborted = webble.spawnStealable((flag: Int32Array) => Atomics.add(flag, 0, 1), flag);
        await new Promise((resolve) => setTimeout(resolve, 25));
        aborted.abort();
        await assertRejects(() => aborted.recv(), webble.AbortError);
        assertEquals(await webble.spawnStealable(() => 2).recv(), 2);
        assertEquals(flag[0], 0);
      });
    },
  },

  "leaves the globals of main's program out of account": async () => {
    const { stringify } = JSON;
    const lists = Array.prototype as { toJSON?: () => string };
    lists.toJSON = () => "a list";
    JSON.stringify = () => "nothing";
    try {
      assertEquals(await starting(1, () => webble.spawn((n: number) => n, 1).recv()), 1);
    } finally {
      delete lists.toJSON;
      JSON.stringify = stringify;
    }
  },

  "names modules by what the page or the program lies in": {
    only: "deno",
    because: "a page's workers have no file beside them that could be named",
    run: async () => {
      assertEquals(
        await starting(1, () => webble.spawn(() => webble.tasks("./x.ts") !== undefined).recv()),
        true,
      );
    },
  },

  "is all that a program waits for: init() ends well though a shutdown comes at once": async () => {
    for (let i = 0; i < 5; i++) {
      const started = webble.builder().workers(1).init();
      assertEquals(await webble.spawn(() => 1).recv(), 1);
      await webble.shutdown();
      await started;
    }
  },

  "runs while a shutdown comes": async () => {
    const started = webble.builder().workers(1).init();
    const ended = started.then(() => "started", (error) => error.name);
    const first = webble.spawn(() => {
      for (const end = performance.now() + 50; performance.now() < end;);
      return 1;
    });
    const outcome = first.recv().catch((error) => error.name);
    await webble.yieldNow();
    await webble.shutdown();
    assert([1, "ShutdownError"].includes(await outcome), String(await outcome));
    assert(["started", "LifecycleError"].includes(await ended), String(await ended));
    assertEquals(await starting(1, () => webble.spawn(() => 3).recv()), 3);
  },
});
