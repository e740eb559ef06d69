/**
 * The memory of a lock: a few words of its own, the table of those who take part, and what it guards.
 *
 * A lock that arrives twice on a thread is the same object both times: two that share the thread's place in the line
 * would take each other's wakes. A random name in the memory tells which is which.
 */

import { copyIn, load } from "../../memory/atomics.ts";
import { TABLE_WORDS } from "../participants.ts";
import { createMemory, FIRST_WORD, registerKind, type SharedParts } from "../parts.ts";

const NAME: number = FIRST_WORD;
const NAME_WORDS = 2;

/** A lock's own words: {@linkcode OWN_WORDS} from here. */
export const OWN: number = FIRST_WORD + 16;
const OWN_WORDS = 16;
/** The table of participants. */
export const TABLE: number = OWN + OWN_WORDS;
/** What it guards. */
export const DATA: number = TABLE + TABLE_WORDS;

/** Memory that arrived: what the constructor of a lock is given in place of the user's arguments. */
export class Arrived {
  constructor(readonly memory: SharedParts) {}
}

/** The locks of this thread, by kind and name. */
const known = new Map<string, WeakRef<object>>();
const collected = new FinalizationRegistry<string>((key) => {
  if (known.get(key)?.deref() === undefined) known.delete(key);
});

function keyOf(kind: string, { words }: SharedParts): string {
  return `${kind} ${load(words, NAME)} ${load(words, NAME + 1)}`;
}

/** Makes the memory of a new lock with so many words behind the table. */
export function createLock(kind: string, dataWords: number, what: string): SharedParts {
  const memory = createMemory(kind, 4 * (DATA + dataWords), what);
  copyIn(memory.words, NAME, crypto.getRandomValues(new Int32Array(NAME_WORDS)), NAME_WORDS);
  return memory;
}

/** The lock is this thread's only one with that memory. */
export function remember(kind: string, memory: SharedParts, lock: object): void {
  const key = keyOf(kind, memory);
  known.set(key, new WeakRef(lock));
  collected.register(lock, key);
}

/**
 * Says how locks of a kind are made again.
 *
 * @param dataWords How many words there must be behind the table, by what the lock's own words say.
 */
export function registerLock(
  kind: string,
  dataWords: (memory: SharedParts) => number,
  make: (arrived: Arrived) => object,
): void {
  registerKind(kind, (memory) => {
    const needed = 4 * (DATA + (memory.buffer.byteLength < 4 * DATA ? 0 : dataWords(memory)));
    if (!(memory.buffer.byteLength >= needed)) {
      throw new TypeError(`Cannot attach a '${kind}' as its memory is none that was made for one`);
    }
    return known.get(keyOf(kind, memory))?.deref() ?? make(new Arrived(memory));
  });
}
