/**
 * The tasks as the exports of a module, and nothing else: what pools are given that are given a module.
 *
 * @module
 */

export { count, echo, hold, noop, row, spin } from "../tasks.ts";
