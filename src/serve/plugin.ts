/**
 * Teaches esbuild to resolve imports as Deno does, so that a page's code is served as it stands.
 *
 * Keeps true:
 * - a relative import, and one that the import map leads to a local file, costs no subprocess;
 * - within an npm package, esbuild's own rules for packages hold (`exports`, `browser`, extensions left out);
 * - `import.meta.url` and `import.meta.resolve` of a module in the served folder name that module, though it is bundled
 *   into another: `new URL("./worker.ts", import.meta.url)` means the worker beside it.
 *
 * @module
 */

import type { ImportKind, Loader, OnLoadArgs, OnLoadResult, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Config, mapSpecifier } from "./config.ts";
import type { CachedModule, ModuleGraph, NpmPackage, PackageModule } from "./graph.ts";

/** What a build is about. */
export interface PluginOptions {
  /** The served folder. */
  readonly root: string;
  /** The file that was asked for. */
  readonly entry: string;
  /** The configuration that governs it. */
  readonly config: Config;
  /** What Deno knows about modules from elsewhere. */
  readonly graph: ModuleGraph;
}

/** What the source says in place of `import.meta.url` and `import.meta.resolve`: see {@linkcode withOwnMeta}. */
export const META_DEFINES: Readonly<Record<string, string>> = {
  "import.meta.url": "__own_module.url",
  "import.meta.resolve": "__own_module.resolve",
};

const REMOTE = "remote";
const NATIVE = Symbol("esbuild resolves this itself");
const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".tsx": "tsx",
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
  ".jsx": "jsx",
};
const MEDIA_LOADERS: Readonly<Record<string, Loader>> = {
  TypeScript: "ts",
  Mts: "ts",
  Dts: "ts",
  TSX: "tsx",
  JSX: "jsx",
  Json: "json",
};
const ATTRIBUTE_LOADERS: Readonly<Record<string, Loader>> = { text: "text", bytes: "binary", json: "json" };

/**
 * Makes the plugin for one build.
 *
 * @param options What the build is about.
 * @returns The plugin.
 */
export function denoPlugin({ root, entry, config, graph }: PluginOptions): Plugin {
  let resolver: ReturnType<ModuleGraph["resolver"]> | undefined;
  async function resolve(build: PluginBuild, specifier: string, importer: string, kind: ImportKind) {
    const address = mapSpecifier(config.map, specifier, importer) ?? absolute(specifier, importer) ??
      (await (resolver ??= graph.resolver(entry)))(importer, specifier);
    if (address === undefined) {
      return failure(
        `Cannot resolve "${specifier}": it is neither relative nor an address, and no import map lists it. ` +
          `Add it to "imports" in ${join(config.folder, "deno.json")}`,
      );
    }
    const url = new URL(address);
    switch (url.protocol) {
      case "file:":
        return { path: fileURLToPath(url), suffix: url.search };
      case "node:":
        return failure(`"${address}" is a module of Node's, and a browser has none. Import it on the server only`);
      case "data:":
      case "blob:":
        return { path: address, external: true };
    }
    const found = await graph.find(address);
    if (found.kind === "module") return { path: found.address, namespace: REMOTE, pluginData: found };
    return await inPackage(build, found, kind);
  }

  return {
    name: "deno",
    setup(build) {
      build.onResolve({ filter: /.*/ }, async (args) => {
        if (args.kind === "entry-point" || args.kind === "url-token" || args.pluginData === NATIVE) return undefined;
        try {
          const from = args.namespace === "file" ? graph.packageOf(args.importer) : undefined;
          if (from !== undefined) return await fromPackage(build, graph, from, args.path, args.resolveDir, args.kind);
          const importer = args.namespace === REMOTE ? args.importer : pathToFileURL(args.importer).href;
          return await resolve(build, args.path, importer, args.kind);
        } catch (error) {
          return failure(error instanceof Error ? error.message : String(error));
        }
      });

      build.onLoad({ filter: /.*/, namespace: REMOTE }, async (args) => {
        const { path, mediaType }: CachedModule = args.pluginData;
        // The cache appends a comment of its own, which JSON cannot hold.
        const contents = (await Deno.readTextFile(path)).replace(/\n\/\/ denoCacheMetadata=[^\n]*\n?$/, "");
        return { contents, loader: attributed(args) ?? MEDIA_LOADERS[mediaType] ?? "js" };
      });

      build.onLoad({ filter: /.*/, namespace: "file" }, (args) => load(args, root, entry));
    },
  };
}

/** Where a relative specifier or an address leads. */
function absolute(specifier: string, importer: string): string | undefined {
  if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, importer).href;
  return URL.canParse(specifier) ? specifier : undefined;
}

async function load(args: OnLoadArgs, root: string, entry: string): Promise<OnLoadResult | undefined> {
  const byAttribute = attributed(args);
  if (byAttribute !== undefined) return { contents: await Deno.readFile(args.path), loader: byAttribute };
  const extension = extname(args.path);
  if (extension === ".css") {
    return failure(`${args.path} is a style sheet. Link it from the page, or import it with { type: "text" }`);
  }
  if (extension === ".wasm") {
    return failure(
      `${args.path} is WebAssembly, which browsers do not import. ` +
        `Use WebAssembly.instantiateStreaming(fetch(new URL("./${basename(args.path)}", import.meta.url)))`,
    );
  }
  const loader = LOADERS[extension];
  if (loader === undefined) return undefined;
  let text: string;
  try {
    text = await Deno.readTextFile(args.path);
  } catch {
    return failure(`Cannot read ${args.path}. Does it exist, with this extension?`);
  }
  const contents = withJsxRuntime(withOwnMeta(text, args.path, root, entry), loader);
  return { contents, loader, resolveDir: dirname(args.path) };
}

/**
 * Gives a module that speaks of itself its own `__own_module`, on its first line so that line numbers stay.
 *
 * Only a module in the served folder has a URL of its own; the others have the bundle's.
 */
function withOwnMeta(text: string, path: string, root: string, entry: string): string {
  // A script of the older kind that has these words in a string must not become a module by what is put before it.
  if (!/\bimport\s*\.\s*meta\s*(?:\.\s*(?:url|resolve)\b|\[)/.test(text) || path.endsWith(".cjs")) return text;
  const toRoot = relative(root, path);
  const isServed = toRoot !== "" && !toRoot.startsWith("..") && path !== entry;
  const way = relative(dirname(entry), path).replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
  const meta = isServed
    ? `/* @__PURE__ */ ((meta, url = new URL(${JSON.stringify(way)}, meta.url).href) => ({ url, ` +
      `resolve: (to) => /^\\.{0,2}\\//.test(to) ? new URL(to, url).href : meta.resolve(to) }))(import.meta)`
    : `/* @__PURE__ */ ((meta) => meta)(import.meta)`;
  const hashbang = text.startsWith("#!") ? text.slice(0, text.indexOf("\n") + 1) : "";
  return `${hashbang}const __own_module = ${meta}; ${text.slice(hashbang.length)}`;
}

/** A file that names where its JSX functions come from wants them imported, whatever the configuration says. */
function withJsxRuntime(text: string, loader: Loader): string {
  return loader.endsWith("x") && text.includes("@jsxImportSource") ? `/* @jsxRuntime automatic */ ${text}` : text;
}

/** The module that a package offers under a path. */
async function inPackage(build: PluginBuild, found: PackageModule, kind: ImportKind): Promise<OnResolveResult> {
  const { name, localPath } = found.package;
  const { exports } = JSON.parse(await Deno.readTextFile(join(localPath, "package.json")));
  // A package with `exports` may import itself by name, under the same rules as others import it.
  const specifier = exports === undefined ? `./${found.subpath}` : [name, found.subpath].filter(Boolean).join("/");
  return await native(build, specifier, localPath, kind);
}

async function fromPackage(
  build: PluginBuild,
  graph: ModuleGraph,
  from: NpmPackage,
  specifier: string,
  resolveDir: string,
  kind: ImportKind,
): Promise<OnResolveResult> {
  const own = await native(build, specifier, resolveDir, kind);
  if (!own.errors?.length || /^[./#]/.test(specifier)) return own;
  const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  const dependency = name === from.name ? from : graph.dependency(from, name);
  if (dependency === undefined) return own;
  return await inPackage(
    build,
    { kind: "package", package: dependency, subpath: specifier.slice(name.length + 1) },
    kind,
  );
}

async function native(build: PluginBuild, specifier: string, resolveDir: string, kind: ImportKind) {
  const result = await build.resolve(specifier, { resolveDir, kind, pluginData: NATIVE });
  const { path, namespace, external, sideEffects, suffix, errors, warnings } = result;
  return { path, namespace, external, sideEffects, suffix, errors, warnings };
}

function attributed(args: OnLoadArgs): Loader | undefined {
  return ATTRIBUTE_LOADERS[args.with.type ?? ""];
}

function failure(text: string): { errors: { text: string }[] } {
  return { errors: [{ text }] };
}
