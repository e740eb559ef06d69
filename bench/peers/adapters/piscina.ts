/**
 * Piscina as it is by default.
 *
 * @module
 */

import { type Adapter, importPackage } from "../adapter.ts";
import { type NodePool, nodePool, type PoolOptions } from "./node_pool.ts";
import { PISCINA } from "./versions.ts";

interface Package {
  readonly Piscina: new (options: PoolOptions) => NodePool;
}

const { Piscina } = await importPackage<Package>("piscina", PISCINA);

export const adapter: Adapter = nodePool(PISCINA, (options) => new Piscina(options));
