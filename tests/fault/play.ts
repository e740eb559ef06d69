/**
 * Play: what a task does with its plan. It is shipped to the threads by its source, so it knows nothing but its
 * arguments and `webble`.
 *
 * @module
 */

import * as webble from "@webble/runtime";
import type { Plan } from "./plan.ts";

/** What came of a task, as its spawner saw it. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly cause: unknown };
  /** For an abort: whether it changed anything. */
  readonly aborted?: boolean;
  /** For a signal: whether the wait was given up first. */
  readonly gaveUp?: boolean;
  /** For `intoInner`: there was nothing yet. For a task that was dropped or lent: nobody looked. */
  readonly unseen?: boolean;
  /** What contradicts the documentation. */
  readonly wrong?: string;
}

/** What a task gives. */
export interface Report {
  readonly id: number;
  readonly value: unknown;
  readonly blob: Blob | undefined;
  /** What came of the tasks that it spawned, in order. */
  readonly outcomes: Outcome[];
  /** The last of the plan's scalars, from another task. */
  readonly scalar: unknown;
  /** What came of the task whose handle it received; and whether its abort there changed anything. */
  readonly joined: Outcome | undefined;
  /** Handles of its own tasks; what came of them once the spawner has awaited them. */
  lent: unknown[];
}

/** Does what the plan says. Gives a {@linkcode Report} at once where nothing is to be awaited. */
export function play(plan: Plan, handle: webble.WorkerHandle<unknown> | undefined): unknown {
  const context = plan.end === "signal" || plan.end === "aborted" ? webble.context() : undefined;
  for (const end = performance.now() + plan.busy; performance.now() < end;);
  const isShort = plan.yields + plan.children.length === 0 && handle === undefined && context === undefined;
  return isShort ? ending([], undefined, [], plan.scalars.at(-1)) : atLength();

  async function atLength(): Promise<unknown> {
    await pass(plan.yields);
    const handles: webble.WorkerHandle<unknown>[] = [];
    const takes: Promise<Outcome>[] = [];
    for (const child of plan.children) {
      await pass(child.before);
      const spawn = child.track === "pinned"
        ? webble.spawn
        : child.track === "stealable"
        ? webble.spawnStealable
        : webble.onMain;
      const task = spawn(play, child, child.joins ? handles.at(-1) : undefined);
      handles.push(task);
      takes.push(take(child, task));
    }
    let joined: Outcome | undefined;
    if (handle !== undefined) {
      const aborted = plan.abortsJoined && handle.abort({ by: plan.id });
      joined = { ...await received(handle.recv()), aborted };
    }
    const outcomes = await Promise.all(takes);
    const echo = plan.id % 2 === 0 ? webble.spawn : webble.spawnStealable;
    const scalar = await echo((...all: unknown[]) => all.at(-1), ...plan.scalars).recv();
    if (plan.end === "signal" && !context!.signal.aborted) {
      await new Promise((resolve) => context!.signal.addEventListener("abort", resolve));
    }
    while (plan.end === "aborted" && !context!.aborted) await webble.yieldNow();
    return ending(outcomes, joined, handles.filter((_, i) => plan.children[i]!.take === "lend"), scalar);
  }

  function ending(outcomes: Outcome[], joined: Outcome | undefined, lent: unknown[], scalar: unknown): unknown {
    const { id, value, blob } = plan;
    if (plan.end === "error") throw Object.assign(new RangeError(`plan ${id}`, { cause: value }), { plan: id });
    if (plan.end === "throw") throw value;
    if (plan.end === "unsendable") return { id, deep: [{ run: () => id }] };
    return { id, value, blob, outcomes, joined, lent, scalar };
  }

  async function pass(turns: number): Promise<void> {
    for (let i = 0; i < turns; i++) await webble.yieldNow();
  }

  /** What a wait gives, with the handles that come along awaited. */
  async function received(wait: Promise<unknown>): Promise<Outcome> {
    try {
      const value = await wait as Report;
      for (const [i, item] of value.lent.entries()) {
        if ("recv" in (item as object)) value.lent[i] = await received((item as webble.WorkerHandle<unknown>).recv());
      }
      return { value };
    } catch (error) {
      const { name, message, cause } = error as Error;
      return { error: { name, message, cause } };
    }
  }

  /** Whether looking at a handle says that it was spent before. */
  function isSpent(task: webble.WorkerHandle<unknown>): boolean {
    try {
      task.tryRecv();
      return false;
    } catch (error) {
      return (error as Error).name === "HandleConsumedError";
    }
  }

  async function take(child: Plan, task: webble.WorkerHandle<unknown>): Promise<Outcome> {
    switch (child.take) {
      case "look":
      case "release": {
        const look = () => child.take === "look" ? task.tryRecv() : task.checkRelease();
        let value: unknown;
        let found = false;
        const outcome = await received((async () => {
          while ((value = look()) === undefined) await webble.yieldNow();
          found = true;
          return value;
        })());
        if (!task.finished) return { ...outcome, wrong: "not finished after its result was there" };
        if (!found) return outcome;
        if (child.take === "look" && task.tryRecv() !== value) return { wrong: "a look took the result" };
        return child.take === "release" && !isSpent(task) ? { wrong: "a release left the result" } : outcome;
      }
      case "into": {
        await pass(child.patience);
        const outcome = await received(Promise.resolve().then(() => task.intoInner() ?? { lent: [], unseen: true }));
        if (!isSpent(task)) return { wrong: "intoInner did not spend the handle" };
        return (outcome.value as { unseen?: boolean } | undefined)?.unseen ? { unseen: true } : outcome;
      }
      case "signal": {
        const controller = new AbortController();
        const wait = task.recv({ signal: controller.signal }).then(() => false, (error) => error === "enough");
        await pass(child.patience);
        controller.abort("enough");
        const gaveUp = await wait;
        return { ...await received(task.recv()), gaveUp };
      }
      case "abort": {
        await pass(child.patience);
        const aborted = task.abort({ id: child.id });
        if (task.abort()) return { wrong: "aborted twice" };
        if (aborted && !task.finished) return { wrong: "not finished after its abort" };
        return { ...await received(task.recv()), aborted };
      }
      case "drop":
      case "lend":
        return { unseen: true };
      default:
        return await received(task.recv());
    }
  }
}
