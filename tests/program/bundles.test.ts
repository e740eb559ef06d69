/**
 * Programs as bundlers write them: the library and its user in one file, with other names.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import * as esbuild from "esbuild";
// Here and nowhere else, so that nothing else needs them; the one without parts for each system, the other at a version
// whose parts are all there, as Deno asks for all of them.
import { rolldown } from "npm:rolldown@1.2.0";
import { type Plugin, rollup } from "npm:@rollup/wasm-node@4.50.0";
import { Compiler } from "../../src/serve/compile.ts";
import { run } from "./run.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const ENTRY = new URL("bundled.ts", import.meta.url).pathname;

/** TypeScript for those who read JavaScript only. */
const typescript: Plugin = {
  name: "typescript",
  async load(path) {
    const { code } = await esbuild.transform(await Deno.readTextFile(path), { loader: "ts", target: "esnext" });
    return code;
  },
};

type Bundler = (file: string, minify: boolean) => Promise<unknown>;

const BUNDLERS: Readonly<Record<string, Bundler>> = {
  "the dev server, with the library in the folder that is served,": async (file, minify) => {
    await using compiler = new Compiler({ root: ROOT, minify });
    await Deno.writeFile(file, (await compiler.compile(ENTRY)).code);
  },
  esbuild: (outfile, minify) => esbuild.build({ entryPoints: [ENTRY], outfile, minify, bundle: true, format: "esm" }),
  rollup: async (file, minify) => {
    const bundle = await rollup({ input: ENTRY, plugins: [typescript], onwarn() {} });
    await bundle.write({ file, format: "esm", compact: minify });
    if (!minify) return;
    const { code } = await esbuild.transform(await Deno.readTextFile(file), { minify, target: "esnext" });
    await Deno.writeTextFile(file, code);
  },
  rolldown: async (file, minify) => {
    const bundle = await rolldown({ input: ENTRY, logLevel: "silent" });
    await bundle.write({ file, format: "esm", minify });
  },
};

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  for (const minify of [false, true]) {
    Deno.test({
      name: `a program bundled by ${name}${minify ? " and minified" : ""} finds the library in its closures`,
      // The bundlers keep threads and processes of their own.
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const folder = await Deno.makeTempDir();
        try {
          await bundle(`${folder}/program.js`, minify);
          const { code, out, err } = await run(`${folder}/program.js`);
          assertEquals(err, "");
          assertEquals(out.trim().split("\n"), [
            '[true,true,"ChannelClosedError"]',
            '[0,"function",1]',
            "[3,true]",
            "1",
            "[true,1]",
            "[0]",
            "[0,2]",
            "ReferenceError",
            "ReferenceError",
          ]);
          assertEquals(code, 0);
        } finally {
          await esbuild.stop();
          await Deno.remove(folder, { recursive: true });
        }
      },
    });
  }
}
