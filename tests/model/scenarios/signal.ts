/** Scenarios of signals: who publishes and wakes, who announces, looks and sleeps; blocking and not. */

import { load, store } from "../../../src/memory/atomics.ts";
import { announce, sleep, wake } from "../../../src/channel/signal.ts";
import { waitAsync } from "../../../src/memory/atomics.ts";
import { type Memory, type Part, scenario } from "../scenario.ts";
import { rouse } from "./rouse.ts";

interface Bed {
  readonly words: Memory["words"];
  readonly signal: number;
  readonly news: number;
}

function bed(memory: Memory): Bed {
  return { words: memory.words, signal: memory.word("signal"), news: memory.word("news") };
}

/** Makes it so many, one at a time. */
function publishes({ words, signal, news }: Bed, ...values: number[]): Part {
  return () => {
    for (const value of values) {
      store(words, news, value);
      wake(words, signal);
    }
  };
}

/** Blocks until there are so many. */
function blocks({ words, signal, news }: Bed, wanted: number): Part {
  return (it) => {
    for (;;) {
      if (load(words, news) >= wanted) return it.notes(1);
      const ticket = announce(words, signal);
      if (load(words, news) < wanted) sleep(words, signal, ticket, Infinity);
    }
  };
}

/** Waits until there are so many. */
function awaits({ words, signal, news }: Bed, wanted: number): Part {
  return (it) => {
    (function look(): void {
      for (;;) {
        const ticket = announce(words, signal);
        if (load(words, news) >= wanted) return it.notes(1);
        const waited = waitAsync(words, signal, ticket);
        if (waited !== undefined) return void waited.then(look);
      }
    })();
  };
}

function assertAllWoke(news: number, wanted: number) {
  return ({ asleep, word }: { asleep: readonly string[]; word(at: number): number }) => {
    if (word(news) >= wanted && asleep.length > 0) throw new Error(`${asleep.join()} sleeps on`);
  };
}

scenario("signal: one who blocks is woken by what is published between its look and its sleep", (memory) => {
  const one = bed(memory);
  return {
    threads: { publisher: publishes(one, 1), sleeper: blocks(one, 1) },
    mortals: ["sleeper"],
    end: assertAllWoke(one.news, 1),
  };
});

scenario("signal: one who blocks and one who does not wake for the second of two", (memory) => {
  const one = bed(memory);
  return {
    threads: { publisher: publishes(one, 1, 2), sleeper: blocks(one, 2), other: awaits(one, 2) },
    mortals: ["sleeper", "other"],
    end: assertAllWoke(one.news, 2),
  };
});

scenario("signal: two who publish wake one who wants both", (memory) => {
  const one = bed(memory);
  const other = { ...one, news: memory.word("other news") };
  return {
    threads: {
      first: publishes(one, 1),
      second: publishes(other, 1),
      sleeper(it) {
        const { words, signal } = one;
        const both = () => load(words, one.news) + load(words, other.news) === 2;
        for (;;) {
          const ticket = announce(words, signal);
          if (both()) return it.notes(1);
          sleep(words, signal, ticket, Infinity);
        }
      },
    },
    mortals: ["sleeper"],
    end: assertAllWoke(one.news, 1),
  };
});

scenario("signal: who mourns a publisher that died before it notified wakes the sleeper", (memory) => {
  const one = bed(memory);
  return {
    threads: { publisher: publishes(one, 1), sleeper: blocks(one, 1) },
    mortals: ["publisher"],
    mourner: () => rouse(one.words, one.signal),
    end: assertAllWoke(one.news, 1),
  };
});
