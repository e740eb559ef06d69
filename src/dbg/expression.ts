/**
 * The expressions in a call: from the place of a call in a source to the text of its arguments.
 *
 * Where brackets do not come out even, or there are not as many arguments as the call was given, it gives nothing: no
 * text is better than a wrong one.
 */

import { CLOSING, MOST_CHARACTERS, nameAt, spaceAt, tokenAt, typesAt } from "./tokens.ts";

/**
 * Finds the arguments of a call.
 *
 * @param text The source.
 * @param line Where the call is, counted from 1, as stacks give it: at the name that is called, or at its parenthesis.
 * @param column Counted from 1.
 * @param count How many values the call was given.
 * @returns One text for each value, each on one line; fewer where the call spreads, none where it cannot be told.
 */
export function argumentsAt(text: string, line: number, column: number, count: number): string[] {
  const start = startOf(text, line);
  const open = start < 0 ? -1 : openingAfter(text, start + column - 1);
  if (open < 0) return [];
  // `f(a < b, c > (d))` has two arguments or, with type arguments, one: the count tells.
  for (const types of [true, false]) {
    const found = split(text, open, types);
    const spread = found?.findIndex((one) => one.startsWith("...")) ?? -1;
    if (found !== undefined && spread >= 0) return found.slice(0, spread);
    if (found?.length === count) return found;
  }
  return [];
}

/** Where a line begins; -1 where there is none such. Lines count from 1. */
export function startOf(text: string, line: number): number {
  let start = 0;
  for (let i = 1; i < line; i++) {
    start = text.indexOf("\n", start) + 1;
    if (start === 0) return -1;
  }
  return line < 1 ? -1 : start;
}

/** What stands before a parenthesis that opens another call's arguments, of which some are passed on, or no arguments. */
const NOT_THE_CALL = /(?:^|[^\w$])(?:apply|bind|call|new)[^\w$]*$/;
/** As much before the place of a call is looked at for that: it may be that of the parenthesis. */
const LOOK_BEHIND = 40;

/**
 * The parenthesis that opens the arguments; -1 where it is not found. Between the called name and it there may be more,
 * as in `(lib.dbg as Dbg)<number>?.(`.
 */
function openingAfter(text: string, at: number): number {
  // Without space and types.
  let before = text.slice(Math.max(0, at - LOOK_BEHIND), at);
  for (let i = at; i < text.length && i < at + MOST_CHARACTERS;) {
    if (text[i] === "(") return NOT_THE_CALL.test(before) ? -1 : i;
    const skipped = spaceAt(text, i) || (text[i] === "<" ? typesAt(text, i) : "");
    let passed = nameAt(text, i);
    if (passed === "" && text.startsWith("?.", i)) passed = "?.";
    if (passed === "" && i > at && ".!)".includes(text[i]!)) passed = text[i]!;
    if (passed === "" && skipped === "") return -1;
    before += passed;
    i += passed.length + skipped.length;
  }
  return -1;
}

/** The arguments between a parenthesis and its partner, each on one line; `undefined` if they do not come out even. */
function split(text: string, open: number, types: boolean): string[] | undefined {
  const found: string[] = [];
  const brackets = [")"];
  let argument = "";
  for (let i = open + 1; i < text.length && i < open + MOST_CHARACTERS;) {
    const space = spaceAt(text, i);
    if (space !== "") {
      i += space.length;
      argument = joined(argument, space, text.slice(i, i + 2));
      continue;
    }
    const token = (types && text[i] === "<" && typeArgumentsAt(text, i, argument)) || tokenAt(text, i, argument);
    if (token === "") return undefined;
    i += token.length;
    if (token === brackets.at(-1)) brackets.pop();
    else if (token in CLOSING) brackets.push(CLOSING[token]!);
    else if (token === ")" || token === "]" || token === "}") return undefined;
    if (brackets.length === 0 || (token === "," && brackets.length === 1)) {
      if (argument.trim() !== "") found.push(argument.trim());
      else if (token === ",") return undefined;
      if (brackets.length === 0) return found;
      argument = "";
    } else argument += oneLine(token);
  }
  return undefined;
}

/** Type arguments that follow a name directly: by TypeScript's own rule, if nothing follows that could be compared. */
function typeArgumentsAt(text: string, at: number, before: string): string {
  if (!/[\w$]$/.test(before)) return "";
  const found = typesAt(text, at);
  return /^\s*(?:[()\[\],;.`!}]|$)/.test(text.slice(at + found.length, at + found.length + 80)) ? found : "";
}

function oneLine(token: string): string {
  if (!token.includes("\n")) return token;
  return token.startsWith("`") ? token.replace(/\r?\n/g, "\\n") : token.replace(/\s*\n\s*/g, " ");
}

/** Adds space between two tokens, but not where it only served to break a line. */
function joined(before: string, space: string, next: string): string {
  if (!space.includes("\n")) return before + " ";
  if (/^[)\]]/.test(next)) return before.replace(/([^,[(\s])\s*,$/, "$1");
  return /[([]$/.test(before) || next === "?." || /^\.[^.]/.test(next) ? before : before + " ";
}
