/**
 * What this copy of the library knows of itself; a bundle and a task module may each bring one.
 */

import type { Aliases } from "../task/aliases.ts";

/** This copy. */
class Copy {
  #aliases: Aliases | undefined;
  /** Reads its aliases; set while the modules of a bundle are yet to be evaluated, and so called when they are first needed. */
  readAliases: () => Aliases = () => new Map();

  /** What its functions and classes are called in the program. */
  get aliases(): Aliases {
    return this.#aliases ??= this.readAliases();
  }
}

/** The one that this module belongs to. */
export const copy: Copy = new Copy();
