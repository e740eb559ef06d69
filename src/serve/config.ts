/**
 * The configuration that governs a file: the nearest `deno.json` or `deno.jsonc`, and what it says of imports and JSX.
 *
 * Read without a subprocess, so that a page whose imports are relative or mapped to local files pays nothing for the
 * rest. What this leaves out (workspaces, `package.json`, links) is asked of Deno itself: see `graph.ts`.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** An import map with absolute addresses. */
export interface ImportMap {
  /** Specifier, or its start where it ends with a slash, to address. */
  readonly imports: Readonly<Record<string, string>>;
  /** The address that an importer begins with, to the imports that hold for it. */
  readonly scopes: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What governs the files of one folder. */
export interface Config {
  /** The folder of the configuration, or the file's own where there is none. */
  readonly folder: string;
  /** The files that were read: a change in one of them changes what imports mean. */
  readonly files: readonly string[];
  /** How specifiers are mapped. */
  readonly map: ImportMap;
  /** Compiler options as esbuild takes them. */
  readonly compilerOptions: Readonly<Record<string, unknown>>;
}

interface ConfigFile {
  name?: string;
  exports?: string | Record<string, string>;
  imports?: Record<string, string>;
  scopes?: Record<string, Record<string, string>>;
  importMap?: string;
  compilerOptions?: Record<string, unknown>;
}

const NAMES = ["deno.json", "deno.jsonc"];

/** The files that say what specifiers mean. */
const CONFIG_NAMES = [...NAMES, "package.json"];

/** The compiler options that change what esbuild writes; the others are about types, or Deno's alone. */
const EMITTING = ["jsx", "jsxFactory", "jsxFragmentFactory", "jsxImportSource", "experimentalDecorators"];

/**
 * Reads the configuration for the files of `folder`.
 *
 * @param folder Where to begin: the nearest configuration at or above it counts.
 * @param importMap A map to use in place of the configuration's own.
 * @returns What was found, or an empty configuration.
 * @throws {SyntaxError} A file is no JSON; the message names it.
 */
export async function readConfig(folder: string, importMap?: string): Promise<Config> {
  const files: string[] = [];
  const path = await findConfig(folder);
  const config: ConfigFile = path === undefined ? {} : await readJson(path);
  if (path !== undefined) files.push(path);
  const mapPath = importMap ??
    (path !== undefined && config.importMap !== undefined ? join(dirname(path), config.importMap) : undefined);
  const map: ConfigFile = mapPath === undefined ? config : await readJson(mapPath);
  if (mapPath !== undefined) files.push(mapPath);

  const base = pathToFileURL(mapPath ?? path ?? join(folder, "deno.json")).href;
  const imports = { ...toAddresses(map.imports ?? {}, base), ...ownExports(config, path) };
  const scopes: Record<string, Record<string, string>> = {};
  for (const [prefix, inner] of Object.entries(map.scopes ?? {})) {
    scopes[new URL(prefix, base).href] = toAddresses(inner, base);
  }
  return {
    folder: path === undefined ? folder : dirname(path),
    files,
    map: { imports, scopes },
    compilerOptions: toCompilerOptions(config.compilerOptions ?? {}),
  };
}

/**
 * The configurations in these folders and above them: of the workspace they may belong to, and of its members.
 *
 * @param folders Absolute paths.
 * @returns The files that are there, and those that are not: one that comes may count.
 */
export async function configsOver(folders: readonly string[]): Promise<{ files: string[]; absent: string[] }> {
  const all = new Set<string>();
  for (const folder of folders) {
    for (let at = folder; !all.has(at); at = dirname(at)) all.add(at);
  }
  const paths = [...all].flatMap((folder) => CONFIG_NAMES.map((name) => join(folder, name)));
  const isThere = await Promise.all(paths.map(async (path) => (await Deno.stat(path).catch(() => undefined))?.isFile));
  return { files: paths.filter((_, i) => isThere[i]), absent: paths.filter((_, i) => !isThere[i]) };
}

/**
 * Maps a specifier as an import map says.
 *
 * @param map The map.
 * @param specifier As it stands in the source.
 * @param importer The address of the module in which it stands.
 * @returns The address, or `undefined` where the map does not say.
 */
export function mapSpecifier(map: ImportMap, specifier: string, importer: string): string | undefined {
  const scopes = Object.keys(map.scopes)
    .filter((prefix) => importer === prefix || (prefix.endsWith("/") && importer.startsWith(prefix)))
    .sort((a, b) => b.length - a.length);
  for (const imports of [...scopes.map((prefix) => map.scopes[prefix] ?? {}), map.imports]) {
    const exact = imports[specifier];
    if (exact !== undefined) return exact;
    const prefix = Object.keys(imports)
      .filter((key) => key.endsWith("/") && specifier.startsWith(key))
      .sort((a, b) => b.length - a.length)[0];
    if (prefix !== undefined) return imports[prefix] + specifier.slice(prefix.length);
  }
  return undefined;
}

async function findConfig(folder: string): Promise<string | undefined> {
  for (let at = folder;; at = dirname(at)) {
    for (const name of NAMES) {
      const path = join(at, name);
      if ((await Deno.stat(path).catch(() => undefined))?.isFile) return path;
    }
    if (dirname(at) === at) return undefined;
  }
}

function toAddresses(imports: Record<string, string>, base: string): Record<string, string> {
  const addresses: Record<string, string> = {};
  for (const [key, target] of Object.entries(imports)) {
    const isPath = /^\.{0,2}\//.test(target);
    const address = isPath ? new URL(target, base).href : target;
    addresses[key] = address;
    // As in Deno: an entry for a package holds for what lies in it too.
    if (!isPath && !key.endsWith("/") && /^(jsr|npm):/.test(target)) addresses[key + "/"] ??= address + "/";
  }
  return addresses;
}

/** A package may import itself by its name. */
function ownExports({ name, exports }: ConfigFile, path: string | undefined): Record<string, string> {
  if (name === undefined || exports === undefined || path === undefined) return {};
  const entries = typeof exports === "string" ? { ".": exports } : exports;
  const base = pathToFileURL(path).href;
  return Object.fromEntries(
    Object.entries(entries).map(([entry, target]) => [name + entry.slice(1), new URL(target, base).href]),
  );
}

function toCompilerOptions(options: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.fromEntries(EMITTING.filter((key) => key in options).map((key) => [key, options[key]]));
  // Deno's own mode, which differs from the automatic one in speed on servers only.
  if (kept.jsx === "precompile") kept.jsx = "react-jsx";
  return kept;
}

async function readJson(path: string): Promise<ConfigFile> {
  const text = await Deno.readTextFile(path);
  // Comments and commas at the end are allowed in a configuration; strings stay as they are.
  const bare = text
    .replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_, string) => string ?? "")
    .replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, string) => string ?? "");
  try {
    return bare.trim() === "" ? {} : JSON.parse(bare);
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
