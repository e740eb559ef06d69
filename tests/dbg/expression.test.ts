/**
 * The finder of expressions, over a table: from a call in a source to the text of its arguments.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { argumentsAt } from "../../src/dbg/expression.ts";

/** What the call at the start of a source was given, and what is to be found. */
const CALLS: readonly (readonly [source: string, ...found: string[]])[] = [
  ["dbg(a * 2)", "a * 2"],
  ["dbg()"],
  ["dbg( /* nothing */ )"],
  ["dbg(a, b)", "a", "b"],
  ["dbg(a, b,)", "a", "b"],
  ["dbg(\n  a,\n  b,\n)", "a", "b"],
  ["dbg(dbg(x) + 1)", "dbg(x) + 1"],
  ["dbg(f(a, [b, { c, d }], (e, g) => h))", "f(a, [b, { c, d }], (e, g) => h)"],
  ["dbg(a.toString(), `${b.valueOf()}`, constructor)", "a.toString()", "`${b.valueOf()}`", "constructor"],
  // How it may be called.
  ["dbg?.(a)", "a"],
  ["dbg<number>(a)", "a"],
  ["dbg<Map<string, (a: A) => B>>(a)", "a"],
  ["dbg /* why */ (a)", "a"],
  ["dbg!(a)", "a"],
  ["webble.dbg(a)", "a"],
  ["webble\n  ?.dbg(a)", "a"],
  ["dbg)(a)", "a"],
  ["dbg as Dbg)(a)", "a"],
  ["(a)", "a"],
  ["Xe(a)", "a"],
  ["größe$1(a)", "a"],
  ["recall(a)", "a"],
  ["lib.$call(a)", "a"],
  // Strings, templates, patterns, comments.
  [`dbg("a)" + '(b' + "\\")")`, `"a)" + '(b' + "\\")"`],
  ["dbg(`a) ${b + `)${'}'}`} ${{ c }.c}`)", "`a) ${b + `)${'}'}`} ${{ c }.c}`"],
  ["dbg(`a\nb`)", "`a\\nb`"],
  ["dbg(tag`)`)", "tag`)`"],
  ["dbg(/[)/]\\)/g.test(a))", "/[)/]\\)/g.test(a)"],
  ["dbg(a / b / (c))", "a / b / (c)"],
  ["dbg((a) / 2, b[0] / 2)", "(a) / 2", "b[0] / 2"],
  ["dbg(() => { return /\\)/; })", "() => { return /\\)/; }"],
  ["dbg(a.return / 2, ')')", "a.return / 2", "')'"],
  ["dbg(a! / 2, b++ / 2, !/)/.test(c))", "a! / 2", "b++ / 2", "!/)/.test(c)"],
  ["dbg(`${a! / 2}${/}/}`)", "`${a! / 2}${/}/}`"],
  ["dbg(a /* , */ + /* ) */ b // )\n)", "a + b"],
  ["dbg(a // first\n, b)", "a", "b"],
  // Lines.
  ["dbg(\n  items\n    .map(\n      (x) => x * 2,\n    )\n    ?.at(0),\n)", "items.map((x) => x * 2)?.at(0)"],
  ["dbg(a\n  ? b\n  : c)", "a ? b : c"],
  ["dbg({\n  a: 1,\n  b: [\n    1,\n    2,\n  ],\n})", "{ a: 1, b: [1, 2], }"],
  ["dbg([\r\n  ...a,\r\n  ...b\r\n])", "[...a, ...b]"],
  ["dbg(a +\n\tb)", "a + b"],
  // TypeScript.
  ["dbg(new Map<string, number>())", "new Map<string, number>()"],
  ["dbg(f<A, B>(a), b)", "f<A, B>(a)", "b"],
  ["dbg(a as Map<string, (b: A) => B>)", "a as Map<string, (b: A) => B>"],
  ["dbg(a satisfies { b: C<D, E> }, f<G, H>)", "a satisfies { b: C<D, E> }", "f<G, H>"],
  ["dbg(a < b, c > d)", "a < b", "c > d"],
  ["dbg(a<b, c>(d))", "a<b", "c>(d)"],
  ["dbg(a<b, c>d)", "a<b", "c>d"],
  ["dbg(a << 2, b >> 1, c >>> 0)", "a << 2", "b >> 1", "c >>> 0"],
];

Deno.test("argumentsAt() finds the text of each argument", () => {
  for (const [source, ...found] of CALLS) {
    assertEquals(argumentsAt(source, 1, 1, found.length), found, source);
    // Not only at the start, and whatever comes after.
    const within = `// one\n  const x = (${source}) / 2; f(")`;
    assertEquals(argumentsAt(within, 2, 14, found.length), found, within);
  }
});

Deno.test("argumentsAt() gives what comes before a spread", () => {
  assertEquals(argumentsAt("dbg(...xs)", 1, 1, 3), []);
  assertEquals(argumentsAt("dbg(a, ...xs, b)", 1, 1, 4), ["a"]);
});

Deno.test("argumentsAt() gives nothing rather than something wrong", () => {
  const sources = [
    "dbg(a",
    "dbg(((a",
    "dbg('a)",
    "dbg(`a${)",
    "dbg(a]",
    "dbg(, a)",
    "dbg = a",
    "dbg`a`",
    "",
    "dbg",
    "dbg(a,, b)",
  ];
  for (const source of sources) assertEquals(argumentsAt(source, 1, 1, 1), [], source);
  assertEquals(argumentsAt("dbg(a, b)", 1, 1, 1), []);
  const others = [
    "dbg.apply(null, [a, b])",
    "dbg.call(a, ...b)",
    "dbg?.call?.(a, b)",
    "dbg!.call /* as */ <A, B>(a, b)",
    "dbg.bind(a, b)(c)",
    'dbg["apply"](a, b)',
    "Reflect.apply(a, b)",
    "new (a, b)",
  ];
  for (const source of others) {
    for (const column of [1, source.search(/apply|bind|call|new/) + 1]) {
      assertEquals(argumentsAt(source, 1, column, 2), [], `${source} at ${column}`);
    }
  }
  assertEquals(argumentsAt('(dbg as Any)["apply"](null, [a, b])', 1, 22, 2), []);
  for (const [line, column] of [[0, 1], [2, 1], [1, 99], [-1, -1]] as const) {
    assertEquals(argumentsAt("dbg(a)", line, column, 1), []);
  }
  assertEquals(argumentsAt(`dbg(${"[".repeat(50_000)}`, 1, 1, 1), []);
});
