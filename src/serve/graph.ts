/**
 * What Deno knows about modules that do not lie in the user's own files: where `npm:`, `jsr:` and `https:` modules are
 * in its cache, which version is meant, and what a specifier means under rules that `config.ts` does not read.
 *
 * Every answer comes from `deno info --json`, which costs a subprocess, so it is asked once per address and kept for
 * as long as the configuration stays; what a specifier means, once for each build that has to know.
 *
 * @module
 */

/** A module in Deno's cache. */
export interface CachedModule {
  readonly kind: "module";
  /** Its address after redirects. */
  readonly address: string;
  /** The file that holds its text. */
  readonly path: string;
  /** What Deno takes it for: `TypeScript`, `JavaScript`, `Json` … */
  readonly mediaType: string;
}

/** A module of an npm package. */
export interface PackageModule {
  readonly kind: "package";
  readonly package: NpmPackage;
  /** What follows the package's name: `jsx-runtime`, or nothing. */
  readonly subpath: string;
}

/** An npm package where Deno put it. */
export interface NpmPackage {
  readonly name: string;
  /** Its folder. */
  readonly localPath: string;
  /** The ids of the packages that it depends on. */
  readonly dependencies: readonly string[];
}

interface Info {
  readonly modules: readonly InfoModule[];
  readonly redirects: Readonly<Record<string, string>>;
  readonly npmPackages?: Readonly<Record<string, NpmPackage>>;
}

interface InfoModule {
  readonly specifier: string;
  readonly kind?: string;
  readonly local?: string;
  readonly mediaType?: string;
  readonly npmPackage?: string;
  readonly error?: string;
  readonly dependencies?: readonly { readonly specifier: string; readonly code?: { readonly specifier?: string } }[];
}

/** Asks Deno about modules, and remembers. */
export class ModuleGraph {
  readonly #folder: string;
  readonly #flags: readonly string[];
  readonly #modules = new Map<string, InfoModule>();
  readonly #redirects = new Map<string, string>();
  readonly #packages = new Map<string, NpmPackage>();
  readonly #folders = new Map<string, NpmPackage>();
  readonly #asked = new Map<string, Promise<void>>();

  /**
   * @param folder Where Deno looks for a configuration and a lock.
   * @param importMap A map that replaces the configuration's.
   */
  constructor(folder: string, importMap?: string) {
    this.#folder = folder;
    // With a map from outside, the project's lock says nothing about what is imported, and must not learn of it.
    this.#flags = importMap === undefined ? [] : [`--import-map=${importMap}`, "--no-lock"];
  }

  /**
   * Finds a module by its address.
   *
   * @param address `npm:preact@10`, `jsr:@std/path`, `https://…`.
   * @returns Where it is.
   * @throws {Error} Deno cannot get it; the message is Deno's.
   */
  async find(address: string): Promise<CachedModule | PackageModule> {
    if (this.#lookUp(address) === undefined) await this.#ask(address);
    const module = this.#lookUp(address);
    if (module === undefined) throw new Error(`Deno does not know ${address}`);
    if (module.error !== undefined) throw new Error(module.error);
    if (module.npmPackage !== undefined) {
      const found = this.#packages.get(module.npmPackage);
      if (found === undefined) throw new Error(`Deno did not say where it keeps ${module.npmPackage}`);
      const subpath = module.specifier.match(/^npm:\/?(?:@[^/]+\/)?[^/]+\/(.+)$/)?.[1] ?? "";
      return { kind: "package", package: found, subpath };
    }
    if (module.local === undefined) throw new Error(`${address} is no module that a browser can run`);
    return {
      kind: "module",
      address: module.specifier,
      path: module.local,
      mediaType: module.mediaType ?? "JavaScript",
    };
  }

  /**
   * How Deno resolves specifiers in the modules that one imports, under workspaces, `package.json` and whatever else applies.
   *
   * Asked anew each time: any of many files may have changed what a specifier means.
   *
   * @param entry The module from which to look at the graph.
   * @returns Gives the address of a specifier, by the address of the module in which it stands; `undefined` where Deno does not
   * know it either.
   */
  async resolver(entry: string): Promise<(importer: string, specifier: string) => string | undefined> {
    const modules = new Map((await this.#inspect(entry)).map((module) => [module.specifier, module]));
    return (importer, specifier) =>
      modules.get(importer)?.dependencies?.find((one) => one.specifier === specifier)?.code?.specifier;
  }

  /** The package in whose folder the file lies, if any. */
  packageOf(path: string): NpmPackage | undefined {
    for (let at = path; at.length > 0; at = at.slice(0, Math.max(at.lastIndexOf("/"), at.lastIndexOf("\\"), 0))) {
      const found = this.#folders.get(at);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The package that `from` means by `name`. */
  dependency(from: NpmPackage, name: string): NpmPackage | undefined {
    return from.dependencies.map((id) => this.#packages.get(id)).find((one) => one?.name === name);
  }

  #lookUp(address: string): InfoModule | undefined {
    let at = address;
    for (let hops = 0; hops < 10; hops++) {
      const next = this.#redirects.get(at);
      if (next === undefined) break;
      at = next;
    }
    return this.#modules.get(at);
  }

  #ask(address: string): Promise<void> {
    let answer = this.#asked.get(address);
    if (answer === undefined) this.#asked.set(address, answer = this.#inspect(address).then(() => {}));
    return answer;
  }

  async #inspect(address: string): Promise<readonly InfoModule[]> {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", ...this.#flags, address],
      cwd: this.#folder,
      env: { NO_COLOR: "1" },
    }).output();
    if (!success) {
      this.#asked.delete(address); // A network that comes back is asked again.
      throw new Error(new TextDecoder().decode(stderr).trim().replace(/^error: /m, ""));
    }
    const info: Info = JSON.parse(new TextDecoder().decode(stdout));
    for (const module of info.modules) {
      this.#modules.set(module.specifier, module);
      if (module.error !== undefined) this.#asked.delete(address);
    }
    for (const [from, to] of Object.entries(info.redirects)) this.#redirects.set(from, to);
    for (const [id, found] of Object.entries(info.npmPackages ?? {})) {
      this.#packages.set(id, found);
      this.#folders.set(found.localPath, found);
    }
    return info.modules;
  }
}
