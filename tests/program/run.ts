/**
 * Runs a program as its user would.
 *
 * @module
 */

/** How a program has ended, and what it said. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly ms: number;
}

/** Runs a program of this folder, or one that is named by its path; flags of Deno's are arguments that begin with `-`. */
export async function run(
  program: string,
  ...args: string[]
): Promise<Outcome> {
  const begun = performance.now();
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--quiet",
      "--no-lock",
      ...args.filter((arg) => arg.startsWith("-")),
      program,
      ...args.filter((arg) => !arg.startsWith("-")),
    ],
    cwd: new URL(".", import.meta.url),
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr), ms: performance.now() - begun };
}
