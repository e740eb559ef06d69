/**
 * Puts the peers' packages where a page can import them: `dist/`, which git ignores.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { COMLINK, MULTITHREADING, WORKERPOOL } from "./adapters/versions.ts";

const FOLDER = new URL("./dist/", import.meta.url);

const BUNDLED: Readonly<Record<string, string>> = {
  "comlink": COMLINK,
  "workerpool": WORKERPOOL,
};

/** Makes them anew. */
export async function makePackages(): Promise<void> {
  await Deno.mkdir(FOLDER, { recursive: true });
  for (const [name, version] of Object.entries(BUNDLED)) {
    const entry = new URL(`${name}_entry.ts`, FOLDER);
    const specifier = JSON.stringify(`npm:${name}@${version}`);
    const main = name === "workerpool" ? `export { default } from ${specifier};` : `export * from ${specifier};`;
    await Deno.writeTextFile(entry, main);
    await deno("bundle", "--platform=browser", "-o", path(`${name}.js`), fileURLToPath(entry));
    await Deno.remove(entry);
  }
  await copyMultithreading();
}

/** Its worker is a file beside its module, so it is taken as it is. */
async function copyMultithreading(): Promise<void> {
  const id = `multithreading@${MULTITHREADING}`;
  const { npmPackages } = JSON.parse(await deno("info", "--json", `npm:${id}`));
  await copy(`${npmPackages[id].localPath}/src`, path("multithreading"));
  await Deno.writeTextFile(new URL("multithreading.js", FOLDER), 'export * from "./multithreading/browser/lib.js";\n');
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else if (name.endsWith(".js")) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

async function deno(command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [command, "--quiet", "--no-lock", ...args],
    cwd: fileURLToPath(FOLDER),
  }).output();
  if (!success) throw new Error(`Cannot ${command} for the page: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

function path(name: string): string {
  return fileURLToPath(new URL(name, FOLDER));
}
