/**
 * The state word of a task's record, bit by bit. Every change of it is one atomic operation, by one of the named
 * transitions below; so a task is claimed once, finished once, and an abort that comes too late changes nothing.
 *
 * | bits  | name      | set by   | meaning |
 * |-------|-----------|----------|---------|
 * | 0–2   | phase     | both     | FREE → QUEUED → RUNNING → DONE or FAILED; aborted while QUEUED: → DONE; lost: → FAILED |
 * | 3     | CANCELLED | home     | Aborted. While QUEUED: it never runs. While RUNNING: `aborted` is true, its result is dropped. |
 * | 4     | LISTENING | executor | The task uses its `signal`: an abort must tell the executor's event loop. Only while RUNNING. |
 * | 5     | STEALABLE | home     | Any worker may claim it. Not set: only the thread whose inbox it is in. Never changes in flight. |
 * | 6–13  | executor  | executor | The thread that runs or ran it. Set by the claim itself, so a running task always names its thread. |
 * | 14–31 | sequence  | home     | Counts the record's uses: a thread that was thought dead can't finish another task in its place. |
 *
 * Who may change what: home alone while FREE, DONE or FAILED; by compare-exchange while QUEUED or RUNNING, but for LISTENING,
 * which is set by an `or`. For a home that is dead, main does what is said of home.
 */

import { compareExchange, load, or, store, type Words } from "../memory/atomics.ts";
import { Record, THREAD_MASK } from "../memory/layout.ts";

/** The phases. */
export const FREE = 0;
export const QUEUED = 1;
export const RUNNING = 2;
export const DONE = 3;
export const FAILED = 4;

const PHASE = 7;
export const CANCELLED: number = 1 << 3;
const LISTENING = 1 << 4;
const STEALABLE = 1 << 5;
const EXECUTOR_SHIFT = 6;
const EXECUTOR = THREAD_MASK << EXECUTOR_SHIFT;
const SEQUENCE_SHIFT = 14;
const SEQUENCE = -1 << SEQUENCE_SHIFT;

/** What {@linkcode claim} gives for a task that was aborted before it began: send it home. */
export const SKIP = 0;
/** What {@linkcode claim} gives for a record that is not there to be claimed: leave it alone. */
export const STALE = -1;
/** What {@linkcode cancel} gives where it has changed nothing. */
export const UNCHANGED = 0;

/** The phase that a state word says. */
export function phaseOf(state: number): number {
  return state & PHASE;
}

/** The thread that a state word names; meaningful from RUNNING on. */
export function executorOf(state: number): number {
  return (state & EXECUTOR) >> EXECUTOR_SHIFT;
}

/** The state word of a record. */
export function stateOf(words: Words, record: number): number {
  return load(words, record + Record.STATE);
}

/** Whether the task has ended, and its result can be read at home. */
export function ended(state: number): boolean {
  return (state & PHASE) >= DONE;
}

/** Whether the task is still to start: one that was aborted before never does, and was counted then. */
export function waits(state: number): boolean {
  return (state & (PHASE | CANCELLED)) === QUEUED;
}

/** FREE, or ended and come home → QUEUED, by home, which owns the record. */
export function queue(words: Words, record: number, stealable: boolean): void {
  const sequence = ((load(words, record + Record.STATE) >> SEQUENCE_SHIFT) + 1) << SEQUENCE_SHIFT;
  store(words, record + Record.STATE, sequence | (stealable ? STEALABLE : 0) | QUEUED);
}

/**
 * QUEUED → RUNNING, by the thread that found the record in a queue.
 *
 * A ring may name a record twice, as when the work of a dead thread is put out again; then one claim succeeds.
 *
 * @param fromRing Whether it was found in a ring, where only stealable tasks can be claimed; else it came by an inbox.
 * @returns The new state word, to be given to {@linkcode finish}; `SKIP`; or `STALE`.
 */
export function claim(words: Words, record: number, executor: number, fromRing: boolean): number {
  for (;;) {
    const state = load(words, record + Record.STATE);
    if ((state & PHASE) !== QUEUED || fromRing !== ((state & STEALABLE) !== 0)) return STALE;
    // Home aborts by the same kind of exchange: whichever comes first decides whether the task runs.
    const aborted = (state & CANCELLED) !== 0;
    const next = (state & ~(PHASE | EXECUTOR)) | (aborted ? DONE : RUNNING) | executor << EXECUTOR_SHIFT;
    if (compareExchange(words, record + Record.STATE, state, next) === state) return aborted ? SKIP : next;
  }
}

/**
 * RUNNING → DONE or FAILED, by the executor, after it has written the result into the record.
 *
 * @param claimed What `claim` gave.
 * @returns The new state word; `STALE` if the record has been revoked, and belongs to somebody else.
 */
export function finish(words: Words, record: number, claimed: number, phase: typeof DONE | typeof FAILED): number {
  let state = claimed;
  for (;;) {
    const next = (state & ~PHASE) | phase;
    const seen = compareExchange(words, record + Record.STATE, state, next);
    if (seen === state) return next;
    // Only an abort or a use of `signal` may have come between; anything else means that the task is not ours any more.
    if (((seen ^ claimed) & ~(CANCELLED | LISTENING)) !== 0) return STALE;
    state = seen;
  }
}

/**
 * Sets CANCELLED, by home.
 *
 * @returns The state that the abort met; `UNCHANGED` if the task had ended, or was aborted already.
 */
export function cancel(words: Words, record: number): number {
  for (;;) {
    const state = load(words, record + Record.STATE);
    const phase = state & PHASE;
    if ((phase !== QUEUED && phase !== RUNNING) || (state & CANCELLED) !== 0) return UNCHANGED;
    // Pairs with `claim` and `finish`: in the one order of exchanges the abort is before or after them, never within.
    if (compareExchange(words, record + Record.STATE, state, state | CANCELLED) === state) return state;
  }
}

/** Whether the task that was claimed as `claimed` runs still and is aborted. */
export function isCancelled(words: Words, record: number, claimed: number): boolean {
  const state = load(words, record + Record.STATE);
  return ((state ^ claimed) & SEQUENCE) === 0 && (state & CANCELLED) !== 0;
}

/** Sets LISTENING, by the executor; says whether the task is aborted already, in which case nobody else will say so. */
export function listen(words: Words, record: number): boolean {
  return (or(words, record + Record.STATE, LISTENING) & CANCELLED) !== 0;
}

/**
 * QUEUED → FREE, by home, which could not put the record into a queue after all.
 *
 * @returns Whether it took effect; if not, an old entry of a ring has led somebody to it, and it is on its way.
 */
export function unqueue(words: Words, record: number): boolean {
  const state = load(words, record + Record.STATE);
  return (state & PHASE) === QUEUED &&
    compareExchange(words, record + Record.STATE, state, (state & ~PHASE) | FREE) === state;
}

/**
 * RUNNING or QUEUED → FAILED under another sequence, by home, as the thread that had the task is lost: whatever that thread
 * still does to the state word is refused from here on.
 *
 * @param met The state that the thread was seen to have left.
 * @returns Whether it took effect; if not, the task has ended after all.
 */
export function revoke(words: Words, record: number, met: number): boolean {
  // One that has ended is on its way home, and must not be settled twice.
  if ((met & PHASE) !== QUEUED && (met & PHASE) !== RUNNING) return false;
  const next = (((met >> SEQUENCE_SHIFT) + 1) << SEQUENCE_SHIFT) | FAILED;
  return compareExchange(words, record + Record.STATE, met, next) === met;
}

/** Whether nobody waits any more for the task that was claimed as `claimed`: it was aborted, or revoked. */
export function isUnwanted(words: Words, record: number, claimed: number): boolean {
  const state = load(words, record + Record.STATE);
  return ((state ^ claimed) & SEQUENCE) !== 0 || (state & CANCELLED) !== 0;
}

/** Whether the task that was claimed as `claimed` has been revoked. */
export function isRevoked(words: Words, record: number, claimed: number): boolean {
  return ((load(words, record + Record.STATE) ^ claimed) & SEQUENCE) !== 0;
}

/** Whether any worker could claim the task. */
export function isStealable(state: number): boolean {
  return (state & STEALABLE) !== 0;
}

/** Whether the executor must be told of an abort that met this state. */
export function isListening(state: number): boolean {
  return (state & PHASE) === RUNNING && (state & LISTENING) !== 0;
}
