/**
 * Stands in for `@std/http/etag` where it cannot be fetched: the same code from another package, with the types of
 * what this project uses.
 *
 * @module
 */

// @ts-types="./etag.d.ts"
export { eTag, ifNoneMatch } from "npm:deno-std@1.4.0/http/etag.js";
