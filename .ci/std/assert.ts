/**
 * Stands in for `@std/assert` where it cannot be fetched: the same code from another package, with the types of
 * what this project uses.
 *
 * @module
 */

// @ts-types="./assert.d.ts"
export * from "npm:deno-std@1.4.0/assert/mod.js";
