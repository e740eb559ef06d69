/**
 * The versions of the peers: one list, as adapters and their workers' scripts both import them.
 *
 * @module
 */

export const COMLINK = "4.4.2";
export const MULTITHREADING = "0.3.52";
export const PISCINA = "5.3.2";
export const POOLIFIER = "0.5.15";
export const TINYPOOL = "2.2.0";
export const WORKERPOOL = "10.0.3";
export const WORKTANK = "3.0.2";
