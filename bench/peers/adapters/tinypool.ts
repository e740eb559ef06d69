/**
 * Tinypool as it is by default.
 *
 * @module
 */

import { type Adapter, importPackage } from "../adapter.ts";
import { type NodePool, nodePool, type PoolOptions } from "./node_pool.ts";
import { TINYPOOL } from "./versions.ts";

interface Package {
  readonly default: new (options: PoolOptions) => NodePool;
}

const { default: Tinypool } = await importPackage<Package>("tinypool", TINYPOOL);

export const adapter: Adapter = {
  ...nodePool(TINYPOOL, (options) => new Tinypool(options)),
  unfitForStartup: "in Deno it now and then forgets a task that is given before its worker is up",
};
