/** What is made ahead of the next long value. */

import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Spare } from "../../src/value/spare.ts";

const SIZE = 1000;
const MOST = 1 << 24;
const PART = 1 << 20;

/** A spare, and all that it has allocated. */
function spare() {
  const made: Uint8Array<ArrayBuffer>[] = [];
  const one = new Spare((size) => {
    const bytes = new Uint8Array(size);
    made.push(bytes);
    return bytes;
  });
  const learn = (...sizes: number[]) => {
    for (const size of sizes) one.learn(size);
  };
  return { one, made, learn };
}

describe("Spare", () => {
  it("is made once three values of one length have come, and given once", () => {
    const { one, made, learn } = spare();
    one.make();
    learn(SIZE, SIZE);
    one.make();
    assertEquals(made.length, 0);
    learn(SIZE);
    one.make();
    assertEquals(made.map(({ length }) => length), [SIZE]);
    const taken = one.take(SIZE);
    assertStrictEquals(taken, made[0]);
    assertNotStrictEquals(one.take(SIZE), taken);
    assertEquals(made.length, 2);
  });

  it("is made part by part, and given as far as it is", () => {
    const { one, made, learn } = spare();
    const size = 3 * PART + 1;
    learn(size, size);
    assertEquals(one.isDue, false);
    learn(size);
    let parts = 0;
    for (; one.isDue; parts++) one.make();
    assertEquals([parts, made.length], [4, 1]);
    assertStrictEquals(one.take(size), made[0]);
    learn(size);
    one.make();
    assertEquals(one.isDue, true);
    assertStrictEquals(one.take(size), made[1]);
    assertEquals([one.isDue, made.length], [false, 2]);
    learn(size);
    one.make();
    one.letGo();
    assertEquals(one.isDue, false, "not before the next has come");
    assertNotStrictEquals(one.take(size), made[2]);
  });

  it("is made once at most for each value that came", () => {
    const { one, made, learn } = spare();
    learn(SIZE, SIZE, SIZE);
    one.make();
    one.take(SIZE);
    one.make();
    assertEquals(made.length, 1);
    learn(SIZE);
    one.make();
    learn(SIZE);
    one.make();
    assertEquals(made.length, 2, "the last is there still");
  });

  it("is not given for another length", () => {
    const { one, made, learn } = spare();
    learn(SIZE, SIZE, SIZE);
    one.make();
    assertEquals(one.take(SIZE - 1).length, SIZE - 1);
    assertEquals(one.take(SIZE + 1).length, SIZE + 1);
    assertStrictEquals(one.take(SIZE), made[0]);
  });

  it("is not made where lengths differ, or are long", () => {
    const { one, made, learn } = spare();
    learn(SIZE, SIZE, SIZE + 1, SIZE, SIZE, SIZE + 1);
    one.make();
    learn(MOST + 1, MOST + 1, MOST + 1);
    one.make();
    assertEquals(made.length, 0);
    learn(MOST, MOST, MOST);
    one.make();
    one.letGo();
    assertEquals(made.length, 1);
  });

  it("is not there where there is no room, of which only who needs it hears", () => {
    const one = new Spare(() => {
      throw new RangeError("Array buffer allocation failed");
    });
    for (let i = 0; i < 3; i++) one.learn(SIZE);
    one.make();
    assertEquals(one.isDue, false);
    let failed = false;
    try {
      one.take(SIZE);
    } catch (error) {
      failed = error instanceof RangeError;
    }
    assert(failed);
  });
});
