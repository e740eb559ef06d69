/**
 * The dev server as a command: its arguments, what it prints, and how it ends.
 *
 * @module
 */

import { type EmbedderPolicy, serve, type ServeOptions } from "./server.ts";

/** What `--help` prints. */
export const HELP = `Serves a folder to browsers, cross-origin isolated, with TypeScript and JSX as JavaScript.

Usage: deno run -A jsr:@webble/runtime/serve [options] [folder]

Options:
  --port <number>       where to listen; 0 for any free port (default 8000)
  --host <address>      on which address (default 127.0.0.1: this machine only)
  --coep <policy>       require-corp (default) or credentialless, to embed from other sites
  --import-map <file>   in place of the imports of the nearest deno.json
  --quiet               do not print the errors of files and requests
  --help                print this

Only files of the folder can be asked for. What they import may lie elsewhere.
Permissions: --allow-net, --allow-read, --allow-env and --allow-run (esbuild, and deno for imports from elsewhere).`;

type Parsed = { kind: "serve"; options: ServeOptions } | { kind: "help" } | { kind: "wrong"; message: string };

/**
 * Reads the arguments.
 *
 * @param args As given to the command.
 * @returns The options, or what is wrong.
 */
export function parseArguments(args: readonly string[]): Parsed {
  const options: ServeOptions = {};
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (!arg.startsWith("-")) {
      if (options.directory !== undefined) return wrong(`one folder can be served, and "${arg}" is another`);
      options.directory = arg;
      continue;
    }
    const [, name = arg, attached] = arg.match(/^(--[^=]+)=(.*)$/) ?? [];
    if (name === "--help" || name === "-h") return { kind: "help" };
    if (name === "--quiet") {
      options.quiet = true;
      continue;
    }
    if (!["--port", "--host", "--coep", "--import-map"].includes(name)) return wrong(`there is no option ${name}`);
    const value = attached ?? rest.shift();
    if (value === undefined || value === "") return wrong(`${name} needs a value`);
    if (name === "--host") options.host = value;
    else if (name === "--import-map") options.importMap = value;
    else if (name === "--coep") {
      if (!isPolicy(value)) return wrong(`--coep is require-corp or credentialless, not "${value}"`);
      options.coep = value;
    } else {
      options.port = Number(value);
      if (!/^\d+$/.test(value) || options.port > 65535) {
        return wrong(`--port is a number from 0 to 65535, not "${value}"`);
      }
    }
  }
  return { kind: "serve", options };
}

/**
 * Runs the command until the server stops.
 *
 * @param args As given to the command.
 * @returns The exit code: 0, 1 where serving failed, 2 where an argument is wrong.
 */
export async function run(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args);
  if (parsed.kind === "help") {
    console.log(HELP);
    return 0;
  }
  if (parsed.kind === "wrong") {
    console.error(`Cannot serve: ${parsed.message}. See --help.`);
    return 2;
  }
  try {
    const { options } = parsed;
    const server = serve(options);
    console.log(`Serving ${options.directory ?? "."} at ${server.url} (cross-origin isolated). Stop with Ctrl+C.`);
    if (options.host !== undefined && !/^(localhost|::1|127\..*)$/.test(options.host)) {
      console.log(
        "From other machines, browsers share memory over https only: put a proxy with a certificate before it.",
      );
    }
    await server.finished;
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? `${error.message}.` : error);
    return 1;
  }
}

function isPolicy(value: string): value is EmbedderPolicy {
  return value === "require-corp" || value === "credentialless";
}

function wrong(message: string): Parsed {
  return { kind: "wrong", message };
}
