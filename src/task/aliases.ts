/**
 * Aliases: what the library's functions are called in a bundled program.
 *
 * In a bundle `webble.spawn(…)` becomes a plain call of a function in the same file, under a name of the bundler's:
 * `spawn`, `spawn2`, or in a minified one `Xe`. A shipped closure says that name, so it must find the function under it. A
 * function's source tells its name, so each copy of the library knows its own. Likewise `webble.channel` and `webble` itself
 * become variables of the bundler's, or what is in them stands in the file under names of its own; and so do classes, of which
 * only a function that gives one tells the name.
 */

import { KEEP_NAME } from "./compile.ts";

/**
 * What one copy exports, by the name it has in the program: `spawn`, `channel.spsc`, and for a namespace as a whole
 * `channel.`, with a dot at its end. Empty where nothing was bundled.
 */
export type Aliases = ReadonlyMap<string, string>;

const DECLARED = /^(?:async\s+)?function\s+([\w$]+)/;

/** A function of the API that spawns has this: it gives the same for the aliases of other code. */
export const ALIASED: unique symbol = Symbol.for("@webble/runtime/aliased") as never;

/** A function in a function, which tools that keep names wrap in a call of a helper of theirs. */
const WITHIN = () => {
  const named = () => {};
  return named;
};

/** That helper, `o(() => {}, "named")`, which has a name of the bundler's like everything else. */
const HELPER = /([\w$]+)\(\s*\(\)\s*=>\s*\{\s*\}\s*,\s*["'`]/;

/** A function that gives a class, as it is written in `classes.ts`, or printed by what only takes types away. */
const AS_WRITTEN = /^\(\)\s*=>\s*webble\.\w+$/;

/** The variable that a function such as `() => channel` gives; it may also give a property of one, `() => api.channel`. */
const GIVEN = /(?:=>|\breturn)\s*([\w$]+)[\s;}]*$/;

/**
 * Reads the aliases of a copy of the library off its functions. There are none where it is not bundled: there closures say
 * `webble.spawn`.
 *
 * @param namespaces Functions that do nothing but give a namespace, by its name: `{ channel: () => channel }`; with no name,
 * the whole.
 * @param classes The same for classes, which tools give no name that their source would tell.
 */
export function aliasesOf(
  namespaces: Readonly<Record<string, () => object>>,
  classes: Readonly<Record<string, () => unknown>>,
): Aliases {
  const aliases = new Map<string, string>();
  if (!isBundled(classes)) return aliases;
  const add = (give: () => unknown, exported: string) => {
    const given = GIVEN.exec(Function.prototype.toString.call(give));
    if (given !== null) aliases.set(given[1]!, exported);
  };
  for (const [name, give] of Object.entries(namespaces)) {
    add(give, `${name}.`);
    addDeclared(aliases, name === "" ? "" : `${name}.`, give());
  }
  for (const [name, give] of Object.entries(classes)) add(give, name);
  const helper = HELPER.exec(Function.prototype.toString.call(WITHIN));
  if (helper !== null) aliases.set(helper[1]!, KEEP_NAME);
  return aliases;
}

/**
 * Whether a tool has written the names of the library anew. Not asked of the address of a module, in place of which tools may
 * write the one that it had, though they bundle it.
 */
function isBundled(classes: Readonly<Record<string, () => unknown>>): boolean {
  const [give] = Object.values(classes);
  return give !== undefined && !AS_WRITTEN.test(Function.prototype.toString.call(give));
}

function addDeclared(aliases: Map<string, string>, prefix: string, api: object): void {
  for (const [exported, value] of Object.entries(api)) {
    const declared = typeof value === "function" ? DECLARED.exec(Function.prototype.toString.call(value)) : null;
    if (declared !== null) aliases.set(declared[1]!, prefix + exported);
  }
}

/** What an alias stands for. */
export function resolveAlias(api: object, exported: string): unknown {
  let found: unknown = api;
  for (const key of exported.split(".")) if (key !== "") found = (found as Readonly<Record<string, unknown>>)[key];
  return found;
}

/** Those of the aliases that a closure uses, as `[alias, exported, alias, exported …]`. */
export function aliasesIn(source: string, aliases: Aliases): string[] {
  const used: string[] = [];
  for (const [alias, exported] of aliases) {
    if (useOf(alias, exported).test(source)) used.push(alias, exported);
  }
  if (aliases.size > 0) { for (const [alias] of source.matchAll(OF_WEBPACK)) used.push(alias, "."); }
  return used;
}

/** The whole in a module that webpack bundles in development mode: named for the package, with a number of that module's. */
const OF_WEBPACK = /(?<![\w$.])\w*webble\w*__WEBPACK_IMPORTED_MODULE_\d+__/g;

/** So long a name of a minified program can be, which variables within functions may have, too. */
const SHORT = 3;

/**
 * How an alias is used. Not by `tasks.length` or `tasks[0]`, as `tasks` is a function: that is a variable which the closure tries
 * to capture, and which it is still told to be missing. A short name has to be used as just what it stands for.
 */
function useOf(alias: string, exported: string): RegExp {
  const isShort = alias.length <= SHORT;
  // No property of something; what is spread is none.
  const name = `(?<![\\w$]|(?<!\\.\\.)\\.)${alias.replaceAll("$", "\\$")}(?![\\w$])`;
  // A namespace.
  if (exported.endsWith(".")) return new RegExp(isShort ? `${name}\\.|\\}\\s*=\\s*${name}` : name);
  // A class.
  if (/(?:^|\.)[A-Z]/.test(exported)) {
    return new RegExp(isShort ? `\\b(?:new|instanceof|extends)\\s+${name}` : name);
  }
  const call = isShort ? `${name}\\s*\\(` : `${name}(?!\\s*[.[])`;
  // `dbg` is also set by its properties.
  return new RegExp(exported === "dbg" ? `${call}|${name}\\.(?:level|enabled)\\b` : call);
}
