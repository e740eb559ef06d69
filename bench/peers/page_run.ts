/**
 * Placeholder
 */
import type { WorkResult } from "./results.ts";
export const PAGE_WORKS: Record<string, true> = {};
export async function runInPage(
  _w: readonly string[],
  _p: readonly string[],
  _q: boolean,
  _r: (name: string, r: WorkResult) => void,
): Promise<void> {}
