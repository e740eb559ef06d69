/**
 * The layout with pages of 16 words, two blocks each: what stands in for `src/memory/layout.ts` while a scenario is
 * explored, so that the heap of a scenario is a few words.
 */

import * as real from "../../src/memory/layout.ts";
export * from "../../src/memory/layout.ts";

export const PAGE_WORDS = 16;
export const PAGE_BYTES = 64;
export const RECORDS_PER_PAGE = 1;

/** The words that the heap uses come first. */
export const Header: typeof real.Header = {
  ...real.Header,
  VALUE_PAGES: 1 as typeof real.Header.VALUE_PAGES,
  VALUE_PAGES_PEAK: 2 as typeof real.Header.VALUE_PAGES_PEAK,
  RECORD_PAGES: 3 as typeof real.Header.RECORD_PAGES,
};
