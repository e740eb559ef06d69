/**
 * A dev server for pages that run threads over shared memory: it sends the two headers that browsers ask for, and
 * serves TypeScript and JSX as JavaScript, resolved and bundled as your code stands.
 *
 * As a command, in the folder of your page:
 *
 * ```sh
 * deno run -A jsr:@webble/runtime/serve .
 * ```
 *
 * - `/main.ts` is answered with JavaScript, bundled with all that it imports (relative, through the import map of the
 *   nearest `deno.json`, `npm:`, `jsr:`, `https:`), with a source map. Types are not checked. `/main.ts?raw` is the source.
 * - `/main.js` and all else is served as it is, with ranges and entity tags.
 * - A file that does not compile shows its error in the page.
 * - Only files of the folder can be asked for: no `..` in any spelling, no link that leads out, no dotfile. What a
 *   file of the folder *imports* may lie elsewhere, as it may for Deno, and is served as part of it.
 * - Requests for one module that come from two bundles get a copy each; the runtime is one nevertheless.
 *
 * It needs `--allow-net` to listen, `--allow-read` for your files, and `--allow-env` and `--allow-run` for esbuild and
 * for `deno info`, which knows where imports from elsewhere are.
 *
 * @example From code
 * ```ts
 * import { serve } from "@webble/runtime/serve";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ directory: ".", port: 0 });
 * const response = await fetch(server.url + "deno.json");
 * assertEquals(response.headers.get("cross-origin-embedder-policy"), "require-corp");
 * await response.body?.cancel();
 * ```
 *
 * @module
 */

import { run } from "./src/serve/command.ts";

export { type DevServer, type EmbedderPolicy, serve, type ServeOptions } from "./src/serve/server.ts";

if (import.meta.main) {
  const code = await run(Deno.args);
  if (code !== 0) Deno.exit(code);
}
