/**
 * Scenarios of a task whose worker dies: its handle settles once, and its record is used again once, when the dead one
 * cannot write to it any more. See `src/runtime/mourning.ts`, `mourn`, `lose` and `#retire`, and `#place` in `placing.ts`, whose steps are
 * home's here, and `src/runtime/undertaker.ts`, `giveUp` and `gone`, which are main's.
 *
 * That a thread has stopped is known when it is killed, by whoever waits for its lock: the mourner.
 */

import { add, load, notify, read, store, waitAsync, write } from "../../../src/memory/atomics.ts";
import { Inbox, NONE } from "../../../src/sync/inbox.ts";
import * as state from "../../../src/task/state.ts";
import { type End, type Memory, type Part, scenario, type Stage } from "../scenario.ts";

/** What home notes: how the handle settled, and that the record is free. */
const DONE = 1;
const FAILED = 2;
const FREE = 3;

/** The number of the worker. */
const WORKER = 1;

/** What is told. */
interface Tale {
  readonly stealable?: true;
  /** The task is on its way from the start. */
  readonly isDelivered?: true;
  /** Main gives the worker up while it lives; else when it is gone. */
  readonly isGivenUp?: true;
  /** The worker does not die. */
  readonly isImmortal?: true;
}

function stage(memory: Memory, tale: Tale): Stage {
  const { stealable = false, isDelivered, isGivenUp, isImmortal } = tale;
  const { words } = memory;
  const record = memory.region("record", 2);
  const result = memory.word("result");
  const [death, gone, wake] = ["DEATH", "GONE", "WAKE"].map((name) => memory.word(name)) as [number, number, number];
  const [workers, homes] = ["worker's", "home's"].map((name) => new Inbox(words, memory.word(`${name} inbox`), 1)) as [
    Inbox,
    Inbox,
  ];

  // DEATHS and home's FUTEX in one: home looks for deaths more often than it must.
  const rouse = () => {
    add(words, wake, 1);
    notify(words, wake);
  };
  const deliver = () => {
    state.queue(words, record, stealable);
    workers.push(record);
  };
  if (isDelivered) deliver();

  const home: Part = (it) => {
    let handle: "pending" | "settled" | "lost" = "pending";
    let isOut = isDelivered === true;
    let isLost = false;
    let known = 0;
    const settle = (note: number) => {
      handle = "settled";
      it.notes(note);
    };
    const comeHome = () => {
      if (handle === "pending") settle(read(words, result) === WORKER ? DONE : -1);
      isOut = false;
      // The next task that uses it.
      write(words, result, 0);
      it.notes(FREE);
    };
    const takeInAll = () => {
      for (let one = homes.take(); one !== NONE; one = homes.next(one)) comeHome();
    };
    const lose = (met: number) => {
      if (!state.revoke(words, record, met)) return;
      isLost = true;
      settle(FAILED);
    };
    const mourn = () => {
      const isDead = load(words, death) !== 0;
      // Looked before the inbox is emptied: what a thread sends before it is gone is there then.
      const isGone = load(words, gone) !== 0;
      takeInAll();
      const news = isDead ? isGone ? 2 : 1 : 0;
      if (news !== known && isOut && !isLost) {
        const met = state.stateOf(words, record);
        const phase = state.phaseOf(met);
        if (phase === state.RUNNING && isDead) lose(met);
        // A stealable one is put out again, which is another's tale.
        else if (phase === state.QUEUED && !stealable && isDead) lose(met);
        else if (state.ended(met) && isGone) comeHome();
      }
      known = news;
      if (isLost && isGone) {
        isLost = false;
        comeHome();
      }
    };
    const look = () => {
      const ticket = load(words, wake);
      mourn();
      const wait = waitAsync(words, wake, ticket);
      if (wait === undefined) look();
      else wait.then(look);
    };

    if (!isDelivered) {
      mourn();
      isOut = true;
      deliver();
      // Delivered first, looked second: a death that is told of later finds the record in flight.
      if (load(words, death) !== 0) lose(state.stateOf(words, record));
    }
    look();
  };
  const worker: Part = () => {
    if (load(words, death) !== 0 || workers.take() === NONE) return;
    const claimed = state.claim(words, record, WORKER, stealable);
    if (claimed === state.STALE || state.isRevoked(words, record, claimed)) return;
    write(words, result, WORKER);
    if (state.finish(words, record, claimed, state.DONE) === state.STALE) return;
    homes.push(record);
    rouse();
  };
  const giveUp = () => {
    store(words, death, 1);
    rouse();
  };
  return {
    threads: isGivenUp ? { home, worker, main: giveUp } : { home, worker },
    mortals: isImmortal ? [] : ["worker"],
    mourner: () => {
      if (!isGivenUp) store(words, death, 1);
      store(words, gone, 1);
      rouse();
    },
    end: (end) => assertSettled(end, tale),
  };
}

function assertSettled({ notes, dead }: End, { stealable, isGivenUp }: Tale): void {
  const settled = notes["home"]!.filter((note) => note !== FREE);
  const freed = notes["home"]!.length - settled.length;
  if (settled.includes(-1)) throw new Error("there is no result");
  if (settled.length > 1) throw new Error(`the handle has settled ${settled.length} times`);
  if (freed > 1) throw new Error(`the record is free ${freed} times`);
  // A worker that looked too early has not seen the task, and nobody has died.
  if (dead === undefined && !isGivenUp) return;
  // A stealable task that nobody has begun is put out again.
  if (settled.length === 0 && !stealable) throw new Error("the handle has not settled");
  if (dead !== undefined && freed === 0 && !stealable) throw new Error("the record is out for ever");
}

scenario("burial: a pinned task settles once, wherever its worker dies", (memory) => stage(memory, {}));

scenario(
  "burial: a pinned task settles once where its worker is given up and dies later, and its record waits for that",
  (memory) => stage(memory, { isDelivered: true, isGivenUp: true }),
);

scenario(
  "burial: a task that is placed while its worker is given up, and runs on, settles once",
  (memory) => stage(memory, { isGivenUp: true, isImmortal: true }),
);

scenario(
  "burial: a stealable task that has begun settles once",
  (memory) => stage(memory, { stealable: true, isDelivered: true }),
);
