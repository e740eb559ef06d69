/**
 * Verdict: whether what came of a plan is what the documentation allows.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { assertSame } from "../value/same.ts";
import type { Outcome, Report } from "./play.ts";
import type { Plan } from "./plan.ts";

/** Throws unless `report` is what `plan` must give. */
export async function judge(plan: Plan, report: Report): Promise<void> {
  assertEquals(report.id, plan.id);
  assertSame(report.value, structuredClone(plan.value));
  assertEquals(await report.blob?.text(), await plan.blob?.text());
  assertSame(report.scalar, plan.scalars.at(-1));
  assertEquals(report.outcomes.length, plan.children.length);
  const { children } = plan;
  for (const [i, child] of children.entries()) {
    await named(child, () => judgeOutcome(child, report.outcomes[i]!, children[i + 1]));
    const before = children[i - 1];
    const own = report.outcomes[i]!.value as Report | undefined;
    if (own === undefined || !child.joins) continue;
    await named(child, () => judgeJoined(child, before!, own.joined));
  }
  const lent = children.filter((child) => child.take === "lend");
  assertEquals(report.lent.length, lent.length);
  for (const [i, child] of lent.entries()) {
    await named(child, () => judgeEnd(child, report.lent[i] as Outcome));
  }
}

async function named(plan: Plan, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    const { id, track, take, end } = plan;
    throw new Error(`task ${id} (${track}, ${take}, ${end}): ${(error as Error).message}`, { cause: error });
  }
}

/** What a spawner saw. `next` is the task that was spawned after this one. */
async function judgeOutcome(plan: Plan, outcome: Outcome, next: Plan | undefined): Promise<void> {
  if (outcome.wrong !== undefined) throw new Error(outcome.wrong);
  if (plan.take === "drop" || plan.take === "lend") return assertEquals(outcome, { unseen: true });
  if (plan.take === "into" && outcome.unseen) return;
  if (plan.take === "abort") {
    if (outcome.aborted) {
      assertEquals(outcome.error?.name, "AbortError");
      assertEquals(outcome.error?.cause, { id: plan.id });
      return;
    }
    if (plan.end === "signal" || plan.end === "aborted") throw new Error("it ended although nobody aborted it");
  }
  // Who received its handle may have aborted it.
  if (next?.joins && next.abortsJoined && outcome.error?.name === "AbortError") {
    return assertEquals(outcome.error.cause, { by: next.id });
  }
  await judgeEnd(plan, outcome);
}

/** What a task saw that received the handle of another. */
async function judgeJoined(plan: Plan, other: Plan, outcome: Outcome | undefined): Promise<void> {
  if (outcome === undefined) throw new Error("it did not await the handle that it received");
  if (plan.abortsJoined && outcome.aborted) return assertEquals(outcome.error?.name, "AbortError");
  await judgeEnd(other, outcome);
}

/** What is written in the plan. */
async function judgeEnd(plan: Plan, { value, error }: Outcome): Promise<void> {
  switch (plan.end) {
    case "error":
      assertEquals([error?.name, error?.message], ["RangeError", `plan ${plan.id}`]);
      return assertSame(error?.cause, structuredClone(plan.value));
    case "throw":
      assertEquals(error?.name, "TaskError");
      return assertSame(error?.cause, structuredClone(plan.value));
    case "unsendable":
      assertEquals(error?.name, "NotSendError");
      if (!error?.message.includes("result.deep[0].run")) throw new Error(`the path is not in: ${error?.message}`);
      return;
    default:
      if (error !== undefined) throw new Error(`it failed with ${error.name}: ${error.message}`);
      await judge(plan, value as Report);
  }
}
