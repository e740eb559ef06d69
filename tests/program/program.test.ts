/**
 * Whole programs, run as their users run them: how they end, what they need, what stays behind.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as esbuild from "esbuild";
import { run } from "./run.ts";

Deno.test("a program that leaves its block exits by itself, and closures need no permission", async () => {
  const { code, out, err } = await run("exits.ts");
  assertEquals(err, "");
  assertEquals(out, "42 hello!\nshutdown\n");
  assertEquals(code, 0);
});

Deno.test("a failure that nobody looked at ends a program as an unhandled rejection does", async () => {
  const { code, err } = await run("unseen.ts");
  assertStringIncludes(err, "nobody looked at this");
  assertEquals(code, 1);
});

Deno.test("a program whose task shuts the runtime down exits by itself", async () => {
  const { code, out, err } = await run("shutdown_from_task.ts");
  assertEquals(err, "");
  assertEquals(out, "ShutdownError\nshutdown\n");
  assertEquals(code, 0);
});

Deno.test("a program whose worker closes itself as the runtime shuts down is not warned of a task that goes on", async () => {
  const { code, out, err } = await run("closes.ts");
  assert(!err.includes("does not yield"), err);
  assertEquals(out, "shutdown\n");
  assertEquals(code, 0);
});

Deno.test("a program exits by itself, and warns of nothing, where workers block in channels and locks", async () => {
  const { code, out, err } = await run("blocked.ts");
  assertEquals(err, "");
  assertEquals(out, "shutdown\n");
  assertEquals(code, 0);
});

Deno.test("a program whose start comes to nothing hears of that, whatever else it waits for", async () => {
  const { code, out, err } = await run("starts.ts");
  // Deno itself tells of what it could not load.
  assert(!err.includes("webble:"), err);
  assertEquals(out, "InitError\n".repeat(3));
  assertEquals(code, 0);
});

Deno.test("a program whose glue never comes to its end is told so", async () => {
  const { code, out, err } = await run("glue_waits.ts");
  assertEquals(err, "");
  assertStringIncludes(out, "worker 0 has been importing the glue data:text/javascript,await new Promise(() => {})");
  assertStringIncludes(out, "LifecycleError");
  assertEquals(code, 0);
});

Deno.test("a program that only waits for a message that nobody can send ends, as with any promise", async () => {
  const { code, out, err, ms } = await run("waits_for_ever.ts");
  assertEquals(out, "waiting\n");
  assertStringIncludes(err, "never resolved");
  assertEquals(code, 1);
  assert(ms < 20_000, `${ms} ms`);
});

for (const minify of [false, true]) {
  Deno.test(`a program runs bundled with the names of functions kept${minify ? ", minified" : ""}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const outfile = `${folder}/program.js`;
      const entryPoint = new URL("kept_names.ts", import.meta.url).pathname;
      await esbuild.build({ entryPoints: [entryPoint], outfile, bundle: true, format: "esm", keepNames: true, minify });
      const { code, out, err } = await run(outfile);
      assertEquals(err, "");
      assertEquals(out, "12 double 7 nested\n");
      assertEquals(code, 0);
    } finally {
      await esbuild.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("workers forget shared memory that main has let go of", async () => {
  const { code, out, err } = await run("forgets.ts", "--v8-flags=--expose-gc");
  assertEquals(err, "");
  assertEquals(out, "forgotten\n");
  assertEquals(code, 0);
});

Deno.test("the generators of streams that were dropped end", async () => {
  const { code, out, err } = await run("drops.ts", "--v8-flags=--expose-gc");
  assertEquals(err, "");
  assertEquals(out, "0 generators are left\n");
  assertEquals(code, 0);
});

for (const kind of ["plain", "ghosts"]) {
  Deno.test(`fifty restarts leave no memory behind: ${kind}`, async () => {
    const { code, out, err } = await run("restarts.ts", "--v8-flags=--expose-gc", "--allow-sys", kind);
    assertEquals(code, 0, err);
    const resident: number[] = JSON.parse(out);
    const megabytes = resident.map((bytes) => Math.round(bytes / 2 ** 20));
    console.log(`resident megabytes after each ten restarts: ${megabytes.join(", ")}`);
    // What one run touches is about 2 MB, so that forty runs kept alive would show.
    assert(megabytes[4]! - megabytes[0]! < 40, `grew: ${megabytes}`);
  });
}

Deno.test("the version in the library is that of the package", async () => {
  const { VERSION } = await import("../../src/runtime/version.ts");
  const config = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  assertEquals(VERSION, config.version);
});
