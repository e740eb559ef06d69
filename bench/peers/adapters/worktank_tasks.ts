/**
 * What `worktank.ts` names as its methods: it complains about exports that are no functions.
 *
 * @module
 */

export { count, echo, hold, noop, row, spin } from "../tasks.ts";
