/** What the scenarios of inbox, park and mail have in common: where an inbox lies, all that is in it, and who drains it. */

import { Inbox, NONE } from "../../../src/sync/inbox.ts";
import type { Sleeper } from "../../../src/sync/park.ts";
import type { Memory, Self } from "../scenario.ts";

/** An inbox, and records with nothing in them but a link. */
export function inboxOf(memory: Memory, count: number): { inbox: Inbox; records: number[] } {
  const inbox = new Inbox(memory.words, memory.word("HEAD"), 0);
  const records = Array.from({ length: count }, (_, i) => memory.word(`link of ${String.fromCharCode(97 + i)}`));
  return { inbox, records };
}

/** What a take of the consumer gives, as a list. */
export function takeAll(inbox: Inbox): number[] {
  const taken: number[] = [];
  let record = inbox.take();
  while (record !== NONE) {
    taken.push(record);
    record = inbox.next(record);
  }
  return taken;
}

/** What a loop does however it got up: drains its inbox, and lies down when nothing is left. */
export function drainAndSleep(it: Self, inbox: Inbox, sleeper: Sleeper): void {
  for (;;) {
    sleeper.retract();
    it.takes(() => takeAll(inbox), Infinity);
    sleeper.announce();
    if (!inbox.occupied && sleeper.sleep()) return;
  }
}
