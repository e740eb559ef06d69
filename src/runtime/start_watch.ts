/**
 * Start watch: main's patience with workers that start. One that dies unnoticed, or whose script does not import the library, is
 * given up in the end; of one that waits for its glue main says so.
 *
 * Keeps true: a start that `watch` was called for succeeds or fails, in time, or waits for what its user's own modules await.
 */

import { InitError } from "../errors.ts";
import { Begun } from "../memory/layout.ts";
import type { LifeWatch, Mortal } from "./life_watch.ts";
import { after } from "./turns.ts";

const SECOND = 1000;
/** Milliseconds between two looks at those that start. */
const GLANCE = 50;
/**
 * After so many seconds a script that has not imported the library is given up: of seconds in which main has heard what is
 * posted to it, and has not been busy itself.
 */
const PATIENCE = 15;
/** Looks in that time. */
const MOST_GLANCES = PATIENCE * SECOND / GLANCE;

/** A worker that starts. */
export interface Starting extends Mortal {
  readonly state: "starting" | "attached" | "ready";
  /** How often it has been looked at while it was waited for. */
  glances: number;
  /** Ends the wait for it to be ready. */
  readonly succeed: () => void;
  readonly fail: (error: Error) => void;
}

/** Main's watch over workers that start. */
export class StartWatch {
  readonly #lives: LifeWatch;
  readonly #glue: string | undefined;

  /** @param glue The URL of the glue module. */
  constructor(lives: LifeWatch, glue: string | undefined) {
    this.#lives = lives;
    this.#glue = glue;
  }

  /**
   * Looks from time to time at workers that were started together. Not by a timer: to load what it has for those takes Deno 3 ms.
   *
   * @param script How their script is called in messages.
   * @param find Gives those that are still there, with their seats; `undefined` once all have started, or one could not.
   */
  async watch(script: string, find: () => Iterable<readonly [seat: number, one: Starting]> | undefined): Promise<void> {
    for (;;) {
      await after(GLANCE);
      const starting = find();
      if (starting === undefined) return;
      for (const [seat, one] of starting) this.#glance(script, seat, one);
    }
  }

  #glance(script: string, seat: number, one: Starting): void {
    if (one.state !== "starting" && this.#lives.covers(one)) return this.#wonder(seat, one);
    // It is in its first task, which takes its time.
    if (this.#lives.begun(one) !== Begun.NOT) return one.succeed();
    if (++one.glances < MOST_GLANCES) return;
    const what = one.state === "starting" ? "the script has not imported this library" : "it has not gone on";
    const cause = new Error(`${what} within ${PATIENCE} seconds; it must`);
    one.fail(new InitError(`Cannot start worker ${seat} (${script}): ${cause.message}`, { cause }));
  }

  /** Says so of a worker that imports the glue for so long: what that awaits may take its time, or never come. */
  #wonder(seat: number, one: Starting): void {
    if (this.#glue === undefined || this.#lives.begun(one) !== Begun.NOT) return;
    if (++one.glances !== MOST_GLANCES) return;
    console.warn(
      `webble: worker ${seat} has been importing the glue ${this.#glue} for ${PATIENCE} seconds, and 'init()' waits for it. ` +
        "Does it await at its top level what never comes?",
    );
  }
}
