/**
 * Code on workers: closures, module exports, glue, bundles.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import * as webble from "@webble/runtime";
import { type Case, cases } from "../../harness/case.ts";

const pool = (workers: number) => webble.builder().workers(workers).init();

/** The exports of `fixtures/tasks.js`. */
interface TasksModule {
  double(n: number): number;
  later(n: number): Promise<number>;
  count(): number;
  missing(): void;
}

/** The cases. */
export const code: Case[] = cases("code", {
  "every kind of function that has a source of its own": async () => {
    await using _runtime = await pool(1);
    assertEquals(await webble.spawn((a: number) => a + 1, 1).recv(), 2);
    assertEquals(
      await webble.spawn(function (a: number) {
        return a + 1;
      }, 1).recv(),
      2,
    );
    assertEquals(await webble.spawn(async (a: number) => await Promise.resolve(a + 1), 1).recv(), 2);
    assertEquals(
      await webble.spawn(async function named(a: number): Promise<number> {
        return a < 3 ? await named(a + 1) : a;
      }, 1).recv(),
      3,
    );
    // deno-fmt-ignore
    const odd = async  /* a comment */ (a: number, { b = 2 } = {}, ...rest: number[]) => await Promise.resolve(a + b + rest.length);
    assertEquals(await webble.spawn(odd, 1).recv(), 3);
    // deno-lint-ignore no-explicit-any -- no parentheses is the point
    assertEquals(await webble.spawn(((x: any) => [x]) as (x: number) => number[], 5).recv(), [5]);
    for (const source of ["class$ => class$ + 1", "classé => classé + 1", "function$ => function$ + 1"]) {
      assertEquals(
        await webble.spawn(new Function(`return ${source}`)() as (n: number) => number, 1).recv(),
        2,
        source,
      );
    }
  },

  "functions that have none are refused, and the message says why": async () => {
    await using _runtime = await pool(1);
    const object = { method() {}, async asyncMethod() {}, ["computed"]() {} };
    const accessor = Object.getOwnPropertyDescriptor({
      get x() {
        return 1;
      },
    }, "x")!.get!;
    const refused: [unknown, string][] = [
      [Math.max, "a native function"],
      [(() => 1).bind(null), "a bound function"],
      [object.method, "a method"],
      [object.asyncMethod, "a method"],
      [object.computed, "a method"],
      [accessor, "a method, getter or setter"],
      [class Point {}, "it is a class"],
      [function* generator() {}, "a generator"],
      [async function* generator() {}, "a generator"],
      [undefined, "Cannot spawn undefined"],
      ["() => 1", "Cannot spawn string"],
      [{}, "Cannot spawn an object"],
    ];
    for (const [fn, why] of refused) {
      for (const spawn of [webble.spawn, webble.spawnStealable, webble.onMain]) {
        const error = assertThrows(() => (spawn as (fn: unknown) => unknown)(fn), TypeError);
        assertStringIncludes(error.message, why);
      }
    }
  },

  "a closure that captures: ReferenceError that names the variable and what to do": async () => {
    await using _runtime = await pool(1);
    const captured = Math.random();
    const error = await assertRejects(() => webble.spawn(() => captured + 1).recv(), ReferenceError);
    assert(
      /^\w+ is not defined\. A shipped closure cannot see the scope around it: pass '\w+' as an argument/.test(
        error.message,
      ),
      error.message,
    );
    const asynchronous = webble.spawn(async () => {
      await Promise.resolve();
      return captured;
    });
    assertStringIncludes(
      (await assertRejects(() => asynchronous.recv(), ReferenceError)).message,
      "cannot see the scope",
    );
  },

  "a closure that looks for the page: ReferenceError that names onMain()": async () => {
    await using _runtime = await pool(1);
    for (const name of ["document", "window", "HTMLCanvasElement"]) {
      const looks = new Function(`return () => ${name}.title`)() as () => unknown;
      const error = await assertRejects(() => webble.spawn(looks).recv(), ReferenceError);
      assertEquals(
        error.message,
        `${name} is not defined. A page has it on its main thread only: call that with 'webble.onMain(() => …)'.`,
      );
    }
  },

  "a closure that imports by a relative path: TypeError that says what to do": async () => {
    await using _runtime = await pool(1);
    for (const path of ["./tasks.js", "../tasks.js", "/tasks.js"]) {
      const imports = async (path: string) => void await import(path);
      const error = await assertRejects(() => webble.spawn(imports, path).recv(), TypeError);
      assertStringIncludes(
        error.message,
        ". A shipped closure has no file that a path could be relative to: pass 'import",
      );
    }
  },

  "what a ReferenceError means is said once, and only of the closure that it was thrown in": async () => {
    await using _runtime = await pool(1);
    const twice = webble.spawn((source: string) => {
      return webble.spawn(new Function(source)() as () => number).recv();
    }, "return () => lost + 1");
    const { message, stack } = await assertRejects(() => twice.recv(), ReferenceError);
    assertEquals(message.match(/cannot see the scope/g)?.length, 1, message);
    assertEquals(stack!.match(/in task/g)?.length, 2, stack);
    const module = "data:text/javascript,export const broken = () => lost + 1";
    const passed = webble.spawn((url: string) => {
      const tasks = webble.tasks(url) as { broken: () => number };
      return webble.spawn(tasks.broken).recv();
    }, module);
    assertEquals((await assertRejects(() => passed.recv(), ReferenceError)).message, "lost is not defined");
  },

  "a handle's error says where its task ran, and no other place": async () => {
    await using _runtime = await pool(2);
    const failed = webble.spawn((): number => {
      throw new Error("here");
    });
    const passed = webble.spawn((failed: webble.WorkerHandle<number>) => failed.recv(), failed);
    const { stack } = await assertRejects(() => passed.recv(), Error);
    assertEquals(stack!.match(new RegExp(`in task ${failed.id} `, "g"))?.length, 1, stack);
  },

  "a generator export is refused as a task, and functions may have any name": async () => {
    await using _runtime = await pool(1);
    const module = webble.tasks("data:text/javascript,export function* count() { yield 1 }") as {
      count: () => unknown;
    };
    await assertRejects(() => webble.spawn(module.count).recv(), TypeError, "webble.channel.stream()");
    for (const name of [5, Symbol("s"), undefined, ""]) {
      const odd = Object.defineProperty(() => 1, "name", { value: name });
      assertEquals(await webble.spawn(odd).recv(), 1);
    }
    const commented = [
      "async (a) /* : number */ => { const o = /* @__PURE__ */ {}; return [a, o]; }",
      "async (\n a, // a smile :)\n { b } = {},\n) => 1",
      "async (a /* ) { */) /* it's */ => 1",
    ];
    for (const source of commented) {
      const named = new Function(`const async = ${source}; return async`)() as () => unknown;
      await webble.spawn(named).recv();
    }
    // deno-fmt-ignore
    const methods = [
      { function$() {} }.function$, { functional() {} }.functional,
      { async() {} }.async, { async(_a /* it's ( */: unknown) {} }.async, { async(_a: unknown = ")", _b: unknown = [(1), "\\"]) /* ( */ {} }.async,
    ];
    for (const method of methods) assertThrows(() => webble.spawn(method), TypeError, "it is a method");
    // deno-fmt-ignore
    const arrow = async (a = ") {", b = `(${a}`, [c] = [(2)]) /* { */ => await Promise.resolve([a, b, c]);
    assertEquals(await webble.spawn(arrow as () => Promise<unknown[]>).recv(), [") {", "() {", 2]);
    const classes = webble.tasks("data:text/javascript,export class Tile {}") as { Tile: () => unknown };
    await assertRejects(() => webble.spawn(classes.Tile).recv(), TypeError, "it is a class");
    // Imported, as a bundler would put something else in its place.
    const { where } = await import(String("data:text/javascript,export const where = () => import.meta.url"));
    const error = await assertRejects(() => webble.spawn(where as () => string).recv(), SyntaxError);
    assertStringIncludes(error.message, "pass the URL as an argument");
  },

  "functions rewritten by tools work, or name the tool's helper": async () => {
    await using _runtime = await pool(1);
    const keepNames = new Function(
      "return () => { const inner = __name(() => 5, 'inner'); return inner() + inner.name; }",
    )();
    assertEquals(await webble.spawn(keepNames as () => string).recv(), "5inner");
    const lowered = new Function("return () => __async(this, null, function* () {})")() as () => void;
    const error = await assertRejects(() => webble.spawn(lowered).recv(), ReferenceError);
    assertStringIncludes(error.message, "'__async' looks like a helper of the tool");
    const compiled = new Function("return () => _async_to_generator(function* () {})")() as () => void;
    const other = await assertRejects(() => webble.spawn(compiled).recv(), ReferenceError);
    assertStringIncludes(other.message, "'_async_to_generator' looks like a helper of the tool");
  },

  "closures see the API as the global webble, on any thread": async () => {
    await using _runtime = await pool(2);
    const fromGlobal = await webble.spawn(() => {
      const { webble } = globalThis as unknown as { webble: { threadId(): unknown } };
      return webble.threadId();
    }).recv();
    assertEquals(fromGlobal, 0);
  },

  "closures are strict, and made once however often they are spawned": async () => {
    await using _runtime = await pool(1);
    assertEquals(
      await webble.spawn(function (this: unknown) {
        return this === undefined;
      }).recv(),
      true,
    );
    for (let i = 0; i < 5000; i++) assertEquals(await webble.spawnStealable((i: number) => i * 2, i).recv(), i * 2);
    // More different sources than are kept.
    for (let i = 0; i < 3000; i++) {
      assertEquals(await webble.spawn(new Function(`return () => ${i}`)() as () => number).recv(), i);
    }
  },

  "module exports, with their own state": async (t) => {
    await using _runtime = await pool(1);
    const work = webble.tasks<TasksModule>(t.url("tasks.js"));
    assertEquals(await webble.spawn(work.double, 21).recv(), 42);
    assertEquals(await webble.spawnStealable(work.later, 1).recv(), 2);
    assertEquals(await webble.spawn(work.count).recv(), 1);
    assertEquals(await webble.spawn(work.count).recv(), 2);
    assertEquals(await webble.onMain(work.double, 4).recv(), 8);
    const missing = await assertRejects(() => webble.spawn(work.missing).recv(), TypeError);
    assertStringIncludes(missing.message, "'missing'");
    assertStringIncludes(missing.message, "double");
    const absent = webble.tasks<TasksModule>(t.url("absent.js"));
    const error = await assertRejects(() => webble.spawn(absent.double, 1).recv(), TypeError);
    assertStringIncludes(error.message, "absent.js");
    assertEquals(await webble.spawnStealable(work.double, 5).recv(), 10);
  },

  "a task reference can be sent, and spawned there": async (t) => {
    await using _runtime = await pool(2);
    const work = webble.tasks<TasksModule>(t.url("tasks.js"));
    const result = await webble.spawn(
      async (task: webble.TaskReference<[number], number>) => await webble.spawnStealable(task, 8).recv(),
      work.double,
    ).recv();
    assertEquals(result, 16);
    assertEquals(await (work as unknown as Promise<unknown>), work as unknown);
  },

  "glue exports": async (t) => {
    await using _runtime = await webble.builder().workers(2).gluePath(t.url("tasks.js")).init();
    const glue = webble.tasks<TasksModule>();
    assertEquals(await webble.spawn(glue.double, 3).recv(), 6);
    assertEquals(await webble.spawnStealable(glue.later, 3).recv(), 4);
    const nested = await webble.spawn(() => {
      const glue = webble.tasks<{ double(n: number): number }>();
      return webble.spawn(glue.double, 50).recv();
    }).recv();
    assertEquals(nested, 100);
  },

  "tasks of the glue without a glue": async () => {
    await using _runtime = await pool(1);
    const error = assertThrows(() => webble.spawn(webble.tasks<TasksModule>().double, 1), TypeError);
    assertStringIncludes(error.message, "gluePath");
    assertThrows(() => webble.tasks("http://"), TypeError);
    assertThrows(() => webble.tasks(5 as unknown as string), TypeError);
  },

  "a module task that imports the library sees the same runtime": async (t) => {
    await using _runtime = await pool(2);
    const work = webble.tasks<{ nested(n: number): Promise<number>; thread(): unknown }>(await t.bundle("nested.ts"));
    assertEquals(await webble.spawn(work.nested, 20).recv(), 41);
    assertEquals(await webble.spawn(work.thread).recv(), 0);
  },

  "the library works bundled, and bundled and minified": {
    timeoutMs: 30_000,
    run: async (t) => {
      for (const minify of [false, true]) {
        const app = await import(await t.bundle("app.ts", { minify }));
        const module = await t.bundle("nested.ts", { minify });
        assertEquals(await app.run(t.url("tasks.js"), module), {
          closure: 42,
          stealable: [0, 1, 4, 9],
          module: 41,
          glue: 14,
          error: "RangeError: too far",
          isTaskError: true,
        });
      }
    },
  },

  "copies of the library whose layouts differ say so": async (t) => {
    const worker = new Worker(await t.bundle("other_layout.ts"), { type: "module" });
    const message = await new Promise<string>((resolve) => worker.onmessage = (event) => resolve(event.data));
    worker.terminate();
    assertStringIncludes(message, "version 99.0.0 (memory layout 999)");
    assertStringIncludes(message, "version 0.1.0 (memory layout ");
  },
});
