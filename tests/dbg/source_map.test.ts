/**
 * The reader of source maps, against Node's own.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import * as esbuild from "esbuild";
import { SourceMap as Reference, type SourceMapPayload } from "node:module";
import { fileURLToPath } from "node:url";
import { SourceMap } from "../../src/dbg/source_map.ts";

const ENTRY = fileURLToPath(new URL("../../src/dbg/dbg.ts", import.meta.url));

Deno.test({
  name: "find() gives what Node's own reader gives",
  async fn() {
    for (const minify of [false, true]) {
      const { outputFiles } = await esbuild.build({
        entryPoints: [ENTRY],
        bundle: true,
        write: false,
        format: "esm",
        sourcemap: "external",
        outfile: "out.js",
        minify,
        logLevel: "silent",
      });
      const json = outputFiles.find(({ path }) => path.endsWith(".map"))!.text;
      const code = outputFiles.find(({ path }) => path.endsWith(".js"))!.text;
      const map = new SourceMap(json, "http://x/a/out.js");
      const reference = new Reference(JSON.parse(json) as SourceMapPayload);
      let found = 0;
      for (const [i, line] of code.split("\n").entries()) {
        for (let column = 0; column < line.length; column += 7) {
          const expected = reference.findEntry(i, column);
          // Node's goes on to the line before where a line has no segment yet.
          if (!("originalLine" in expected) || expected.generatedLine !== i) continue;
          const actual = map.find(i + 1, column + 1);
          assertEquals([actual?.line, actual?.column], [expected.originalLine + 1, expected.originalColumn + 1]);
          assertEquals(actual?.url, new URL(expected.originalSource, "http://x/a/out.js").href);
          assertEquals(actual?.from, expected.generatedColumn + 1);
          assert(actual?.text?.includes("export"));
          found++;
        }
      }
      assert(found > 500, `${found}`);
    }
    await esbuild.stop();
  },
});

Deno.test("find() gives nothing where there is nothing, and survives what is no map", () => {
  const empty = new SourceMap("{}", "http://x/");
  assertEquals(empty.find(1, 1), undefined);
  const map = new SourceMap(`)]}'\n{"sources":["a.ts",null],"mappings":"EAAA,CCAA,A;!?;;"}`, "http://x/b/c.js");
  assertEquals(map.find(1, 1), undefined);
  assertEquals(map.find(1, 3), { url: "http://x/b/a.ts", line: 1, column: 1, from: 3, text: undefined });
  assertEquals(map.find(1, 4), undefined);
  assertEquals(map.find(9, 1), undefined);
  const rooted = new SourceMap(`{"sources":["a.ts"],"sourceRoot":"/src","mappings":"AAAA"}`, "http://x/b/c.js");
  assertEquals(rooted.find(1, 8)?.url, "http://x/src/a.ts");
  assertThrows(() => new SourceMap("no", ""), SyntaxError);
});
