/**
 * Ledger: where every item is at the end, and whether that is right.
 *
 * Items are counted, as one may be given again after it was taken. What a dead thread had in its hands may be lost:
 * the item that it was giving, and as many as it said it might be taking.
 */

import type { Account } from "./replay.ts";
import type { End } from "./scenario.ts";

/** What is wrong with the items, in words; nothing if all is well. */
export function audit(
  end: End,
  accounts: Readonly<Record<string, Account>>,
  items: readonly number[],
): string | undefined {
  const owed = new Map<number, number>();
  for (const item of items) count(owed, item, 1);
  for (const { given } of Object.values(accounts)) for (const item of given) count(owed, item, 1);
  const dead = end.dead === undefined ? undefined : accounts[end.dead];
  const inDoubt = dead?.giving;

  for (const item of end.rest) count(owed, item, -1);
  for (const { got } of Object.values(accounts)) for (const item of got) count(owed, item, -1);

  let lost = 0;
  for (const [item, left] of owed) {
    if (left < (item === inDoubt ? -1 : 0)) return `item ${item} was delivered more often than it was given`;
    lost += Math.max(left, 0);
  }
  if (lost > (dead?.taking ?? 0)) {
    const missing = [...owed].filter(([, left]) => left > 0).map(([item]) => item).join(", ");
    return dead === undefined ? `lost: item ${missing}` : `lost, and not in the dead thread's hands: item ${missing}`;
  }
  const waiting = end.rest.filter((item) => item !== inDoubt);
  if (end.asleep.length > 0 && waiting.length > 0) {
    return `item ${waiting.join(", ")} waits while ${end.asleep.join(" and ")} sleeps`;
  }
  return undefined;
}

function count(owed: Map<number, number>, item: number, by: number): void {
  owed.set(item, (owed.get(item) ?? 0) + by);
}
