/**
 * All works, by the name that `--only` takes.
 *
 * @module
 */

import type { Work } from "../work.ts";
import { blocked, map, skew } from "./balance.ts";
import { burst, objects } from "./burst.ts";
import { bytes } from "./bytes.ts";
import { forkJoin } from "./fork_join.ts";
import { latency } from "./latency.ts";
import { idle, memory } from "./rest.ts";
import { startup } from "./startup.ts";

export const WORKS: Readonly<Record<string, Work>> = {
  // First: what other works leave in a process, free memory that is to be cleared again for one, is none of it.
  startup,
  latency,
  burst,
  objects,
  skew,
  blocked,
  "fork-join": forkJoin,
  map,
  bytes,
  idle,
  memory,
};
