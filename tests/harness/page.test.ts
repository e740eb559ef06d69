/**
 * The harness itself: a case that fails or hangs in a page must be told from one that passes, and harm no other.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { all } from "../behaviour/cases/mod.ts";
import { type Case, cases, casesFor } from "./case.ts";
import { type PageGlobals, PageHome } from "./page.ts";

const [passing] = casesFor("chromium", all);

/** Replaces what the page runs for every case, until the page itself is replaced. */
async function rig(home: PageHome, runCase: PageGlobals["runCase"]): Promise<void> {
  const page = await home.page();
  await page.evaluate(`globalThis.runCase = ${runCase}`);
}

function aCase(name: string, timeoutMs: number): Case {
  const [one] = cases("rigged", { [name]: { run() {}, timeoutMs } });
  if (one === undefined) throw new Error("unreachable");
  return one;
}

Deno.test("PageHome", async (t) => {
  await using home = await PageHome.open({ "x-more": "yes" });

  await t.step("run() rejects with what a case threw, where it did, and what was logged", async () => {
    await rig(home, (name) => {
      console.warn("before", name);
      new Worker(URL.createObjectURL(new Blob([`console.log("from a worker")`], { type: "text/javascript" })));
      return new Promise((resolve) =>
        setTimeout(() => {
          const stack = `TypeError: no\n    at f (${location.origin}/page/main.ts:1:1)`;
          resolve({ ok: false, name: "TypeError", message: "no", stack });
        }, 300)
      );
    });
    const error = await assertRejects(() => home.run(aCase("fails", 5_000)), Error, "no");
    assertEquals(error.name, "TypeError");
    assertStringIncludes(error.message, "warn: before rigged: fails");
    assertStringIncludes(error.message, "from a worker");
  });

  await t.step("run() rejects when a case never settles", async () => {
    await rig(home, () => new Promise(() => {}));
    await assertRejects(() => home.run(aCase("waits", 200)), Error, `"rigged: waits" did not end within 200 ms`);
  });

  await t.step("run() rejects when a case blocks the page", async () => {
    await rig(home, () => {
      for (;;);
    });
    await assertRejects(() => home.run(aCase("blocks", 200)), Error, "did not end within 200 ms");
  });

  await t.step("a case after these passes, on a page of its own", async () => {
    if (passing !== undefined) await home.run(passing);
  });

  await t.step("an unknown case is a failure, with a stack in the sources", async () => {
    const error = await assertRejects(() => home.run(aCase("is nowhere", 5_000)), Error, "knows no case");
    assertStringIncludes(error.stack ?? "", "tests/behaviour/page/main.ts:");
  });

  await t.step("open() adds headers to what the page gets", async () => {
    const page = await home.page();
    const more = await page.evaluate(async () => (await fetch(location.href)).headers.get("x-more"));
    assertEquals(more, "yes");
  });
});
