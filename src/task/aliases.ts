/**
 * Aliases: what the library's functions are called in a bundled program.
 *
 * In a bundle `webble.spawn(…)` becomes a plain call of a function in the same file, under a name of the bundler's:
 * `spawn`, `spawn2`, or in a minified one `Xe`. A shipped closure says that name, so it must find the function under it. A
 * function's source tells its name, so each copy of the library knows its own.
 */

/** The exported functions of one copy, each with the name it has in the program; empty where nothing was bundled. */
export type Aliases = ReadonlyMap<string, string>;

const DECLARED = /^(?:async\s+)?function\s+([\w$]+)/;

/** Reads the aliases of a copy of the library off its functions. */
export function aliasesOf(api: object): Aliases {
  const aliases = new Map<string, string>();
  for (const [exported, value] of Object.entries(api)) {
    const declared = typeof value === "function" ? DECLARED.exec(Function.prototype.toString.call(value)) : null;
    if (declared !== null) aliases.set(declared[1]!, exported);
  }
  return aliases;
}

/** Those of the aliases that a closure uses, as `[alias, exported, alias, exported …]`. */
export function aliasesIn(source: string, aliases: Aliases): string[] {
  const used: string[] = [];
  for (const [alias, exported] of aliases) {
    // `tasks.length` or `tasks[0]` is no use of a function: that is a variable which the closure tries to capture, and
    // which it is still told to be missing. `dbg.level` is one, as `dbg` is set by its properties.
    const property = exported === "dbg" ? "(?!\\.(?:level|enabled)\\b)" : "";
    const use = new RegExp(`(?<![\\w$.])${alias.replaceAll("$", "\\$")}(?![\\w$]|\\s*${property}[.[])`);
    if (use.test(source)) used.push(alias, exported);
  }
  return used;
}
