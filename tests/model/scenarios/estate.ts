/**
 * Scenarios of a dead thread's pages: they are given back while those who live still free blocks in them, and claim
 * pages. See `src/heap/estate.ts`, and `#settle` of `src/runtime/undertaker.ts`, whose steps are main's here.
 *
 * The dead one is thread 0, main is 1, 2 has a record that names a block of the dead one's, 3 looks for room.
 */

import { Estate } from "../../../src/heap/estate.ts";
import { add, load, store } from "../../../src/memory/atomics.ts";
import { Record } from "../../../src/memory/layout.ts";
import { NONE } from "../../../src/sync/inbox.ts";
import { type Memory, type Part, scenario, type Stage as Play } from "../scenario.ts";
import { BLOCK, RUN, SHORT, Stage } from "./heap_stage.ts";

const DEAD = 0;
const PAGES = 4;
/** What main notes. */
const RELEASED = 1;

function play(memory: Memory, bytes: number): Play {
  const the = new Stage(memory, 4, PAGES);
  const { words } = memory;
  const [deaths, mourned] = [memory.word("DEATHS"), memory.word("MOURNED by 2")];
  const record = the.heaps[2]!.claimRecords(true);
  const block = the.take(DEAD, bytes);
  words[record + Record.PAYLOAD] = block;
  const entry = (at: number) => the.layout.pageTable + Math.floor((at - the.layout.heap) / 16);

  /** Between two pieces of work: says what it has heard of. */
  const mourns = () => store(words, mourned, load(words, deaths));

  const undertaker: Part = (it) => {
    const estate = new Estate(the.layout, DEAD);
    const unused = estate.unused();
    const told = add(words, deaths, 1) + 1;
    // Else it comes by again later.
    if (load(words, mourned) < told) return;
    for (const page of unused) estate.release(page);
    if (unused.length > 0) it.notes(RELEASED);
  };
  const holder: Part = () => {
    mourns();
    // Takes the value out of the record, and frees its block.
    store(words, record + Record.PAYLOAD, NONE);
    the.free(2, block);
    mourns();
  };
  const other: Part = (it) => {
    const mine = the.take(3, bytes);
    if (mine !== SHORT) it.notes(mine);
  };
  return {
    threads: { main: undertaker, holder, other },
    end({ notes, dead, word }) {
      const [mine] = notes["other"]!;
      if (mine !== undefined) {
        if ((word(entry(mine)) & 0xff) !== 4) throw new Error("a page in use was given back");
        if (word(mine) !== 100 + mine) throw new Error("another has written to the block");
      }
      let claimed = 0;
      for (let page = 0; page < PAGES; page++) if (word(the.layout.pageTable + page) !== 0) claimed++;
      // All but the page of records, which are counted elsewhere.
      const counted = word(1);
      if (dead === undefined && counted !== claimed - 1) throw new Error(`${claimed - 1} claimed, ${counted} counted`);
      if (notes["main"]!.length > 0 && (word(entry(block)) & 0xff) === DEAD + 1) {
        throw new Error("what was unused is the dead one's still");
      }
    },
    // Of pages that somebody is about to claim or give back as they die, others have a tale.
    mortals: ["main"],
  };
}

scenario("estate: a page of the dead one's is given back once nobody frees a block in it", (memory) => {
  return play(memory, BLOCK);
});

scenario("estate: a run that its holder gives back is not given back again, when it may be another's", (memory) => {
  return play(memory, RUN);
});
