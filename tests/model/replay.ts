/**
 * Replay: suspended threads without threads.
 *
 * What a thread does depends on nothing but what its accesses gave. So its local state is that list, and to suspend
 * it is to throw it away: to let it go on, it is run from its start, each access of the past gives what it gave, and
 * the first new one is where it stands. States are kept in a tree, so that each list is played once, however many
 * interleavings lead to it.
 *
 * The code under test runs unmodified. It must be synchronous but for `waitAsync(…)!.then(callback)`, and must not
 * swallow what the door throws.
 */

import { type Access, attend } from "./door.ts";
import type { Part, Self } from "./scenario.ts";

/** What an access gave, or which event began a turn. */
export interface Entry {
  readonly key: string;
  readonly value: unknown;
  /** For a wake: which of the thread's waits it ends. */
  readonly wait?: number;
}

/** What the thread has told the ledger. Lists only grow. */
export interface Account {
  readonly got: number[];
  readonly given: number[];
  readonly notes: number[];
  /** The item that it is about to give. */
  giving: number | undefined;
  /** How many items it may have in its hands. */
  taking: number;
}

/** Where a thread stands. */
export interface Stand {
  readonly id: number;
  readonly log: readonly Entry[];
  /** What it is about to do; none between turns. */
  readonly next: Access | undefined;
  /** Between turns: whether another one is due. */
  readonly due: boolean;
  readonly account: Account;
  /** What it threw by itself. */
  readonly thrown: unknown;
}

interface Node extends Stand {
  /** Which part of the stage it plays, and what it had told the ledger before. */
  readonly part: string;
  readonly before: Account;
  readonly children: Map<string, Node>;
}

const SUSPENDED = Symbol("suspended");

/** Thrown by a thread that becomes another part. */
class Change {
  constructor(readonly part: string) {}
}

/** One thread of a scenario, and every local state that it can be in. */
export class Player {
  readonly root: Stand;
  readonly #nodes: Node[] = [];
  /** Where each part begins, by part and account. */
  readonly #beginnings = new Map<string, Node>();
  readonly #setStage: (part: string) => Part | undefined;

  /** `setStage` sets the stage anew and gives the part; the one that the thread begins with is "". */
  constructor(readonly name: string, setStage: (part: string) => Part | undefined) {
    this.#setStage = setStage;
    this.root = this.#begin("", { got: [], given: [], notes: [], giving: undefined, taking: 0 });
  }

  /** Where the thread stands after `entry`. */
  follow(stand: Stand, entry: Entry): Stand {
    const { children, log, part, before } = this.#nodes[stand.id]!;
    let child = children.get(entry.key);
    if (child === undefined) children.set(entry.key, child = this.#grow(part, before, [...log, entry]));
    return child;
  }

  /** The place in the source that makes the thread's next access, as `Owner.take deque.ts:95`. */
  placeOf(stand: Stand): string {
    const { part, before, log } = this.#nodes[stand.id]!;
    let place = "";
    this.#play(part, before, log, () => place = callerOf(new Error().stack ?? ""));
    return place;
  }

  #begin(part: string, account: Account): Node {
    const key = part + JSON.stringify(account);
    let node = this.#beginnings.get(key);
    if (node === undefined) this.#beginnings.set(key, node = this.#grow(part, account, []));
    return node;
  }

  #grow(part: string, before: Account, log: readonly Entry[]): Node {
    const { change, ...stand } = this.#play(part, before, log);
    if (change !== undefined) return this.#begin(change.part, stand.account);
    const node = { ...stand, id: this.#nodes.length, log, part, before, children: new Map() };
    this.#nodes.push(node);
    return node;
  }

  #play(
    name: string,
    before: Account,
    log: readonly Entry[],
    onNext?: () => void,
  ): Omit<Stand, "id" | "log"> & { change: Change | undefined } {
    const account = { ...before, got: [...before.got], given: [...before.given], notes: [...before.notes] };
    const turns: (() => void)[] = [];
    const callbacks: (() => void)[] = [];
    let waits = 0;
    let played = 0;
    let next: Access | undefined;
    let change: Change | undefined;
    let thrown: unknown;

    const part = this.#setStage(name);
    if (part === undefined) throw new Error(`${this.name} cannot become '${name}': the stage has no such part`);
    attend((access) => {
      // A second time while the thread unwinds: a `finally` that tidies up. It has not got there yet.
      if (next !== undefined) throw SUSPENDED;
      const entry = log[played];
      if (entry === undefined) {
        next = access;
        onNext?.();
        throw SUSPENDED;
      }
      played++;
      if (access.name !== "waitAsync") return entry.value;
      if (entry.value !== true) return undefined;
      const wait = waits++;
      return { then: (callback: () => void) => void (callbacks[wait] = callback) };
    });
    try {
      part(self(account, turns));
      while (played < log.length) {
        const { wait } = log[played++]!;
        (wait === undefined ? turns.shift() : callbacks[wait])!();
      }
      if (next !== undefined) thrown = new Error("The code under test swallowed what the door threw");
    } catch (error) {
      if (error instanceof Change) change = error;
      else if (error !== SUSPENDED) thrown = error;
    } finally {
      attend(undefined);
    }
    return { next, due: turns.length > 0, account, change, thrown };
  }
}

function self(account: Account, turns: (() => void)[]): Self {
  return {
    gives(item, give) {
      account.giving = item;
      const given = give() !== false;
      account.giving = undefined;
      if (given) account.given.push(item);
      return given;
    },
    takes<T extends number | readonly number[]>(take: () => T, most = 1): T {
      account.taking = most;
      const taken = take();
      account.taking = 0;
      const items: readonly number[] = typeof taken === "number" ? [taken] : taken;
      account.got.push(...items.filter((item) => item > 0));
      return taken;
    },
    becomes(part) {
      throw new Change(part);
    },
    notes: (value) => void account.notes.push(value),
    turn: (next) => void turns.push(next),
  };
}

/** The first frame that is neither the door nor this file. */
function callerOf(stack: string): string {
  for (const frame of stack.split("\n").slice(1)) {
    const [, name, file, line] = /at (?:(\S+) \()?.*\/([^/:]+):(\d+):\d+/.exec(frame) ?? [];
    if (file !== undefined && file !== "door.ts" && file !== "replay.ts") return `${name ?? ""} ${file}:${line}`.trim();
  }
  return "";
}
