/**
 * Tokens of JavaScript and TypeScript: read just well enough to know what is a string, a template, a comment or a
 * regular expression, and so which brackets are brackets.
 *
 * A slash is taken for a division after a value, and for the start of a regular expression elsewhere, which is right but
 * for a few rare turns.
 */

/** Further than this nobody writes an argument. */
export const MOST_CHARACTERS = 20_000;

/** As much of what comes before a slash tells what it is. */
const LOOK_BEHIND = 40;

/** What closes each bracket. Of nothing else: `toString` is a name, and no bracket. */
export const CLOSING: Readonly<Record<string, string>> = Object.setPrototypeOf(
  { "(": ")", "[": "]", "{": "}" },
  null,
);

const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const SPACE = /(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*)+/y;
const QUOTED = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const PATTERN = /\/(?![*/])(?:[^\\/[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/[a-z]*/y;
/** What can stand among type arguments; brackets are looked at one by one. */
const TYPE = /(?:=>|[^<>()\[\]{};"'`/]|"[^"\n]*"|'[^'\n]*')+/y;
/** After one of these words, or such a sign, comes a value. */
const BEFORE_VALUE =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>]|(?:^|[^\w$.])(?:return|typeof|instanceof|in|of|new|delete|void|throw|case|do|else|await|yield))\s*$/;
/** But not after these, which belong to the value before them. */
const POSTFIX = /[\w$)\]](?:\+\+|--|!)\s*$/;

/** White space and comments at a place; empty if there is something else. */
export function spaceAt(text: string, at: number): string {
  return match(SPACE, text, at);
}

/** The name at a place; empty if there is none. */
export function nameAt(text: string, at: number): string {
  return match(IDENTIFIER, text, at);
}

/**
 * The token at a place where there is no space: a literal, a name, or one character.
 *
 * @param before What comes before it.
 * @returns Empty where a literal does not end.
 */
export function tokenAt(text: string, at: number, before: string): string {
  const char = text[at] ?? "";
  if (char === '"' || char === "'") return match(QUOTED, text, at);
  if (char === "`") return templateAt(text, at);
  if (char === "/" && BEFORE_VALUE.test(before) && !POSTFIX.test(before)) return match(PATTERN, text, at) || char;
  return nameAt(text, at) || char;
}

/** A template literal from its first backtick to its last, with what is in it; empty if it does not end. */
function templateAt(text: string, start: number): string {
  for (let i = start + 1; i < text.length && i < start + MOST_CHARACTERS; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "`") return text.slice(start, i + 1);
    else if (text.startsWith("${", i)) {
      i = bracketEnd(text, i + 1) - 1;
      if (i < 0) return "";
    }
  }
  return "";
}

/** Where the bracket that opens at `start` has been closed; -1 if it never is. */
function bracketEnd(text: string, start: number): number {
  const brackets: string[] = [];
  let before = "";
  for (let i = start; i < text.length && i < start + MOST_CHARACTERS;) {
    const token = spaceAt(text, i) || tokenAt(text, i, before);
    if (token === "") return -1;
    i += token.length;
    if (token in CLOSING) brackets.push(CLOSING[token]!);
    else if (token === brackets.at(-1)) {
      brackets.pop();
      if (brackets.length === 0) return i;
    }
    before = (before + token).slice(-LOOK_BEHIND);
  }
  return -1;
}

/** A list of type arguments, `<…>`; empty if what begins here is none. */
export function typesAt(text: string, start: number): string {
  const brackets: string[] = [];
  for (let i = start; i < text.length && i < start + MOST_CHARACTERS;) {
    const char = text[i]!;
    if (char === "<") brackets.push(">");
    else if (char in CLOSING) brackets.push(CLOSING[char]!);
    else if (char === brackets.at(-1)) {
      brackets.pop();
      if (brackets.length === 0) return text.slice(start, i + 1);
    } else {
      const part = match(TYPE, text, i);
      if (part === "") return "";
      i += part.length;
      continue;
    }
    i++;
  }
  return "";
}

/** What a sticky expression matches at a place; empty if nothing. */
function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}
