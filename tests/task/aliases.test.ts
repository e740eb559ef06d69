/**
 * What the library is called in bundles.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import * as webble from "../../mod.ts";
import { CLASSES } from "../../src/classes.ts";
import { aliasesIn, resolveAlias } from "../../src/task/aliases.ts";

Deno.test("aliases: every class of the API is listed, under its name", () => {
  const found = new Map<string, unknown>();
  for (
    const [prefix, api] of Object.entries({ "": webble, "channel.": webble.channel, "executor.": webble.executor })
  ) {
    for (const [name, value] of Object.entries(api)) {
      if (typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value))) {
        found.set(prefix + name, value);
      }
    }
  }
  assertEquals(new Map(Object.entries(CLASSES).map(([name, give]) => [name, give()])), found);
});

/** What a closure uses of a program in which the library has these names. */
function usedIn(source: string): string[] {
  const aliases = new Map([
    ["spawn2", "spawn"],
    ["WebbleError", "WebbleError"],
    ["mod_exports", "channel."],
    ["n", "spawn"],
    ["e", "WebbleError"],
    ["t", "."],
    ["$a", "dbg"],
  ]);
  const used = aliasesIn(source, aliases);
  return used.filter((_, i) => i % 2 === 0);
}

Deno.test("aliases: a name of more than three characters is used wherever it stands by itself", () => {
  assertEquals(usedIn("() => spawn2(work)"), ["spawn2"]);
  assertEquals(usedIn("() => list.map(spawn2)"), ["spawn2"]);
  assertEquals(usedIn("() => Math.max(...spawn2())"), ["spawn2"]);
  assertEquals(usedIn("(error) => error instanceof WebbleError || WebbleError.name"), ["WebbleError"]);
  assertEquals(usedIn("() => mod_exports.spsc(64)"), ["mod_exports"]);
  // A property, a longer name, and a variable of the program's that is no function.
  assertEquals(usedIn("() => user.spawn2(1) + spawn23 + $spawn2 + spawn2.length + spawn2[0]"), []);
});

Deno.test("aliases: a short name is used only as what it stands for, as variables within functions may have it", () => {
  assertEquals(usedIn("()=>n(1)"), ["n"]);
  assertEquals(usedIn("()=>[...n()]"), ["n"]);
  assertEquals(usedIn("()=>{throw new e('x')}"), ["e"]);
  assertEquals(usedIn("(r)=>r instanceof e"), ["e"]);
  assertEquals(usedIn("()=>t.threadId()"), ["t"]);
  assertEquals(usedIn("()=>{const{threadId:r}=t;return r()}"), ["t"]);
  assertEquals(usedIn("()=>$a(1)"), ["$a"]);
  assertEquals(usedIn("()=>{$a.level='warn'}"), ["$a"]);
  for (const captured of ["()=>n+1", "()=>n.name", "()=>[n,e,t]", "()=>e.name", "()=>t+1", "()=>a.n(1)", "()=>$a.b"]) {
    assertEquals(usedIn(captured), [], captured);
  }
});

Deno.test("aliases: the whole is found under the names that webpack gives it in development", () => {
  const name = "_webble_runtime__WEBPACK_IMPORTED_MODULE_0__";
  assertEquals(usedIn(`() => (0,${name}.spawn)(() => 1)`), [name]);
  assertEquals(usedIn("() => _other__WEBPACK_IMPORTED_MODULE_1__.spawn"), []);
  const api = { spawn: 1, channel: { spsc: 2 } };
  assertEquals(resolveAlias(api, "."), api);
  assertEquals([resolveAlias(api, "spawn"), resolveAlias(api, "channel."), resolveAlias(api, "channel.spsc")], [
    1,
    api.channel,
    2,
  ]);
});
