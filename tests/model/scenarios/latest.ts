/** Scenarios of the newest value: one writer, readers that must never see a torn one, nor an older one after a newer. */

import { bufferOf, BUFFERS, isWhole, nextVersion, publish } from "../../../src/channel/latest.ts";
import { load, read, write } from "../../../src/memory/atomics.ts";
import { type Memory, type Part, scenario } from "../scenario.ts";

const RACY = "what is read while it is written is found not to be whole";

interface Bed {
  readonly words: Memory["words"];
  readonly version: number;
  readonly values: number;
}

/** A value is two words that are equal, and equal to its version. */
function bed(memory: Memory): Bed {
  const version = memory.word("VERSION");
  return { words: memory.words, version, values: memory.region("values", 2 * BUFFERS, RACY) };
}

function writes({ words, version, values }: Bed, count: number): Part {
  return () => {
    for (let i = 0; i < count; i++) {
      const next = nextVersion(words, version);
      const at = values + 2 * bufferOf(next);
      write(words, at, next);
      write(words, at + 1, next);
      publish(words, version, next);
    }
  };
}

/** Looks until it has seen a whole value. */
function reads({ words, version, values }: Bed, tries: number): Part {
  return (it) => {
    for (let i = 0; i < tries; i++) {
      const seen = load(words, version);
      const at = values + 2 * bufferOf(seen);
      const [a, b] = [read(words, at), read(words, at + 1)];
      if (!isWhole(words, version, seen)) continue;
      if (a !== seen || b !== seen) throw new Error(`version ${seen} is ${a}, ${b}`);
      it.notes(seen + 1);
      return;
    }
  };
}

scenario("latest: a reader never gets a torn value while the writer comes round", (memory) => {
  const one = bed(memory);
  return { threads: { writer: writes(one, 5), reader: reads(one, 2) } };
});

scenario("latest: a writer that dies at any step leaves a whole value", (memory) => {
  const one = bed(memory);
  return {
    threads: { writer: writes(one, 3), reader: reads(one, 3) },
    mortals: ["writer"],
    end({ notes }) {
      if (notes["reader"]!.length === 0) throw new Error("the reader got nothing");
    },
  };
});
