/**
 * Where the packages of `@std` cannot be fetched, lets the tasks run on stand-ins for them.
 *
 * Prints nothing where Deno can cache them itself, else the two flags that put the stand-ins of `.ci/std/` in their
 * place: `--import-map=… --lock=…`. The tasks splice it in: `deno test $(deno run -A .ci/offline.ts) tests/`.
 *
 * Keeps true:
 * - `deno.json` is the one list of imports: the generated map is made from it, and replaces it as a whole;
 * - `deno.lock` never hears of a run on stand-ins, which has a lock of its own;
 * - what is generated lies in `.cache/offline/`, which git ignores;
 * - the question is put to the network once per `EXPIRY_MS`; in between, an answer takes one small file.
 *
 * @module
 */

import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Every entry of `@std` that this project imports, and the file that stands in for it. */
const STAND_INS: Readonly<Record<string, string>> = {
  "@std/assert": "assert.ts",
  "@std/http/etag": "etag.ts",
  "@std/http/file-server": "file_server.ts",
  "@std/testing/bdd": "bdd.ts",
};

const EXPIRY_MS = 15 * 60 * 1000;
const PROBE_MS = 20_000;

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FOLDER = join(ROOT, ".cache", "offline");
const ANSWER = join(FOLDER, "answer.json");
const MAP = join(FOLDER, "import_map.json");
const LOCK = join(FOLDER, "deno.lock");

interface Config {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
}

interface Answer {
  readonly offline: boolean;
  readonly asked: string;
  readonly until: number;
}

/**
 * Whether this machine has to make do with the stand-ins.
 *
 * @returns `true` where Deno cannot cache the packages of `@std`.
 */
export async function isOffline(): Promise<boolean> {
  const { imports } = await readConfig();
  const wanted = Object.keys(STAND_INS).map((entry) => toSpecifier(entry, imports));
  const asked = `${Deno.version.deno} ${wanted.join(" ")}`;
  const known = await readAnswer();
  if (known !== undefined && known.asked === asked && Date.now() < known.until) return known.offline;

  const offline = !await canCache(wanted);
  if (offline) {
    console.error("The packages of @std cannot be fetched here: using the stand-ins in .ci/std/ for them.");
  }
  await write(ANSWER, JSON.stringify({ offline, asked, until: Date.now() + EXPIRY_MS } satisfies Answer));
  return offline;
}

/**
 * Writes the import map on stand-ins.
 *
 * @returns Its path and that of the lock that goes with it.
 */
export async function writeImportMap(): Promise<{ map: string; lock: string }> {
  const { name, exports, imports } = await readConfig();
  const map: Record<string, string> = {};
  for (const [key, target] of Object.entries(imports)) {
    if (!target.startsWith("jsr:")) map[key] = target.startsWith(".") ? local(target) : target;
  }
  // Listed by name too: with a map of our own, Deno no longer maps the package's name to its exports.
  for (const [entry, target] of Object.entries(exports)) map[name + entry.slice(1)] = local(target);
  for (const [entry, file] of Object.entries(STAND_INS)) map[entry] = local(`.ci/std/${file}`);
  await write(MAP, JSON.stringify({ imports: map }, null, 2) + "\n");
  // Begins as a copy, so that what comes from npm is the same as elsewhere.
  const lock = await Deno.readTextFile(join(ROOT, "deno.lock")).catch(() => undefined);
  if (lock !== undefined && !(await Deno.stat(LOCK).catch(() => undefined))) await write(LOCK, lock);
  return { map: MAP, lock: LOCK };
}

/** The flags for `deno run`, `test`, `check` and the like: none where none are needed. */
async function flags(): Promise<string[]> {
  if (!await isOffline()) return [];
  const { map, lock } = await writeImportMap();
  // Relative, as a task starts in the project's folder: a space in the path to it must not split the flag.
  const here = (path: string) => relative(Deno.cwd(), path).replaceAll("\\", "/");
  return [`--import-map=${here(map)}`, `--lock=${here(lock)}`];
}

/** `./mod.ts`, as seen from the folder of the generated map. */
function local(path: string): string {
  return "../../" + path.replace(/^\.\//, "");
}

/** `@std/http/etag` as `jsr:@std/http@^1/etag`, with the version that `deno.json` asks for. */
function toSpecifier(entry: string, imports: Config["imports"]): string {
  const name = entry.split("/").slice(0, 2).join("/");
  const target = imports[name];
  if (target === undefined) {
    throw new Error(`deno.json does not list ${name}, and .ci/offline.ts has a stand-in for it`);
  }
  return target + entry.slice(name.length);
}

async function canCache(specifiers: string[]): Promise<boolean> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["cache", "--quiet", "--no-config", "--no-lock", ...specifiers],
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(PROBE_MS),
  });
  return (await command.output()).success;
}

async function readConfig(): Promise<Config> {
  return JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
}

async function readAnswer(): Promise<Answer | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(ANSWER));
  } catch {
    return undefined; // Never asked, or cut off while it was written: ask again.
  }
}

/** Replaces a file in one step, so that a task that starts meanwhile reads the old or the new one. */
async function write(path: string, text: string): Promise<void> {
  if (await Deno.readTextFile(path).catch(() => undefined) === text) return;
  await Deno.mkdir(FOLDER, { recursive: true });
  const draft = `${path}.${Deno.pid}`;
  await Deno.writeTextFile(draft, text);
  await Deno.rename(draft, path);
}

if (import.meta.main) console.log((await flags()).join(" "));
