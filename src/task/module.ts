/**
 * Task references: functions that a module exports, named by the module's URL and the export, to be spawned.
 */

import { type Carried, type Carrier, CARRY, registerCarrier } from "../value/carry.ts";
import type { Tasks } from "../value/send.ts";

/** The carrier kind of task references. */
const KIND = "task";

/** Which export of which module; no URL means the glue's. */
export interface ModuleExport {
  readonly url: string | undefined;
  readonly name: string;
}

/** A reference to one export, as spawned and sent. */
class Reference implements Carrier {
  constructor(readonly url: string | undefined, readonly name: string) {}

  [CARRY](): Carried {
    return { kind: KIND, data: { url: this.url, name: this.name } };
  }
}

registerCarrier(KIND, ({ url, name }: ModuleExport) => new Reference(url, name));

/** What a value says of a module's export, if it is a task reference, of this or another copy of the library. */
export function moduleExport(value: unknown): ModuleExport | undefined {
  if (typeof value !== "object" || value === null || !(CARRY in value)) return undefined;
  const { kind, data } = (value as Carrier)[CARRY]();
  return kind === KIND ? data as ModuleExport : undefined;
}

/**
 * Gives typed references to the functions that a module exports, to be spawned on any thread.
 *
 * The module is imported once by each thread that runs one of its tasks; its other exports and its imports work there
 * as anywhere.
 *
 * @typeParam M The module: `typeof import("./work.ts")`.
 * @param url Where the module is: `import.meta.resolve("./work.ts")`. A relative URL is one from the page, or in Deno and Node
 * from the current directory. Without it, the module given to `gluePath`.
 * @returns An object with a reference for each exported function.
 * @throws {TypeError} It is no URL.
 *
 * @example Spawn what a module exports
 * ```ts ignore
 * const work = tasks<typeof import("./work.ts")>(import.meta.resolve("./work.ts"));
 * const row = spawnStealable(work.renderRow, 12);
 * ```
 */
export function tasks<M>(url?: string | URL): Tasks<M> {
  const resolved = url === undefined ? undefined : resolveUrl(url, "the module of 'tasks()'");
  const known = new Map<string, Reference>();
  const references = new Proxy(Object.create(null), {
    get(_target, name) {
      // A promise that resolves to this object asks for `then`; there is no such task.
      if (typeof name === "symbol" || name === "then") return undefined;
      let reference = known.get(name);
      if (reference === undefined) known.set(name, reference = new Reference(resolved, name));
      return reference;
    },
    has: (_target, name) => typeof name === "string" && name !== "then",
    set() {
      throw new TypeError("Cannot set a task: the object from 'tasks()' only names what the module exports");
    },
  });
  return references as Tasks<M>;
}

/** An absolute URL: relative to the page, or in Deno and Node to the current directory. */
export function resolveUrl(url: string | URL, what: string): string {
  if (url instanceof URL) return url.href;
  if (typeof url !== "string") {
    throw new TypeError(`Cannot use ${what} as it must be a string or a URL: received ${typeof url}`);
  }
  if (url.trim() === "") throw new TypeError(`Cannot use ${what} as it is empty`);
  try {
    return new URL(url, base()).href;
  } catch (cause) {
    throw new TypeError(`Cannot use ${what} as it is not a URL: received '${url}'`, { cause });
  }
}

function base(): string | undefined {
  const { document, location, process } = globalThis as {
    document?: { baseURI: string };
    location?: { href: string };
    process?: { cwd?(): string };
  };
  if (document !== undefined) return document.baseURI;
  // What the library's own workers are loaded from is no base.
  if (location !== undefined && !/^(?:blob|data):/.test(location.href)) return location.href;
  return process?.cwd === undefined ? undefined : `file://${process.cwd()}/`;
}
