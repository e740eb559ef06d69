/**
 * Webble, the stealable track.
 *
 * @module
 */

import { VERSION } from "../../../src/runtime/version.ts";
import type { Adapter } from "../adapter.ts";
import { adapterFor } from "./webble.ts";

export const adapter: Adapter = adapterFor("spawnStealable", VERSION);
