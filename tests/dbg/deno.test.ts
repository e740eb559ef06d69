/**
 * `dbg` in whole programs of Deno's: what it prints where, with which permissions, and that it never asks for any.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import * as esbuild from "esbuild";
import { fileURLToPath } from "node:url";

const HERE = new URL(".", import.meta.url);

async function run(
  program: string,
  { flags = [], args = [], cwd = HERE }: { flags?: string[]; args?: string[]; cwd?: URL | string } = {},
): Promise<{ code: number; out: string[]; err: string[] }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-lock", "--no-check", ...flags, program, ...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const lines = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trimEnd().split("\n");
  return { code, out: lines(stdout), err: lines(stderr) };
}

const PROGRAM = fileURLToPath(new URL("program.ts", HERE));

Deno.test("dbg with permission to read: place and expression, relative to the current directory", async () => {
  for (const allowed of ["--allow-read", `--allow-read=${PROGRAM}`, "-A"]) {
    const { code, out, err } = await run(PROGRAM, { flags: [allowed] });
    assertEquals(err, [""]);
    assertEquals(out, [
      "[program.ts:20:1] box.width * 2 = 42",
      "worker 0 [closure area:2:10] width * 3 = 63",
      '[program.ts:25:13] "end" = "end"',
      "end",
    ]);
    assertEquals(code, 0);
  }
});

Deno.test("dbg without permission: no prompt, no expression, the rest as ever", async () => {
  const without = [
    "[program.ts:20:1] 42",
    "worker 0 [closure area:2:10] width * 3 = 63",
    '[program.ts:25:13] "end"',
    "end",
  ];
  // With and without the flag that turns prompts into refusals; granted elsewhere; denied here.
  for (const flags of [[], ["--no-prompt"], ["--allow-read=/nowhere"], ["-A", `--deny-read=${PROGRAM}`]]) {
    const { code, out, err } = await run(PROGRAM, { flags });
    assertEquals(err, [""]);
    assertEquals(out, without);
    assertEquals(code, 0);
  }
});

Deno.test("dbg does not even try to read without permission, and once with it", async () => {
  const reads = async (flags: string[]) => {
    const { out } = await run(PROGRAM, { flags, args: ["debug", "watch"] });
    return out.filter((line) => line === "a read").length;
  };
  assertEquals(await reads([]), 0);
  assertEquals(await reads(["--allow-read"]), 1);
});

Deno.test("dbg writes to standard output at debug, info and log, to standard error at the others", async () => {
  for (const level of ["debug", "info", "log"]) {
    const { out, err } = await run(PROGRAM, { flags: ["-A"], args: [level] });
    assertEquals(err, [""]);
    assertEquals(out.length, 4);
  }
  for (const level of ["error", "warn", "trace"]) {
    const { out, err } = await run(PROGRAM, { flags: ["-A"], args: [level] });
    assertEquals(out, ["end"]);
    const text = err.join("\n");
    for (const part of ["box.width * 2 = 42", "worker 0 [closure area:2:10] width * 3 = 63", '"end" = "end"']) {
      assertStringIncludes(text, part);
    }
  }
});

Deno.test("dbg outside of the current directory names the whole path", async () => {
  const { out } = await run(PROGRAM, { flags: ["-A"], cwd: new URL("../model/", HERE) });
  assertEquals(out[0], `[${PROGRAM}:20:1] box.width * 2 = 42`);
});

Deno.test("dbg in evaluated code, in a file that has changed, in one whose name is odd", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const library = new URL("../../mod.ts", HERE).href;
  try {
    await Deno.writeTextFile(
      `${folder}/a (b) % ü.ts`,
      `import { dbg } from ${JSON.stringify(library)};
(0, eval)("globalThis.f = (dbg) => dbg(1)")(dbg);
new Function("dbg", "dbg(2);\\n//# sourceURL=made.js")(dbg);
dbg(3 as number);
await import("data:text/javascript," + encodeURIComponent("globalThis.g = (dbg) => dbg( 4 )"));
(globalThis as unknown as { g(d: typeof dbg): void }).g(dbg);
Deno.writeTextFileSync(new URL(import.meta.url), "");
dbg(5);
await Promise.resolve(6).then(dbg);
setTimeout(dbg, 0);
`,
    );
    const { out, err } = await run("./a (b) % ü.ts", { flags: ["-A"], cwd: folder });
    assertEquals(err, [""]);
    assertEquals(out, [
      "[eval:1:25] 1",
      "[made.js:3:1] 2",
      "[a (b) % ü.ts:4:1] 3 as number = 3",
      "[data:…:1:25] 4",
      // Read before.
      "[a (b) % ü.ts:8:1] 5 = 5",
      "[a (b) % ü.ts:9:1] 6",
      "[unknown place]",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "dbg in a bundle that Deno runs names the original, through the source map",
  async fn() {
    const folder = await Deno.realPath(await Deno.makeTempDir());
    try {
      for (const sourcemap of ["inline", "linked"] as const) {
        const outfile = `${folder}/${sourcemap}.js`;
        await esbuild.build({ entryPoints: [PROGRAM], bundle: true, format: "esm", sourcemap, outfile, minify: true });
        const { out, err } = await run(outfile, { flags: ["-A"] });
        assertEquals(err, [""]);
        assertEquals(out[0], "[program.ts:20:1] box.width * 2 = 42");
        assertStringIncludes(out[1]!, "worker 0 [closure:1:");
        assertStringIncludes(out[1]!, "*3 = 63");
        assertEquals(out[2], '[program.ts:25:13] "end" = "end"');
      }
    } finally {
      await esbuild.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
