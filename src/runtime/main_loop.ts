/**
 * The loop of the main thread: takes in what comes home and runs what workers ask for with `onMain`.
 *
 * It never runs stealable work, and blocks only where a task of an executor asks for that (`blockOn`). A turn ends after a few
 * milliseconds at most, so a flood of results or calls never holds up a frame.
 */

import { notify, store } from "../memory/atomics.ts";
import { Header, MAIN } from "../memory/layout.ts";
import { Injector } from "../sync/injector.ts";
import { Sleeper } from "../sync/park.ts";
import { countItems, type RingWords } from "../sync/ring.ts";
import { ringOf } from "../sync/routes.ts";
import { steadyTime } from "./clock.ts";
import { Courtesy } from "./courtesy.ts";
import type { Parts } from "./engine.ts";
import type { HomeDesk } from "./home.ts";
import { Lookout } from "./lookout.ts";
import type { Outlet } from "./placing.ts";
import type { Incoming } from "./incoming.ts";
import type { Runner } from "./runner.ts";
import type { Thread } from "./thread.ts";
import { after, type Turns } from "./turns.ts";
import { Vigil } from "./vigil.ts";

/** Milliseconds of work before the event loop has a turn. */
const SLICE = 4;
/** The same where this thread has looked around for longer: had it slept, the event loop would have had turns in between. */
const SHORT_SLICE = 1;
/** Milliseconds that a woken worker has to come; its thread may be held up by a callback. */
const TIME_TO_COME = 2;
/** Milliseconds in which nothing comes home, though tasks wait for records. */
const STALL = 100;
/** Records taken in between two looks at the clock: so many at most, fewer when their values are large. */
const MOST_DRAINED = 64;
/** Records taken in at first. */
const FEWEST_DRAINED = 4;

/** The main thread's loop. */
export class MainLoop implements Outlet {
  readonly #thread: Thread;
  readonly #home: HomeDesk;
  readonly #runner: Runner;
  readonly #incoming: Incoming;
  readonly #turns: Turns;
  readonly #courtesy: Courtesy;
  readonly #queue: RingWords;
  readonly #injector: Injector;
  readonly #sleeper: Sleeper;
  readonly #lookout: Lookout;
  readonly #vigil: Vigil;
  /** Whether a turn runs or is about to. */
  #awake = false;
  #closed = false;
  /** Whether it will be seen whether a woken worker has come. */
  #isComingSeen = false;
  /** Records taken in, and whether it will be seen whether there are more. */
  #taken = 0;
  #isStallSeen = false;
  /** When this slice began; 0 when the next turn begins one. */
  #sliceStart = 0;
  #lastLook = 0;
  #drained = FEWEST_DRAINED;

  constructor({ thread, home, runner, incoming, turns }: Parts) {
    this.#thread = thread;
    this.#home = home;
    this.#runner = runner;
    this.#incoming = incoming;
    this.#turns = turns;
    this.#courtesy = new Courtesy(turns);
    this.#queue = ringOf(thread.memory, MAIN);
    this.#injector = new Injector(this.#queue);
    this.#sleeper = new Sleeper(thread.places[MAIN]!, () => {
      this.#lookout.getUp();
      this.#sliceStart = 0;
      // What has come meanwhile may be large: a few first.
      this.#drained = FEWEST_DRAINED;
      this.poke();
    });
    this.#lookout = new Lookout(() => this.#sees(), () => !incoming.isWaiting && thread.isProcessorFree);
    this.#vigil = new Vigil(turns, () => thread.isProcessorFree, steadyTime);
    thread.poke = () => this.poke();
    thread.stepAside = () => {
      thread.prefetch.letGo();
      thread.hasten?.(true);
    };
    home.outlet = this;
  }

  /** Begins to take work. */
  start(): void {
    // After whatever comes next in the code that has called `init`: a worker that is up by then waits for that a little.
    queueMicrotask(() => {
      store(this.#thread.words, Header.SETTLED_IN, 1);
      notify(this.#thread.words, Header.SETTLED_IN);
    });
    this.poke();
  }

  /** Gets the loop going. */
  poke(): void {
    if (this.#awake || this.#closed) return;
    this.#awake = true;
    this.#vigil.end();
    queueMicrotask(this.#turn);
  }

  /** Ends the loop. */
  close(): void {
    this.#closed = true;
    this.#vigil.end();
    this.#sleeper.dismiss();
  }

  offer(record: number): boolean {
    if (!this.#injector.push(record)) return false;
    if (this.#thread.parking.wakeOne()) this.#seeThatItComes();
    return true;
  }

  /** A worker was woken: if what it was woken for is still there after a while, so is another. */
  #seeThatItComes(): void {
    if (this.#isComingSeen) return;
    this.#isComingSeen = true;
    after(TIME_TO_COME).then(() => {
      this.#isComingSeen = false;
      if (this.#closed || countItems(this.#queue) === 0) return;
      if (this.#thread.parking.wakeOne()) this.#seeThatItComes();
    });
  }

  takeIn(most: number): number {
    this.#thread.hasten?.(false);
    const taken = this.#incoming.takeIn(most);
    this.#taken += taken;
    if (taken > 0) {
      this.#lookout.settle();
      this.poke();
    }
    return taken;
  }

  mark(): number {
    return this.#incoming.mark();
  }

  hasTakenIn(mark: number): boolean {
    return this.#incoming.hasDrained(mark);
  }

  await(): void {
    this.#lookout.await();
    this.poke();
  }

  turn(): Promise<void> | undefined {
    return this.#courtesy.turn();
  }

  block(timeoutMs: number): void {
    const runner = this.#runner;
    const incoming = this.#incoming;
    if (this.#home.hasWaiting) this.#home.enterWaiting(true);
    this.#thread.hasten?.(timeoutMs > 0);
    if (timeoutMs > 0) {
      // Parked first, looked second; see `sync/park.ts`. The same goes for the mailbox: no message gets through now.
      this.#thread.mailbox.block();
      this.#thread.prefetch.letGo();
      this.#sleeper.announce();
      if (!incoming.hasNews && !this.#home.hasDeaths) this.#sleeper.block(timeoutMs);
      this.#sleeper.retract();
      this.#thread.mailbox.unblock();
    }
    // If it sleeps, nobody wakes it any more.
    this.poke();
    if (runner.hasAborts) runner.fireAborts();
    incoming.drainPresent();
    if (this.#home.hasDeaths) runner.mourn();
  }

  readonly #turn = (): void => {
    // Harmless when main was not parked; else it is awake from now on, and nobody need wake it.
    this.#sleeper.retract();
    while (!this.#closed) {
      if (this.#runner.hasAborts) this.#runner.fireAborts();
      const mourns = this.#home.hasDeaths;
      if (mourns) this.#runner.mourn();
      const taken = this.#incoming.drain(this.#drained);
      this.#taken += taken;
      // Before anything is started, which may await something.
      if (taken > 0) this.#lookout.settle();
      const started = this.#incoming.startOne();
      if (this.#closed) return;
      const worked = taken > 0 || started || mourns || this.#copiesAhead();
      if (worked && this.#isSliceOver(taken > 0)) return this.#giveWay();
      if (this.#home.resumed + this.#runner.suspended > 0) {
        // What awaited goes on first: it may bring more work.
        this.#home.resumed = this.#runner.suspended = 0;
        queueMicrotask(this.#turn);
        return;
      }
      if (worked) continue;
      const { post, prefetch } = this.#thread;
      if (this.#lookout.isAwaited && prefetch.isDue) {
        prefetch.prepare();
        if (this.#isSliceOver(false)) return this.#giveWay();
        continue;
      }
      const isExpecting = post.isExpecting();
      if (!(isExpecting ? this.#incoming.occupied : this.#lookout.look()) && this.#sleep()) {
        if (isExpecting && (this.#lookout.isAwaited || post.isWaiting)) this.#vigil.begin();
        return;
      }
    }
  };

  /** Lets the event loop have its turn. */
  #giveWay(): void {
    this.#sliceStart = 0;
    this.#lookout.hasGoneOn = false;
    this.#turns.later(this.#turn);
  }

  /**
   * Whether the event loop should have its turn.
   *
   * @param hasDrained Whether records were taken in since the last look: then this says how large they are.
   */
  #isSliceOver(hasDrained: boolean): boolean {
    const now = steadyTime();
    if (this.#sliceStart === 0) this.#sliceStart = this.#lastLook = now;
    const since = now - this.#lastLook;
    this.#lastLook = now;
    if (hasDrained) {
      if (since > 1) this.#drained = Math.max(1, this.#drained >> 2);
      else if (since < 0.25) this.#drained = Math.min(MOST_DRAINED, 2 * this.#drained);
    }
    return now - this.#sliceStart > (this.#lookout.hasGoneOn ? SHORT_SLICE : SLICE);
  }

  /** Copies ahead of long results that are under way; says whether there were any. */
  #copiesAhead(): boolean {
    const { prefetch } = this.#thread;
    if (!prefetch.comes) return false;
    prefetch.advance();
    return true;
  }

  #sees(): boolean {
    return this.#incoming.occupied || this.#thread.prefetch.comes;
  }

  /**
   * All that is out may wait for what waits here: where nothing comes home for a while, that enters beyond this thread's share of
   * records. Not sooner: what has no record yet goes to whichever worker has the least load when it enters.
   */
  #watchForStall(): void {
    if (this.#isStallSeen) return;
    this.#isStallSeen = true;
    const before = this.#taken;
    after(STALL).then(() => {
      this.#isStallSeen = false;
      if (this.#closed || !this.#home.hasWaiting) return;
      if (this.#taken === before) this.#home.enterWaiting(true);
      this.#watchForStall();
    });
  }

  /** Goes to sleep; `false` when there is something after all. */
  #sleep(): boolean {
    if (this.#home.hasWaiting) {
      this.#home.enterWaiting(false);
      this.#watchForStall();
    }
    this.#thread.heap.trim();
    this.#thread.prefetch.letGo();
    // Parked first, looked second; see `sync/park.ts`.
    this.#sleeper.announce();
    if (this.#sees() || this.#home.hasDeaths || !this.#sleeper.sleep()) {
      this.#sleeper.retract();
      return false;
    }
    this.#awake = false;
    return true;
  }
}
