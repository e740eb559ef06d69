/**
 * Explore: a scenario through every interleaving.
 *
 * Breadth first, over states: interleavings that lead to the same memory and the same local states have the same
 * future, so it is explored once. That is exhaustive, with neither a bound on preemptions nor a reduction to argue for,
 * and what fails is found by a shortest way.
 *
 * A race is two accesses that could come next in the same state: a program has one exactly if some interleaving has
 * two such accesses side by side. A thread killed between two steps is one that takes no more: so every
 * state in which one thread alone could go on is also an end, with that thread dead, at no cost. Only where a
 * scenario has a mourner, who acts on a death, it has to be told apart from a long pause: then each thread is killed at
 * its start and after each step by which it changed something that others can see.
 */

import { audit } from "./ledger.ts";
import { type Account, Player } from "./replay.ts";
import { type End, Memory, type Part, type Scenario, type Stage } from "./scenario.ts";
import { canGoOn, findRace, isAlive, isAsleep, isSeen, keyOf, kill, start, type State, stepsOf } from "./state.ts";
import { raceAt, tell, type Trace } from "./trace.ts";

/** What came out. */
export interface Report {
  readonly name: string;
  readonly states: number;
  /** A lower bound where there are `loops`. */
  readonly interleavings: number;
  readonly loops: boolean;
  /** Ends with all threads alive, and with one dead. */
  readonly ends: number;
  readonly deaths: number;
  readonly ms: number;
  readonly failure?: Trace & { message: string };
}

const WORDS = 256;
/** More accesses than any thread of a small scenario makes: whoever gets there turns in circles. */
const MOST_STEPS = 300;
const MOST_STATES = 3_000_000;

/** Runs `scenario` through every interleaving, until something is wrong. */
export function explore(scenario: Scenario): Report {
  const began = performance.now();
  const exploration = new Exploration(scenario);
  const failure = exploration.run();
  const { states, interleavings, loops, ends, deaths } = exploration;
  const ms = Math.round(performance.now() - began);
  const counts = { states, interleavings, loops, ends, deaths, ms };
  return { name: scenario.name, ...counts, ...failure !== undefined && { failure } };
}

class Exploration {
  states = 0;
  /** Some interleavings lead back to where they were: there are more than can be counted. */
  loops = false;
  interleavings = 0;
  ends = 0;
  deaths = 0;
  readonly #scenario: Scenario;
  readonly #words = new Int32Array(new SharedArrayBuffer(WORDS * 4));
  readonly #memory: Memory;
  readonly #stage: Stage;
  readonly #players: Player[];
  readonly #names: string[];
  readonly #mortals: number[] = [];
  /** For each mortal, the one that acts on its death; empty where nobody does. */
  readonly #mourners: (Player | undefined)[] = [];

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#memory = new Memory(this.#words);
    this.#stage = scenario.stage(this.#memory);
    this.#names = Object.keys(this.#stage.threads);
    this.#players = this.#names.map((name) => this.#player(name, ({ threads }) => threads[name]!));
    for (const [thread, dead] of this.#names.entries()) {
      if (this.#stage.mortals?.includes(dead) === false) continue;
      this.#mortals.push(thread);
      if (this.#stage.mourner === undefined) continue;
      this.#mourners[thread] = this.#player("mourner", ({ mourner }) => (it) => mourner!(it, dead));
    }
  }

  #player(name: string, first: (stage: Stage) => Part): Player {
    return new Player(name, (part) => {
      const stage = this.#set();
      return part === "" ? first(stage) : stage.parts?.[part];
    });
  }

  /** Sets the stage anew. */
  #set(): Stage {
    return this.#scenario.stage(new Memory(this.#words));
  }

  run(): Report["failure"] {
    this.#set();
    // Of even length, since a view of doubles may be taken of it.
    const memory = new Int32Array(this.#words.slice(0, (this.#memory.length + 1) & ~1));
    const first = start(memory, this.#players);
    let level = [first];
    for (const [thread, mourner] of this.#mourners.entries()) {
      if (mourner !== undefined) level.push(kill(first, thread, mourner.root));
    }
    const seen = new Set(level.map(keyOf));
    while (level.length > 0) {
      const reached = new Map<string, State>();
      for (const state of level) {
        const message = this.#examine(state);
        if (message !== undefined) return { message, ...tell(state, this.#playersOf(state), this.#memory) };
        for (const next of this.#steps(state)) {
          const key = keyOf(next);
          const same = reached.get(key);
          if (same !== undefined) {
            same.ways += next.ways;
          } else if (seen.has(key)) {
            this.loops = true;
          } else {
            reached.set(key, next);
            seen.add(key);
          }
        }
      }
      this.states += level.length;
      if (this.states > MOST_STATES) return { message: "too many states: make the scenario smaller", steps: [] };
      level = [...reached.values()];
    }
    return undefined;
  }

  /** All threads, and after a death the mourner. */
  #playersOf({ dead }: State): Player[] {
    const mourner = this.#mourners[dead];
    return mourner === undefined ? this.#players : [...this.#players, mourner];
  }

  *#steps(state: State): Generator<State> {
    for (const [thread, player] of this.#playersOf(state).entries()) {
      for (const next of stepsOf(state, thread, player)) {
        yield next;
        const mourner = this.#mourners[thread];
        if (mourner !== undefined && state.dead < 0 && isSeen(state, thread)) yield kill(next, thread, mourner.root);
      }
    }
  }

  /** What is wrong with this state. */
  #examine(state: State): string | undefined {
    const { stands } = state;
    const players = this.#playersOf(state);
    for (const [thread, { log, thrown }] of stands.entries()) {
      if (thrown !== undefined) return `${players[thread]!.name} threw ${thrown}`;
      if (log.length > MOST_STEPS) return `${players[thread]!.name} goes on for ever`;
    }
    const race = findRace(state, this.#memory);
    if (race !== undefined) return raceAt(state, race, players, this.#memory);

    const able = [...stands.keys()].filter((thread) => canGoOn(state, thread));
    if (able.length === 0) {
      if (state.dead < 0) this.ends++;
      else this.deaths++;
      this.interleavings += state.ways;
      const message = this.#end(state);
      if (message !== undefined) return message;
    }
    const [alone] = able;
    if (alone !== undefined && able.length === 1 && state.by !== alone && this.#circles(state, alone)) {
      return `${players[alone]!.name}, alone from here, goes on for ever`;
    }
    if (this.#mourners.length > 0) return undefined;
    for (const thread of this.#mortals) {
      if (!isAlive(state, thread) || able.some((other) => other !== thread)) continue;
      this.deaths++;
      const message = this.#end({ ...state, dead: thread });
      if (message !== undefined) return `with ${this.#names[thread]} killed here: ${message}`;
    }
    return undefined;
  }

  /** Whether this thread alone would never stop: one that becomes another part does not make its log longer. */
  #circles(state: State, thread: number): boolean {
    if (this.#stage.parts === undefined) return false;
    const player = this.#playersOf(state)[thread]!;
    let at: State | undefined = state;
    for (let i = 0; i < MOST_STEPS && at !== undefined; i++) [at] = stepsOf(at, thread, player);
    return at !== undefined;
  }

  #end(state: State): string | undefined {
    const stage = this.#set();
    this.#words.set(state.memory);
    const players = this.#playersOf(state);
    const byName = <T>(of: (account: Account) => T): Record<string, T> =>
      Object.fromEntries(state.stands.map(({ account }, thread) => [players[thread]!.name, of(account)]));
    const end: End = {
      dead: this.#names[state.dead],
      got: byName(({ got }) => got),
      notes: byName(({ notes }) => notes),
      asleep: this.#names.filter((_, thread) => isAsleep(state, thread)),
      rest: stage.rest?.() ?? [],
      word: (at) => state.memory[at]!,
    };
    const message = audit(end, byName((account) => account), stage.items ?? []);
    if (message !== undefined) return message;
    try {
      stage.end?.(end);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return undefined;
  }
}
