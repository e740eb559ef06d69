/**
 * TypeScript and JSX as the JavaScript that a browser runs: one file asked for, one bundle given, with its source map
 * inside.
 *
 * Keeps true:
 * - a bundle is given again only while every file that went into it has the time and size it had before the build
 *   read it, and no configuration has come nearer, so what is served is never older than what is on disk;
 * - the same file asked for twice at once is built once; who asks while it is being built gets what was there when they asked;
 * - a file that does not compile gives JavaScript too, which says so in the page (see `report.ts`).
 *
 * @module
 */

import { eTag } from "@std/http/etag";
import type { BuildFailure } from "esbuild";
import { dirname, resolve } from "node:path";
import { type Config, configsOver, readConfig } from "./config.ts";
import { ModuleGraph } from "./graph.ts";
import { denoPlugin, META_DEFINES } from "./plugin.ts";
import { reportScript } from "./report.ts";
import { acquire, build, formatMessages, release } from "./service.ts";

/** What to compile, and how. */
export interface CompilerOptions {
  /** The folder that is served: error messages are relative to it. */
  root: string;
  /** An import map in place of the one of the nearest `deno.json`. */
  importMap?: string | undefined;
  /** Whether to shorten the output, names included. Default `false`. */
  minify?: boolean;
  /** What to do with the text of an error. By default it goes to the console. */
  onError?: (text: string) => void;
}

/** A compiled file. */
export interface Bundle {
  /** The JavaScript. */
  readonly code: Uint8Array<ArrayBuffer>;
  /** Its entity tag. */
  readonly etag: string;
  /** Whether the file compiled; if not, `code` throws the error. */
  readonly ok: boolean;
}

interface Entry {
  readonly bundle: Bundle;
  /** Path to fingerprint of each file that went in, and of those that were looked for and not there. */
  readonly inputs: ReadonlyMap<string, string>;
}

/** In place of the fingerprint of a file that is not there. */
const ABSENT = "absent";
/** A file as young as this may change again without a change of its time: such a build is not kept. */
const SETTLED_MS = 50;

/** Compiles files, and remembers. Dispose of it to let esbuild's process go. */
export class Compiler implements AsyncDisposable {
  readonly #options: CompilerOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #building = new Map<string, Promise<Bundle>>();
  readonly #graphs = new Map<string, ModuleGraph>();
  #closed = false;

  /** @param options What to compile, and how. */
  constructor(options: CompilerOptions) {
    this.#options = options;
    acquire();
  }

  /**
   * Compiles the file at `path` with all that it imports.
   *
   * @param path The absolute path of a TypeScript or JSX file.
   * @returns The bundle.
   */
  async compile(path: string): Promise<Bundle> {
    // One that is under way may have read a file before it was changed. What is begun from now on has not.
    await this.#building.get(path)?.catch(() => {});
    const known = this.#entries.get(path);
    if (known !== undefined && await isFresh(known)) return known.bundle;
    let building = this.#building.get(path);
    if (building === undefined) {
      building = this.#build(path).finally(() => this.#building.delete(path));
      this.#building.set(path, building);
    }
    return await building;
  }

  /** Waits for builds under way, and stops esbuild where no other compiler needs it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#building.values());
    await release();
  }

  async #build(path: string): Promise<Bundle> {
    const { root, importMap } = this.#options;
    const started = Date.now();
    try {
      const config = await readConfig(dirname(path), importMap);
      const graph = await this.#graphOf(config);
      const result = await this.#run(path, config, graph);
      const code = result.outputFiles[0]?.contents ?? new Uint8Array();
      const bundle = { code: new Uint8Array(code), etag: await eTag(new Uint8Array(code)), ok: true };
      const files = Object.keys(result.metafile.inputs)
        .filter((input) => !/^(remote|\(disabled\)):/.test(input))
        .map((input) => resolve(root, input.replace(/\?.*$/, "")));
      // Those of packages do not change.
      const own = files.filter((file) => graph.packageOf(file) === undefined);
      const governing = await configsOver(own.map((file) => dirname(file)));
      const inputs = await fingerprints([...files, ...config.files, ...governing.files], started - SETTLED_MS);
      for (const absent of governing.absent) inputs?.set(absent, ABSENT);
      if (inputs !== undefined) this.#entries.set(path, { bundle, inputs });
      else this.#entries.delete(path);
      return bundle;
    } catch (error) {
      this.#entries.delete(path);
      return await this.#failed(path, error);
    }
  }

  #run(path: string, config: Config, graph: ModuleGraph) {
    const { root, minify } = this.#options;
    return build({
      entryPoints: [path],
      outfile: `${path}.js`,
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "browser",
      // As written: a closure that is sent to a worker by its source must not lean on helpers outside of it.
      target: "esnext",
      // No browser has them yet.
      supported: { decorators: false },
      minify: minify ?? false,
      sourcemap: minify ? false : "inline",
      charset: "utf8",
      logLevel: "silent",
      define: META_DEFINES,
      tsconfigRaw: { compilerOptions: config.compilerOptions },
      plugins: [denoPlugin({ root, entry: path, config, graph })],
    });
  }

  /** One graph per state of a configuration: when that changes, so may what addresses mean. */
  async #graphOf(config: Config): Promise<ModuleGraph> {
    const prints = await fingerprints(config.files, Infinity) ?? new Map();
    const key = JSON.stringify([config.folder, ...prints]);
    let graph = this.#graphs.get(key);
    if (graph === undefined) {
      this.#graphs.clear();
      this.#graphs.set(key, graph = new ModuleGraph(config.folder, this.#options.importMap));
    }
    return graph;
  }

  async #failed(path: string, error: unknown): Promise<Bundle> {
    const messages = isBuildFailure(error)
      ? error.errors.map((message) => ({ ...message, pluginName: "" }))
      : [{ text: error instanceof Error ? error.message : String(error) }];
    const format = (color: boolean) => formatMessages(messages, { kind: "error", color });
    const say = this.#options.onError ?? console.error;
    say((await format(!Deno.noColor && Deno.stderr.isTerminal())).join("\n").trimEnd());
    const code = new TextEncoder().encode(reportScript(path.slice(this.#options.root.length + 1), await format(false)));
    return { code, etag: await eTag(code), ok: false };
  }
}

async function isFresh({ inputs }: Entry): Promise<boolean> {
  const now = await Promise.all([...inputs.keys()].map(fingerprint));
  return [...inputs.values()].every((before, i) => before === (now[i] ?? ABSENT));
}

/** What each file was; `undefined` where one changed so lately that it may have been read before or after. */
async function fingerprints(paths: readonly string[], before: number): Promise<Map<string, string> | undefined> {
  const prints = new Map<string, string>();
  for (const path of paths) {
    const print = await fingerprint(path);
    if (print === undefined || Number(print.split(" ")[0]) >= before) return undefined;
    prints.set(path, print);
  }
  return prints;
}

async function fingerprint(path: string): Promise<string | undefined> {
  const info = await Deno.stat(path).catch(() => undefined);
  return info && `${info.mtime?.getTime() ?? 0} ${info.size}`;
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
