/** What the scenarios of searching and of the sentinel have in common: a pool of workers, and a main thread that spawns. */

import { Injector } from "../../../src/sync/injector.ts";
import { Parking, type Place } from "../../../src/sync/park.ts";
import type { Memory, Part } from "../scenario.ts";
import { filled } from "./rings.ts";
import type { RingWords } from "../../../src/sync/ring.ts";

/** A pool: its workers' places, and the queue that main pushes to. */
export interface Pool {
  readonly memory: Memory;
  readonly parking: Parking;
  readonly queue: RingWords;
}

/** Makes a pool whose queue has items in it, and room for two. */
export function pool(memory: Memory, workers: number, items: readonly number[] = []): Pool {
  return { memory, parking: parkingOf(memory, workers), queue: filled(memory, 2, items) };
}

/** The workers' side of waking. */
export function parkingOf(memory: Memory, workers: number, parkedBits = 0): Parking {
  const { words } = memory;
  const [parked, searching] = [memory.word("PARKED", parkedBits), memory.word("SEARCHING")];
  const places: Place[] = [];
  for (let i = 0; i < workers; i++) places.push({ words, parked, bit: 1 << i, futex: memory.word(`FUTEX ${i}`) });
  const [engaged, sentinel, abstaining] = [memory.word("ENGAGED"), memory.word("SENTINEL"), memory.word("ABSTAINING")];
  return new Parking(words, parked, searching, engaged, sentinel, abstaining, places);
}

/** Main's part: pushes, then wakes one. */
export function spawns({ parking, queue }: Pool, ...items: number[]): Part {
  const injector = new Injector(queue);
  return (it) => {
    for (const item of items) {
      it.gives(item, () => {
        if (!injector.push(item)) return false;
        parking.wakeOne();
        return true;
      });
    }
  };
}
