/**
 * `dbg`: what it prints, where, in which order, and that it disturbs nothing.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import * as webble from "@webble/runtime";
import { dbg } from "@webble/runtime";
import { type Case, cases, type Context } from "../../harness/case.ts";

const LEVELS: readonly webble.DbgLevel[] = ["debug", "error", "info", "log", "trace", "warn"];

/** One call of the console's. */
interface Call {
  readonly level: webble.DbgLevel;
  readonly data: unknown[];
}

/** Runs a body, and gives what it printed in place of printing it. */
function printedBy(body: () => void): Call[] {
  const calls: Call[] = [];
  const before = LEVELS.map((level) => [level, console[level]] as const);
  for (const level of LEVELS) console[level] = (...data: unknown[]) => void calls.push({ level, data });
  try {
    body();
  } finally {
    for (const [level, method] of before) console[level] = method;
    dbg.level = "debug";
    dbg.enabled = true;
  }
  return calls;
}

const PLACE = /^\[(?:tests\/behaviour\/)?cases\/dbg\.ts:(\d+):(\d+)\]/;

/** A call's text behind the place, for a value that is text in both homes. */
function said(call: Call | undefined): string {
  assert(call !== undefined, "nothing was printed");
  assertEquals(call.data.length, 1);
  const text = String(call.data[0]);
  assertMatch(text, PLACE);
  return text.replace(PLACE, "").trimStart();
}

/** Checks a call with an object: text in Deno, the object itself in a browser. */
function assertShows(t: Context, call: Call | undefined, expression: string, value: unknown, text: string): void {
  assert(call !== undefined, "nothing was printed");
  if (t.home === "deno") return assertEquals(said(call), `${expression} = ${text}`);
  assertEquals(call.data.length, 2);
  assertEquals(String(call.data[0]).replace(PLACE, ""), ` ${expression} =`);
  assertStrictEquals(call.data[1], value);
}

function lineOf(call: Call | undefined): number {
  return Number(PLACE.exec(String(call?.data[0]))?.[1]);
}

/** The cases. */
export const debugging: Case[] = cases("dbg", {
  "prints place, expression and value, and returns the value": () => {
    const a = 42;
    let result = 0;
    const calls = printedBy(() => {
      result = dbg(a * 2) + 1;
    });
    assertEquals(result, 85);
    assertEquals(calls.map(said), ["a * 2 = 84"]);
    assertEquals(calls[0]?.level, "debug");
  },

  "prints several values, a line each, and returns them together": () => {
    const a = 1;
    let pair: [number, string] | undefined;
    const calls = printedBy(() => {
      pair = dbg(a + 1, `${a}, (${"b"}`);
    });
    assertEquals(pair, [2, "1, (b"]);
    assertEquals(calls.map(said), ["a + 1 = 2", '`${a}, (${"b"}` = "1, (b"']);
  },

  "prints the place alone without a value, and each line its own": () => {
    let result: unknown = 1;
    const calls = printedBy(() => {
      result = dbg();
      dbg();
    });
    assertEquals(result, undefined);
    assertEquals(calls.map(said), ["", ""]);
    assertEquals(lineOf(calls[1]) - lineOf(calls[0]), 1);
  },

  "nested calls print from the inside out": () => {
    const x = 5;
    const calls = printedBy(() => dbg(dbg(x) + 1));
    assertEquals(calls.map(said), ["x = 5", "dbg(x) + 1 = 6"]);
  },

  "an expression over several lines is put on one": () => {
    const items = [1, 2, 3];
    // deno-fmt-ignore
    const calls = printedBy(() => dbg(
      items
        .map((x) => x * 2) // doubled
        .filter((x: number) => x > 2)
        .length,
    ));
    assertEquals(calls.map(said), ["items.map((x) => x * 2).filter((x: number) => x > 2).length = 2"]);
  },

  "strings, templates, patterns and comments may hold brackets": () => {
    // deno-fmt-ignore
    const calls = printedBy(() => {
      dbg(("a)" + 'b("' + `c${"}`)".length}`).length /* ) */);
      dbg(/[)/]\/"/.test(')/"') ? 8 / 4 / 2 : 0);
    });
    assertEquals(calls.map(said), [
      `("a)" + 'b("' + \`c\${"}\`)".length}\`).length = 7`,
      `/[)/]\\/"/.test(')/"') ? 8 / 4 / 2 : 0 = 1`,
    ]);
  },

  "is called by any name": () => {
    const print = dbg;
    const object = { inner: { print } };
    // deno-fmt-ignore
    const calls = printedBy(() => { webble.dbg(1 + 1); print(2 + 2); object.inner.print(3 + 3); object?.inner?.print?.(4 + 4); });
    assertEquals(calls.map(said), ["1 + 1 = 2", "2 + 2 = 4", "3 + 3 = 6", "4 + 4 = 8"]);
  },

  "where the text cannot be told it is left out": () => {
    const values = [1, 2] as const;
    const calls = printedBy(() => {
      dbg(...values);
      [7].forEach(dbg);
    });
    assertEquals(calls.slice(0, 4).map(said), ["1", "2", "7", "0"]);
    assertEquals(calls.length, 5);
  },

  "scalars look as in code": () => {
    const calls = printedBy(() => {
      for (const value of ["a\nb", 10n, -0, NaN, undefined, null, true, Symbol("s")]) dbg(value);
    });
    assertEquals(
      calls.map((call) => said(call).replace("value = ", "")),
      ['"a\\nb"', "10n", "-0", "NaN", "undefined", "null", "true", "Symbol(s)"],
    );
  },

  "objects are shown in full, whatever their depth and length": (t) => {
    const deep = { a: { b: { c: { d: { e: { f: [[[[1]]]] } } } } } };
    const long = Array.from({ length: 150 }, (_, i) => i);
    const calls = printedBy(() => {
      dbg(deep);
      dbg(long);
    });
    if (t.home === "deno") {
      assertEquals(said(calls[0]).replace(/\s+/g, ""), "deep={a:{b:{c:{d:{e:{f:[[[[1]]]]}}}}}}");
      assertMatch(said(calls[1]), /149\s*\]$/);
    } else {
      assertShows(t, calls[0], "deep", deep, "");
      assertShows(t, calls[1], "long", long, "");
    }
  },

  "cycles, typed arrays and errors": (t) => {
    const cycle: Record<string, unknown> = { n: 1 };
    cycle.self = cycle;
    const bytes = new Uint8Array(1000);
    const within = { floats: new Float64Array(2000) };
    const error = new RangeError("too far");
    const calls = printedBy(() => {
      dbg(cycle);
      dbg(bytes);
      dbg(within);
      dbg(error);
    });
    assertShows(t, calls[0], "cycle", cycle, "<ref *1> { n: 1, self: [Circular *1] }");
    if (t.home === "deno") {
      assertMatch(said(calls[1]), /^bytes = Uint8Array\(1000\) \[[\s0,]+\.\.\. 968 more items\s*\]$/);
      assertMatch(said(calls[2]), /Float64Array\(2000\) \[[\s0,]+\.\.\. 1968 more items/);
      assertMatch(said(calls[3]), /^error = RangeError: too far\n\s+at /);
    } else {
      assertShows(t, calls[1], "bytes", bytes, "");
      assertShows(t, calls[2], "within", within, "");
      assertShows(t, calls[3], "error", error, "");
    }
    const left = Reflect.ownKeys(Object.getPrototypeOf(Uint8Array.prototype)).includes(
      Symbol.for("Deno.customInspect"),
    );
    assertEquals(left, false);
  },

  "never throws, whatever it is given": () => {
    const hostile: unknown[] = [
      {
        get a(): never {
          throw new Error("getter");
        },
      },
      new Proxy({}, {
        get() {
          throw new Error("trap");
        },
        ownKeys() {
          throw new Error("trap");
        },
        getPrototypeOf() {
          throw new Error("trap");
        },
      }),
      Object.create(null),
      {
        [Symbol.for("Deno.customInspect")]() {
          throw new Error("custom");
        },
        toString() {
          throw new Error("toString");
        },
      },
      Object.assign(() => 1, { toString: null }),
      class Point {},
      new WeakMap(),
      Object.defineProperty(new Error("no stack"), "stack", {
        get() {
          throw new Error("stack");
        },
      }),
    ];
    let chain: unknown = {};
    for (let i = 0; i < 100_000; i++) chain = { chain };
    hostile.push(chain);
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    hostile.push(revoked.proxy);
    const calls = printedBy(() => {
      for (const value of hostile) assertStrictEquals(dbg(value), value);
    });
    assertEquals(calls.length, hostile.length);
    for (const { data } of calls) assertMatch(String(data[0]), PLACE);
  },

  "works where stacks are written in another way, or not at all, and where there is no console": () => {
    const engine = Error as { prepareStackTrace?: unknown; stackTraceLimit?: number; captureStackTrace?: unknown };
    const { prepareStackTrace, stackTraceLimit, captureStackTrace } = engine;
    const calls: Call[] = [];
    try {
      engine.captureStackTrace = undefined;
      calls.push(...printedBy(() => dbg(0)));
      engine.captureStackTrace = captureStackTrace;
      engine.stackTraceLimit = 0;
      calls.push(...printedBy(() => dbg(1)));
      assertEquals(engine.stackTraceLimit, 0);
      engine.prepareStackTrace = (_error: Error, sites: unknown[]) => sites;
      calls.push(...printedBy(() => dbg(2)));
      engine.prepareStackTrace = () => {
        throw new Error("no stack");
      };
      calls.push(...printedBy(() => assertEquals(dbg(3), 3)));
    } finally {
      if (prepareStackTrace === undefined) delete engine.prepareStackTrace;
      else engine.prepareStackTrace = prepareStackTrace;
      engine.stackTraceLimit = stackTraceLimit!;
      engine.captureStackTrace = captureStackTrace;
    }
    assertEquals(calls.slice(0, 2).map(said), ["0 = 0", "1 = 1"]);
    assertEquals(calls.slice(2).map(({ data }) => data), [["[unknown place] 2"], ["[unknown place] 3"]]);
    const before = globalThis.console;
    try {
      Object.defineProperty(globalThis, "console", { value: undefined, configurable: true, writable: true });
      assertEquals(dbg(4), 4);
    } finally {
      Object.defineProperty(globalThis, "console", { value: before, configurable: true, writable: true });
    }
  },

  "prints at the level that is set, and refuses others": () => {
    assertEquals(dbg.level, "debug");
    const calls = printedBy(() => {
      for (const level of LEVELS) {
        dbg.level = level;
        assertEquals(dbg.level, level);
        dbg(level);
      }
    });
    assertEquals(calls.map((call) => call.level), LEVELS);
    const error = assertThrows(() => dbg.level = "loud" as "log", TypeError);
    assertEquals(
      error.message,
      "Cannot set 'dbg.level' as it must be one of debug, error, info, log, trace, warn: received 'loud'",
    );
    assertThrows(() => dbg.enabled = 0 as unknown as boolean, TypeError, "must be true or false: received number");
    assertEquals(dbg.level, "debug");
  },

  "is silent while it is not enabled, and still returns": () => {
    const calls = printedBy(() => {
      dbg.enabled = false;
      assertEquals(dbg.enabled, false);
      assertEquals(dbg(1), 1);
      assertEquals(dbg(1, 2), [1, 2]);
      dbg();
      dbg.level = "warn";
      assertEquals(dbg.enabled, false);
      dbg.enabled = true;
      dbg("on");
    });
    assertEquals(calls.map((call) => [call.level, said(call)]), [["warn", '"on" = "on"']]);
  },

  "lines come in the order of the program, among what else is printed": () => {
    const calls = printedBy(() => {
      console.log("before");
      for (let i = 0; i < 100; i++) dbg(i);
      console.log("after");
    });
    assertEquals(calls.map(({ data: [text] }) => String(text).replace(/^\[.*\] /, "")), [
      "before",
      ...Array.from({ length: 100 }, (_, i) => `i = ${i}`),
      "after",
    ]);
  },

  "in a closure on a worker: the thread, and the place in the closure's own source": async () => {
    await using _runtime = await webble.builder().workers(1).init();
    const lines = await webble.spawn(function render(x: number): string[] {
      const lines: string[] = [];
      const before = console.debug;
      console.debug = (text: string) => void lines.push(text);
      webble.dbg(x * 2);
      webble.dbg();
      console.debug = before;
      return lines;
    }, 4).recv();
    assertEquals(lines.length, 2);
    assertMatch(lines[0]!, /^worker 0 \[closure render:5:\d+\] x \* 2 = 8$/);
    assertMatch(lines[1]!, /^worker 0 \[closure render:6:\d+\]$/);
    const here = await webble.spawnStealable(() => {
      const before = console.debug;
      let line = "";
      console.debug = (text: string) => void (line = text);
      (() => webble.dbg(1 + 1))();
      console.debug = before;
      return line;
    }).recv();
    assertMatch(here, /^worker 0 \[closure:\d+:\d+\] 1 \+ 1 = 2$/);
    const short = await webble.spawn(() => (console.debug = (x) => (globalThis as { x?: string }).x = x, webble.dbg(2)))
      .recv();
    assertEquals(short, 2);
    const place = await webble.spawn(() => (globalThis as { x?: string }).x).recv();
    assertMatch(place!, /^worker 0 \[closure:1:\d+\] 2 = 2$/);
  },

  "in a closure on main it prints without a thread": async () => {
    await using _runtime = await webble.builder().workers(1).init();
    const line = await webble.onMain(() => {
      const before = console.debug;
      let line = "";
      console.debug = (text: string) => void (line = text);
      webble.dbg("main");
      console.debug = before;
      return line;
    }).recv();
    assertMatch(line, /^\[closure:\d+:\d+\] "main" = "main"$/);
  },

  "in a module on a worker: the thread, the file, the expression as it was written": async (t) => {
    await using _runtime = await webble.builder().workers(2).init();
    const { printed } = webble.tasks<typeof import("../fixtures/dbg_tasks.ts")>(t.url("dbg_tasks.ts"));
    await webble.spawn(() => {}).recv();
    const calls = await webble.spawn(printed, 4).recv();
    assertEquals(calls.length, 1);
    assertMatch(
      String(calls[0]![0]),
      /^worker [01] \[(tests\/behaviour\/)?fixtures\/dbg_tasks\.ts:15:5\] shape\.sides \* 2 = 8$/,
    );
  },

  "what is set on one thread holds on all, and from one run to the next": async () => {
    const settings = () => [webble.dbg.level, webble.dbg.enabled] as const;
    const set = (level: webble.DbgLevel, enabled: boolean) => {
      webble.dbg.level = level;
      webble.dbg.enabled = enabled;
    };
    try {
      dbg.level = "warn";
      {
        await using _runtime = await webble.builder().workers(2).init();
        assertEquals(await webble.spawn(settings).recv(), ["warn", true]);
        dbg.enabled = false;
        assertEquals(await webble.spawn(settings).recv(), ["warn", false]);
        await webble.spawn(set, "error", false).recv();
        assertEquals([dbg.level, dbg.enabled], ["error", false]);
      }
      assertEquals([dbg.level, dbg.enabled], ["error", false]);
      await using _runtime = await webble.builder().workers(1).init();
      assertEquals(await webble.spawn(settings).recv(), ["error", false]);
    } finally {
      set("debug", true);
    }
  },

  "in a bundle, minified or not, closures find it under its new name": async (t) => {
    for (const minify of [false, true]) {
      const { run } = await import(await t.bundle("dbg_app.ts", { minify }));
      const { here, task, level } = await run();
      // Deno looks for the original where the map says, beside the bundle, and it is not there.
      if (t.home === "deno") assertMatch(here, /^\[.+:\d+:\d+\] (\w+\*2 = )?14$/);
      else assertMatch(here, minify ? /^\[.+\.js:\d+:\d+\] \w+\*2 = 14$/ : /^\[.*dbg_app\.ts:10:40\] n \* 2 = 14$/);
      assertMatch(task, /^worker 0 \[closure:\d+:\d+\] \w+ ?\* ?2 = 14$/);
      assertEquals(level, "info");
    }
  },

  "a task that fails after a dbg fails as it would without": async () => {
    await using _runtime = await webble.builder().workers(1).init();
    const error = await webble.spawn(() => {
      console.debug = () => {};
      throw webble.dbg(new RangeError("too far"));
    }).recv().catch((error: unknown) => error);
    assertInstanceOf(error, RangeError);
  },
});
