/**
 * Source maps: from a place in compiled code to the place in the file that it was made from.
 *
 * Reads version 3 maps; one that is made of sections gives nothing.
 */

/** A place in an original file; line and column count from 1. */
export interface Original {
  /** The file, as a URL where the map's own URL allows it. */
  readonly url: string;
  readonly line: number;
  readonly column: number;
  /** Which column of the compiled line this is the original of: that which was asked for, or one before. */
  readonly from: number;
  /** The file's text, if the map brings it. */
  readonly text: string | undefined;
}

interface Fields {
  readonly sources?: readonly (string | null)[];
  readonly sourcesContent?: readonly (string | null)[];
  readonly sourceRoot?: string;
  readonly mappings?: string;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < DIGITS.length; i++) VALUES[DIGITS.charCodeAt(i)] = i;

/** Numbers of a segment that has an original: column, source, line, column, each counted from 0. */
const SEGMENT = 4;

/** One source map. */
export class SourceMap {
  readonly #fields: Fields;
  readonly #base: string;
  /** For each line of the compiled code its segments, in order of column; a source of -1 means none. */
  readonly #lines: number[][] = [];

  /**
   * @param text The map, as JSON.
   * @param base What the sources' names are relative to.
   * @throws {SyntaxError} It is not JSON.
   */
  constructor(text: string, base: string) {
    // Servers may put `)]}'` before JSON.
    this.#fields = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, "")) as Fields;
    this.#base = base;
    this.#decode(String(this.#fields.mappings ?? ""));
  }

  /** Finds the original of a place in the compiled code: that of the last segment which begins there or before. */
  find(line: number, column: number): Original | undefined {
    const segments = this.#lines[line - 1] ?? [];
    let low = 0;
    let high = segments.length / SEGMENT;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (segments[middle * SEGMENT]! <= column - 1) low = middle + 1;
      else high = middle;
    }
    const [begin = 0, index = -1, originalLine = 0, originalColumn = 0] = segments.slice(
      (low - 1) * SEGMENT,
      low * SEGMENT,
    );
    const source = this.#fields.sources?.[index];
    if (low === 0 || source === undefined || source === null) return undefined;
    return {
      url: this.#resolve(source),
      line: originalLine + 1,
      column: originalColumn + 1,
      from: begin + 1,
      text: this.#fields.sourcesContent?.[index] ?? undefined,
    };
  }

  #resolve(source: string): string {
    const root = this.#fields.sourceRoot ?? "";
    const path = root === "" || root.endsWith("/") ? root + source : `${root}/${source}`;
    return URL.canParse(path, this.#base) ? new URL(path, this.#base).href : path;
  }

  /** Decodes the mappings: each number is the difference to the one before, in base 64 with the sign in the last bit. */
  #decode(mappings: string): void {
    const state = [0, 0, 0, 0, 0];
    let segments: number[] = [];
    let field = 0;
    let value = 0;
    let shift = 0;
    const endSegment = () => {
      if (field > 0) segments.push(state[0]!, field >= 4 ? state[1]! : -1, state[2]!, state[3]!);
      field = 0;
    };
    for (let i = 0; i < mappings.length; i++) {
      const char = mappings[i];
      if (char === "," || char === ";") {
        endSegment();
        if (char === ",") continue;
        this.#lines.push(segments);
        segments = [];
        state[0] = 0;
        continue;
      }
      const digit = VALUES[mappings.charCodeAt(i)] ?? -1;
      if (digit < 0) return;
      value |= (digit & 31) << shift;
      shift += 5;
      if ((digit & 32) !== 0) continue;
      if (field < state.length) state[field]! += (value & 1) === 0 ? value >>> 1 : -(value >>> 1);
      field++;
      value = shift = 0;
    }
    endSegment();
    this.#lines.push(segments);
  }
}
