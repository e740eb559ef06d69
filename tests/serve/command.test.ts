/**
 * The dev server as a command: what it says, and with which code it ends.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { isOffline, writeImportMap } from "../../.ci/offline.ts";
import { HELP, parseArguments } from "../../src/serve/command.ts";
import { Site } from "./site.ts";

const COMMAND = fileURLToPath(new URL("../../serve.ts", import.meta.url));

async function start(...args: string[]): Promise<Deno.ChildProcess> {
  const { map, lock } = await writeImportMap();
  const flags = await isOffline() ? [`--import-map=${map}`, `--lock=${lock}`] : [];
  const permissions = ["--allow-net", "--allow-read", "--allow-env", "--allow-run"];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...permissions, ...flags, COMMAND, ...args],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function outcome(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await (await start(...args)).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

describe("parseArguments()", () => {
  it("reads options in both spellings, and the folder", () => {
    assertEquals(parseArguments(["--port=0", "--host", "::1", "web", "--coep=credentialless", "--quiet"]), {
      kind: "serve",
      options: { port: 0, host: "::1", directory: "web", coep: "credentialless", quiet: true },
    });
    assertEquals(parseArguments([]), { kind: "serve", options: {} });
    assertEquals(parseArguments(["--help"]), { kind: "help" });
  });

  it("says what is wrong", () => {
    const wrong = {
      "there is no option --prot": ["--prot", "80"],
      "there is no option -x": ["-x"],
      "--port needs a value": ["--port"],
      '--port is a number from 0 to 65535, not "http"': ["--port", "http"],
      '--port is a number from 0 to 65535, not "70000"': ["--port=70000"],
      '--coep is require-corp or credentialless, not "none"': ["--coep=none"],
      'one folder can be served, and "b" is another': ["a", "b"],
    };
    for (const [message, args] of Object.entries(wrong)) {
      assertEquals(parseArguments(args), { kind: "wrong", message });
    }
  });
});

describe("the command", () => {
  it("prints its help", async () => {
    assertEquals(await outcome("--help"), { code: 0, out: HELP + "\n", err: "" });
  });

  it("ends with 2 on an option that it does not know", async () => {
    const message = "Cannot serve: there is no option --prot. See --help.\n";
    assertEquals(await outcome("--prot", "80"), { code: 2, out: "", err: message });
  });

  it("ends with 1 where the port is taken or the folder is none, with one line", async () => {
    await using site = await Site.open({});
    const taken = await outcome("--port", String(site.server.addr.port));
    assertEquals(taken.code, 1);
    assertMatch(taken.err, /^Cannot serve at 127\.0\.0\.1:\d+: another program listens there\. .*\.\n$/);
    const none = await outcome("no/where");
    assertEquals([none.code, none.err], [1, 'Cannot serve "no/where": there is no such folder.\n']);
  });

  it("serves until it is stopped, with the permissions that its help names", async () => {
    await using site = await Site.open({ "main.ts": "export const n: number = 1;" });
    const server = await start("--port=0", site.folder);
    try {
      const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
      const line = (await reader.read()).value ?? "";
      const [url = ""] = line.match(/http:\/\/127\.0\.0\.1:\d+\//) ?? [];
      assertStringIncludes(await (await fetch(url + "main.ts")).text(), "var n = 1");
      await reader.cancel();
    } finally {
      server.kill("SIGINT");
      await server.stderr.cancel();
      await server.status;
    }
  });
});
