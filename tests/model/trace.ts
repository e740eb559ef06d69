/**
 * Trace: the way to a state, for a reader.
 *
 * One line for each step: thread, access, word by name, what it gave, and the line of the source.
 */

import type { Access } from "./door.ts";
import type { Entry, Player } from "./replay.ts";
import type { Memory } from "./scenario.ts";
import { nextOf, type State } from "./state.ts";

/** The steps, in order. */
export interface Trace {
  readonly steps: readonly string[];
}

/** Tells how `state` came about. */
export function tell(state: State, players: readonly Player[], memory: Memory): Trace {
  const path: State[] = [];
  for (let at: State | undefined = state; at?.parent !== undefined; at = at.parent) path.unshift(at);
  const width = Math.max(...players.map((player) => player.name.length));
  const steps = path.map(({ parent, by, entry }) => {
    const name = players[by]!.name.padEnd(width);
    if (entry === undefined) return `${name}  is killed`;
    const access = nextOf(parent!, by);
    if (access === undefined) return `${name}  ${entry.wait === undefined ? "begins a turn" : "is woken"}`;
    return `${name}  ${show(access, entry, memory).padEnd(44)}  ${players[by]!.placeOf(parent!.stands[by]!)}`;
  });
  return { steps };
}

/** Says which two accesses race. */
export function raceAt(
  state: State,
  [one, two]: readonly [number, number],
  players: readonly Player[],
  memory: Memory,
): string {
  const said = [one, two].map((thread) => {
    const { name, at } = nextOf(state, thread)!;
    return `${players[thread]!.name} (${name} ${memory.nameOf(at)})`;
  });
  return `a race: ${said.join(" and ")} could come next in either order`;
}

function show({ name, at, operands }: Access, { key, value }: Entry, memory: Memory): string {
  const word = memory.nameOf(at);
  const old = key === "wrong" ? "any number, as another thread writes it now" : value;
  switch (name) {
    case "store":
    case "write":
      return `${name} ${word} = ${operands[0]}`;
    case "compareExchange":
      return value === operands[0]
        ? `compareExchange ${word}: ${operands.join(" to ")}`
        : `compareExchange ${word}: refused, holds ${value}`;
    case "waitAsync":
      return `waitAsync ${word} while ${operands[0]}: ${value === true ? "waits" : "has changed"}`;
    case "notify":
      return `notify ${word}`;
    case "load":
    case "read":
      return `${name} ${word}: ${old}`;
    default:
      return `${name} ${word} ${operands.join(" ")}: held ${old}`.replace("  ", " ").replace(": held undefined", "");
  }
}
