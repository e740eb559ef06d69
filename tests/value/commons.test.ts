/** Shared memory that is known by number: what main gives, and what workers learn. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type CommonsMessage, Keeper, Member } from "../../src/value/commons.ts";

const buffer = () => new SharedArrayBuffer(8);

/** Main, and what it has posted. */
function main() {
  const posted: CommonsMessage[] = [];
  return { keeper: new Keeper((message) => posted.push(message)), posted };
}

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown> | undefined): Promise<boolean> {
  return await Promise.race([
    promise?.then(() => true),
    new Promise((resolve) => setTimeout(resolve, 0, false)),
  ]) as boolean;
}

describe("Commons", () => {
  it("a buffer is introduced when it is sent for the second time, and named from then on", () => {
    const { keeper, posted } = main();
    const [one, two] = [buffer(), buffer()];
    assertEquals([keeper.inArguments(one), keeper.inArguments(two), posted.length], [0, 0, 0]);
    assertEquals([keeper.inArguments(two), keeper.inArguments(two), keeper.inArguments(one)], [1, 1, 2]);
    assertEquals(posted.map((message) => [message.webble, message.number]), [["share", 1], ["share", 2]]);
    assertEquals([keeper.last, keeper.coming()], [2, undefined]);
    assertStrictEquals(keeper.bufferOf(1), two);
  });

  it("who meets a number that is yet to come waits for it, and for those before", async () => {
    const { keeper, posted } = main();
    const [one, two] = [buffer(), buffer()];
    for (let i = 0; i < 2; i++) for (const each of [one, two]) keeper.inArguments(each);
    const member = new Member();
    member.learn({ last: 0, buffers: [] });
    assertEquals(member.coming(0), undefined);
    const [first, second] = [member.coming(1), member.coming(2)];
    member.receive(posted[0]!);
    assertEquals([await isSettled(first), await isSettled(second)], [true, false]);
    assertEquals([member.coming(1), member.last], [undefined, 1]);
    member.receive(posted[1]!);
    assertEquals(await isSettled(second), true);
    assertEquals([member.bufferOf(1), member.bufferOf(2)].map((each) => [one, two].indexOf(each!)), [0, 1]);
  });

  it("a worker that starts later learns what is in use", () => {
    const { keeper } = main();
    const one = buffer();
    for (let i = 0; i < 2; i++) keeper.inArguments(one);
    const member = new Member();
    member.learn(keeper.shared);
    assertEquals([member.last, member.coming(1)], [1, undefined]);
    assertStrictEquals(member.bufferOf(1), one);
  });

  it("a result names what its task came with, until that is forgotten", () => {
    const member = new Member();
    const one = buffer();
    member.receive({ webble: "share", number: 7, buffer: one });
    assertEquals([member.inResult([7])(one), member.inResult([8])(one), member.inResult([])(one)], [7, 0, 0]);
    member.receive({ webble: "forget", number: 7 });
    assertEquals([member.inResult([7])(one), member.bufferOf(7), member.coming(7)], [0, undefined, undefined]);
  });
});
