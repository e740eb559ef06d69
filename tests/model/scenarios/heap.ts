/**
 * Scenarios of the heap: one thread's blocks freed by others, pages that change hands, runs of pages.
 *
 * The real `Heap` on pages of two blocks; see `tiny_layout.ts`. Whoever has a block writes to its first word, where one
 * that is on its way back has its link: so a block in two hands, or in a hand and on the way, is a race, which the explorer
 * reports.
 */

import { load, read, store, write } from "../../../src/memory/atomics.ts";
import { type Part, scenario } from "../scenario.ts";
import { RUN, SHORT, Stage, WHOLE } from "./heap_stage.ts";

/** Frees blocks of another thread's, in order. */
function frees(the: Stage, thread: number, ...blocks: number[]): Part {
  return () => {
    for (const block of blocks) the.free(thread, block);
    the.leaves();
  };
}

scenario("heap: what another thread frees is handed out again, once, and comes back", (memory) => {
  const the = new Stage(memory, 2, 2);
  const [a, b] = [the.take(0), the.take(0)];
  return {
    threads: {
      owner(it) {
        // The page is full: one that came back, or one of a new page.
        const c = the.take(0);
        the.free(0, b);
        const d = the.take(0);
        if (c === SHORT || d === SHORT || c === d) throw new Error("no room, or twice the same");
        the.free(0, c);
        the.free(0, d);
        the.comesToRest(it, 0, 1);
      },
      other: frees(the, 1, a),
    },
    end: (end) => the.assertWhole(end),
  };
});

scenario("heap: two threads free blocks of one page while its owner takes and trims", (memory) => {
  const the = new Stage(memory, 3, 2);
  const [a, b] = [the.take(0), the.take(0)];
  return {
    threads: {
      owner(it) {
        the.heaps[0]!.trim();
        the.free(0, the.take(0));
        the.comesToRest(it, 0, 2);
      },
      one: frees(the, 1, a),
      two: frees(the, 2, b),
    },
    end: (end) => the.assertWhole(end),
  };
});

scenario("heap: a page given up is claimed by another, and no block of it is in two hands", (memory) => {
  const the = new Stage(memory, 2, 1);
  const [a, b] = [the.take(0), the.take(0)];
  return {
    threads: {
      owner(it) {
        the.free(0, a);
        the.heaps[0]!.trim();
        the.free(0, b);
        the.comesToRest(it, 0, 1);
      },
      other() {
        const c = the.take(1);
        const d = the.take(1);
        if (c !== SHORT && c === d) throw new Error("twice the same");
        the.free(1, c);
        the.free(1, d);
        the.heaps[1]!.trim();
        the.leaves();
      },
    },
    end: (end) => the.assertWhole(end),
  };
});

scenario("heap: a page given up while the rest of what was returned is put back is another's", (memory) => {
  const the = new Stage(memory, 2, 2);
  const [a, b, c, d] = [the.take(0), the.take(0), the.take(0), the.take(0)];
  return {
    threads: {
      owner(it) {
        the.comesToRest(it, 0, 1);
      },
      other() {
        // The second page has room again first, then the first page is empty.
        for (const block of [c, b, a, d]) the.free(1, block);
        the.free(1, the.take(1));
        the.heaps[1]!.trim();
        the.leaves();
      },
    },
    end: (end) => the.assertWhole(end),
  };
});

scenario("heap: two who claim pages share them out", (memory) => {
  const the = new Stage(memory, 2, 2);
  const claims = (thread: number): Part => (it) => {
    const block = the.take(thread);
    if (block === SHORT) throw new Error("no room, and there are two pages");
    if (thread === 0) the.free(thread, block);
    the.heaps[thread]!.trim();
    it.notes(block);
  };
  return {
    threads: { one: claims(0), two: claims(1) },
    end(end) {
      the.assertCounted(end);
      const { two = [] } = end.notes;
      if (end.dead === undefined && end.word(two[0]!) !== 100 + two[0]!) throw new Error("another has written to it");
    },
  };
});

scenario("heap: of two who claim runs of two pages out of three, one at most has one", (memory) => {
  // Pages of records are counted elsewhere: so both may count two pages, and find three.
  const the = new Stage(memory, 2, 3, 4);
  const claims = (thread: number): Part => (it) => {
    const run = the.take(thread, RUN);
    it.notes(run);
    if (run === SHORT) return;
    // Each page of it is this thread's.
    write(memory.words, run + 16, thread);
    if (read(memory.words, run + 16) !== thread) throw new Error("the run's second page is another's too");
    the.free(thread, run);
  };
  return {
    threads: { one: claims(0), two: claims(1) },
    end(end) {
      the.assertCounted(end);
      if (end.dead === undefined) the.assertEmpty(end);
    },
  };
});

scenario("heap: a run is given back by the thread that received it, while a third looks for room", (memory) => {
  const the = new Stage(memory, 3, 2);
  const { words } = memory;
  const sent = memory.word("sent");
  return {
    threads: {
      one() {
        const run = the.take(0, RUN);
        if (run !== SHORT) store(words, sent, run);
      },
      two(it) {
        const run = load(words, sent);
        if (run === 0) return;
        if (the.heaps[1]!.capacity(run) !== RUN) throw new Error("the run has lost its length");
        the.free(1, run);
        it.notes(WHOLE);
      },
      three() {
        the.free(2, the.take(2));
        the.heaps[2]!.trim();
      },
    },
    end(end) {
      // What was sent, and found by nobody, is still there.
      the.assertCounted(end);
      if (end.dead === undefined && end.notes["two"]!.length === 1) the.assertEmpty(end);
    },
  };
});
