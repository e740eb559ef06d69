/**
 * Looking inside: figures read from shared memory, on any thread, without asking anybody.
 *
 * Each is true of a moment ago; together they may be of slightly different moments.
 */

import { load } from "../memory/atomics.ts";
import { Area, Header, type Memory, PAGE_BYTES, total } from "../memory/layout.ts";
import { loadOf } from "./loads.ts";

/** What one worker has done since `init`. */
export interface WorkerStats {
  /** Tasks that it ran to their end. */
  readonly executed: number;
  /** Tasks that it took from other workers' deques. */
  readonly stolen: number;
  /** How often it was woken. */
  readonly wakes: number;
  /** How often it went to sleep. */
  readonly parks: number;
  /** Pinned tasks that are placed on it and have not settled. */
  readonly pinned: number;
}

/** What `stats()` gives. Counts of events wrap at 2^32. */
export interface RuntimeStats {
  /** Each worker, by index. */
  readonly workers: WorkerStats[];
  /** `live`: spawned and not come home. `waiting`: of those, not started. */
  readonly tasks: { readonly live: number; readonly waiting: number };
  /** Bytes of values in flight, the most that was claimed for values at any time, and what can be claimed. */
  readonly heap: { readonly used: number; readonly peak: number; readonly size: number };
}

/** Reads the figures. */
export function readStats(memory: Memory): RuntimeStats {
  const { words, workers } = memory;
  // All who have had the seat.
  const ofSeat = (seat: number, word: number) => total(memory, word, seat + 1, workers) >>> 0;
  // What was spawned last of all: so the differences are never too small, and 0 means that nothing is in flight.
  const settled = total(memory, Area.SETTLED);
  const started = total(memory, Area.STARTED);
  const spawned = total(memory, Area.SPAWNED);
  return {
    workers: readLoads(memory).map((pinned, seat) => ({
      executed: ofSeat(seat, Area.EXECUTED),
      stolen: ofSeat(seat, Area.STOLEN),
      wakes: ofSeat(seat, Area.WAKES),
      parks: ofSeat(seat, Area.PARKS),
      pinned,
    })),
    tasks: {
      live: (spawned - settled) | 0,
      waiting: Math.max(0, (spawned - started) | 0),
    },
    heap: {
      used: total(memory, Area.HELD) * 16,
      peak: load(words, Header.VALUE_PAGES_PEAK) * PAGE_BYTES,
      size: memory.valuePages * PAGE_BYTES,
    },
  };
}

/** Pinned tasks that have not settled, for each worker. */
export function readLoads(memory: Memory): number[] {
  return Array.from({ length: memory.workers }, (_, seat) => {
    const thread = memory.occupant(seat);
    return thread === 0 ? 0 : loadOf(memory, thread);
  });
}

/** The bits of parked workers. */
export function readIdle(memory: Memory): number {
  return load(memory.words, Header.PARKED) >>> 0;
}
