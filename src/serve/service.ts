/**
 * esbuild's process: one for all compilers of this program, and an end to it that can be waited for.
 *
 * esbuild's own `stop()` tells the process to end and does not wait, so a test that looks for what is left open would
 * see it sometimes. The process is therefore noted when it starts, through the channel on which Node tells of that.
 *
 * @module
 */

import * as esbuild from "esbuild";
import type { ChildProcess } from "node:child_process";
import { channel } from "node:diagnostics_channel";

const started = channel("child_process");
let users = 0;
let service: ChildProcess | undefined;

/** Counts a compiler that is in use. */
export function acquire(): void {
  users++;
}

/** Counts a compiler that is no longer in use. The last one ends the process, and waits until it is gone. */
export async function release(): Promise<void> {
  if (--users > 0) return;
  const ending = service;
  service = undefined;
  const gone = new Promise<void>((resolve) => {
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return resolve();
    ending.ref(); // Else nothing keeps the program alive while it waits here.
    ending.once("close", () => resolve());
  });
  await esbuild.stop();
  await gone;
}

/** As `esbuild.build`. */
export function build<T extends esbuild.BuildOptions>(
  options: esbuild.SameShape<esbuild.BuildOptions, T>,
): Promise<esbuild.BuildResult<T>> {
  return noting(() => esbuild.build(options));
}

/** As `esbuild.formatMessages`. */
export function formatMessages(
  messages: esbuild.PartialMessage[],
  options: esbuild.FormatMessagesOptions,
): Promise<string[]> {
  return noting(() => esbuild.formatMessages(messages, options));
}

/** Calls esbuild, which starts its process before it returns, if it has to. */
function noting<T>(call: () => T): T {
  started.subscribe(note);
  try {
    return call();
  } finally {
    started.unsubscribe(note);
  }
}

function note(message: unknown): void {
  ({ process: service } = message as { process: ChildProcess });
}
