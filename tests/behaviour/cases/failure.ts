/**
 * Tasks that fail: what arrives, and that nothing else is disturbed.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";
import { unhandled } from "../../harness/rejections.ts";

const pool = (workers: number) => webble.builder().workers(workers).init();

/** The cases. */
export const failure: Case[] = cases("failure", {
  "the error is the task's own, with the remote stack, thread and task": async () => {
    await using _runtime = await pool(2);
    const task = webble.spawn(function explode() {
      throw Object.assign(new RangeError("too far", { cause: { at: 7 } }), { code: "E_FAR", list: [1, 2] });
    });
    const error = await assertRejects(() => task.recv(), RangeError, "too far");
    assertEquals(error.message, "too far");
    assertEquals(error.cause, { at: 7 });
    assertEquals({ ...error }, { code: "E_FAR", list: [1, 2] } as never);
    assertStringIncludes(error.stack!, "explode");
    assertStringIncludes(error.stack!, `task ${task.id} on worker 0`);
    assertThrows(() => task.tryRecv(), RangeError);
    assertThrows(() => task.checkRelease(), RangeError);
    assertThrows(() => task.intoInner(), RangeError);
  },

  "errors of async tasks, of classes of their own, and of several": async () => {
    await using _runtime = await pool(1);
    await assertRejects(() => webble.spawn(() => Promise.reject(new TypeError("async"))).recv(), TypeError, "async");
    const own = await assertRejects(() =>
      webble.spawn(() => {
        class BrokenError extends Error {
          override name = "BrokenError";
        }
        throw new BrokenError("mine");
      }).recv()
    );
    assertInstanceOf(own, Error);
    assertEquals([own.name, own.message], ["BrokenError", "mine"]);
    const several = await assertRejects(
      () => webble.spawn(() => Promise.any([Promise.reject(new Error("a")), Promise.reject(new Error("b"))])).recv(),
      AggregateError,
    );
    assertEquals(several.errors.map((error: Error) => error.message), ["a", "b"]);
  },

  "what is not an error arrives as TaskError": async () => {
    await using _runtime = await pool(1);
    const thrown: [() => never, unknown][] = [
      [() => {
        throw undefined;
      }, undefined],
      [() => {
        throw null;
      }, null],
      [() => {
        throw Object.freeze({ frozen: true });
      }, { frozen: true }],
      [() => {
        throw "text";
      }, "text"],
      [() => {
        throw 42;
      }, 42],
    ];
    for (const [body, cause] of thrown) {
      const error = await assertRejects(() => webble.spawn(body).recv(), webble.TaskError, "which is not an error");
      assertEquals(error.cause, cause);
    }
    await assertRejects(
      () =>
        webble.spawn(() => {
          throw () => {};
        }).recv(),
      webble.TaskError,
    );
  },

  "an error with more than there is room for arrives without that": async () => {
    await using _runtime = await webble.builder().workers(1).memory(2 ** 20).init();
    const throws = [
      () => {
        throw Object.assign(new RangeError("too far"), { code: 7, rest: new Uint8Array(2 ** 21) });
      },
      () => {
        throw new RangeError("too far", {
          cause: Object.assign(new Error("near"), { rest: "x".repeat(2 ** 21).split("") }),
        });
      },
    ];
    for (const body of throws) {
      const error = await assertRejects(() => webble.spawn(body).recv(), RangeError, "too far");
      assertStringIncludes(error.stack!, "without 'rest' what finds no room, or cannot cross threads: Cannot allocate");
      assertEquals("rest" in error, false);
    }
    const { cause } = await assertRejects(() => webble.spawn(throws[1]!).recv(), RangeError);
    assertEquals((cause as Error).message, "near");
    const mixed = webble.spawn(() => {
      throw Object.assign(new RangeError("too far"), { stdout: "x".repeat(2 ** 21), at: [1], f: () => 1, code: 7 });
    });
    const kept = await assertRejects(() => mixed.recv(), RangeError, "too far");
    assertEquals({ ...kept }, { at: [1], code: 7 } as never);
    assertStringIncludes(
      kept.stack!,
      "without 'stdout', 'f' what finds no room, or cannot cross threads: Cannot allocate",
    );
    const bytes = webble.spawn(() => {
      throw new Uint8Array(2 ** 21);
    });
    const around = await assertRejects(() => bytes.recv(), webble.TaskError, "threw an object");
    assertEquals("cause" in around, false);
    const huge = webble.spawn(() => {
      throw new RangeError("x".repeat(2 ** 21));
    });
    await assertRejects(() => huge.recv(), webble.OutOfMemoryError);
    assertEquals(webble.stats().heap.used, 0);
  },

  "frozen errors and cyclic causes arrive": async () => {
    await using _runtime = await pool(1);
    await assertRejects(
      () =>
        webble.spawn(() => {
          throw Object.freeze(new Error("frozen"));
        }).recv(),
      Error,
      "frozen",
    );
    const cyclic = await assertRejects(
      () =>
        webble.spawn(() => {
          const error = new Error("cyclic");
          error.cause = error;
          throw error;
        }).recv(),
      Error,
      "cyclic",
    );
    assert(cyclic.cause === cyclic);
  },

  "an error keeps all that can cross, and its stack tells what could not": async () => {
    await using _runtime = await pool(1);
    const body = () => {
      const cause = Object.assign(new TypeError("deeper", { cause: () => 1 }), { url: "/data" });
      throw Object.assign(new RangeError("far", { cause }), { code: "E_FAR", run: () => 1, data: { n: [1] } });
    };
    const error: RangeError & { code?: string; data?: unknown } = await assertRejects(
      () => webble.spawn(body).recv(),
      RangeError,
    );
    assertEquals([error.message, error.code, error.data], ["far", "E_FAR", { n: [1] }]);
    assertEquals(Object.keys(error), ["code", "data"]);
    const { cause } = error as { cause: TypeError & { url: string } };
    assertInstanceOf(cause, TypeError);
    assertEquals([cause.message, cause.url, cause.cause], ["deeper", "/data", undefined]);
    assertStringIncludes(error.stack!, "without 'run', 'cause' what cannot cross threads: ");
    const platform: DOMException & { code?: number; url?: string } = await assertRejects(
      () =>
        webble.spawn(() => {
          throw Object.assign(new DOMException("too late", "AbortError"), { retry: () => 1, url: "/data" });
        }).recv(),
      DOMException,
    );
    assertEquals([platform.name, platform.message, platform.url], ["AbortError", "too late", "/data"]);
    const several = await assertRejects(
      () =>
        webble.spawn(() => {
          throw new AggregateError([new SyntaxError("a"), () => 1, 2], "several");
        }).recv(),
      AggregateError,
    );
    assertEquals([several.errors.length, several.errors[0].name, several.errors[1]], [2, "SyntaxError", 2]);
    const siblings = await assertRejects(
      () =>
        webble.spawn(() => {
          const errors = Array.from({ length: 20 }, (_, i) => Object.assign(new Error(`${i}`), { retry: () => 1 }));
          for (const error of errors) Object.assign(error, { siblings: undefined, cause: errors[0], ...errors });
          throw new AggregateError(errors, "they know one another");
        }).recv(),
      AggregateError,
    );
    assertEquals(siblings.errors.length, 20);
    const endless = await assertRejects(
      () =>
        webble.spawn(() => {
          class Endless extends Error {
            constructor() {
              super("endless");
              Object.defineProperty(this, "cause", { get: () => new Endless() });
            }
          }
          throw Object.assign(new Endless(), { retry: () => 1 });
        }).recv(),
      Error,
      "endless",
    );
    assertInstanceOf(endless.cause, Error);
    for (const error of siblings.errors) {
      assert(error.cause === siblings.errors[0] && error[19] === siblings.errors[19]);
    }
  },

  "an error of which a part cannot be read arrives with the others": async () => {
    await using _runtime = await pool(1);
    const odd = (field: string) => {
      const error = Object.assign(new RangeError("mine"), { code: 7 });
      Object.defineProperty(error, field, {
        get() {
          throw 1;
        },
      });
      throw error;
    };
    const seen: unknown[] = [];
    for (const field of ["stack", "message", "name"]) {
      const error = await webble.spawn(odd, field).recv().then(() => undefined, (error) => error);
      seen.push([error.name, error.message, error.code]);
    }
    assertEquals(seen, [
      ["RangeError", "mine", 7],
      ["RangeError", "An error whose message cannot be read", 7],
      ["Error", "mine", 7],
    ]);
  },

  "errors made without a class, by a proxy or of another realm are errors": async () => {
    await using _runtime = await pool(1);
    const old = () => {
      function OldError(this: Error) {
        this.message = "as of old";
        Object.assign(this, { code: 7 });
      }
      OldError.prototype = Object.create(RangeError.prototype, { name: { value: "OldError" } });
      throw Reflect.construct(OldError, []);
    };
    const made: Error & { code?: number } = await assertRejects(() => webble.spawn(old).recv(), Error);
    assertEquals([made.name, made.message, made.code], ["OldError", "as of old", 7]);
    const wrapped = () => {
      throw new Proxy(new RangeError("behind a proxy"), {});
    };
    await assertRejects(() => webble.spawn(wrapped).recv(), RangeError, "behind a proxy");
    const foreign = () => {
      throw Object.setPrototypeOf(new RangeError("from afar"), Object.create(null, { name: { value: "RangeError" } }));
    };
    await assertRejects(() => webble.spawn(foreign).recv(), RangeError, "from afar");
  },

  "a result that cannot cross: NotSendError with its path": async () => {
    await using _runtime = await pool(1);
    const bad = () => ({ list: [1, { run: () => 1 }] }) as unknown;
    const error = await assertRejects(() => webble.spawn(bad).recv(), webble.NotSendError);
    assertStringIncludes(error.message, "result.list[1].run is a function");
    await assertRejects(
      () => webble.spawn(() => Symbol("s") as unknown).recv(),
      webble.NotSendError,
      "result is a symbol",
    );
    assertEquals(await webble.spawn(() => 1).recv(), 1);
  },

  "a failure inside nested tasks keeps its nature": async () => {
    await using _runtime = await pool(2);
    const error = await assertRejects(() =>
      webble.spawn(async () => {
        return await webble.spawnStealable(() => {
          throw new SyntaxError("deep");
        }).recv();
      }).recv(), SyntaxError);
    assertEquals(error.message, "deep");
    await assertRejects(
      () =>
        webble.spawn(async () => {
          const task = webble.spawn(() => new Promise<void>(() => {}));
          task.abort();
          await task.recv();
        }).recv(),
      webble.AbortError,
    );
  },

  "a failure that nobody looked at is reported once, at shutdown at the latest": async () => {
    const reported = await unhandled(async () => {
      await using _runtime = await pool(1);
      const fail = (text: string) => {
        throw new Error(text);
      };
      webble.spawn(fail, "unseen");
      const seen = webble.spawn(fail, "seen");
      const awaited = webble.spawn(fail, "awaited").recv().catch(() => {});
      await webble.spawn(() => 1).recv();
      assertThrows(() => seen.tryRecv(), Error, "seen");
      await awaited;
    });
    assertEquals(reported.map((error) => (error as Error).message), ["unseen"]);
  },

  "what has ended before shutdown has ended, even where nobody has had a turn since": async () => {
    const runtime = await pool(1);
    const [done, failed] = [webble.spawn(() => 7), webble.spawn(() => Promise.reject(new RangeError("in time")))];
    const flag = new Int32Array(new SharedArrayBuffer(4));
    // The second one needs a turn of its worker's, and so this one, behind them, takes two.
    void webble.spawn(async (flag: Int32Array) => {
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve));
      Atomics.store(flag, 0, 1);
    }, flag);
    for (const end = performance.now() + 10_000; Atomics.load(flag, 0) === 0 && performance.now() < end;);
    const rejected = assertRejects(() => failed.recv(), RangeError, "in time");
    await Promise.all([runtime[Symbol.asyncDispose](), rejected]);
    assertEquals(done.tryRecv(), 7);
  },

  "a handle that comes with what is taken in at shutdown belongs to no later run": async () => {
    let runtime = await pool(2);
    const outer = webble.spawn(() => webble.spawn(() => 42));
    const ended = () => webble.stats().workers.reduce((sum, { executed }) => sum + executed, 0) === 2;
    // Main has no turn from when they end. They are counted a moment before they are sent home.
    for (const end = performance.now() + 5000; !ended() && performance.now() < end;);
    for (const end = performance.now() + 250; performance.now() < end;);
    await runtime[Symbol.asyncDispose]();
    const inner = outer.tryRecv() as webble.WorkerHandle<number>;
    await assertRejects(() => inner.recv(), webble.ShutdownError);
    runtime = await pool(2);
    const later = Array.from({ length: 8 }, (_, i) => webble.spawn((i: number) => i, i));
    assertEquals(await Promise.all(later.map((task) => task.recv())), [0, 1, 2, 3, 4, 5, 6, 7]);
    assertThrows(() => inner.tryRecv(), webble.ShutdownError);
    await runtime[Symbol.asyncDispose]();
  },

  "an argument that shuts the runtime down while it is read spawns nothing": async () => {
    await using _runtime = await pool(1);
    const argument = {
      get first() {
        void webble.shutdown();
        return 1;
      },
    };
    assertThrows(() => webble.spawn((value: unknown) => value, argument), webble.LifecycleError);
    await using _another = await pool(1);
    assertEquals(await webble.spawn(() => 7).recv(), 7);
  },

  "a failure on a worker that nobody looked at is reported when the worker leaves, though main is busy": async () => {
    const error = console.error;
    const logged: string[] = [];
    console.error = (...values: unknown[]) => logged.push(values.map(String).join(" "));
    try {
      const runtime = await pool(2);
      await webble.spawn(async () => {
        const kept = [1, 2].map(() =>
          webble.spawn(() => {
            throw new Error("nested, and unseen");
          })
        );
        Object.assign(globalThis, { kept });
        await webble.spawn(() => 1).recv();
        while (webble.stats().tasks.live > 1) await webble.yieldNow();
      }).recv();
      const begun = new Int32Array(new SharedArrayBuffer(4));
      // This one lies in the worker's inbox when the worker hears of the shutdown.
      const busy = webble.spawn((begun: Int32Array) => {
        const kept = webble.spawn(() => {
          throw new Error("nested, and unseen");
        });
        Object.assign(globalThis, { another: kept });
        Atomics.store(begun, 0, 1);
        for (const end = performance.now() + 60; performance.now() < end;);
      }, begun);
      while (Atomics.load(begun, 0) === 0) await webble.yieldNow();
      await new Promise((resolve) => setTimeout(resolve, 20));
      const ended = runtime[Symbol.asyncDispose]();
      for (const end = performance.now() + 150; performance.now() < end;);
      await ended;
      await busy.recv().catch(() => {});
    } finally {
      console.error = error;
    }
    const told = "On worker 0: Error: nested, and unseen";
    assertEquals(logged, [told, told, told]);
  },

  "a failure whose handle only a worker had that has died is reported": async () => {
    const reasons = await unhandled(async () => {
      await using _runtime = await pool(2);
      const gate = new Int32Array(new SharedArrayBuffer(4));
      const failing = webble.spawn(async (gate: Int32Array) => {
        while (Atomics.load(gate, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        throw new Error("nobody hears this");
      }, gate);
      await assertRejects(
        () =>
          webble.spawn((_: webble.WorkerHandle<never>) => {
            self.close();
            return new Promise<void>(() => {});
          }, failing).recv(),
        webble.WorkerLostError,
      );
      Atomics.store(gate, 0, 1);
      while (webble.stats().tasks.live > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    });
    assertEquals(reasons.map(String), ["Error: nobody hears this"]);
  },

  "errors thrown outside of any task end no more than their worker": async () => {
    await using _runtime = await pool(1);
    const error = console.error;
    const logged: unknown[] = [];
    console.error = (...parts: unknown[]) => logged.push(parts);
    try {
      await webble.spawn(() => {
        setTimeout(() => {
          throw new Error("astray");
        }, 0);
        Promise.reject(new Error("unhandled"));
      }).recv();
      await new Promise((resolve) => setTimeout(resolve, 50));
      assertEquals(await webble.spawn(() => 1).recv(), 1);
      assertEquals(logged.length, 1);
    } finally {
      console.error = error;
    }
  },

  "the classes of errors tell each other apart": () => {
    const error = new webble.AbortError("x");
    assert(error instanceof webble.WebbleError);
    assert(error instanceof Error);
    assert(!((error as unknown) instanceof webble.ShutdownError));
    assert(!(new Error("x") instanceof webble.WebbleError));
    assertEquals(error.name, "AbortError");
  },
});
