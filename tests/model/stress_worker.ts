/** A thread of the stress tests: it plays one role, marks the items that it gets, and says when it is through. */

/// <reference lib="deno.worker" />

import { add, load, store, type Words } from "../../src/memory/atomics.ts";
import { Owner, Thief } from "../../src/sync/deque.ts";
import { Inbox, NONE } from "../../src/sync/inbox.ts";
import { Injector, Intake } from "../../src/sync/injector.ts";
import { type Place, Sleeper, unpark } from "../../src/sync/park.ts";
import { EMPTY, type RingWords } from "../../src/sync/ring.ts";

const PRODUCERS = 3;

/** What a thread does. */
export type Role =
  | `deque ${"owner" | "thief" | "half thief"}`
  | `injector ${"main" | "consumer"}`
  | `inbox ${"consumer" | `producer ${0 | 1 | 2}`}`
  | `park ${"ping" | "pong"}`;

/** What it is told at its start. */
export interface Job {
  readonly role: Role;
  readonly words: Words;
  /** How often each item was delivered. */
  readonly seen: Words;
  readonly items: number;
}

/** Words: how many items were delivered, and where the structures lie, each on a cache line of its own. */
const DELIVERED = 16;
const [TOP, BOTTOM, OWN_TOP, OWN_BOTTOM, HEAD, PARKED, FUTEX] = [32, 48, 64, 80, 96, 112, 128];
const RING = 1024;
const OWN_RING = 4096;
const RECORDS = 8192;
const RECORDS_EACH = 512;

/** Near the place where counters turn negative, so that they pass it. */
const FROM = 0x7fffff00;

self.onmessage = ({ data }: MessageEvent<Job>) => play(data);

function play({ role, words, seen, items }: Job): void {
  const ring: RingWords = { words, top: TOP, bottom: BOTTOM, ring: RING, capacity: 1024 };
  const own: RingWords = { words, top: OWN_TOP, bottom: OWN_BOTTOM, ring: OWN_RING, capacity: 64 };
  const done = () => load(words, DELIVERED) >= items;
  const mark = (item: number) => {
    if (item <= EMPTY) return;
    add(seen, item, 1);
    add(words, DELIVERED, 1);
  };
  switch (role) {
    case "deque owner":
      ownerOf(begin(ring), items, mark);
      break;
    case "deque thief": {
      const thief = new Thief(ring);
      while (!done()) mark(thief.steal());
      break;
    }
    case "deque half thief": {
      const [thief, into] = [new Thief(ring), new Owner(begin(own))];
      while (!done()) {
        mark(thief.stealHalf(into, 32));
        for (let item = into.take(); item !== EMPTY; item = into.take()) mark(item);
      }
      break;
    }
    case "injector main": {
      const injector = new Injector(begin(ring));
      for (let item = 1; item <= items;) if (injector.push(item)) item++;
      break;
    }
    case "injector consumer": {
      const into = new Owner({ ...own, words: new Int32Array(new SharedArrayBuffer(words.byteLength)) });
      const intake = new Intake(ring, 32);
      let last = 0;
      while (!done()) {
        for (let item = intake.claim(into, PRODUCERS); item > EMPTY; item = into.take()) {
          if (item <= last) throw new Error(`${item} came after ${last}`);
          mark(last = item);
        }
      }
      break;
    }
    case "inbox consumer":
      consume(words, items, mark);
      break;
    case "park ping":
    case "park pong":
      volley(words, role === "park ping" ? 0 : 1, items);
      return;
    default:
      produce(words, Number(role.slice(-1)), items);
  }
  self.postMessage("through");
}

/** Lets the counters start where they soon wrap. Others see an empty ring before and after. */
function begin(ring: RingWords): RingWords {
  store(ring.words, ring.top, FROM);
  store(ring.words, ring.bottom, FROM);
  return ring;
}

function ownerOf(ring: RingWords, items: number, mark: (item: number) => void): void {
  const owner = new Owner(ring);
  for (let item = 1; item <= items; item++) {
    while (!owner.push(item)) mark(owner.take());
    // Now and then down to the last one, where owner and thieves meet.
    if (item % 64 === 0) { for (let own = owner.take(); own !== EMPTY; own = owner.take()) mark(own); }
  }
  for (let own = owner.take(); own !== EMPTY; own = owner.take()) mark(own);
}

/** Record: link, item. A producer's records go round: each waits until its item was taken out. */
function produce(words: Words, number: number, items: number): void {
  const inbox = new Inbox(words, HEAD, 0);
  let turn = 0;
  for (let item = number + 1; item <= items; item += PRODUCERS) {
    const record = RECORDS + (number * RECORDS_EACH + turn++ % RECORDS_EACH) * 2;
    while (load(words, record + 1) !== 0);
    store(words, record + 1, item);
    inbox.push(record);
  }
}

function consume(words: Words, items: number, mark: (item: number) => void): void {
  const inbox = new Inbox(words, HEAD, 0);
  const last = [0, 0, 0];
  for (let taken = 0; taken < items;) {
    for (let record = inbox.take(); record !== NONE; taken++) {
      const next = inbox.next(record);
      const item = load(words, record + 1);
      const producer = (item - 1) % PRODUCERS;
      if (item <= last[producer]!) throw new Error(`${item} came after ${last[producer]}`);
      mark(last[producer] = item);
      store(words, record + 1, 0);
      record = next;
    }
  }
}

/** Sends a record to and fro: each side sleeps until it has come. */
function volley(words: Words, side: number, rounds: number): void {
  const boxes = [new Inbox(words, HEAD, 0), new Inbox(words, HEAD + 1, 0)];
  const places: Place[] = [0, 1].map((i) => ({ words, parked: PARKED, bit: 1 << i, futex: FUTEX + i }));
  const [mine, theirs] = [boxes[side]!, boxes[1 - side]!];
  let played = 0;
  const play = () => {
    for (;;) {
      sleeper.retract();
      const record = mine.take();
      if (record !== NONE) {
        theirs.push(record);
        unpark(places[1 - side]!);
        if (++played === rounds) return self.postMessage("through");
      }
      sleeper.announce();
      if (!mine.occupied && sleeper.sleep()) return;
    }
  };
  const sleeper = new Sleeper(places[side]!, play);
  if (side === 0) mine.push(RECORDS);
  play();
}
