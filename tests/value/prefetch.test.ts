/** What is copied ahead of a value that is yet to be handed over. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { store } from "../../src/memory/atomics.ts";
import { Announcer, Listener, UNANNOUNCED } from "../../src/sync/announcement.ts";
import { Prefetch } from "../../src/value/prefetch.ts";

const COMING = 1;
const PIECE = 64;
const SIZE = 4 * PIECE;
/** Where blocks begin. */
const [HERE, THERE] = [1024, 2048];

const announcedBy = (thread: number) => 8 + 4 * thread;

/** Threads 1 and 2, which send, and 0, which receives. */
function house() {
  const buffer = new SharedArrayBuffer(4096);
  const [words, bytes] = [new Int32Array(buffer), new Uint8Array(buffer)];
  const newReceiver = () => new Prefetch(bytes, new Listener(words, COMING, announcedBy), 0);
  const prefetch = newReceiver();
  const senders = [1, 2].map((thread) => new Announcer(words, announcedBy(thread), thread, PIECE));
  /** Copies `item`, and while that is announced and nothing is there yet, calls `meanwhile`. */
  const send = (thread: number, start: number, item: number, meanwhile: () => void = () => {}) =>
    senders[thread - 1]!.copyIn(bytes, start, new Uint8Array(SIZE).fill(item), COMING, meanwhile);
  const given = (number: number, start: number) => {
    const buffer = prefetch.take(number, start, SIZE);
    return buffer === undefined ? undefined : [...new Set(new Uint8Array(buffer))];
  };
  return { words, prefetch, newReceiver, send, given };
}

describe("Prefetch", () => {
  it("gives what was announced, whatever of it was there when it looked", () => {
    const { prefetch, send, given } = house();
    assertEquals(prefetch.comes, false);
    const number = send(1, HERE, 7, () => {
      assert(prefetch.comes);
      prefetch.advance();
      assertEquals(prefetch.comes, false, "nothing is there yet");
    });
    assert(prefetch.comes, "it is there by now");
    assertEquals(given(number, HERE), [7]);
    assertEquals(prefetch.comes, false);
    const next = send(1, HERE, 8);
    prefetch.advance();
    assertEquals(prefetch.comes, false, "all of it was copied");
    assertEquals(given(next, HERE), [8]);
    assertEquals(given(next, HERE), undefined, "once");
  });

  it("gives nothing for another number, another place, or none", () => {
    const { prefetch, send, given } = house();
    const number = send(1, HERE, 7);
    prefetch.advance();
    assertEquals(given(UNANNOUNCED, HERE), undefined);
    assertEquals(given(number + 128, HERE), undefined);
    assertEquals(given(number, THERE), undefined);
    assertEquals(given(number, HERE), [7]);
  });

  it("never gives an announcement the number of one before", () => {
    const { send } = house();
    const numbers = Array.from({ length: 20 }, (_, i) => send(1 + i % 2, HERE, 1));
    assertEquals(new Set(numbers).size, numbers.length);
  });

  it("keeps what it holds until that is taken, though another sender comes", () => {
    const { prefetch, send, given } = house();
    const first = send(1, HERE, 7);
    prefetch.advance();
    const second = send(2, THERE, 8);
    assertEquals(prefetch.comes, false);
    assertEquals(given(first, HERE), [7]);
    assert(prefetch.comes);
    prefetch.advance();
    assertEquals(given(second, THERE), [8]);
  });

  it("lets go of what was forgotten, or given up by a sender that has gone on, and of all when its thread sleeps", () => {
    const { prefetch, send, given } = house();
    const first = send(1, HERE, 7);
    const second = send(1, HERE, 8);
    prefetch.advance();
    prefetch.forget(first);
    assertEquals(given(second, HERE), [8], "another was forgotten");
    const forgotten = send(1, HERE, 8);
    prefetch.advance();
    prefetch.forget(forgotten);
    assertEquals(given(forgotten, HERE), undefined);

    const third = send(1, HERE, 9);
    prefetch.advance();
    const fourth = send(1, THERE, 10);
    assert(prefetch.comes, "who has gone on does not wait for the one before");
    prefetch.advance();
    assertEquals([given(third, HERE), given(fourth, THERE)], [undefined, [10]]);

    const fifth = send(1, HERE, 11);
    prefetch.advance();
    prefetch.letGo();
    assertEquals([prefetch.comes, given(fifth, HERE)], [false, undefined]);

    const sixth = send(1, HERE, 12);
    assertEquals(given(sixth, HERE), undefined, "it was here before anybody looked at the announcement");
    assertEquals(prefetch.comes, false);
  });

  it("does not look at what was announced before it was there, nor copy what cannot be", () => {
    const { words, prefetch, newReceiver, send } = house();
    send(1, HERE, 7);
    assertEquals([prefetch.comes, newReceiver().comes], [true, false]);
    prefetch.advance();
    prefetch.letGo();
    send(1, HERE, 8, () => store(words, announcedBy(1) + 2, 2 ** 20));
    assert(prefetch.comes);
    prefetch.advance();
    assertEquals(prefetch.comes, false, "it is longer than the memory");
  });
});
