/**
 * What this copy of the library knows of itself; a bundle and a task module may each bring one.
 */

import type { Aliases } from "../task/aliases.ts";

/** Set once the module is there. */
export const copy: { aliases: Aliases } = { aliases: new Map() };
