/**
 * The caller's place in the code, from a stack: as V8 writes it (`at f (url:line:column)`), and as Firefox and Safari do
 * (`f@url:line:column`).
 */

/** A place in a script; line and column count from 1. */
export interface Place {
  readonly url: string;
  readonly line: number;
  readonly column: number;
  /** Whether the call stands there: not so where native code, such as `forEach`, was handed the function. */
  readonly direct: boolean;
}

interface V8Error {
  captureStackTrace?(holder: object, above: unknown): void;
  stackTraceLimit?: number;
}

/**
 * The frames above a function, one a line.
 *
 * @param above The function whose caller is looked for.
 * @param depth How many frames are on top of that caller's, for engines that cannot leave them out; this one included.
 * @param count How many to give.
 */
export function framesAbove(above: unknown, depth: number, count: number): string {
  const { captureStackTrace } = Error as V8Error;
  if (captureStackTrace === undefined) {
    return framesOf(new Error().stack).slice(depth, depth + count).join("\n");
  }
  const holder: { stack?: unknown } = {};
  const engine = Error as V8Error;
  const limit = engine.stackTraceLimit;
  engine.stackTraceLimit = count;
  try {
    captureStackTrace(holder, above);
    // It is written when it is first read.
    return framesOf(holder.stack).join("\n");
  } finally {
    if (limit === undefined) delete engine.stackTraceLimit;
    else engine.stackTraceLimit = limit;
  }
}

/** The lines that are frames. A program may have its own way of writing stacks, which need not even be text. */
function framesOf(stack: unknown): string[] {
  return typeof stack === "string" ? stack.split("\n").filter((line) => /^\s+at |@/.test(line)) : [];
}

/** V8's frames, with a name before the place or without one; then those of the others. */
const FRAME = /^(?:\s+at (async )?(?:.*? \((.+):(\d+):(\d+)\)|(.+):(\d+):(\d+))|[^@]*@(.+):(\d+):(\d+))$/;
/** Scripts that are part of the environment. */
const INTERNAL = /^(?:ext|node|internal):/;

/** The first place in a list of frames. */
export function placeIn(frames: string): Place | undefined {
  for (const [i, frame] of frames.split("\n").entries()) {
    const found = FRAME.exec(frame);
    if (found === null) continue;
    const where = found[2] ?? found[5] ?? found[8]!;
    if (INTERNAL.test(where)) continue;
    return {
      url: scriptOf(where),
      line: Number(found[3] ?? found[6] ?? found[9]),
      column: Number(found[4] ?? found[7] ?? found[10]),
      direct: i === 0 && found[1] === undefined,
    };
  }
  return undefined;
}

/** The name of the script: evaluated code has it, if at all, beside where it was evaluated. */
function scriptOf(where: string): string {
  if (!/(?:^|, )<anonymous>$/.test(where)) return where;
  const name = where.replace(/(?:, )?<anonymous>$/, "");
  return name === "" || name.startsWith("eval at ") ? "eval" : name;
}
