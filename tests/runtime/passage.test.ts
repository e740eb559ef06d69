/**
 * How a long value goes from one thread to another: what the receiver has copied ahead is what it reads.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Slab } from "../../src/heap/slab.ts";
import { MAIN, Memory } from "../../src/memory/layout.ts";
import { Thread } from "../../src/runtime/thread.ts";
import { setPlace } from "../../src/task/place.ts";
import { NO_RECEIVER } from "../../src/value/block.ts";
import { Keeper } from "../../src/value/commons.ts";
import { LONG } from "../../src/value/prefetch.ts";

const WORKER = 1;
const LENGTH = LONG + 100;

/** Main and a worker, and a record of main's. */
function pair() {
  const memory = Memory.create(1, 2 ** 22);
  const newThread = (number: number) => new Thread(number, memory, () => {}, new Keeper(() => {}));
  const [main, worker] = [newThread(MAIN), newThread(WORKER)];
  const record = new Slab(memory.words, main.heap, MAIN).take(false);
  setPlace(memory.words, record, MAIN, WORKER);
  let asked = 0;
  /** Sends arguments to the worker. */
  const send = (args: unknown[], to = WORKER) => {
    const packed = main.payload.pack(args, { findReceiver: () => (asked++, to), post: () => {} });
    main.payload.writePacked(record, packed);
  };
  /** Writes over all bytes of one value by those of another. */
  const spoil = (from: number, to: number) => {
    let start = memory.bytes.indexOf(from);
    // Random words of the header may hold such a byte, too.
    while (memory.bytes[start + LENGTH - 1] !== from) start = memory.bytes.indexOf(from, start + 1);
    memory.bytes.fill(to, start, start + LENGTH);
  };
  return { main, worker, record, send, spoil, asked: () => asked };
}

const filled = (byte: number, length = LENGTH) => new Uint8Array(length).fill(byte);
const kinds = (values: unknown[]) => values.map((value) => [...new Set(value as Uint8Array)]);

Deno.test("passage: arguments are read as they were copied ahead, and else as they are", () => {
  for (const isAhead of [true, false]) {
    const { worker, record, send, spoil } = pair();
    send([filled(201)]);
    assertEquals(worker.prefetch.comes, true);
    if (isAhead) worker.prefetch.advance();
    spoil(201, 202);
    assertEquals(kinds(worker.payload.readArguments(record)), [[isAhead ? 201 : 202]]);
    assertEquals(worker.prefetch.comes, false);
  }
});

Deno.test("passage: so is a result", () => {
  for (const isAhead of [true, false]) {
    const { main, worker, record, send, spoil } = pair();
    send([filled(201, 10)]);
    worker.payload.readArguments(record);
    worker.payload.writeResult(record, filled(203), "result", [], () => {});
    if (isAhead) main.prefetch.advance();
    spoil(203, 204);
    assertEquals(kinds([main.payload.takeResult(record)]), [[isAhead ? 203 : 204]]);
  }
});

Deno.test("passage: of several long chunks the first is copied ahead", () => {
  const { worker, record, send } = pair();
  send([filled(201, 10), filled(202), filled(203), filled(204, 10)]);
  worker.prefetch.advance();
  assertEquals(kinds(worker.payload.readArguments(record)), [[201], [202], [203], [204]]);
  assertEquals(worker.prefetch.comes, false);
});

Deno.test("passage: what is short, has no receiver, stays on its thread, or waits for a message is not announced", () => {
  const { main, worker, record, send, asked } = pair();
  send([filled(201, LONG - 1)]);
  assertEquals([asked(), worker.prefetch.comes], [0, false]);
  send([filled(201)], NO_RECEIVER);
  assertEquals([asked(), worker.prefetch.comes], [1, false]);
  send([filled(201)], MAIN);
  assertEquals([main.prefetch.comes, worker.prefetch.comes], [false, false]);
  send([filled(201), new Blob(["a"])]);
  assertEquals([asked(), worker.prefetch.comes], [2, false]);
  assertEquals(worker.payload.isAttached(record), true);
});

Deno.test("passage: what is not read is let go of", () => {
  const { main, worker, record, send } = pair();
  send([filled(201)]);
  worker.payload.forgetAhead(record);
  assertEquals(worker.prefetch.comes, false, "it was not looked at before");
  worker.payload.writeResult(record, filled(203), "result", [], () => {});
  assertEquals(main.prefetch.comes, true);
  main.payload.drop(record);
  assertEquals(main.prefetch.comes, false);
});
