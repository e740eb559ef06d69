/**
 * The types, from outside: `accepts.ts` compiles, and each case in `refuses.ts` fails with the message it names.
 *
 * For that a copy of `refuses.ts` is checked in which no error is expected, so that the compiler prints them all. The
 * copy lies in a temporary folder, where `deno check` over the project does not find it.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";

interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const MARK = "// @ts-expect-error ";

/** Type-checks files, and gives what the compiler had to say. */
async function check(config: string, ...files: string[]): Promise<Diagnostic[]> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", "--no-lock", "--config", config, ...files],
    env: { NO_COLOR: "1" },
  });
  const { stderr, success } = await command.output();
  const output = new TextDecoder().decode(stderr);
  const diagnostics = parse(output);
  assert(success || diagnostics.length > 0, `'deno check' failed, and not over types:\n${output}`);
  return diagnostics;
}

/** Splits the output into diagnostics. Each ends in its place, indented by four; deeper places are notes to it. */
function parse(output: string): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const text of output.split(/^(?=TS\d+ \[ERROR\]: )/m)) {
    const place = /^ {4}at (file:.*):(\d+):\d+$/m.exec(text);
    if (place !== null) diagnostics.push({ file: place[1]!, line: Number(place[2]), text });
  }
  return diagnostics;
}

function here(path: string): URL {
  return new URL(path, import.meta.url);
}

/** Runs `body` with a folder that is gone afterwards. */
async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "webble-types-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("types: what is Send compiles, and what is not fails with a message to act on", (t) =>
  withFolder(async (folder) => {
    const source = await Deno.readTextFile(here("./refuses.ts"));
    const copy = `${folder}/refuses.ts`;
    await Deno.writeTextFile(
      copy,
      source
        .replaceAll(MARK, "// refused: ")
        .replaceAll(/"(\.\.?\/[^"]*\.ts)"/g, (_, path) => JSON.stringify(here(path).href)),
    );
    const diagnostics = await check(fileURLToPath(here("../../deno.json")), fileURLToPath(here("./accepts.ts")), copy);
    const accepted = diagnostics.filter(({ file }) => file.endsWith("/accepts.ts"));
    const refused = diagnostics.filter(({ file }) => file.endsWith("/refuses.ts"));

    await t.step("accepts.ts compiles", () => {
      assertEquals(accepted.map(({ text }) => text), []);
    });

    const lines = source.split("\n");
    const cases = new Set<number>();
    for (const [index, line] of lines.entries()) {
      if (!line.startsWith(MARK)) continue;
      const at = index + 2; // Lines count from 1, and the case is on the next one.
      cases.add(at);
      await t.step(`refuses ${lines[index + 1]}`, () => {
        const messages = refused.filter((diagnostic) => diagnostic.line === at).map(({ text }) => text);
        assert(messages.length > 0, `refuses.ts:${at} compiles, and must not`);
        assertStringIncludes(messages.join("\n"), line.slice(MARK.length));
      });
    }

    await t.step("nothing else fails", () => {
      const others = diagnostics.filter((found) =>
        !accepted.includes(found) && !(refused.includes(found) && cases.has(found.line))
      );
      assertEquals(others.map(({ text }) => text), []);
      assert(cases.size > 0, "refuses.ts has no cases");
    });
  }));

// A type that the user's `lib` lacks is an error type, and everything extends that: one would turn Send off.
for (const lib of [["esnext"], ["deno.window"], ["deno.worker"], ["dom", "esnext"]]) {
  Deno.test(`types: Send refuses and accepts the same where lib is ${lib.join(" and ")}`, () =>
    withFolder(async (folder) => {
      const config = `${folder}/deno.json`;
      const file = `${folder}/main.ts`;
      await Deno.writeTextFile(config, JSON.stringify({ compilerOptions: { lib } }));
      await Deno.writeTextFile(
        file,
        [
          `import type { Send } from ${JSON.stringify(here("../../src/value/send.ts").href)};`,
          "export const data: Send<{ a: Map<string, Uint8Array[]> }> = { a: new Map([['a', [new Uint8Array(1)]]]) };",
          "export const code: Send<() => void> = () => {};",
          "export const part: Send<{ a: [() => void] }> = { a: [() => {}] };",
        ].join("\n"),
      );
      const diagnostics = await check(config, file);
      assertEquals(diagnostics.map(({ line }) => line), [3, 4], diagnostics.map(({ text }) => text).join("\n"));
      for (const { text } of diagnostics) assertStringIncludes(text, "functions cannot cross threads");
    }));
}

// Who imports a checkout has the library checked under settings of their own.
for (const compilerOptions of [{}, { noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true }]) {
  Deno.test(`types: the library compiles in a program with ${JSON.stringify(compilerOptions)}`, () =>
    withFolder(async (folder) => {
      const config = `${folder}/deno.json`;
      const file = `${folder}/main.ts`;
      await Deno.writeTextFile(config, JSON.stringify({ compilerOptions }));
      await Deno.writeTextFile(file, `export * from ${JSON.stringify(here("../../mod.ts").href)};`);
      assertEquals((await check(config, file)).map(({ text }) => text), []);
    }));
}
