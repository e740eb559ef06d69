/** Scenarios of mail: a sender that leaves the wake to its message, and a receiver that sleeps, or blocks. */

import { add, load, notify, waitAsync, type Words } from "../../../src/memory/atomics.ts";
import type { Inbox } from "../../../src/sync/inbox.ts";
import { Mailbox, Outbox } from "../../../src/sync/mail.ts";
import { type Place, Sleeper, unpark } from "../../../src/sync/park.ts";
import { type Memory, type Part, scenario } from "../scenario.ts";
import { drainAndSleep, inboxOf, takeAll } from "./inbox_words.ts";

interface House {
  readonly words: Words;
  readonly inbox: Inbox;
  readonly a: number;
  readonly b: number;
  readonly place: Place;
  readonly mail: number;
  /** Counts messages, and stands for the platform: who has an event loop waits for it to change. */
  readonly posted: number;
}

function house(memory: Memory): House {
  const { words } = memory;
  const { inbox, records: [a = 0, b = 0] } = inboxOf(memory, 2);
  const place = { words, parked: memory.word("PARKED"), bit: 4, futex: memory.word("FUTEX") };
  return { words, inbox, a, b, place, mail: memory.word("MAIL"), posted: memory.word("POSTED") };
}

/** Posts a message. */
function post({ words, posted }: House, outbox: Outbox): void {
  outbox.send(() => {
    add(words, posted, 1);
    notify(words, posted);
  });
}

/** Pushes a record, and wakes the receiver unless a message will. */
function push({ inbox, place }: House, record: number, outbox: Outbox): void {
  inbox.push(record);
  if (!outbox.isUnderWay) unpark(place);
}

/** Posts something, and something that cannot be posted if that is asked for; then pushes records. */
function sends(at: House, records: readonly number[], fails = false): Part {
  return (it) => {
    const outbox = new Outbox(at.words, at.mail);
    post(at, outbox);
    if (fails) {
      try {
        outbox.send(() => {
          throw new Error("it cannot be cloned");
        });
      } catch {
        // Nothing has left.
      }
    }
    for (const record of records) it.gives(record, () => push(at, record, outbox));
  };
}

/** Drains its inbox and sleeps, wakes and messages permitting; blocks in a turn of its own, if that is asked for. */
function receives(at: House, blocks = false): Part {
  return (it) => {
    const { words, inbox, place, posted } = at;
    const mailbox = new Mailbox(words, at.mail);
    const sleeper: Sleeper = new Sleeper(place, () => turn());
    const turn = () => drainAndSleep(it, inbox, sleeper);
    let taken = 0;
    function listen(): void {
      for (;;) {
        const now = load(words, posted);
        if (now > taken) {
          for (; taken < now; taken++) mailbox.receive();
          turn();
        }
        const message = waitAsync(words, posted, now);
        if (message !== undefined) return void message.then(listen);
      }
    }
    if (blocks) {
      it.turn(() => {
        mailbox.block();
        sleeper.announce();
        if (!inbox.occupied) sleeper.block(Infinity);
        mailbox.unblock();
        turn();
      });
    }
    turn();
    listen();
  };
}

scenario("mail: a record is found by the message that it came with, or by a wake", (memory) => {
  const at = house(memory);
  return { threads: { sender: sends(at, [at.a]), receiver: receives(at) }, rest: () => takeAll(at.inbox) };
});

scenario("mail: each of two records of one sender is found, pushed long after it posted", (memory) => {
  const at = house(memory);
  return { threads: { sender: sends(at, [at.a, at.b]), receiver: receives(at) }, rest: () => takeAll(at.inbox) };
});

scenario("mail: a record is found though another could not be posted meanwhile", (memory) => {
  const at = house(memory);
  return { threads: { sender: sends(at, [at.a], true), receiver: receives(at) }, rest: () => takeAll(at.inbox) };
});

scenario("mail: a record is found though another's message comes meanwhile", (memory) => {
  const at = house(memory);
  return {
    threads: {
      sender: sends(at, [at.a]),
      other: () => post(at, new Outbox(at.words, at.mail)),
      receiver: receives(at),
    },
    rest: () => takeAll(at.inbox),
  };
});

scenario("mail: one that blocks, and takes in no messages, is woken", (memory) => {
  const at = house(memory);
  return {
    threads: { sender: sends(at, [at.a]), receiver: receives(at, true) },
    rest: () => takeAll(at.inbox),
    mortals: ["receiver"],
  };
});
