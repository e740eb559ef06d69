/**
 * The loop of a worker: pinned tasks first, then stealable work of its own, then of others, then sleep.
 *
 * It runs in turns. A turn ends when microtasks should run (tasks have reached an `await`, or their awaited handles have
 * settled), when its slice of time is over and the event loop should have one, or when there is nothing to do; so it does not
 * block the worker's event loop unless a task asks for that, and timers, `fetch` and pinned tasks go on under any load of
 * stealable work.
 */

import { store } from "../memory/atomics.ts";
import { Area, Begun } from "../memory/layout.ts";
import { NONE } from "../sync/inbox.ts";
import { Sleeper } from "../sync/park.ts";
import { steadyTime } from "./clock.ts";
import { Courtesy } from "./courtesy.ts";
import type { Parts } from "./engine.ts";
import type { Claimed } from "./head_start.ts";
import type { HomeDesk } from "./home.ts";
import type { Incoming } from "./incoming.ts";
import { markLeft } from "./leaving.ts";
import type { Outlet } from "./placing.ts";
import type { Runner } from "./runner.ts";
import { Search, type Surroundings } from "./search.ts";
import { Sentinel } from "./sentinel.ts";
import { Slice } from "./slice.ts";
import { Supply } from "./supply.ts";
import type { Thread } from "./thread.ts";
import type { Turns } from "./turns.ts";
import { Vigil } from "./vigil.ts";

/** So many settled awaits are let wait before their microtasks run. */
const MOST_RESUMED = 8;
/** Records taken from the inbox for each task since the last time. */
const MOST_DRAINED = 16;

/** One worker's loop. */
export class WorkerLoop implements Outlet {
  readonly #thread: Thread;
  readonly #home: HomeDesk;
  readonly #runner: Runner;
  readonly #incoming: Incoming;
  readonly #turns: Turns;
  readonly #courtesy: Courtesy;
  readonly #leave: (isTold: boolean) => void;
  readonly #slice: Slice;
  readonly #supply: Supply;
  readonly #search: Search;
  readonly #sleeper: Sleeper;
  readonly #vigil: Vigil;
  readonly #bit: number;
  /** Whether a turn runs or is about to; until `start`, so that nothing gets it going before. */
  #awake = true;
  #searching = false;
  readonly #sentinel: Sentinel;
  /** Whether this worker imports the module of a stealable task; it takes no other meanwhile, so that others can. */
  #importing = false;
  /** The number of the shared memory for want of which this worker left a stealable task alone: it takes none before. */
  #wanted = 0;

  /** @param leave Ends the worker, and tells main by a message if that is asked for. */
  constructor({ thread, home, runner, incoming, turns }: Parts, leave: (isTold: boolean) => void) {
    this.#thread = thread;
    this.#home = home;
    this.#runner = runner;
    this.#incoming = incoming;
    this.#turns = turns;
    this.#courtesy = new Courtesy(turns);
    this.#leave = leave;
    this.#slice = new Slice(turns);
    const { number } = thread;
    this.#supply = new Supply(thread);
    this.#search = new Search(this.#surroundings());
    this.#bit = thread.places[number]!.bit;
    this.#sleeper = new Sleeper(thread.places[number]!, () => {
      thread.count(Area.WAKES);
      this.#begin();
    });
    this.#vigil = new Vigil(turns, () => thread.isProcessorSpare, steadyTime);
    this.#sentinel = new Sentinel(thread.parking, this.#bit, () => this.#supply.queues, (stands) => {
      // Whoever is at it takes its time: this worker had better take part.
      if (stands) this.#supply.takePart();
      if (!this.#sees()) return;
      this.#begin();
    });
    thread.poke = () => this.poke();
    thread.stepAside = () => this.#stepAside();
    thread.onShare = () => this.#hear();
    home.outlet = this;
  }

  /**
   * Begins to take work.
   *
   * @param claimed A task that this worker has claimed already.
   */
  start(claimed?: Claimed): void {
    // Before the first look at DEATHS. Pairs with the undertaker, which counts deaths up first and looks at this second:
    // it waits for this worker, or this worker hears of the death before it does anything.
    store(this.#thread.words, this.#thread.memory.area(this.#thread.number, Area.BEGUN), Begun.YES);
    // One that had this seat before may have left them set.
    this.#rise();
    this.#thread.parking.stopSearching(this.#bit);
    this.#thread.parking.resign(this.#bit);
    this.#thread.parking.setAbstaining(this.#bit, false);
    queueMicrotask(() => {
      if (claimed !== undefined && !this.#thread.stopping) this.#follow(this.#runner.resume(claimed));
      this.#turn();
    });
  }

  /** Ends the loop; a worker's ends with the worker. */
  close(): void {}

  /** Gets the loop going, in a moment: something else runs now, and may take its time. */
  poke(): void {
    if (this.#awake) return;
    this.#getUp();
    this.#passOn();
  }

  offer(record: number): boolean {
    if (!this.#supply.push(record)) return false;
    // A callback of some task may spawn while this loop sleeps. It goes on after the callback: the wake is for another.
    if (!this.#awake) this.#getUp();
    this.#thread.parking.wakeAnother();
    return true;
  }

  takeIn(most: number): number {
    const taken = this.#incoming.takeIn(most);
    if (taken > 0) this.poke();
    return taken;
  }

  mark(): number {
    return this.#incoming.mark();
  }

  hasTakenIn(mark: number): boolean {
    return this.#incoming.hasDrained(mark);
  }

  await(): void {}

  turn(): Promise<void> | undefined {
    return this.#courtesy.turn();
  }

  block(timeoutMs: number): void {
    this.#thread.refuseIfStopping();
    const runner = this.#runner;
    const incoming = this.#incoming;
    this.#stopSearching();
    if (this.#home.hasWaiting) this.#home.enterWaiting(true);
    if (timeoutMs > 0) {
      // A wake that has come while this loop slept was perhaps for stealable work, and is forgotten with the announcement.
      this.#stepAside();
      // This worker can't take any before it goes on.
      this.#declare(true, true);
      // Parked first, looked second; see `sync/park.ts`. The same goes for the mailbox: no message gets through now.
      this.#thread.mailbox.block();
      this.#sleeper.announce();
      if (!incoming.hasNews && !this.#home.hasDeaths && !this.#thread.stopping) this.#sleeper.block(timeoutMs);
      this.#thread.mailbox.unblock();
      // The wake may have been for stealable work: whoever pushed that wakes nobody else.
      this.#rise();
      this.#passOn();
    }
    // If it sleeps, nobody wakes it any more.
    this.poke();
    this.#thread.refuseIfStopping();
    if (runner.hasAborts) runner.fireAborts();
    incoming.drainPresent();
    if (this.#home.hasDeaths) this.#mourn();
  }

  /** A callback of a suspended task is about to block, perhaps while this loop sleeps. */
  #stepAside(): void {
    this.#thread.prefetch.letGo();
    // No wake for stealable work comes here from now on: this worker could not take any, and nobody else would be woken.
    // If it sleeps, nobody wakes it any more: it goes on after the callback.
    if (this.#awake) this.#rise();
    else this.#getUp();
    // One may have come already.
    this.#passOn();
  }

  /**
   * Takes back what others rely on while this worker sleeps. They may have left work to it, or woken it for some and nobody
   * else: it looks for that before it runs anything else, or wakes another.
   */
  #rise(): void {
    // Then the bits are those of who has its seat.
    if (this.#thread.isGivenUp) return;
    this.#sleeper.retract();
    if (this.#sentinel.isOnWatch) this.#sentinel.resign();
    this.#supply.rise();
  }

  /** Wakes another worker if there is work that any may take. */
  #passOn(): void {
    if (this.#supply.isInSight) this.#thread.parking.wakeOne();
  }

  /** Gets up in a moment. What others rely on until then is the caller's to see to. */
  #getUp(): void {
    this.#awake = true;
    this.#vigil.end();
    this.#rise();
    this.#search.getUp(this.#slice.getUp());
    if (this.#slice.isPast) this.#giveWay();
    else queueMicrotask(this.#turn);
  }

  #begin(): void {
    if (this.#awake) return;
    this.#awake = true;
    this.#vigil.end();
    this.#rise();
    this.#search.getUp(this.#slice.begin());
    // Woken for some work, it may find other work first: as a searcher it passes the wake on.
    this.#startSearching();
    this.#turn();
  }

  readonly #turn = (): void => {
    for (;;) {
      if (this.#thread.stopping) {
        this.#sayGoodbye();
        return;
      }
      if (this.#work()) {
        if (this.#isSliceOver()) return this.#giveWay();
        if (this.#runner.suspended + this.#home.resumed < MOST_RESUMED) continue;
      }
      if (this.#runner.suspended + this.#home.resumed > 0) {
        this.#runner.suspended = this.#home.resumed = 0;
        queueMicrotask(this.#turn);
        return;
      }
      if (this.#worksAhead()) {
        if (!this.#slice.isPast) continue;
        return this.#giveWay();
      }
      const isExpecting = this.#thread.post.isExpecting();
      if (this.#abstains || isExpecting) this.#stopSearching();
      else if (!this.#supply.isSpare() && this.#looksAround()) {
        // However few tasks there are at a time: what comes as soon as it is looked for never lets this worker sleep.
        if (!this.#slice.isPast) continue;
        this.#stopSearching();
        return this.#giveWay();
      }
      if (this.#sleep()) {
        if (isExpecting) this.#vigil.begin();
        return;
      }
    }
  };

  /** Lets the event loop have its turn. */
  #giveWay(): void {
    this.#turns.later(() => {
      this.#slice.begin();
      this.#turn();
    });
  }

  /** Does a piece of work; `false` when there is none. */
  #work(): boolean {
    const runner = this.#runner;
    const incoming = this.#incoming;
    // Whatever runs the user's code comes after `#stopSearching`: others count on a searcher.
    if (runner.hasAborts) {
      this.#stopSearching();
      runner.fireAborts();
    }
    let worked = false;
    if (this.#home.hasDeaths) {
      this.#stopSearching();
      this.#mourn();
      worked = true;
    }
    if (incoming.occupied) {
      this.#stopSearching();
      if (!incoming.canStart || this.#slice.isIntakeDue) worked = this.#drain() > 0;
    }
    if (incoming.startOne()) worked = true;
    // It may have taken its time, and another may take this one's.
    if (worked && this.#thread.stopping) return true;
    const record = this.#abstains ? NONE : this.#supply.take();
    if (record === NONE) return worked;
    this.#stopSearching();
    // Claimed, the task would be stuck here for as long as this thread gives its event loop no turn; where there is no room to put
    // it back, it is. Taken first, asked second: main says that there is such memory before it pushes what names it.
    const lacking = this.#thread.lacks(record);
    if (lacking > 0 && this.#supply.push(record)) {
      this.#wanted = lacking;
      this.#passOn();
      return worked;
    }
    this.#follow(runner.start(record, true));
    return true;
  }

  /** Whether this worker takes no stealable task for the moment. */
  get #abstains(): boolean {
    return this.#importing || this.#wanted > this.#thread.payload.commons.last;
  }

  /** This worker has heard of shared memory, for want of which it may have left tasks alone. */
  #hear(): void {
    if (this.#wanted === 0 || this.#abstains) return;
    this.#wanted = 0;
    this.#begin();
  }

  /** A stealable task has started, or does when its module is there. */
  #follow(loading: Promise<void> | undefined): void {
    if (loading === undefined) return;
    this.#importing = true;
    this.#passOn();
    loading.then(() => {
      this.#importing = false;
      this.poke();
    });
  }

  /**
   * Takes records from the inbox, some for each task since the last time. While tasks are at hand that have come in, that is
   * due from time to time only: each look takes the inbox's cache line from those who push, and one who follows
   * closely behind them waits for each record's too.
   */
  #drain(): number {
    return this.#incoming.drain(MOST_DRAINED * this.#slice.takeIn());
  }

  #mourn(): void {
    if (this.#runner.mourn()) this.#supply.findOthers();
  }

  #sees(): boolean {
    return this.#seesOwn() || (!this.#abstains && this.#supply.isInSight);
  }

  /** Whether there is something that no other worker can do, or sees. */
  #seesOwn(): boolean {
    return this.#incoming.occupied || this.#home.hasDeaths || this.#thread.prefetch.comes;
  }

  /** Copies ahead of long values that are under way, or makes a part of what the next will need; says whether there was any. */
  #worksAhead(): boolean {
    const { prefetch } = this.#thread;
    const { comes } = prefetch;
    if (!comes && !prefetch.isDue) return false;
    // It may take a while.
    this.#stopSearching();
    if (comes) prefetch.advance();
    else prefetch.prepare();
    this.#slice.look();
    return true;
  }

  /** Looks around for a moment; says whether there is something. */
  #looksAround(): boolean {
    this.#startSearching();
    if (!this.#search.look()) return false;
    this.#slice.look();
    return true;
  }

  #surroundings(): Surroundings {
    const supply = this.#supply;
    const incoming = this.#incoming;
    const runner = this.#runner;
    const home = this.#home;
    const thread = this.#thread;
    const { prefetch } = thread;
    return {
      sees: () => this.#sees(),
      seesNew: () => supply.isFed || incoming.occupied || prefetch.comes,
      get others() {
        return supply.others;
      },
      get waitsForEvents() {
        return incoming.isWaiting && !home.hasTasksOut;
      },
      get ended() {
        return runner.ended;
      },
      get isAtLeisure() {
        return !incoming.isWaiting && thread.isProcessorFree;
      },
      now: () => performance.now(),
    };
  }

  #startSearching(): void {
    if (this.#searching || this.#thread.isGivenUp) return;
    this.#searching = true;
    this.#thread.parking.startSearching(this.#bit);
  }

  #stopSearching(): void {
    if (!this.#searching) return;
    this.#searching = false;
    // The bit first, the queues second; pairs with `wakeOne`, which trusts a searcher to see what was pushed.
    this.#thread.parking.stopSearching(this.#bit);
    this.#passOn();
  }

  /** Goes to sleep; `false` when there is something after all. */
  #sleep(): boolean {
    const { parking, heap } = this.#thread;
    if (this.#searching) {
      this.#searching = false;
      parking.stopSearching(this.#bit);
    }
    if (this.#home.hasWaiting) this.#home.enterWaiting(true);
    heap.trim();
    this.#thread.prefetch.letGo();
    const abstains = this.#abstains;
    const engaged = this.#runner.running > 0 || abstains;
    this.#declare(engaged, abstains);
    const spare = !abstains && this.#supply.isSpare();
    // Parked first, looked second; see `sync/park.ts`.
    this.#sleeper.announce();
    const left = spare ? parking.leaveToOthers(this.#bit, !engaged) : undefined;
    const sees = left === undefined ? this.#sees() : this.#seesOwn();
    if (sees || this.#thread.stopping || !this.#sleeper.sleep()) {
      // Perhaps it was woken in this moment, for work that is another's by now or not yet seen.
      this.#startSearching();
      if (left === "watch") parking.resign(this.#bit);
      this.#rise();
      return false;
    }
    this.#thread.count(Area.PARKS);
    this.#awake = false;
    if (left === "watch") this.#sentinel.watch();
    return true;
  }

  /** Says, before this worker sleeps or blocks, what others are to know of that. */
  #declare(engaged: boolean, abstains: boolean): void {
    const { parking } = this.#thread;
    parking.setEngaged(this.#bit, engaged);
    parking.setAbstaining(this.#bit, abstains);
  }

  /** After a piece of work: whether the event loop should have its turn. */
  #isSliceOver(): boolean {
    if (!this.#slice.count()) return false;
    this.#supply.measure(this.#slice.tasks, this.#slice.time);
    return this.#slice.isPast;
  }

  #sayGoodbye(): void {
    // One that was given up has nothing to say: the bit, and the failures of its tasks, are those of who has its seat.
    if (this.#thread.isGivenUp) return this.#leave(false);
    // Those that are home, and were not looked at.
    this.#incoming.drainPresent();
    // Reports are messages. That this worker has left is then a message as well, and comes behind them.
    const isTold = this.#home.reportFailures();
    if (!isTold) markLeft(this.#thread.words, this.#bit);
    this.#leave(isTold);
  }
}
