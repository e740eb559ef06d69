/**
 * Thread: what one thread of the runtime sees and does in shared memory.
 *
 * Every thread, main or worker, has one: its number, its view of the words, its heap, everybody's inboxes, and the
 * means to wake the others. It knows nothing of handles or functions.
 */

import { ShutdownError, WorkerLostError } from "../errors.ts";
import { Heap } from "../heap/heap.ts";
import { load, type Words } from "../memory/atomics.ts";
import { Area, countUp, Header, MAIN, type Memory } from "../memory/layout.ts";
import { Announcer, Listener } from "../sync/announcement.ts";
import type { Inbox } from "../sync/inbox.ts";
import { Mailbox, Outbox } from "../sync/mail.ts";
import { Parking, type Place, unpark } from "../sync/park.ts";
import { inboxOf, placeOf } from "../sync/routes.ts";
import { Payload } from "../task/payload.ts";
import type { Commons } from "../value/commons.ts";
import { type Delivery, Post } from "../value/post.ts";
import { Prefetch } from "../value/prefetch.ts";
import { deathOf } from "./death.ts";
import { loadOf, Loads } from "./loads.ts";
import { availableParallelism } from "./processors.ts";

/** Task counts of a number's holders begin so far apart. */
const HOLDER_SHIFT = 24;

/** One thread of the runtime. */
export class Thread {
  readonly words: Words;
  readonly heap: Heap;
  readonly payload: Payload;
  /** What is copied ahead of long values that are under way to this thread. */
  readonly prefetch: Prefetch;
  readonly post: Post;
  /** Everybody's inbox, by thread number. */
  readonly inboxes: readonly Inbox[];
  readonly inbox: Inbox;
  /** What everybody sleeps on, by thread number. */
  readonly places: readonly Place[];
  readonly parking: Parking;
  readonly loads: Loads;
  readonly mailbox: Mailbox;
  /** Gets this thread's loop going, if it is not; set by the loop. */
  poke: () => void = () => {};
  /** This thread is about to block on words of which its loop knows nothing; set by the loop. */
  stepAside: () => void = () => {};
  /** Called when this thread has heard that a worker has died, or is gone. */
  readonly deathListeners: Set<() => void> = new Set();
  /** This thread has heard of shared memory; set by the loop. */
  onShare: () => void = () => {};
  /** On main, while workers are yet to be started: starts some, or all, as main gives the event loop no turn; set by it. */
  hasten: ((all: boolean) => void) | undefined = undefined;
  /** Where this thread begins to count tasks: not where those did that had its number before. */
  readonly firstSerial: number;
  readonly #death: number;
  /** Looked up when first used: a worker begins sooner without. */
  #processors: number | undefined;
  /** By thread number, what is posted to it. */
  readonly #outboxes: readonly Outbox[];

  /**
   * @param carry Posts to another thread, or towards it.
   * @param commons Shared memory that is known by number.
   */
  constructor(
    readonly number: number,
    readonly memory: Memory,
    carry: (delivery: Delivery, transfers: Transferable[]) => void,
    commons: Commons,
  ) {
    const { words } = memory;
    this.words = words;
    this.#death = memory.area(number, Area.DEATH);
    this.heap = new Heap(memory, number);
    this.firstSerial = load(words, memory.area(number, Area.HOLDERS)) << HOLDER_SHIFT;
    const announcer = new Announcer(words, memory.area(number, Area.ANNOUNCED), number);
    const coming = memory.area(number, Area.COMING);
    const announcedBy = (thread: number) => memory.area(thread, Area.ANNOUNCED);
    const prefetch = new Prefetch(memory.bytes, new Listener(words, coming, announcedBy));
    // Where threads take turns, a receiver that gets up has nothing to copy yet.
    const rouseForCopy = (thread: number) => {
      if ((this.#processors ??= availableParallelism()) > 1) this.rouse(thread);
    };
    this.prefetch = prefetch;
    this.payload = new Payload(
      memory,
      this.heap,
      this.firstSerial,
      { thread: number, announcer, prefetch, rouse: rouseForCopy },
      commons,
    );
    this.loads = new Loads(memory, number);
    const threads = Array.from({ length: memory.threads }, (_, thread) => thread);
    this.mailbox = new Mailbox(words, memory.area(number, Area.MAIL));
    this.#outboxes = threads.map((thread) => new Outbox(words, memory.area(thread, Area.MAIL)));
    this.post = new Post(number, (delivery, transfers) => {
      this.#outboxes[delivery.to]!.send(() => carry(delivery, transfers));
    });
    this.post.onArrival = () => {
      this.mailbox.receive();
      this.poke();
    };
    this.inboxes = threads.map((thread) => inboxOf(words, thread));
    this.inbox = this.inboxes[number]!;
    this.places = threads.map((thread) => placeOf(memory, thread));
    this.parking = new Parking(
      words,
      Header.PARKED,
      Header.SEARCHING,
      Header.ENGAGED,
      Header.SENTINEL,
      Header.ABSTAINING,
      this.places.slice(1, memory.workers + 1),
    );
  }

  /** Whether this thread is to end: main has begun to shut the runtime down, or has given this worker up. */
  get stopping(): boolean {
    return load(this.words, Header.STOP) !== 0 || this.isGivenUp;
  }

  /** Whether main has given this worker up. */
  get isGivenUp(): boolean {
    return load(this.words, this.#death) !== 0;
  }

  /**
   * For whoever blocks this thread, where nothing has come.
   *
   * @throws {ShutdownError} The runtime has shut down.
   * @throws {WorkerLostError} This is a worker that was given up.
   */
  refuseIfStopping(): void {
    if (!this.stopping) return;
    const why = deathOf(this.memory, this.number);
    if (why === undefined) throw new ShutdownError("Cannot go on waiting here as the runtime has shut down");
    throw new WorkerLostError(`Cannot go on waiting here as this worker was given up: ${why}`);
  }

  /** How a thread is called in messages. */
  nameOf(thread: number): string {
    return thread === MAIN ? "the main thread" : `worker ${this.memory.seatOf(thread)}`;
  }

  /**
   * The number of the shared memory that a task waits for here, as this worker has not heard of it; 0 if it waits for none. Of a
   * record that a queue named this is a guess: it may have become another's, or become one as this looks.
   */
  lacks(record: number): number {
    const { last } = this.payload.commons;
    const given = load(this.words, Header.SHARED);
    // Nearly always: the record is then left as it is, and with whom it is, until it is claimed.
    if (given <= last) return 0;
    // No more than there are: half of a number that is being written may be anything.
    const named = Math.min(this.payload.lastNamed(record), given);
    return named > last ? named : 0;
  }

  /** Whether each thread that is awake has a processor, as far as is known: main is, perhaps. */
  get isProcessorFree(): boolean {
    return 1 + this.parking.awake <= (this.#processors ??= availableParallelism());
  }

  /** Whether there is a processor for one more. */
  get isProcessorSpare(): boolean {
    return 1 + this.parking.awake < (this.#processors ??= availableParallelism());
  }

  /** Puts a record that this thread owns into a thread's inbox, and wakes that thread if it sleeps. */
  deliver(record: number, to: number): void {
    const isPosted = this.payload.isAttached(record);
    this.inboxes[to]!.push(record);
    // Pushed first, looked second; pairs with `Sleeper.announce`.
    if (to === this.number) this.poke();
    else if (!isPosted || !this.#outboxes[to]!.isUnderWay) unpark(this.places[to]!);
  }

  /** Wakes a thread that has something to look at, if it sleeps. */
  rouse(thread: number): void {
    if (thread === this.number) this.poke();
    else unpark(this.places[thread]!);
  }

  /** Counts one up in this thread's own area. */
  count(word: number): void {
    countUp(this.words, this.memory.area(this.number, word));
  }

  /**
   * The worker that is likely to be free first: one that sleeps or looks for work, and has no pinned tasks, the first of them
   * where several do; else the least loaded.
   */
  idlest(): number {
    const { memory, words } = this;
    // One that blocks in a task is parked, and engaged.
    const idle = (load(words, Header.PARKED) & ~load(words, Header.ENGAGED)) | load(words, Header.SEARCHING);
    for (let seat = 0; seat < memory.workers; seat++) {
      if ((idle & 1 << seat) === 0) continue;
      const thread = memory.occupant(seat);
      if (thread !== 0 && loadOf(memory, thread) === 0) return thread;
    }
    return this.loads.least();
  }
}
