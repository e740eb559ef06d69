/**
 * What importing the library does: it gives shipped closures their `webble`, and makes a pool worker take part.
 */

import * as webble from "../mod.ts";
import * as channel from "./channel/mod.ts";
import { CLASSES } from "./classes.ts";
import * as executor from "./executor/mod.ts";
import { copy } from "./runtime/copy.ts";
import { runtime } from "./runtime/runtime.ts";
import { startIfWorker } from "./runtime/worker.ts";
import { aliasesOf } from "./task/aliases.ts";

copy.readAliases = () => aliasesOf({ "": () => webble, channel: () => channel, executor: () => executor }, CLASSES);

// The first copy of the library on a thread is the one that counts.
const shared = existing();
if (shared !== undefined && shared.giveApi === undefined) {
  // In a bundle this module may be evaluated before there is a namespace to give.
  shared.giveApi = () => webble;
  startIfWorker(shared);
}

function existing(): ReturnType<typeof runtime> | undefined {
  try {
    return runtime();
  } catch {
    // Another version is here already. Each call of this copy says so; the import alone disturbs nothing.
    return undefined;
  }
}
