/**
 * Every kind of value arrives as structured clone would have it.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { NotSendError, WebbleError } from "../../src/errors.ts";
import { CARRY, registerCarrier } from "../../src/value/carry.ts";
import { inOtherRealm } from "../harness/realm.ts";
import { type Case, cross, crossList } from "./crossing.ts";
import { assertSame } from "./same.ts";

class Point {
  constructor(readonly x: number, readonly y: number) {}
  get length(): number {
    return Math.hypot(this.x, this.y);
  }
}

class Parcel {
  constructor(readonly inside: unknown) {}
  [CARRY](): { kind: string; data: unknown } {
    return { kind: "test.parcel", data: { inside: this.inside } };
  }
}
registerCarrier("test.parcel", (data: { inside: unknown }) => new Parcel(data.inside));

function withProps<T extends object, P extends object>(object: T, props: P): T & P {
  return Object.assign(object, props);
}

const long = "0123456789abcdef".repeat(100);
const float16 = (globalThis as { Float16Array?: new (values: number[]) => ArrayBufferView }).Float16Array;

/** Values that have to come out as `structuredClone` makes them. */
const clones: Readonly<Record<string, () => unknown>> = {
  "undefined": () => undefined,
  "null": () => null,
  "booleans": () => [true, false],
  "integers": () =>
    [0, 1, -1, 2 ** 25 - 1, 2 ** 25, -(2 ** 25), -(2 ** 25) - 1, 2 ** 31 - 1, -(2 ** 31), 2 ** 53].map((n) => ({ n })),
  "fractions and the like": () =>
    [0.1, -0, NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308].map((n) => ({ n })),
  "bigints": () => [0n, 1n, -1n, 2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), -(2n ** 63n) - 1n, 3n ** 500n, -(7n ** 333n)],
  "strings of every length up to 300": () => Array.from({ length: 300 }, (_, n) => "abcdefghij".repeat(30).slice(0, n)),
  "strings of every length up to 300 in Latin-1": () =>
    Array.from({ length: 300 }, (_, n) => "aéüÿ\x80".repeat(60).slice(0, n)),
  "strings of every length up to 300 beyond": () =>
    Array.from({ length: 300 }, (_, n) => "aω日😀".repeat(60).slice(0, n)),
  "lone surrogates": () => ["\ud800", "\udc00\ud800", "a\udfffb", "\ud800".repeat(2000), long + "\ud800"],
  "long strings": () => [long, long + "é", long + "日", long + "😀", long + "\0", "\ufeff" + long, "\ufeff"],
  "boxed primitives": () => [Object(1), Object(-0), Object("text"), Object(true), Object(false), Object(10n ** 30n)],
  "dates": () => [new Date(0), new Date(1.5e12), new Date(-1), new Date(NaN), new Date(8.64e15)],
  "regular expressions": () => [/a/, /[/\]]\n"/gimsuy, /(?<x>a)/d, new RegExp(""), /\u{1F600}/v],
  "a regular expression that was used": () => {
    const pattern = /a/g;
    pattern.test("aa");
    return pattern;
  },
  "a match": () => [..."a1b2".matchAll(/(?<letter>[a-z])(\d)?/g)],
  "plain objects, in order": () => ({ b: 1, a: { 2: "x", 1: "y", z: undefined }, "odd key": null, "": 0 }),
  "objects of the same shape": () => Array.from({ length: 20 }, (_, id) => ({ id, name: `task ${id}`, done: id > 3 })),
  "an object without properties": () => ({}),
  "an object with 33 keys": () => Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`k${n}`, n])),
  "a dictionary of 2,000": () => Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`key ${n * 7}`, { n }])),
  "a hundred keys after the same one": () =>
    Array.from({ length: 100 }, (_, n) => ({ id: n, [`k${n}`]: n, last: true })),
  "long keys": () => ({ [long]: 1, ["é".repeat(65)]: 2, ["日".repeat(64)]: 3 }),
  "an object with a null prototype": () => withProps(Object.create(null), { a: 1 }),
  "an object with symbols and hidden properties": () =>
    Object.defineProperty({ [Symbol("s")]: 1, shown: 2 }, "hidden", { value: 3 }),
  "getters": () => ({
    get a() {
      return { deep: true };
    },
  }),
  "a getter that deletes what follows": () => {
    const object: { a: number; b?: number; c: number } = { a: 0, b: 1, c: 2 };
    return Object.defineProperty(object, "a", {
      get() {
        delete object.b;
        return 0;
      },
    });
  },
  "class instances": () => [new Point(3, 4), withProps(Object.create({ inherited: 1 }), { own: 2 })],
  "objects that only pretend": () => [
    Object.create(Map.prototype),
    Object.create(Set.prototype),
    Object.create(Date.prototype),
    Object.create(ArrayBuffer.prototype),
    Object.create(Error.prototype),
    Object.create(Number.prototype),
  ],
  "a class with a tag": () =>
    new class {
      get [Symbol.toStringTag]() {
        return "Promise";
      }
      a = 1;
    }(),
  "arrays": () => [[], [1], [1, "a", null], [[[]]], ["a", ["b"]]],
  "arrays with holes": () => [[,], [1, , 3], [, "a", ,], new Array(5), withProps(new Array(3), { 1: undefined })],
  "sparse arrays": () => [
    new Array(1e6),
    withProps(new Array(4e9), { 7: "a", 3999999999: "b", name: "c" }),
    withProps([], { 5e6: 1 }),
  ],
  "arrays with names": () => [
    withProps([1, 2], { unit: "px" }),
    withProps(["a", , "c"], { "1a": 1, "01": 2, "-1": 3 }),
    withProps([], { __proto: 1, "4294967295": 2 }),
    withProps(["a", , "c"], { name: 1 }),
    withProps(Array.from({ length: 70 }, String), { name: 1 }),
    withProps(Array.from({ length: 5000 }, (_, n) => n % 7 === 0 ? n : String(n)), { name: 1 }),
    withProps(Array.from({ length: 64 }, (_, n) => n), { unit: "px" }),
    withProps(Array.from({ length: 64 }, (_, n) => n / 4), { unit: "px" }),
  ],
  "arrays with names deep inside": () => {
    let deep: unknown[] = [];
    for (let depth = 0; depth < 300; depth++) deep = withProps([deep, , depth], { depth });
    return deep;
  },
  "lists of integers":
    () => [[1, 2, 3], [-(2 ** 31), 2 ** 31 - 1], Array.from({ length: 513 }, (_, n) => n), [0, -0], [1, NaN]],
  "lists of numbers":
    () => [[0.5], [1, 2.5], [-0, 0, NaN, -Infinity], Array.from({ length: 513 }, (_, n) => n / 4), [2 ** 31]],
  "lists that are almost numbers":
    () => [[1, 2, "3"], [0.5, null], [1, , 3], [...new Array(600).fill(1), "x"], [1, 2, 3n]],
  "a long list of strings": () => Array.from({ length: 5000 }, (_, n) => `item ${n}`),
  "Maps": () => [new Map(), new Map<unknown, unknown>([["b", 1], ["a", { x: 1 }], [NaN, NaN], [{}, []], [0, -0]])],
  "Sets": () => [new Set(), new Set<unknown>(["b", "a", {}, NaN, undefined, [1]])],
  "subclasses of built-in classes": () => [
    new (class extends Map<number, number> {})([[1, 2]]),
    new (class extends Set<number> {})([1]),
    new (class extends Array<number> {})(1, 2, 3),
    new (class extends Date {})(5),
    new (class extends Uint8Array {})(5),
  ],
  "subclasses with other sizes than their contents": () => {
    const buffer = new (class extends ArrayBuffer {
      override get byteLength() {
        return 4;
      }
    })(8);
    return [
      buffer,
      new (class extends ArrayBuffer {
        override get maxByteLength() {
          return 1;
        }
      })(8, { maxByteLength: 16 }),
      new (class extends ArrayBuffer {
        override get resizable() {
          return true;
        }
      })(8),
      new (class extends Float64Array {
        override get length() {
          return 2;
        }
      })([1, 2, 3, 4]),
      new (class extends Float64Array {
        override get length() {
          return 9;
        }
        override get byteOffset() {
          return 8;
        }
        override get byteLength() {
          return 1;
        }
      })([1, 2, 3, 4]),
      new (class extends DataView<ArrayBuffer> {
        override get byteLength() {
          return 400;
        }
        override get buffer() {
          return buffer;
        }
      })(new ArrayBuffer(16, { maxByteLength: 32 })),
      Object.defineProperty(new Uint16Array([1, 2, 3]), "length", { value: 7 }),
    ];
  },
  "buffers": () => [0, 1, 3, 4, 1024, 1025, 5000].map((size) => new Uint8Array(size).map((_, n) => n).buffer),
  "a resizable buffer": () => [
    new ArrayBuffer(8, { maxByteLength: 64 }),
    new ArrayBuffer(2000, { maxByteLength: 2000 }),
    new ArrayBuffer(0, { maxByteLength: 0 }),
  ],
  "typed arrays": () => [
    new Int8Array([-1, 2]),
    new Uint8Array([1, 255]),
    new Uint8ClampedArray([300]),
    new Int16Array([-5]),
    new Uint16Array([65535]),
    new Int32Array([1 << 31]),
    new Uint32Array([2 ** 32 - 1]),
    new Float32Array([0.5, NaN]),
    new Float64Array([0.1, -0]),
    new BigInt64Array([-(2n ** 63n)]),
    new BigUint64Array([2n ** 64n - 1n]),
    new DataView(new Uint8Array([1, 2, 3]).buffer, 1),
    ...(float16 === undefined ? [] : [new float16([0.5, 1])]),
    new Float64Array(0),
  ],
  "views on one buffer": () => {
    const buffer = new Uint8Array(2000).map((_, n) => n).buffer;
    return [new Uint8Array(buffer, 4, 8), buffer, new DataView(buffer, 8), new Float64Array(buffer, 1000, 2)];
  },
  "views on resizable buffers": () => {
    const buffer = new ArrayBuffer(16, { maxByteLength: 32 });
    const full = new ArrayBuffer(16, { maxByteLength: 16 });
    return [
      new Uint8Array(buffer),
      new Uint8Array(buffer, 0, 16),
      new Float64Array(buffer, 8),
      new DataView(full),
      new DataView(full, 8, 8),
      new Uint8Array(full, 16),
      new Uint8Array(full, 8, 4),
      new Uint16Array(full, 8, 1),
    ];
  },
  "cycles": () => {
    const object: Record<string, unknown> = { list: [], map: new Map(), set: new Set() };
    object["self"] = object;
    (object["list"] as unknown[]).push(object, object["list"]);
    (object["map"] as Map<unknown, unknown>).set(object["map"], object);
    (object["set"] as Set<unknown>).add(object["set"]);
    return object;
  },
  "shared references among many": () => {
    const objects = Array.from({ length: 50 }, (_, id) => ({ id, next: undefined as unknown }));
    objects.forEach((object, index) => object.next = objects[(index * 7 + 1) % 50]);
    return [objects, [...objects].reverse(), new Date(7), { again: objects[49] }];
  },
};

const errors: readonly Case[] = [
  {
    name: "errors keep name, message, stack, cause and fields",
    run() {
      const cause = { code: 5 };
      const error = withProps(new RangeError("too far", { cause }), { code: "E_FAR", data: [1, 2] });
      const copy = cross(error);
      assertStrictEquals(Object.getPrototypeOf(copy), RangeError.prototype);
      assertEquals([copy.name, copy.message, copy.code, copy.data], ["RangeError", "too far", "E_FAR", [1, 2]]);
      assertEquals(copy.cause, cause);
      assertEquals(copy.stack, error.stack);
      assertEquals(Object.keys(copy), ["code", "data"]);
    },
  },
  {
    name: "errors of every standard class arrive as that class",
    run() {
      for (const type of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
        const copy = cross(new type("m"));
        assertStrictEquals(Object.getPrototypeOf(copy), type.prototype);
        assert(!Object.hasOwn(copy, "name") && !Object.hasOwn(copy, "cause"));
      }
      const copy = cross(new AggregateError([new TypeError("a"), 2], "both"));
      assertInstanceOf(copy, AggregateError);
      assertEquals([copy.message, copy.errors.length, copy.errors[0].message, copy.errors[1]], ["both", 2, "a", 2]);
      assertEquals(Object.keys(copy), []);
    },
  },
  {
    name: "errors of classes that this side does not know keep their name",
    run() {
      class OddError extends TypeError {
        override name = "OddError";
        constructor(readonly detail: unknown) {
          super("odd");
        }
      }
      const copy = cross(new OddError({ a: 1 }));
      assertStrictEquals(Object.getPrototypeOf(copy), Error.prototype);
      assertEquals([copy.name, copy.message, copy.detail], ["OddError", "odd", { a: 1 }]);
      assertEquals(String(copy), "OddError: odd");
      class Silent extends SyntaxError {}
      assertStrictEquals(Object.getPrototypeOf(cross(new Silent("x"))), SyntaxError.prototype);
    },
  },
  {
    name: "Webble's own errors arrive as such",
    run() {
      const copy = cross(new NotSendError("no", { cause: "why" }));
      assertInstanceOf(copy, NotSendError);
      assertInstanceOf(copy, WebbleError);
      assertEquals([copy.name, copy.message, copy.cause], ["NotSendError", "no", "why"]);
    },
  },
  {
    name: "errors that are frozen, circular, or without a message",
    run() {
      const circular = new Error("round");
      circular.cause = { inner: new Error("in", { cause: circular }) };
      const copy = cross(circular);
      assertStrictEquals((copy.cause as { inner: Error }).inner.cause, copy);
      assertEquals(cross(Object.freeze(new Error("cold"))).message, "cold");
      assert(!Object.hasOwn(cross(new Error()), "message"));
      assertEquals(cross(new Error("", { cause: undefined })).cause, undefined);
      assert(Object.hasOwn(cross(new Error("", { cause: undefined })), "cause"));
    },
  },
  {
    name: "a DOMException stays one",
    run() {
      const copy = cross(new DOMException("gone", "AbortError"));
      assertInstanceOf(copy, DOMException);
      assertEquals([copy.name, copy.message, copy.code], ["AbortError", "gone", 20]);
      const more = withProps(new DOMException("gone", "AbortError"), { url: "/a", again: {} });
      more.again = more;
      const [other] = crossList(more);
      assertEquals([other.name, other.url, Object.keys(other)], ["AbortError", "/a", ["url", "again"]]);
      assertStrictEquals(other.again, other);
      let deep = new DOMException("0");
      for (let depth = 0; depth < 5000; depth++) deep = withProps(new DOMException(""), { deep });
      assertThrows(() => cross(deep), NotSendError, "is nested too deeply");
    },
  },
  {
    name: "a SuppressedError is one where the platform has that class",
    run() {
      const copy = cross(Object.assign(new Error("both"), { name: "SuppressedError", error: 1, suppressed: 2 }));
      assertEquals([copy.name, copy.message, copy.error, copy.suppressed], ["SuppressedError", "both", 1, 2]);
      if (typeof SuppressedError !== "function") return;
      const real = cross(new SuppressedError(new TypeError("a"), { b: 1 }, "both"));
      assertInstanceOf(real, SuppressedError);
      assertInstanceOf(real.error, TypeError);
      assertEquals([real.message, real.suppressed, Object.keys(real)], ["both", { b: 1 }, []]);
    },
  },
];

/** Values of another realm that have to come out as `structuredClone` makes them, in the order in which they are sent. */
const foreign: readonly string[] = [
  // What only looks like something comes first, so that it could be mistaken for what all such objects are.
  "[Date, RegExp, Error, Number, Map, Set, ArrayBuffer, Uint8Array, BigInt].map((type) => Object.create(type.prototype))",
  "({ a: 1, b: { c: [1, { d: null }] } })",
  "Object.assign(Object.create({ inherited: 1 }), { own: 2 })",
  "[1, 2].map((x) => new (class Point { x = x; length = 5; })())",
  "new Date(5)",
  "/a+/gi",
  "[Object(5), Object('text'), Object(true), Object(10n)]",
  "new Map([[{ a: 1 }, new Set([new Date(7)])]])",
  "new (class extends Map { own = 1 })([[1, 2]])",
  "[new Uint8Array([1, 2]).buffer, new DataView(new ArrayBuffer(4), 1), new Float64Array([0.5]), new BigInt64Array([1n])]",
  "new RangeError('far', { cause: new (class Odd extends Error {})('why') })",
  "[, 'hole', Object.assign(['a'], { named: 1 })]",
];

const others: readonly Case[] = [
  {
    name: "values of another realm",
    async run() {
      const evaluate = await inOtherRealm();
      for (let time = 0; time < 2; time++) {
        for (const source of foreign) {
          const value = evaluate(`(() => ${source})()`);
          assertSame(cross({ value }), structuredClone({ value }));
        }
      }
      assertThrows(() => cross(evaluate("[Object(Symbol())]")), NotSendError, "result[0] is a boxed symbol");
      assertThrows(() => cross(evaluate("[Promise.resolve()]")), NotSendError, "result[0] is a Promise");
    },
  },
  {
    name: "identity holds across a list",
    run() {
      const shared = { list: [1] };
      const [a, b, c] = crossList(shared, shared, shared.list);
      assertStrictEquals(a, b);
      assertStrictEquals(a.list, c);
      assertEquals(crossList(), []);
      assertSame(crossList(undefined, 1, "x"), [undefined, 1, "x"]);
    },
  },
  {
    name: "values nested 100,000 deep",
    run() {
      type Node = { next?: Node; list?: Node[]; map?: Map<string, Node>; set?: Set<Node>; root?: Node };
      const root: Node = {};
      let last = root;
      for (let depth = 0; depth < 25_000; depth++) {
        const next: Node = {};
        last.next = { list: [{ map: new Map([["k", { set: new Set([next]), root }]]) }] };
        last = next;
      }
      assertSame(cross(root), structuredCloneDeep(root));
      let error = new Error("0");
      for (let depth = 1; depth < 5000; depth++) error = new Error(String(depth), { cause: error });
      let copy = cross(error);
      for (let depth = 4999; depth > 0; depth--) {
        assertEquals(copy.message, String(depth));
        copy = copy.cause as Error;
      }
    },
  },
  {
    name: "elements of a list of numbers are read once",
    run() {
      for (const length of [3, 200, 20_000]) {
        for (const place of [0, 1]) {
          const list: number[] = [...new Array(length).fill(7), 0.5];
          let reads = 0;
          Object.defineProperty(list, place, { get: () => reads++ === 0 ? 1 : "another", enumerable: true });
          assertEquals(cross(list)[place], 1);
        }
      }
      // One that makes the list longer meanwhile.
      const growing = [7, 0.5, 7];
      Object.defineProperty(growing, 0, { get: () => growing.push(...new Array(5000).fill(0.5)), enumerable: true });
      const copy = cross(growing);
      assertEquals(copy[copy.length - 1], 0.5);
    },
  },
  {
    name: "shared memory is shared, views on it too",
    run() {
      const memory = new SharedArrayBuffer(16);
      const [view, buffer, other] = crossList(new Int32Array(memory, 8, 1), memory, new DataView(memory));
      view[0] = 7;
      assertEquals(new Int32Array(memory)[2], 7);
      assertStrictEquals(view.buffer, buffer);
      assertStrictEquals(other.buffer, buffer);
      assertEquals([view.byteOffset, view.length], [8, 1]);
      const growing = new SharedArrayBuffer(8, { maxByteLength: 32 });
      const follower = cross(new Uint8Array(growing));
      growing.grow(16);
      assertEquals(follower.length, 16);
    },
  },
  {
    name: "views that follow a buffer's length still do",
    run() {
      const buffer = new ArrayBuffer(16, { maxByteLength: 32 });
      const [follows, fixed] = crossList(new Uint8Array(buffer, 8), new Uint8Array(buffer, 8, 8));
      follows.buffer.resize(24);
      assertEquals([follows.length, fixed.length], [16, 8]);
      const full = new ArrayBuffer(16, { maxByteLength: 16 });
      const [shrinks, stays] = crossList(new Uint8Array(full, 8), new Uint8Array(full, 8, 8));
      shrinks.buffer.resize(12);
      assertEquals([shrinks.length, stays.length], [4, 0]);
      const short = new ArrayBuffer(3, { maxByteLength: 4 });
      const [grows, empty] = crossList(new Uint8Array(short, 3), new Uint8Array(short, 3, 0));
      grows.buffer.resize(4);
      assertEquals([grows.length, empty.length], [1, 0]);
    },
  },
  {
    name: "carried objects are brought back, once each",
    run() {
      const parcel = new Parcel([new Parcel("inner"), { x: 1 }]);
      const [a, b] = crossList(parcel, { parcel });
      assertInstanceOf(a, Parcel);
      assertStrictEquals(b.parcel, a);
      assertInstanceOf((a.inside as unknown[])[0], Parcel);
      assertEquals((a.inside as unknown[])[1], { x: 1 });
    },
  },
  {
    name: "what only postMessage can carry is attached",
    async run() {
      const blob = new Blob(["hello"]);
      const [copy, again, { port }] = crossList(blob, blob, { port: new MessageChannel().port1 });
      assertStrictEquals(copy, again);
      assertEquals(await copy.text(), "hello");
      assertInstanceOf(port, MessagePort);
      port.close();
      const module = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
      assertInstanceOf(cross({ module }).module, WebAssembly.Module);
      const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, true, ["encrypt"]);
      assertEquals(cross([key])[0]!.algorithm, key.algorithm);
      const stream = cross(new ReadableStream({ start: (controller) => controller.close() }));
      assertInstanceOf(stream, ReadableStream);
      assertEquals((await stream.getReader().read()).done, true);
    },
  },
];

/** `structuredClone` of a value too deep for it: from other parts of the engine than the codec. */
function structuredCloneDeep(root: object): object {
  const copies = new Map<object, object>();
  const work: object[] = [];
  const copyOf = (object: object): object => {
    let copy = copies.get(object);
    if (copy === undefined) {
      copy = new (object.constructor as new () => object)();
      copies.set(object, copy);
      work.push(object);
    }
    return copy;
  };
  copyOf(root);
  for (let object = work.pop(); object !== undefined; object = work.pop()) {
    const copy = copyOf(object);
    if (object instanceof Map) object.forEach((value, key) => (copy as Map<unknown, unknown>).set(key, copyOf(value)));
    else if (object instanceof Set) object.forEach((value) => (copy as Set<unknown>).add(copyOf(value)));
    else Object.entries(object).forEach(([key, value]) => (copy as Record<string, unknown>)[key] = copyOf(value));
  }
  return copyOf(root);
}

/** The cases of this page. */
export const kinds: readonly Case[] = [
  ...Object.entries(clones).map(([name, make]): Case => ({
    name,
    run() {
      // Thrice: shapes are written in another way from the second time on, and recognised from the third.
      for (let time = 0; time < 3; time++) {
        const value = make();
        assertSame(cross(value), structuredClone(value));
      }
    },
  })),
  ...errors,
  ...others,
];
