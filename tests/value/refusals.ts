/**
 * What cannot cross is refused, with the path to it.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { NotSendError } from "../../src/errors.ts";
import { CARRY } from "../../src/value/carry.ts";
import { Encoder } from "../../src/value/encode.ts";
import { transfer } from "../../src/value/transfer.ts";
import { type Case, copyBlock, cross } from "./crossing.ts";
import { decode } from "../../src/value/decode.ts";

const FUNCTION = "is a function, and functions cannot cross threads. " +
  "Send data, or make it an export and pass a task from tasks().";
const SYMBOL = "is a symbol, and symbols cannot cross threads. Send a string.";

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

function shrunk(view: (buffer: ArrayBuffer) => unknown): unknown {
  const buffer = new ArrayBuffer(16, { maxByteLength: 16 });
  const made = view(buffer);
  buffer.resize(4);
  return made;
}

class Odd {
  run = () => 1;
}

/** A value as the only argument, and what the message begins with. */
const refused: readonly [name: string, make: () => unknown, message: string][] = [
  ["a function", () => () => 1, `args[0] ${FUNCTION}`],
  ["a function in an object", () => ({ style: { onClick() {} } }), `args[0].style.onClick ${FUNCTION}`],
  ["a class", () => ({ type: Odd }), `args[0].type ${FUNCTION}`],
  ["a function in an instance", () => [new Odd()], `args[0][0].run ${FUNCTION}`],
  ["a symbol", () => Symbol("s"), `args[0] ${SYMBOL}`],
  ["a symbol in a list", () => ({ list: [0, "", {}, Symbol("s")] }), `args[0].list[3] ${SYMBOL}`],
  ["a symbol after numbers", () => [1, 2, Symbol("s")], `args[0][2] ${SYMBOL}`],
  ["a key that is no name", () => ({ "odd key": Symbol("s") }), `args[0]["odd key"] ${SYMBOL}`],
  ["a key that is a number", () => ({ 7: Symbol("s") }), `args[0]["7"] ${SYMBOL}`],
  ["a Map's value", () => ({ map: new Map([["k", () => 1]]) }), `args[0].map.get("k") ${FUNCTION}`],
  ["a Map's value with a number for a key", () => new Map([[5, { f() {} }]]), `args[0].get(5).f ${FUNCTION}`],
  ["a Map's value with an object for a key", () => new Map([[{}, Symbol()]]), `args[0].values()[0] ${SYMBOL}`],
  ["a Map's key", () => new Map<unknown, unknown>([[1, 1], [Symbol(), 1]]), `args[0].keys()[1] ${SYMBOL}`],
  ["a Set's member", () => new Set([1, Symbol()]), `args[0].values()[1] ${SYMBOL}`],
  ["a boxed symbol", () => [Object(Symbol())], "args[0][0] is a boxed symbol, which cannot cross threads."],
  ["an error's cause", () => new Error("", { cause: () => 1 }), `args[0].cause ${FUNCTION}`],
  ["an error's field", () => Object.assign(new Error(""), { f() {} }), `args[0].f ${FUNCTION}`],
  ["a named property of an array", () => Object.assign([1], { f() {} }), `args[0].f ${FUNCTION}`],
  [
    "a named property of a long array",
    () => Object.assign(new Array(5000).fill(""), { f() {} }),
    `args[0].f ${FUNCTION}`,
  ],
  ["an element of a sparse array", () => Object.assign([], { 50000: () => 1 }), `args[0][50000] ${FUNCTION}`],
  ["a Promise", () => ({ p: Promise.resolve() }), "args[0].p is a Promise, which cannot cross threads. Await it,"],
  ["a WeakMap", () => new WeakMap(), "args[0] is a WeakMap, which cannot cross threads. Send a Map."],
  ["a WeakRef", () => new WeakRef({}), "args[0] is a WeakRef, which cannot cross threads."],
  ["a generator", () => (function* () {})(), "args[0] is a Generator, which cannot cross threads."],
  ["an iterator", () => [new Map().keys()], "args[0][0] is a Map Iterator, which cannot cross threads. Send an array"],
  ["a formatter", () => ({ f: new Intl.NumberFormat() }), "args[0].f is an Intl.NumberFormat, which cannot cross"],
  ["a URL", () => ({ url: new URL("http://a.b") }), "args[0].url is a URL, which cannot cross threads. Send its href."],
  ["an EventTarget", () => new EventTarget(), "args[0] is an EventTarget, which cannot cross threads."],
  [
    "a subclass of EventTarget",
    () => new (class Bus extends EventTarget {})(),
    "args[0] is an EventTarget, which cannot",
  ],
  ["an AbortSignal", () => ({ signal: AbortSignal.abort() }), "args[0].signal is an AbortSignal, which cannot cross"],
  [
    "unshared WebAssembly memory",
    () => new WebAssembly.Memory({ initial: 1 }),
    "args[0] is a WebAssembly.Memory, which",
  ],
  ["a detached buffer", () => ({ data: detached() }), "args[0].data is an ArrayBuffer that is detached"],
  ["a view on a detached buffer", () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    return [bytes];
  }, "args[0][0] is a Uint8Array on an ArrayBuffer that is detached"],
  ["a DataView on a detached buffer", () => {
    const view = new DataView(new ArrayBuffer(8));
    structuredClone(view, { transfer: [view.buffer] });
    return view;
  }, "args[0] is a DataView on an ArrayBuffer that is detached"],
  [
    "a view outside its buffer",
    () => shrunk((b) => new Uint8Array(b, 8, 8)),
    "args[0] is a Uint8Array that lies outside",
  ],
  [
    "a DataView outside its buffer",
    () => shrunk((b) => new DataView(b, 8, 8)),
    "args[0] is a DataView that lies outside",
  ],
  [
    "a view that begins outside its buffer",
    () => shrunk((b) => new Uint8Array(b, 8)),
    "args[0] is a Uint8Array that lies",
  ],
  ["a locked stream", () => {
    const stream = new ReadableStream();
    stream.getReader();
    return { stream };
  }, "args[0].stream is a ReadableStream that is locked."],
  ["a carried object in itself", () => {
    const carried = new (class {
      [CARRY]() {
        return { kind: "x", data: [carried] };
      }
    })() as object;
    return carried;
  }, "args[0].data[0] is the object that carries it."],
  ["a carried object that is too deep", () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 5000; depth++) deep = [deep];
    return new (class {
      [CARRY]() {
        return { kind: "x", data: deep };
      }
    })();
  }, "args[0].data[0][0][0][0][0][0][0][0][0][0][0]…("],
  ["a function very deep", () => {
    let deep: unknown = () => 1;
    for (let depth = 0; depth < 5000; depth++) deep = { n: deep };
    return deep;
  }, `args[0]${".n".repeat(12)}…(4976 more)…${".n".repeat(12)} ${FUNCTION}`],
];

const process = (globalThis as { process?: { getBuiltinModule?: unknown } }).process;
const tellsProxies = process?.getBuiltinModule !== undefined;

const stories: readonly Case[] = [
  {
    name: "a getter that throws is the cause",
    run() {
      const thrown = new Error("boom");
      const value = {
        a: [{
          get b(): number {
            throw thrown;
          },
        }],
      };
      const error = assertThrows(
        () => cross(value),
        NotSendError,
        "result.a[0].b could not be read: it threw Error: boom",
      );
      assertStrictEquals(error.cause, thrown);
      const odd = {
        get x(): number {
          throw Object.create(null);
        },
      };
      assertThrows(() => cross(odd), NotSendError, "result.x could not be read");
    },
  },
  {
    name: "a Proxy is refused where it can be told, else read",
    run() {
      const proxy = { inside: new Proxy({ a: 1 }, {}) };
      if (tellsProxies) {
        assertThrows(() => cross(proxy), NotSendError, "result.inside is a Proxy, which cannot cross threads.");
        assertThrows(() => cross(new Proxy([1], {})), NotSendError, "result is a Proxy");
      } else assertEquals(cross(proxy), { inside: { a: 1 } });
    },
  },
  {
    name: "the path of the second argument",
    run() {
      const encoder = new Encoder();
      assertThrows(() => encoder.encodeList([1, { f() {} }]), NotSendError, `args[1].f ${FUNCTION}`);
      let deep: unknown = () => 1;
      for (let depth = 0; depth < 120; depth++) deep = [deep];
      assertThrows(() => encoder.encodeList([deep, {}]), NotSendError, "args[0][0][0]");
    },
  },
  {
    name: "an encoder works on after a refusal, and keeps nothing of it",
    run() {
      const encoder = new Encoder();
      encoder.encode({ first: true }, "result");
      const shared = { s: 1 };
      for (let time = 0; time < 20; time++) {
        const big = new Uint8Array(5000);
        const bad = [shared, transfer({ big }), Array.from({ length: 20 }, () => ({})), big, new Blob([]), { f() {} }];
        assertThrows(() => encoder.encode(bad, "result"), NotSendError, "result[5].f");
        assertThrows(() => encoder.encodeList([transfer({ big }), Symbol()]), NotSendError, "args[1]");
        assertEquals(big.length, 5000);
      }
      // What was shown before still is.
      assertEquals(decode(copyBlock(encoder)), { first: true });
      encoder.encode([shared, shared], "result");
      assertEquals([encoder.chunks.length, encoder.attachments.length, encoder.transfers.length], [0, 0, 0]);
      const [a, b] = decode(copyBlock(encoder)) as object[];
      assertEquals(a, { s: 1 });
      assertStrictEquals(a, b);
    },
  },
  {
    name: "a getter may encode with the same encoder",
    run() {
      const encoder = new Encoder();
      const inner: unknown[] = [];
      const value = (depth: number): object => ({
        before: { depth },
        get nested() {
          if (depth === 0) return "end";
          encoder.encode(value(depth - 1), "inner");
          inner.push(decode(copyBlock(encoder)));
          assertThrows(() => encoder.encode(Symbol(), "inner"), NotSendError, "inner is a symbol");
          return [depth];
        },
        after: new Uint8Array(2000).fill(depth),
      });
      for (let time = 0; time < 3; time++) {
        inner.length = 0;
        encoder.encode(value(4), "outer");
        const copies = [...inner, decode(copyBlock(encoder))] as { before: { depth: number }; after: Uint8Array }[];
        assertEquals(copies.map((copy) => copy.before.depth), [0, 1, 2, 3, 4]);
        assertEquals(copies.map((copy) => copy.after[1999]), [0, 1, 2, 3, 4]);
      }
    },
  },
  {
    name: "a refusal inside a getter is not taken for one's own",
    run() {
      const encoder = new Encoder();
      const value = {
        get x(): number {
          encoder.encode(Symbol(), "inner");
          return 1;
        },
      };
      const error = assertThrows(() => encoder.encode(value, "outer"), NotSendError, "outer.x could not be read");
      assertEquals((error.cause as Error).message, `inner ${SYMBOL}`);
    },
  },
  {
    name: "a getter that detaches a buffer which was read already",
    run() {
      const bytes = new Uint8Array(5000);
      const value = [bytes, {
        get x() {
          structuredClone(bytes, { transfer: [bytes.buffer] });
          return 1;
        },
      }];
      assertThrows(() => cross(value), NotSendError);
    },
  },
  {
    name: "inherited properties stay behind even where everything inherits them",
    run() {
      Object.defineProperty(Object.prototype, "polluted", { value: 1, enumerable: true, configurable: true });
      try {
        const copy = cross({ a: 1, b: { c: 2 } });
        assert(!Object.hasOwn(copy, "polluted") && !Object.hasOwn(copy.b, "polluted"));
        assertEquals(JSON.stringify(copy), '{"a":1,"b":{"c":2}}');
      } finally {
        delete (Object.prototype as { polluted?: number }).polluted;
      }
    },
  },
];

/** The cases of this page. */
export const refusals: readonly Case[] = [
  ...refused.map(([name, make, message]): Case => ({
    name: `${name} is refused`,
    run() {
      const encoder = new Encoder();
      const error = assertThrows(() => encoder.encodeList([make()]), NotSendError);
      assertEquals(error.message.slice(0, message.length), message);
      assertEquals(encoder.length, 0);
    },
  })),
  ...stories,
];
