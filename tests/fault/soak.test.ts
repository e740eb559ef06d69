/**
 * The soak runs: for a few seconds here, so that it does when somebody has ten minutes.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { isOffline, writeImportMap } from "../../.ci/offline.ts";

Deno.test("soak: runs for three seconds, and says how much memory there is", async () => {
  const { map, lock } = await writeImportMap();
  const flags = await isOffline() ? [`--import-map=${map}`, `--lock=${lock}`] : [];
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", "--v8-flags=--expose-gc", ...flags, "soak.ts", "--minutes", "0.05"],
    cwd: new URL(".", import.meta.url),
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  assertMatch(new TextDecoder().decode(stdout), /\d s: rss \d+ MB, .* 0 live, \d+ tasks so far\n/);
});
