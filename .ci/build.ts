/**
 * Builds `src/runtime/worker_source.ts`: the whole library as the text of the script that pool workers run.
 *
 * The library starts its workers from that text, so that it works bundled and unbundled with no worker file to
 * configure. `deno task check` verifies that the file is what this makes of the sources.
 *
 * A thread reads all of its script before it takes work, so the script comes in two texts: what every worker needs, and
 * what is read when a task first uses it, which shares the modules of the former.
 */

import * as esbuild from "esbuild";

const ROOT = new URL("../", import.meta.url);
const TARGET = new URL("src/runtime/worker_source.ts", ROOT);

/** Parts of the API that are read when they are first used, with the folders that hold them. */
const LATER = ["channel", "executor", "dbg"] as const;
/** Where `mod.ts` says so. */
const EXPORTS_OF_LATER = /^export .* from "\.\/src\/(?:channel|executor|dbg)\/.*";$/gm;

/** What a pool's worker never does, as it starts no pool: its script holds this in place of those modules. */
const ONLY_ON_MAIN: Readonly<Record<string, string>> = {
  // As if unbundled: closures of a user's own program never come from there.
  "src/classes.ts": "export const CLASSES = {};",
  "src/runtime/main_loop.ts": "export class MainLoop {}",
  "src/runtime/pool.ts": "export class Pool {}",
  "src/runtime/undertaker.ts": "export class Undertaker {}",
};

const OPTIONS = {
  bundle: true,
  write: false,
  // Scripts that export nothing, so that they can be evaluated as well as loaded as modules.
  format: "iife",
  target: "es2022",
  minify: true,
  legalComments: "none",
} as const satisfies esbuild.BuildOptions;

/** Makes the file's text. */
export async function workerSource(): Promise<string> {
  const boot = await buildBoot();
  const { text: later, shared } = await buildLater();
  const early = await buildEarly(shared);
  await esbuild.stop();
  return `// Made from the other sources by \`deno task build\`. Do not edit.
// deno-fmt-ignore-file
// deno-lint-ignore-file
/** What a worker begins with, where the rest comes by message. */
export const BOOT_SOURCE: string = ${JSON.stringify(boot)};
/** What every worker needs. It expects \`later\`, a function that gives what {@linkcode LATER_SOURCE} evaluates to, and \`headStart\`. */
export const EARLY_SOURCE: string = ${JSON.stringify(early)};
/** A function, as an expression: it takes the modules that it shares with the former, and gives the other parts of the API. */
export const LATER_SOURCE: string = ${JSON.stringify(later)};
`;
}

/** What a worker begins with, of which each function is called once: in parentheses they are compiled as they are read. */
async function buildBoot(): Promise<string> {
  const readable = await bundle(`import "./src/runtime/worker_boot.ts";`, { minify: false, minifySyntax: true });
  const text = readable.replace(/^ {2}function (\w+)(\([^]*?^ {2}\})$/gm, "  var $1 = (function$2);");
  return (await esbuild.transform(text, { minify: true, target: OPTIONS.target })).code;
}

/** What is read later, and the modules that it has in common with the rest. */
async function buildLater(): Promise<{ text: string; shared: string[] }> {
  const shared = new Set<string>();
  const contents = LATER.map((name) =>
    name === "dbg" ? `export { dbg } from "./src/dbg/dbg.ts";` : `export * as ${name} from "./src/${name}/mod.ts";`
  ).join("\n");
  const text = await bundle(contents, {
    globalName: "api",
    plugins: [{
      name: "shared modules",
      setup(build) {
        build.onResolve({ filter: /^\./ }, ({ path, importer, resolveDir }) => {
          const url = new URL(path, importer === "<stdin>" ? `file://${resolveDir}/` : `file://${importer}`);
          if (isLater(url)) return { path: url.pathname };
          const name = url.href.slice(ROOT.href.length);
          shared.add(name);
          return { path: name, namespace: "shared" };
        });
        build.onLoad({ filter: /./, namespace: "shared" }, async ({ path }) => {
          // Constants, which are as fast as the module's own names.
          const names = Object.keys(await import(new URL(path, ROOT).href));
          const values = names.map((name) => `export const ${name} = shared[${JSON.stringify(path)}].${name};`);
          return { contents: values.join("\n") };
        });
      },
    }],
  });
  return { text: `(shared)=>{${text}return api}`, shared: [...shared].sort() };
}

function buildEarly(shared: readonly string[]): Promise<string> {
  const contents = `import "./mod.ts";
import { runtime } from "./src/runtime/runtime.ts";
${shared.map((name, i) => `import * as shared${i} from "./${name}";`).join("\n")}
const shared = { ${shared.map((name, i) => `${JSON.stringify(name)}: shared${i}`).join(", ")} };
runtime().headStart = headStart;
runtime().defer(${JSON.stringify(LATER)}, () => later()(shared));`;
  return bundle(contents, {
    plugins: [{
      name: "without what comes later",
      setup(build) {
        build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
          const url = new URL(`file://${path}`);
          if (isLater(url)) return { contents: "" };
          const unused = ONLY_ON_MAIN[url.href.slice(ROOT.href.length)];
          if (unused !== undefined) return { contents: unused };
          if (url.href !== `${ROOT}mod.ts`) return undefined;
          return { contents: (await Deno.readTextFile(url)).replace(EXPORTS_OF_LATER, ""), loader: "ts" };
        });
      },
    }],
  });
}

function isLater(url: URL): boolean {
  return LATER.some((name) => url.href.startsWith(`${ROOT}src/${name}/`));
}

async function bundle(contents: string, options: esbuild.BuildOptions = {}): Promise<string> {
  const result = await esbuild.build({ ...OPTIONS, ...options, stdin: { contents, resolveDir: ROOT.pathname } });
  return result.outputFiles![0]!.text;
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
