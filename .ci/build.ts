/**
 * Builds `src/runtime/worker_source.ts`: the whole library as the text of the script that pool workers run.
 *
 * The library starts its workers from that text, so that it works bundled and unbundled with no worker file to
 * configure. `deno task check` verifies that the file is what this makes of the sources.
 */

import * as esbuild from "esbuild";

const TARGET = new URL("../src/runtime/worker_source.ts", import.meta.url);

/** Makes the file's text. */
export async function workerSource(): Promise<string> {
  const result = await esbuild.build({
    entryPoints: [new URL("../mod.ts", import.meta.url).pathname],
    bundle: true,
    write: false,
    // A script that exports nothing, so that it can be evaluated as well as loaded as a module.
    format: "iife",
    define: { "import.meta.url": '"worker"' },
    target: "es2022",
    minify: true,
    legalComments: "none",
    plugins: [{
      name: "without itself",
      setup(build) {
        // A pool worker starts no pool, so that its script need not hold the script.
        build.onLoad({ filter: /worker_source\.ts$/ }, () => ({ contents: 'export const WORKER_SOURCE = "";' }));
      },
    }],
  });
  await esbuild.stop();
  return `// Made from the other sources by \`deno task build\`. Do not edit.
// deno-fmt-ignore-file
// deno-lint-ignore-file
/** The script of pool workers. */
export const WORKER_SOURCE: string = ${JSON.stringify(result.outputFiles[0]!.text)};
`;
}

if (import.meta.main) {
  const text = await workerSource();
  if (Deno.args.includes("--check")) {
    if (await Deno.readTextFile(TARGET) !== text) {
      console.error("src/runtime/worker_source.ts is not what the sources make: run 'deno task build'");
      Deno.exit(1);
    }
  } else await Deno.writeTextFile(TARGET, text);
}
