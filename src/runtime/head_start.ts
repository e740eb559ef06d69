/**
 * Head start: the first task of a worker, run while it is still reading the library.
 *
 * In Deno a worker takes about as long to read the library and to make its parts as it takes to come up at all. A plain
 * task needs little of that: one from main, of a function that names nothing beyond the language, with scalars for
 * arguments. So what a worker begins with holds this, and looks for such a task in between the steps of the start.
 *
 * The less there is here the sooner that task runs: functions instead of the classes of a thread.
 *
 * Keeps true:
 * - what is taken from a queue is sent home or handed over to the library, in the order in which it came;
 * - before anything is taken BEGUN is set, and then nobody has died;
 * - the worker asks for its lock as soon as the task has run: BEGUN says that it has not, so that main does not take the lock
 *   of one that it terminates, and whose thread runs on.
 */

import { load, read, store, wait, type Words } from "../memory/atomics.ts";
import { Area, areaOf, Begun, countUp, Header, MAIN, Record, type Views } from "../memory/layout.ts";
import { type Inbox, NONE } from "../sync/inbox.ts";
import { unpark } from "../sync/park.ts";
import { countItems, type RingWords, takeOldest } from "../sync/ring.ts";
import { inboxOf, injectorOf, mainPlace } from "../sync/routes.ts";
import { MOST_BUILTINS, readCode } from "../task/code_text.ts";
import { type Callable, compile } from "../task/compile.ts";
import { homeOf } from "../task/place.ts";
import { holdsScalars, isScalar, readScalars, writeScalar } from "../task/scalars.ts";
import * as state from "../task/state.ts";

/**
 * What a plain function does not name, not even within other names: the library, what could end the worker before it holds its
 * lock, so that nobody would notice, and what could come before the library sets it up.
 */
const BEYOND = /webble|global|self|Deno|process|eval|Function|constructor|import|close|essage|Event|report|\\u/;

/** Milliseconds that main is given to go on, and how often. */
const BREATH = 0.1;
const BREATHS = 10;

/** A task that this worker has claimed. */
export interface Claimed {
  readonly record: number;
  /** What the claim gave; see `task/state.ts`. */
  readonly claimed: number;
}

/** A task whose function has run, and of which more than a scalar came out. */
export interface Unfinished extends Claimed {
  /** Whether it has returned, and has not thrown. */
  readonly ok: boolean;
  readonly outcome: unknown;
}

/** What is handed over. */
export interface HeadStart {
  /** Whether the worker holds its lock, which it has asked for. */
  held: Promise<boolean> | undefined;
  /** The first of the records that were taken from the inbox, and are linked as they were there. */
  chain: number;
  /** A stealable task that is not plain. */
  claimed: Claimed | undefined;
  unfinished: Unfinished | undefined;
}

/**
 * Takes the first task that there is, and runs it if it is plain; `undefined` when there is none.
 *
 * @param known The last number of shared memory that this worker knows.
 * @param takeLock Asks for the worker's lock, which it has at once.
 */
export function headStart(
  views: Views,
  thread: number,
  known: number,
  takeLock: () => Promise<boolean>,
): HeadStart | undefined {
  const { words } = views;
  const inbox = inboxOf(words, thread);
  const injector = injectorOf(words);
  // Claimed here, a stealable task that names what this worker has yet to hear of would wait for that, where another could run it.
  const isFed = countItems(injector) > 0 && load(words, Header.SHARED) <= known;
  if (!inbox.occupied && !isFed) return undefined;
  // Before the look at DEATHS. Pairs with the undertaker; see `WorkerLoop.start`.
  store(words, areaOf(thread, Area.BEGUN), Begun.AHEAD);
  const begun: HeadStart = { chain: NONE, claimed: undefined, unfinished: undefined, held: undefined };
  // Where somebody has died there is more to see to before a task begins.
  if (load(words, Header.DEATHS) === 0 && load(words, Header.STOP) === 0) begin(views, thread, inbox, injector, begun);
  begun.held = takeLock();
  store(words, areaOf(thread, Area.BEGUN), Begun.YES);
  return begun;
}

function begin(views: Views, thread: number, inbox: Inbox, injector: RingWords, begun: HeadStart): void {
  const pinned = begun.chain = inbox.take();
  if (pinned !== NONE) {
    // It is this thread's, and can be looked at before it is claimed.
    const run = plain(views, pinned);
    if (run === undefined) return;
    begun.chain = inbox.next(pinned);
    const claimed = claim(views, thread, pinned, false);
    if (claimed !== undefined) begun.unfinished = call(views, thread, claimed, run);
  } else {
    const record = takeOldest(injector);
    // Of what a ring names nothing is read before it is claimed.
    const claimed = record <= NONE ? undefined : claim(views, thread, record, true);
    const run = claimed && plain(views, record);
    if (run === undefined) begun.claimed = claimed;
    else begun.unfinished = call(views, thread, claimed!, run);
  }
}

/** Claims a task; one that was aborted goes home. */
function claim({ words }: Views, thread: number, record: number, fromRing: boolean): Claimed | undefined {
  const claimed = state.claim(words, record, thread, fromRing);
  if (claimed === state.SKIP) sendHome(words, record);
  if (claimed === state.SKIP || claimed === state.STALE) return undefined;
  countUp(words, areaOf(thread, Area.STARTED));
  return { record, claimed };
}

/** The function of a plain task. */
function plain(views: Views, record: number): Callable | undefined {
  const code = read(views.words, record + Record.CODE);
  if (code < MOST_BUILTINS || homeOf(views.words, record) !== MAIN || !holdsScalars(views, record)) return undefined;
  const text = readCode(views, code);
  if (!text.isClosure || text.aliases.length > 0 || BEYOND.test(text.source)) return undefined;
  try {
    return compile(text.source, text.name, {});
  } catch {
    // The library says what there is to say of it.
    return undefined;
  }
}

/** Runs a task, and ends it if that gives a scalar. */
function call(views: Views, thread: number, { record, claimed }: Claimed, run: Callable): Unfinished | undefined {
  const { words } = views;
  let outcome: unknown;
  let ok = false;
  try {
    outcome = run(...readScalars(views, record));
    ok = true;
  } catch (error) {
    outcome = error;
  }
  if (!ok || !isScalar(outcome)) {
    // It may be rejected before the library is there to hear of that.
    if (outcome instanceof Promise) Promise.resolve(outcome).catch(() => {});
    return { record, claimed, ok, outcome };
  }
  // From here on as in `Runner`.
  if (state.isRevoked(words, record, claimed)) return undefined;
  writeScalar(views, record, outcome);
  countUp(words, areaOf(thread, Area.EXECUTED));
  if (!state.isStealable(claimed)) countUp(words, areaOf(thread, Area.ENDED));
  if (state.finish(words, record, claimed, state.DONE) !== state.STALE) sendHome(words, record);
  return undefined;
}

function sendHome(words: Words, record: number): void {
  inboxOf(words, MAIN).push(record);
  if (!unpark(mainPlace(words))) return;
  // Who is woken may be put behind this thread, on the same processor, and what comes next here takes milliseconds. So this
  // sleeps, on a word that nobody notifies, until main has gone on and sleeps again.
  for (let i = 0; i < BREATHS && load(words, Header.MAIN_PARKED) === 0; i++) wait(words, Header.MAIN_PARKED, 0, BREATH);
}
