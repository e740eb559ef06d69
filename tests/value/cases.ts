/**
 * Every case about the codec. They are pure: nothing in them knows where they run.
 *
 * @module
 */

import type { Case } from "./crossing.ts";
import { hostile } from "./hostile.ts";
import { kinds } from "./kinds.ts";
import { moves } from "./moves.ts";
import { refusals } from "./refusals.ts";

/** All of them. */
export const cases: readonly Case[] = [
  ...kinds.map(within("kinds")),
  ...refusals.map(within("refusals")),
  ...moves.map(within("moves")),
  ...hostile.map(within("hostile")),
];

function within(page: string): (test: Case) => Case {
  return ({ name, run }) => ({ name: `value: ${page}: ${name}`, run });
}
