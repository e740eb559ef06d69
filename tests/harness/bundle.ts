/**
 * Bundles of fixtures, for cases about bundled apps: made as the dev server makes them, and put where both homes can
 * reach them.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { isOffline, writeImportMap } from "../../.ci/offline.ts";
import { Compiler } from "../../src/serve/compile.ts";
import type { BundleOptions } from "./case.ts";

/** The folder of cases, fixtures and page: what the page's server serves. */
export const BEHAVIOUR: URL = new URL("../behaviour/", import.meta.url);

/** The import map that the bundler needs to find `@std`, if it is not the configuration's own. */
export async function importMap(): Promise<string | undefined> {
  return await isOffline() ? (await writeImportMap()).map : undefined;
}

/** Makes bundles in a folder of its own under `dist/`, which git ignores; disposing removes it. */
export class Bundles implements AsyncDisposable {
  readonly #folder = new URL(`dist/${Deno.pid}-${crypto.randomUUID().slice(0, 8)}/`, BEHAVIOUR);
  /** Each is made once: written again, a file would be half there for a worker that loads it. */
  readonly #made = new Map<string, Promise<string>>();

  /**
   * Bundles a fixture, if that has not been done.
   *
   * @param fixture Its path in `tests/behaviour/fixtures/`.
   * @param options How.
   * @returns The path of the result, relative to `tests/behaviour/`.
   */
  make(fixture: string, { minify = false }: BundleOptions = {}): Promise<string> {
    const name = `${fixture.replaceAll("/", "-")}${minify ? ".min" : ""}.js`;
    let made = this.#made.get(name);
    if (made === undefined) this.#made.set(name, made = this.#bundle(fixture, minify, name));
    return made;
  }

  async #bundle(fixture: string, minify: boolean, name: string): Promise<string> {
    await using compiler = new Compiler({
      root: fileURLToPath(BEHAVIOUR).replace(/[/\\]$/, ""),
      importMap: await importMap(),
      minify,
    });
    const bundle = await compiler.compile(fileURLToPath(new URL(`fixtures/${fixture}`, BEHAVIOUR)));
    if (!bundle.ok) throw new Error(`${fixture} does not compile: see above`);
    await Deno.mkdir(this.#folder, { recursive: true });
    const file = new URL(name, this.#folder);
    await Deno.writeFile(file, bundle.code);
    return file.href.slice(BEHAVIOUR.href.length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true }).catch(() => {}); // Nothing was bundled.
    await Deno.remove(new URL("dist/", BEHAVIOUR)).catch(() => {}); // Another run has bundles there.
  }
}
