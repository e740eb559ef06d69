/** Scenarios of announcements: what is copied ahead is never taken for anything else. */

import { copyBytesOut, load, store } from "../../../src/memory/atomics.ts";
import { Announcer, Listener } from "../../../src/sync/announcement.ts";
import { Prefetch } from "../../../src/value/prefetch.ts";
import { type Memory, type Part, scenario } from "../scenario.ts";

/** Bytes of the first block, of two pieces, and of the second. */
const SIZES: readonly number[] = [16, 8];
const PIECE = 8;
/** Words of a thread's announcement. */
const OWN = 4;

/** Where senders 1 and 2 put items, and hand them over. */
interface House {
  readonly words: Memory["words"];
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly coming: number;
  readonly announced: number;
  /** For each place the number of what was handed over there, and where its block begins. */
  readonly handed: number;
  readonly blocks: number;
}

/** @param racy Why a block may be written while it is copied ahead. */
function house(memory: Memory, racy?: string): House {
  const { words } = memory;
  const coming = memory.word("COMING");
  const announced = memory.region("announced", 3 * OWN);
  const handed = memory.region("handed", 2);
  // A block begins at a multiple of 8 bytes.
  while (memory.length % 2 !== 0) memory.word("unused");
  const blocks = 4 * memory.region("block", (SIZES[0]! + SIZES[1]!) / 4, racy);
  // Who takes the second to be as long as the first reads this.
  memory.region("beyond", 2);
  return { words, bytes: new Uint8Array(words.buffer), coming, announced, handed, blocks };
}

function blockAt({ blocks }: House, place: number): number {
  return blocks + place * SIZES[0]!;
}

function announcerOf({ words, announced }: House, sender: number): Announcer {
  return new Announcer(words, announced + sender * OWN, sender, PIECE);
}

/** Copies an item to a place, and announces that. */
function copy(at: House, announcer: Announcer, place: number, item: number): number {
  return announcer.copyIn(at.bytes, blockAt(at, place), new Uint8Array(SIZES[place]!).fill(item), at.coming, () => {});
}

/** Sends an item to each place given, without a look whether the one before was taken. */
function sends(at: House, sender: number, items: readonly (readonly [item: number, place: number])[]): Part {
  return (it) => {
    const announcer = announcerOf(at, sender);
    for (const [item, place] of items) {
      it.gives(item, () => store(at.words, at.handed + place, copy(at, announcer, place, item)));
    }
  };
}

/** Copies an item to a place, does not hand it over, and sends another there. */
function changesItsMind(at: House, [first, second]: readonly [number, number]): Part {
  return (it) => {
    const announcer = announcerOf(at, 1);
    copy(at, announcer, 0, first);
    it.gives(second, () => store(at.words, at.handed, copy(at, announcer, 0, second)));
  };
}

/** Copies ahead, and takes what was handed over, so often. */
function receives(at: House, rounds: number, places: readonly number[]): Part {
  return (it) => {
    const listener = new Listener(at.words, at.coming, (sender) => at.announced + sender * OWN);
    const prefetch = new Prefetch(at.bytes, listener, 0);
    for (let round = 0; round < rounds; round++) {
      if (prefetch.comes) prefetch.advance();
      for (const place of places) it.takes(() => take(at, prefetch, place));
    }
  };
}

/** The item that was handed over at a place; 0 if there is none. */
function take(at: House, prefetch: Prefetch, place: number): number {
  const number = load(at.words, at.handed + place);
  if (number === 0) return 0;
  store(at.words, at.handed + place, 0);
  const start = blockAt(at, place);
  const size = SIZES[place]!;
  const bytes = new Uint8Array(prefetch.take(number, start, size) ?? copyBytesOut(at.bytes, start, size));
  if (bytes.length !== size || bytes.some((byte) => byte !== bytes[0])) throw new Error(`torn: ${bytes.join()}`);
  return bytes[0]!;
}

function rest(at: House): number[] {
  return [0, 1].filter((place) => load(at.words, at.handed + place) !== 0).map((place) =>
    at.bytes[blockAt(at, place)]!
  );
}

scenario("announcement: what is copied ahead, in part or in whole, is what is handed over", (memory) => {
  const at = house(memory);
  return {
    threads: { sender: sends(at, 1, [[5, 0]]), receiver: receives(at, 3, [0]) },
    rest: () => rest(at),
  };
});

scenario("announcement: what was not handed over is not taken for what comes to the same place", (memory) => {
  const at = house(memory, "what is not handed over is written over while it is copied ahead");
  return {
    threads: { sender: changesItsMind(at, [5, 6]), receiver: receives(at, 2, [0]) },
    rest: () => rest(at),
  };
});

scenario("announcement: a sender that has gone on to the next before the first is taken", (memory) => {
  const at = house(memory);
  return {
    threads: { sender: sends(at, 1, [[5, 0], [6, 1]]), receiver: receives(at, 2, [0, 1]) },
    rest: () => rest(at),
  };
});

scenario("announcement: two senders at a time", (memory) => {
  const at = house(memory);
  return {
    threads: { one: sends(at, 1, [[5, 0]]), two: sends(at, 2, [[6, 1]]), receiver: receives(at, 2, [0, 1]) },
    rest: () => rest(at),
  };
});
