/**
 * TypeScript and JSX through the dev server: what is compiled, how imports are resolved, when a result is kept, and
 * what an error looks like.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Site } from "./site.ts";

describe("serve() compiles", () => {
  it("TypeScript with what it imports, with a source map", async () => {
    await using site = await Site.open({
      "main.ts": `import { half } from "./lib/half.ts";\nexport const result: number = half(84);`,
      "lib/half.ts": "export function half(n: number): number {\n  return n / 2;\n}",
    });
    assertEquals((await site.module("main.ts")).result, 42);
    const [, map = ""] = (await site.text("main.ts")).match(/sourceMappingURL=data:application\/json;base64,(\S+)/) ??
      [];
    assertEquals(JSON.parse(atob(map)).sources, ["lib/half.ts", "main.ts"]);
  });

  it("JSX as the configuration says, or the file itself", async () => {
    await using site = await Site.open({
      "deno.json": `{
        // Comments and commas at the end are fine.
        "compilerOptions": { "jsx": "react", "jsxFactory": "make", },
      }`,
      "plain.jsx": "const make = (...all) => all;\nexport const result = <a b='c'>{1}</a>;",
      "own.tsx": `/** @jsxImportSource ../fake */\nexport const result: unknown = <a b="c">{1}</a>;`,
      "../fake/jsx-runtime": "export const jsx = (name, { children, ...rest }) => ({ name, rest, children });",
    });
    assertEquals((await site.module("plain.jsx")).result, ["a", { b: "c" }, 1]);
    assertEquals((await site.module("own.tsx")).result, { name: "a", rest: { b: "c" }, children: 1 });
  });

  it("what lies outside of the folder, when a file of the folder imports it", async () => {
    await using site = await Site.open({
      "../shared.ts": "export const secret: number = 7;",
      "main.ts": `export { secret } from "../shared.ts";`,
    });
    assertEquals((await site.module("main.ts")).secret, 7);
  });

  it("imports through the nearest configuration: exact, by prefix, by scope, by the package's own name", async () => {
    await using site = await Site.open({
      "deno.json": JSON.stringify({
        name: "@me/app",
        exports: { ".": "./own.ts", "./sub": "./sub.ts" },
        imports: { exact: "./one.ts", "lib/": "./lib/", two: "./one.ts" },
        scopes: { "./lib/": { two: "./lib/two.ts" } },
      }),
      "one.ts": "export const one = 1;",
      "lib/two.ts": "export const two = 2;",
      "lib/reexport.ts": `export { two } from "two";`,
      "own.ts": "export const own = 3;",
      "sub.ts": "export const sub = 4;",
      "main.ts": `export { one } from "exact";
        export { two } from "lib/reexport.ts";
        export { own } from "@me/app";
        export { sub } from "@me/app/sub";`,
    }, { importMap: undefined });
    const { one, two, own, sub } = await site.module("main.ts");
    assertEquals([one, two, own, sub], [1, 2, 3, 4]);
  });

  it("imports that only Deno can resolve, such as a neighbour in a workspace", async () => {
    await using site = await Site.open({
      "deno.json": JSON.stringify({ workspace: ["./app", "./neighbour"] }),
      "app/deno.json": JSON.stringify({ name: "@me/app", version: "1.0.0", exports: "./main.ts" }),
      "app/main.ts": `export { near } from "@me/neighbour";`,
      "neighbour/deno.json": JSON.stringify({ name: "@me/neighbour", version: "1.0.0", exports: "./mod.ts" }),
      "neighbour/mod.ts": "export const near: number = 6;",
    }, { importMap: undefined });
    assertEquals((await site.module("app/main.ts")).near, 6);
  });

  it("imports of packages, by address and by name", async () => {
    await using site = await Site.open({
      "deno.json": JSON.stringify({ imports: { "@std/assert": "jsr:@std/assert@^1" } }),
      "main.ts": `import { assertEquals } from "npm:deno-std@1.4.0/assert/equals.js";
        import { assert } from "@std/assert";
        assertEquals(1, 1);
        export const names: string[] = [assertEquals.name, assert.name];`,
    });
    assertEquals((await site.module("main.ts")).names, ["assertEquals", "assert"]);
  });

  it("imports by address of a server", async () => {
    await using remote = await Site.open({
      "mod.js": `export { deep } from "./deep/deep.js";`,
      "deep/deep.js": "export const deep = 5;",
    });
    await using site = await Site.open({ "main.ts": `export { deep } from "${remote.server.url}mod.js";` });
    assertEquals((await site.module("main.ts")).deep, 5);
  });

  it("text, bytes and JSON by import attribute", async () => {
    await using site = await Site.open({
      "data.json": `{ "a": 1 }`,
      "main.ts": `import data from "./data.json" with { type: "json" };
        import text from "./data.json" with { type: "text" };
        import bytes from "./data.json" with { type: "bytes" };
        export const result = [data.a, text.length, bytes.length];`,
    });
    assertEquals((await site.module("main.ts")).result, [1, 10, 10]);
  });

  it("decorators, which no browser knows", async () => {
    await using site = await Site.open({
      "main.ts": `const log: string[] = [];
        const named = (_: unknown, { kind, name }: DecoratorContext) => void log.push(kind + " " + String(name));
        class A { @named m() {} @named accessor a = 1; }
        export const result: unknown = [log, new A().a];`,
    });
    assertEquals((await site.module("main.ts")).result, [["method m", "accessor a"], 1]);
  });

  it("CommonJS that only speaks of import.meta", async () => {
    await using site = await Site.open({
      "old.cjs.js": "// unlike import.meta.env, or import.meta alone\nmodule.exports = { a: 1 };",
      "main.ts": `import old from "./old.cjs.js"; export const { a } = old;`,
    });
    assertEquals((await site.module("main.ts")).a, 1);
  });

  it("import.meta of a module in the folder to its own URL", async () => {
    await using site = await Site.open({
      "main.ts": `export { url, beside } from "./a b/nested.ts"; export { spelled } from "./a b/spelled.ts";
        export const own: string = import.meta.url;`,
      "a b/nested.ts": `export const url: string = import.meta.url;
        export const beside: string = import.meta.resolve("./worker.ts");`,
      "a b/spelled.ts": `export const __module = 1; export const spelled = [import.meta["url"], import.meta\n  .url];`,
    });
    const code = await site.text("main.ts");
    const file = `${site.folder}/served.mjs`;
    await Deno.writeTextFile(file, code);
    const base = new URL(`file://${site.folder}/`);
    const { url, beside, own, spelled } = await import(new URL("served.mjs", base).href);
    assertEquals(url, new URL("a%20b/nested.ts", base).href);
    assertEquals(beside, new URL("a%20b/worker.ts", base).href);
    assertEquals(spelled, Array(2).fill(new URL("a%20b/spelled.ts", base).href));
    assertEquals(own, new URL("served.mjs", base).href);
  });
});

describe("a compiled file", () => {
  it("is kept while no input changes, and compiled again when one does", async () => {
    await using site = await Site.open({
      "main.ts": `export { n } from "./n.ts";`,
      "n.ts": "export const n: number = 1;",
    });
    const etag = async () => {
      const response = await site.get("main.ts");
      await response.body?.cancel();
      return response.headers.get("etag");
    };
    const first = await etag();
    assertEquals(await etag(), first);
    await site.write("n.ts", "export const n: number = 2;");
    assert(await etag() !== first);
    assertEquals((await site.module("main.ts")).n, 2);
  });

  it("is compiled again when a configuration appears that is nearer", async () => {
    await using site = await Site.open({
      "deno.json": JSON.stringify({ imports: { which: "./far.ts" } }),
      "far.ts": `export const which = "far";`,
      "sub/near.ts": `export const which = "near";`,
      "sub/main.tsx":
        `export { which } from "which";\nconst make = (name: string) => name;\nconst React = { createElement: () => "React" };\nexport const element: unknown = <a />;`,
    }, { importMap: undefined });
    const look = async () => {
      const { which, element } = await site.module("sub/main.tsx");
      return [which, element];
    };
    assertEquals(await look(), ["far", "React"]);
    await site.write(
      "sub/deno.json",
      JSON.stringify({ imports: { which: "./near.ts" }, compilerOptions: { jsx: "react", jsxFactory: "make" } }),
    );
    assertEquals(await look(), ["near", "a"]);
  });

  it("is compiled again when the configuration of its workspace changes, or of another member", async () => {
    const workspace = (which: string) =>
      JSON.stringify({ workspace: ["./app", "./neighbour"], imports: { which: `./${which}.ts` } });
    const neighbour = (entry: string) =>
      JSON.stringify({ name: "@me/neighbour", version: "1.0.0", exports: `./${entry}.ts` });
    await using site = await Site.open({
      "deno.json": workspace("one"),
      "one.ts": "export const which = 1;",
      "two.ts": "export const which = 2;",
      "app/deno.json": JSON.stringify({ name: "@me/app", version: "1.0.0", exports: "./main.ts" }),
      "app/main.ts": `export { which } from "which"; export { near } from "@me/neighbour";`,
      "neighbour/deno.json": neighbour("mod"),
      "neighbour/mod.ts": "export const near = 'mod';",
      "neighbour/other.ts": "export const near = 'other';",
    }, { importMap: undefined });
    const look = async () => {
      const { which, near } = await site.module("app/main.ts");
      return [which, near];
    };
    assertEquals(await look(), [1, "mod"]);
    await site.write("deno.json", workspace("two"));
    assertEquals(await look(), [2, "mod"]);
    await site.write("neighbour/deno.json", neighbour("other"));
    assertEquals(await look(), [2, "other"]);
  });

  it("is what a configuration makes of it that came or changed when it was not kept", async () => {
    const root = (which: string, members = ["./app"]) =>
      JSON.stringify({ workspace: members, imports: { which: `./${which}.ts` } });
    await using site = await Site.open({
      "deno.json": root("one"),
      "one.ts": "export const which = 1;",
      "two.ts": "export const which = 2;",
      "three.ts": "export const which = 3;",
      "app/deno.json": "{}",
      "app/shared.ts": `export { which } from "which";`,
      "app/main.ts": `export { which } from "./shared.ts";`,
      "app/other.ts": `export { which } from "./shared.ts";`,
    }, { importMap: undefined });
    const which = async (path: string) => (await site.module(path)).which;
    assertEquals(await which("app/main.ts"), 1);
    await site.write("deno.json", root("two"));
    assertEquals([await which("app/other.ts"), await which("app/main.ts")], [2, 2], "one was never asked for before");
    // So young a file is not kept.
    await Deno.writeTextFile(`${site.folder}/app/main.ts`, `export { which } from "./shared.ts"; `);
    assertEquals(await which("app/main.ts"), 2);
    await site.write("deno.json", root("three"));
    assertEquals([await which("app/main.ts"), await which("app/other.ts")], [3, 3]);
    await site.write("app/deno.json", JSON.stringify({ imports: { which: "../one.ts" } }));
    assertEquals([await which("app/main.ts"), await which("app/other.ts")], [1, 1]);
  });

  it("is compiled again when a member of its workspace comes", async () => {
    await using site = await Site.open({
      "deno.json": JSON.stringify({ workspace: ["./*"], imports: { which: "./one.ts" } }),
      "one.ts": "export const which = 1;",
      "two.ts": "export const which = 2;",
      "app/deno.json": "{}",
      "app/main.ts": `export { which } from "../lib/mod.ts";`,
      "lib/mod.ts": `export { which } from "which";`,
    }, { importMap: undefined });
    assertEquals((await site.module("app/main.ts")).which, 1);
    await site.write("lib/deno.json", JSON.stringify({ imports: { which: "../two.ts" } }));
    assertEquals((await site.module("app/main.ts")).which, 2);
  });

  it("is no older than the request, be it that a build is under way", async () => {
    const filler = Array.from({ length: 5000 }, (_, i) => `export const f${i} = (n: number): number => n + ${i};`);
    await using site = await Site.open({
      "filler.ts": filler.join("\n"),
      "main.ts": `export * from "./filler.ts"; export { n } from "./n.ts";`,
      "n.ts": "export const n = 0;",
    });
    for (let n = 1; n <= 20; n++) {
      const under = site.text("main.ts");
      await new Promise((resolve) => setTimeout(resolve, n));
      await Deno.writeTextFile(`${site.folder}/n.ts`, `export const n = ${n};`);
      assertEquals((await site.module("main.ts")).n, n);
      await under;
    }
  });

  it("is never older than what was written just before", async () => {
    await using site = await Site.open({});
    for (let n = 0; n < 20; n++) {
      await Deno.writeTextFile(`${site.folder}/main.ts`, `export const n: number = ${10 + n};`);
      assertEquals((await site.module("main.ts")).n, 10 + n);
    }
  });

  it("throws, with place and code frame, when it does not compile", async () => {
    const logged: string[] = [];
    const { error } = console;
    await using site = await Site.open({ "bad.ts": `const a = 1;\nconst b: string = </script>;` }, { quiet: false });
    console.error = (text: string) => logged.push(text);
    try {
      const response = await site.get("bad.ts");
      assertEquals(response.status, 200);
      assertStringIncludes(response.headers.get("content-type") ?? "", "text/javascript");
      const code = await response.text();
      assert(!code.includes("</script>"));
      const url = `data:text/javascript,${encodeURIComponent(code)}`;
      const thrown = await assertRejects(() => import(url), SyntaxError, "bad.ts does not compile");
      assertStringIncludes(thrown.message, "bad.ts:2:");
      assertStringIncludes(thrown.message, "const b: string = </script>;");
      assertEquals(logged.length, 2, "once in the terminal, once where it runs");
      assertStringIncludes(logged[0] ?? "", "bad.ts:2:");
    } finally {
      console.error = error;
    }
    await site.write("bad.ts", "export const fixed: boolean = true;");
    assertEquals((await site.module("bad.ts")).fixed, true);
  });

  it("says what to do with a module of WebAssembly", async () => {
    await using site = await Site.open({
      "main.ts": `import { add } from "./add.wasm"; export { add };`,
      "add.wasm": new Uint8Array(8),
    });
    await assertRejects(() => site.module("main.ts"), Error, `instantiateStreaming(fetch(new URL("./add.wasm"`);
  });

  it("says which import cannot be resolved, and why", async () => {
    await using site = await Site.open({
      "main.ts": `import "./missing.ts";\nimport "unlisted";\nimport "node:fs";\nimport "./style.css";`,
      "style.css": "a {}",
    });
    const code = await site.text("main.ts");
    for (
      const part of [
        "missing.ts. Does it exist, with this extension?",
        `Cannot resolve \\"unlisted\\"`,
        `\\"node:fs\\" is a module of Node's`,
        "style.css is a style sheet",
        "main.ts:3:7",
      ]
    ) assertStringIncludes(code, part);
  });
});
