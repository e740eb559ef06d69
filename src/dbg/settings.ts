/**
 * How `dbg` is set: whether it prints, and at which level. The settings are one number, kept where all copies of the
 * library on a thread see it, and while the runtime runs, where all its threads do.
 *
 * Keeps true: a change takes effect at one store of one word. Bit 0 is set while `dbg` is off, the level is above it;
 * 0, which fresh memory holds, is how it begins.
 */

import { runtime } from "../runtime/runtime.ts";

/** The console's method that `dbg` prints with. */
export type DbgLevel = "debug" | "error" | "info" | "log" | "trace" | "warn";

const LEVELS: readonly DbgLevel[] = ["debug", "error", "info", "log", "trace", "warn"];
const OFF = 1;
const LEVEL_SHIFT = 1;

/** The settings as one number. */
function settings(): number {
  try {
    return runtime().dbg;
  } catch {
    // Another version of the library is on this thread. That is for its calls to say, not for `dbg`.
    return own;
  }
}

function set(value: number): void {
  own = value;
  try {
    runtime().dbg = value;
  } catch {
    // As above.
  }
}

let own = 0;

/** Whether `dbg` prints. */
export function isEnabled(): boolean {
  return (settings() & OFF) === 0;
}

/** Sets whether `dbg` prints. */
export function setEnabled(enabled: boolean): void {
  if (typeof enabled !== "boolean") {
    throw new TypeError(`Cannot set 'dbg.enabled' as it must be true or false: received ${typeof enabled}`);
  }
  set(enabled ? settings() & ~OFF : settings() | OFF);
}

/** The level. */
export function level(): DbgLevel {
  return LEVELS[settings() >> LEVEL_SHIFT] ?? "debug";
}

/** Sets the level. */
export function setLevel(level: DbgLevel): void {
  const index = LEVELS.indexOf(level);
  if (index < 0) {
    const received = typeof level === "string" ? `'${level}'` : typeof level;
    throw new TypeError(`Cannot set 'dbg.level' as it must be one of ${LEVELS.join(", ")}: received ${received}`);
  }
  set((settings() & OFF) | index << LEVEL_SHIFT);
}
