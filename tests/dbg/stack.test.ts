/**
 * Places in stacks, as each engine writes them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { placeIn } from "../../src/dbg/stack.ts";

const FRAMES: readonly (readonly [frames: string, place: ReturnType<typeof placeIn>])[] = [
  ["    at file:///a/b.ts:3:13", { url: "file:///a/b.ts", line: 3, column: 13, direct: true }],
  ["    at f (file:///a (b)/c.ts:3:13)", { url: "file:///a (b)/c.ts", line: 3, column: 13, direct: true }],
  ["    at A.<anonymous> (http://x:80/b.js?t=1:3:13)", {
    url: "http://x:80/b.js?t=1",
    line: 3,
    column: 13,
    direct: true,
  }],
  ["    at file:///a (b)/c.ts:3:13", { url: "file:///a (b)/c.ts", line: 3, column: 13, direct: true }],
  ["    at f (ext:deno_node/timers.mjs:1:2)\n    at http://x/b.js:3:13", {
    url: "http://x/b.js",
    line: 3,
    column: 13,
    direct: false,
  }],
  ["    at async f (http://x/b.js:3:13)", { url: "http://x/b.js", line: 3, column: 13, direct: false }],
  ["    at async http://x/b.js:3:13", { url: "http://x/b.js", line: 3, column: 13, direct: false }],
  ["    at Array.map (<anonymous>)\n    at http://x/b.js:3:13", {
    url: "http://x/b.js",
    line: 3,
    column: 13,
    direct: false,
  }],
  ["    at eval (webble-closure/a.js:4:10)", { url: "webble-closure/a.js", line: 4, column: 10, direct: true }],
  ["    at eval (webble-closure/a.js, <anonymous>:4:10)", {
    url: "webble-closure/a.js",
    line: 4,
    column: 10,
    direct: true,
  }],
  ["    at f (eval at g (http://x/b.js:1:2), <anonymous>:4:10)", { url: "eval", line: 4, column: 10, direct: true }],
  ["f@http://x/b.js:3:13", { url: "http://x/b.js", line: 3, column: 13, direct: true }],
  ["@http://x/b.js:3:13", { url: "http://x/b.js", line: 3, column: 13, direct: true }],
  ["anonymous@webble-closure/a.js:4:10", { url: "webble-closure/a.js", line: 4, column: 10, direct: true }],
  ["    at Array.map (<anonymous>)", undefined],
  ["", undefined],
];

Deno.test("placeIn() reads the frames of V8, Firefox and Safari", () => {
  for (const [frames, place] of FRAMES) assertEquals(placeIn(frames), place, frames);
});
