/**
 * Everything about the source that a machine can say without running it: formatting, lint, types, generated source,
 * documentation, and whether it could be released. `deno task check`.
 *
 * Each step runs whether or not one before it failed; the end lists what ran, what failed, and what could not run as it
 * stands and why. The exit code is 1 where a step failed.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isOffline, writeImportMap } from "./offline.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

interface Step {
  readonly name: string;
  readonly args: readonly string[];
  readonly folder?: string;
  /** What was done in place of the real thing, and why. */
  readonly note?: string;
}

interface Config {
  imports: Record<string, string>;
  publish: { include: string[] };
}

const offline = await isOffline();
const { map, lock } = await writeImportMap();
const flags = offline ? [`--import-map=${map}`, `--lock=${lock}`] : [];
const entries = Object.values<string>(JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json"))).exports);
await using release = offline ? await copyOnStandIns() : undefined;

const steps: Step[] = [
  { name: "formatting", args: ["fmt", "--check", "."] },
  { name: "lint", args: ["lint", "."] },
  { name: "types", args: ["check", "--quiet", ...flags, ".", ".ci/"] },
  { name: "generated source", args: ["run", "--quiet", "-A", ...flags, ".ci/build.ts", "--check"] },
  { name: "documentation", args: ["doc", "--quiet", "--lint", ...flags, ...entries] },
  {
    name: "release",
    args: ["publish", "--dry-run", "--allow-dirty", "--quiet"],
    ...(release &&
      { folder: release.folder, note: "of a copy on stand-ins, as the packages of @std cannot be fetched" }),
  },
];

const results: string[] = [];
let failed = 0;
for (const { name, args, folder, note } of steps) {
  console.log(`\n== ${name}: deno ${args.filter((arg) => !flags.includes(arg)).join(" ")}`);
  const command = new Deno.Command(Deno.execPath(), { args: [...args], cwd: folder ?? ROOT });
  const { success } = await command.spawn().status;
  if (!success) failed++;
  results.push(`${success ? "ok    " : "FAILED"}  ${name}${note ? ` (${note})` : ""}`);
}
console.log(`\n${results.join("\n")}`);
if (failed > 0) {
  console.log(`\n${failed} of ${steps.length} checks failed.`);
  Deno.exitCode = 1;
}

/** A copy of what is released, whose configuration names the stand-ins: `deno publish` takes no import map. */
async function copyOnStandIns(): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir();
  const config: Config = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const { imports } = JSON.parse(await Deno.readTextFile(map));
  for (const name of Object.keys(config.imports)) if (name.startsWith("@std/")) delete config.imports[name];
  for (const [name, target] of Object.entries<string>(imports)) {
    if (name.startsWith("@std/")) config.imports[name] = target.replace(/^(\.\.\/)+/, "./");
  }
  config.publish.include.push(".ci/std/*");
  for (const pattern of config.publish.include) {
    const [top = ""] = pattern.split("/*");
    await copy(join(ROOT, top), join(folder, top));
  }
  await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify(config));
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

async function copy(from: string, to: string): Promise<void> {
  const info = await Deno.stat(from).catch(() => undefined);
  if (info === undefined) return; // Listed for release and not written yet: the dry run says what it misses.
  if (info.isFile) {
    await Deno.mkdir(join(to, ".."), { recursive: true });
    return await Deno.copyFile(from, to);
  }
  for await (const { name } of Deno.readDir(from)) await copy(join(from, name), join(to, name));
}
