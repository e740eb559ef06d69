/**
 * What the runtime needs of its home.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Case, cases } from "../../harness/case.ts";

/** The cases. */
export const home: Case[] = cases("home", {
  "memory can be shared with a worker": async (t) => {
    const memory = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(t.url("store_42.ts"), { type: "module" });
    try {
      const answered = new Promise((resolve, reject) => {
        worker.onmessage = resolve;
        worker.onerror = (event) => reject(new Error(event.message));
      });
      worker.postMessage(memory);
      await answered;
      assertEquals(Atomics.load(memory, 0), 42);
    } finally {
      worker.terminate();
    }
  },

  "a thread can wait without blocking": () => {
    assertEquals(typeof Atomics.waitAsync, "function");
  },

  "a fixture can be had as JavaScript, and bundled": async (t) => {
    const plain = await import(t.url("answer.js"));
    assertEquals(plain.answer, 42);
    const bundled = await import(await t.bundle("bundled.ts", { minify: true }));
    assertEquals(bundled.twice(), 84);
    assert(!String(bundled.twice).includes("answer"), "names are shortened");
  },

  "the page knows where it is": {
    only: "chromium",
    because: "a page has a location; Deno has one only when told",
    run: () => assertStringIncludes(location.href, "/page/"),
  },
});
