/**
 * Every behaviour case.
 *
 * @module
 */

import type { Case } from "../../harness/case.ts";
import { abort } from "./abort.ts";
import { broadcasts } from "./broadcast.ts";
import { channelDeath } from "./channel_death.ts";
import { code } from "./code.ts";
import { commons } from "./commons.ts";
import { debugging } from "./dbg.ts";
import { death } from "./death.ts";
import { deathAmid } from "./death_amid.ts";
import { deathGhosts } from "./death_ghosts.ts";
import { deathOrphans } from "./death_orphans.ts";
import { deathSoak } from "./death_soak.ts";
import { deathAtStart } from "./death_start.ts";
import { explicit } from "./executor.ts";
import { failure } from "./failure.ts";
import { firstTasks } from "./first_task.ts";
import { fuzzing } from "./fuzz.ts";
import { handle } from "./handle.ts";
import { hardship } from "./hardship.ts";
import { home } from "./home.ts";
import { lifecycle } from "./lifecycle.ts";
import { locks, mutex } from "./locks.ts";
import { longValues } from "./long_values.ts";
import { queues } from "./queues.ts";
import { scale } from "./scale.ts";
import { spawn } from "./spawn.ts";
import { spscChannels } from "./spsc.ts";
import { starts } from "./start.ts";
import { streams } from "./streams.ts";
import { value } from "./value.ts";

/** What both homes run. */
export const all: readonly Case[] = [
  ...home,
  ...lifecycle,
  ...starts,
  ...firstTasks,
  ...spawn,
  ...handle,
  ...abort,
  ...failure,
  ...value,
  ...longValues,
  ...commons,
  ...code,
  ...hardship,
  ...death,
  ...deathAmid,
  ...deathAtStart,
  ...deathGhosts,
  ...deathOrphans,
  ...deathSoak,
  ...debugging,
  ...explicit,
  ...fuzzing,
  ...spscChannels,
  ...queues,
  ...broadcasts,
  ...streams,
  ...channelDeath,
  ...mutex,
  ...locks,
  ...scale,
];
