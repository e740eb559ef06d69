/**
 * State: where all threads of a scenario stand at one moment, and the steps that lead on from there.
 *
 * A step is one access of one thread, or the beginning of one of its turns, or a death.
 */

import type { Access } from "./door.ts";
import type { Entry, Player, Stand } from "./replay.ts";
import type { Memory } from "./scenario.ts";

/** A thread that waits. */
interface Wait {
  readonly thread: number;
  /** Which of the thread's waits it is; {@linkcode BLOCKED} for one that blocks. */
  readonly wait: number;
  readonly at: number;
  readonly notified: boolean;
}

/** One moment. States are never changed. */
export interface State {
  readonly memory: Int32Array;
  readonly stands: readonly Stand[];
  readonly waits: readonly Wait[];
  /** Index of the thread that was killed, or -1. */
  readonly dead: number;
  /** How many interleavings lead here. */
  ways: number;
  /** How this state came about: from `parent` by a step of `by`; without an entry, `by` was killed. */
  readonly parent: State | undefined;
  readonly by: number;
  readonly entry: Entry | undefined;
}

/** In place of the number of a wait: the thread itself stands still. */
const BLOCKED = -1;

/** What a racing read is made to give, besides what memory holds. */
const WRONG = -999;

export function start(memory: Int32Array, players: readonly Player[]): State {
  const stands = players.map((player) => player.root);
  return { memory, stands, waits: [], dead: -1, ways: 1, parent: undefined, by: -1, entry: undefined };
}

/** What two states have in common that have the same future. */
export function keyOf({ memory, stands, waits, dead }: State): string {
  let key = `${dead} ${memory.join()}`;
  for (const stand of stands) key += ` ${stand.id}`;
  for (const { thread, wait, notified } of waits) key += ` ${thread}.${wait}${notified ? "!" : ""}`;
  return key;
}

/** Whether this thread has something to do, now or after a wake. */
export function isAlive(state: State, thread: number): boolean {
  return state.dead !== thread && (canGoOn(state, thread) || state.waits.some((wait) => wait.thread === thread));
}

/** Whether this thread sleeps, and nobody has woken it. */
export function isAsleep(state: State, thread: number): boolean {
  return state.dead !== thread && !canGoOn(state, thread) && state.waits.some((wait) => wait.thread === thread);
}

/** Whether this thread can take a step. */
export function canGoOn(state: State, thread: number): boolean {
  if (state.dead === thread) return false;
  const stand = state.stands[thread]!;
  if (stand.next !== undefined) return stand.next.name !== "awake" || mayWake(state, thread, stand.next);
  if (stand.due) return true;
  return state.waits.some((wait) => wait.thread === thread && wait.notified);
}

/** Whether a thread that blocks was notified, or has a limit. */
function mayWake(state: State, thread: number, { operands }: Access): boolean {
  return operands[0] === 1 || state.waits.some(isOwnBlock(thread, true));
}

function isOwnBlock(thread: number, notified: boolean): (wait: Wait) => boolean {
  return (wait) => wait.thread === thread && wait.wait === BLOCKED && (!notified || wait.notified);
}

/** The access of this thread that comes next, if it is in the middle of a turn. */
export function nextOf(state: State, thread: number): Access | undefined {
  return state.dead === thread ? undefined : state.stands[thread]!.next;
}

/** Two threads whose next accesses meet in a word that one of them writes, and one of them not atomically. */
export function findRace(state: State, memory: Memory): readonly [number, number] | undefined {
  for (let one = 0; one < state.stands.length; one++) {
    const a = nextOf(state, one);
    if (a === undefined) continue;
    for (let two = one + 1; two < state.stands.length; two++) {
      const b = nextOf(state, two);
      if (b === undefined || !clash(a, b, state.memory)) continue;
      if (!isForgiven(a, b, memory)) return [one, two];
    }
  }
  return undefined;
}

function clash(a: Access, b: Access, memory: Int32Array): boolean {
  return (a.plain || b.plain) && a.at < b.at + b.span && b.at < a.at + a.span &&
    (changes(a, memory) || changes(b, memory));
}

/** Whether the access, made now, would write: a compare-exchange that is refused only reads, as the standard has it. */
function changes({ name, writes, at, operands }: Access, memory: Int32Array): boolean {
  return writes && (name !== "compareExchange" || memory[at] === operands[0]);
}

/** A plain read of words that the scenario has declared racy, against a plain write. */
function isForgiven(a: Access, b: Access, memory: Memory): boolean {
  if (!a.plain || !b.plain || a.writes === b.writes) return false;
  const end = Math.min(a.at + a.span, b.at + b.span);
  for (let at = Math.max(a.at, b.at); at < end; at++) if (!memory.isRacy(at)) return false;
  return true;
}

/** What this thread can do next. */
export function* stepsOf(state: State, thread: number, player: Player): Generator<State> {
  const stand = state.stands[thread]!;
  if (state.dead === thread) return;
  const access = stand.next;
  if (access?.name === "awake") {
    const isMine = isOwnBlock(thread, false);
    const waits = state.waits.filter((wait) => !isMine(wait));
    if (state.waits.some(isOwnBlock(thread, true))) {
      yield after(state, thread, player, { key: "1", value: 1 }, state.memory, waits);
    }
    if (access.operands[0] === 1) yield after(state, thread, player, { key: "0", value: 0 }, state.memory, waits);
    return;
  }
  if (access !== undefined) {
    yield make(state, thread, player, access);
    if (isRacing(state, thread, access)) {
      const right = access.run(state.memory);
      const value = Array.isArray(right) ? right.map(() => WRONG) : WRONG;
      yield after(state, thread, player, { key: "wrong", value }, state.memory, state.waits);
    }
    return;
  }
  if (stand.due) yield after(state, thread, player, { key: "turn", value: undefined }, state.memory, state.waits);
  for (const ended of state.waits) {
    if (ended.thread !== thread || !ended.notified) continue;
    const entry = { key: `wake ${ended.wait}`, value: undefined, wait: ended.wait };
    yield after(state, thread, player, entry, state.memory, state.waits.filter((wait) => wait !== ended));
  }
}

/** The thread stops here for ever, and another begins, which knows it. */
export function kill(state: State, thread: number, mourner: Stand): State {
  const waits = state.waits.filter((wait) => wait.thread !== thread);
  const stands = [...state.stands, mourner];
  return { ...state, stands, waits, dead: thread, parent: state, by: thread, entry: undefined };
}

/** Accesses that write no word, and that others see. */
const WAKES = new Set(["notify", "wait", "waitAsync"]);

/** Whether other threads can see the next step of this one: a death just before a step that they can't is no other. */
export function isSeen(state: State, thread: number): boolean {
  const access = nextOf(state, thread);
  return access !== undefined && (access.writes || WAKES.has(access.name));
}

function make(state: State, thread: number, player: Player, access: Access): State {
  const memory = access.writes ? state.memory.slice() : state.memory;
  const value = access.run(memory);
  let waits = state.waits;
  if (access.name === "notify") {
    waits = waits.map((wait) => wait.at === access.at ? { ...wait, notified: true } : wait);
  } else if (access.name === "waitAsync" && value === true) {
    const wait = state.stands[thread]!.log.filter((entry) => entry.value === true).length;
    waits = [...waits, { thread, wait, at: access.at, notified: false }];
  } else if (access.name === "wait" && value === 1) {
    waits = [...waits, { thread, wait: BLOCKED, at: access.at, notified: false }];
  }
  return after(state, thread, player, { key: String(value), value }, memory, waits);
}

function after(
  state: State,
  thread: number,
  player: Player,
  entry: Entry,
  memory: Int32Array,
  waits: readonly Wait[],
): State {
  const stands = state.stands.slice();
  stands[thread] = player.follow(stands[thread]!, entry);
  if (stands[thread]!.log.length === 0 && waits.some((wait) => wait.thread === thread)) {
    throw new Error(`${player.name} cannot become another part while it waits`);
  }
  return { memory, stands, waits, dead: state.dead, ways: state.ways, parent: state, by: thread, entry };
}

function isRacing(state: State, thread: number, access: Access): boolean {
  if (!access.plain || access.writes) return false;
  return state.stands.some((_, other) => {
    const theirs = other === thread ? undefined : nextOf(state, other);
    return theirs !== undefined && theirs.plain && clash(access, theirs, state.memory);
  });
}
