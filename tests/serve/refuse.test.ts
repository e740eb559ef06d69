/**
 * What the dev server must not serve: anything outside of its folder, whatever a request says, and anything at all to
 * a page that reached it under a foreign name.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { Site } from "./site.ts";

const SECRET = "the secret outside";

/** Spellings of a way out to `secret.txt` beside the folder, as they stand in the request line. */
const WAYS_OUT = [
  "/../secret.txt",
  "/app/../../secret.txt",
  "/%2e%2e/secret.txt",
  "/%2E%2E/secret.txt",
  "/.%2e/secret.txt",
  "/..%2fsecret.txt",
  "/..%2Fsecret.txt",
  "/%2e%2e%2fsecret.txt",
  "/..%5csecret.txt",
  "/..\\secret.txt",
  "/app/..%2f..%2fsecret.txt",
  "/%252e%252e/secret.txt",
  "/%252e%252e%252fsecret.txt",
  "/%c0%ae%c0%ae/secret.txt",
  "/%uff0e%uff0e/secret.txt",
  "/..;/secret.txt",
  "/....//secret.txt",
  "//../secret.txt",
  "/./../secret.txt",
  "/app/%00/../../secret.txt",
  "/page.txt%00.ts",
  "/page.txt%00",
  "/app/..",
  "/..",
  "/%2e%2e",
  "/link.txt",
  "/linked/secret.txt",
  "/linked-app/../../secret.txt",
  "http://127.0.0.1/../secret.txt",
  "file:///secret.txt",
];

describe("serve() refuses", () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open({
      "page.txt": "the page",
      "app/page.txt": "the page",
      "../secret.txt": SECRET,
      "../secret.ts": `export const secret: string = "${SECRET}";`,
      ".env": SECRET,
      ".git/config": SECRET,
      ".well-known/about.txt": "known",
      "deep/.hidden/file.txt": SECRET,
    });
    await Deno.symlink("../secret.txt", `${site.folder}/link.txt`);
    await Deno.symlink("../secret.ts", `${site.folder}/link.ts`);
    await Deno.symlink("..", `${site.folder}/linked`);
    await Deno.symlink("app", `${site.folder}/linked-app`);
    await Deno.symlink(".env", `${site.folder}/shown.txt`);
    await Deno.symlink("loop", `${site.folder}/loop`);
  });
  afterAll(() => site[Symbol.asyncDispose]());

  for (const target of WAYS_OUT) {
    it(`a way out: ${target}`, async () => {
      const response = await site.raw(target);
      assertMatch(response, /^HTTP\/1\.1 (400|403|404) /);
      assert(!response.includes(SECRET));
    });
  }

  it("a way out by an absolute path", async () => {
    for (const target of [site.folder, `/${site.folder}/../secret.txt`, `//${site.folder}/page.txt`]) {
      assertMatch(await site.raw(target), /^HTTP\/1\.1 (400|403|404) /, target);
    }
  });

  it("TypeScript behind a link that leads out", async () => {
    for (const path of ["link.ts", "linked/secret.ts", "link.ts?raw"]) {
      const response = await site.get(path);
      assertEquals([response.status, (await response.text()).includes(SECRET)], [403, false], path);
    }
  });

  it("dotfiles, by any way, but for .well-known", async () => {
    for (const path of [".env", ".git/config", "deep/.hidden/file.txt", "%2eenv", "shown.txt", ".git/"]) {
      const response = await site.get(path);
      assertEquals([response.status, (await response.text()).includes(SECRET)], [404, false], path);
    }
    assertEquals(await site.text(".well-known/about.txt"), "known");
  });

  it("names that are no text, too long, or lead to themselves", async () => {
    assertMatch(await site.raw("/%ff"), /^HTTP\/1\.1 400 /);
    assertMatch(await site.raw("/%"), /^HTTP\/1\.1 400 /);
    assertMatch(await site.raw("/loop"), /^HTTP\/1\.1 404 /);
    assertMatch(await site.raw(`/${"a".repeat(5000)}`), /^HTTP\/1\.1 404 /);
    assertMatch(await site.raw("/page.txt/"), /^HTTP\/1\.1 404 /);
  });

  it("no link that stays inside", async () => {
    assertEquals(await site.text("linked-app/page.txt"), "the page");
  });

  it("to redirect to another host", async () => {
    const response = await site.raw("//elsewhere.test/app");
    assert(!/^location:/im.test(response));
  });

  it("names that are not this machine's", async () => {
    const { port } = site.server.addr;
    for (const host of [`elsewhere.test:${port}`, "elsewhere.test", "127.0.0.1.elsewhere.test", "192.168.0.1", ""]) {
      const response = await site.raw("/page.txt", `Host: ${host}`);
      assertMatch(response, /^HTTP\/1\.1 (400|403) /, host);
      assert(!response.includes("the page"));
    }
    const response = await site.raw("/page.txt", "Host: elsewhere.test");
    assertStringIncludes(response, `not to "elsewhere.test"`);
    assertStringIncludes(response, "--host");
  });

  it("no name of this machine's", async () => {
    const { port } = site.server.addr;
    for (const host of [`localhost:${port}`, "LOCALHOST", `127.0.0.1:${port}`, "127.0.0.1", `[::1]:${port}`]) {
      assertStringIncludes(await site.raw("/page.txt", `Host: ${host}`), "the page", host);
    }
  });
});
