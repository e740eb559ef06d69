/** The post of one thread. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Delivery, Post } from "../../src/value/post.ts";

const parcel = (key: number, value: unknown): Delivery => ({
  webble: "parcel",
  to: 1,
  key,
  values: [value],
  moved: [],
});

describe("Post", () => {
  it("gives a parcel once, whether it was expected or not", () => {
    const post = new Post(1, () => {});
    let arrived = 0;
    post.expect(4, () => arrived++);
    post.receive(parcel(4, "a"));
    post.receive(parcel(6, "b"));
    assertEquals([arrived, post.take(4), post.take(4), post.take(6)], [1, ["a"], undefined, ["b"]]);
  });

  it("expects while something waits, and once after each parcel that came or left", () => {
    const post = new Post(1, () => {});
    assertEquals(post.isExpecting(), false);
    post.expect(4, () => {});
    assertEquals([post.isExpecting(), post.isExpecting()], [true, true]);
    post.receive(parcel(4, "a"));
    assertEquals([post.isExpecting(), post.isExpecting()], [true, false]);
    post.send(2, 8, [], []);
    assertEquals([post.isExpecting(), post.isExpecting()], [true, false]);
  });

  it("lets a dropped parcel go when it comes, and does not wait for one that never does", () => {
    const post = new Post(1, () => {});
    post.drop(4);
    assertEquals(post.isExpecting(), false);
    post.receive(parcel(4, "late"));
    assertEquals([post.has(4), post.take(4)], [false, undefined]);
    // The key is forgotten with it.
    post.receive(parcel(4, "again"));
    assertEquals(post.take(4), ["again"]);
  });

  it("waits no more for a parcel that is dropped", () => {
    const post = new Post(1, () => {});
    let arrived = 0;
    post.expect(4, () => arrived++);
    post.drop(4);
    post.receive(parcel(4, "late"));
    assertEquals([arrived, post.isWaiting, post.has(4)], [0, false, false]);
    assertEquals([post.isExpecting(), post.isExpecting()], [true, false], "one came");
    post.expect(6, () => arrived++);
    post.drop(6);
    post.receive({ ...parcel(6, "none"), lost: true });
    post.receive(parcel(6, "another's"));
    assertEquals([arrived, post.isWaiting, post.has(6)], [0, false, true], "that it is lost is all that comes");
  });

  it("lets a revoked parcel go", () => {
    const post = new Post(1, () => {});
    post.receive(parcel(4, "a"));
    post.receive({ ...parcel(4, "a"), revoked: true });
    assertEquals(post.has(4), false);
  });

  it("passes on what is for another thread", () => {
    const carried: number[] = [];
    const post = new Post(1, ({ to }) => carried.push(to));
    post.receive({ ...parcel(4, "a"), to: 3 });
    assertEquals([carried, post.has(4)], [[3], false]);
  });
});
