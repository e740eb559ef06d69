/**
 * Whatever the words are, decoding ends, cleanly; and random values make the round trip.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { decode, decodeList } from "../../src/value/decode.ts";
import { Encoder } from "../../src/value/encode.ts";
import { type Case, copyBlock, cross, sourceOf } from "./crossing.ts";
import { randomNumbers, RandomValues } from "./random.ts";
import { assertSame } from "./same.ts";

/** Another one each time; a failure names it. */
const seed = (Math.random() * 2 ** 31) | 0;

const prototypes = [Object, Array, Map, Set, Error, Function, Date, RegExp, Uint8Array].map((type) => type.prototype);

function listPrototypes(): string {
  return prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String).join()).join("\n");
}

/** Decodes, quickly, and lets only clean errors pass. */
function attempt(block: Uint8Array<ArrayBuffer>, length: number, context: string): boolean {
  const before = performance.now();
  const isWhole = attemptAtLeisure(block, length, context);
  const took = performance.now() - before;
  if (took > 1000) throw new Error(`${context}: took ${took} ms`);
  return isWhole;
}

function attemptAtLeisure(block: Uint8Array<ArrayBuffer>, length: number, context: string): boolean {
  try {
    const source = sourceOf(block, length, [{}, new ArrayBuffer(8)]);
    (source.words[0]! & 2) !== 0 ? decodeList(source) : decode(source);
    return true;
  } catch (error) {
    if (error instanceof RangeError && error.message.startsWith("Corrupt value: ")) return false;
    if (error instanceof TypeError && error.message.startsWith("Cannot receive a ")) return false;
    throw new Error(`${context}: ${error}`, { cause: error });
  }
}

function blockOf(encoder: Encoder): Uint8Array<ArrayBuffer> {
  const source = copyBlock(encoder);
  const block = new Uint8Array(source.byteLength);
  block.set(new Uint8Array(source.copy(0, source.byteLength)));
  return block;
}

/** The cases of this page. */
export const hostile: readonly Case[] = [
  {
    name: "random values arrive as structuredClone makes them",
    run() {
      const values = new RandomValues(seed);
      for (let round = 0; round < 5000; round++) {
        const value = values.value();
        try {
          assertSame(cross(value), structuredClone(value));
        } catch (error) {
          throw new Error(`seed ${seed}, round ${round}: ${error}`, { cause: error });
        }
      }
    },
  },
  {
    name: "100,000 blocks of random bytes",
    run() {
      const next = randomNumbers(seed);
      const before = listPrototypes();
      const bytes = new Uint8Array(512);
      const words = new Int32Array(bytes.buffer);
      for (let round = 0; round < 100_000; round++) {
        const length = Math.floor(next() * 64);
        for (let at = 0; at < length; at++) {
          // Small tags and arguments more often than not, so that it gets far.
          words[at] = next() < 0.2
            ? next() * 2 ** 32
            : Math.floor(next() * 40) | Math.floor(next() * (next() < 0.5 ? 4 : 64)) << 6;
        }
        words[0] = Math.floor(next() * 4);
        words[1] = next() < 0.1 ? words[1]! : Math.max(4, length - Math.floor(next() * 16));
        words[2] = next() < 0.1 ? words[2]! : Math.floor(next() * 2);
        words[3] = Math.floor(next() * 8);
        attempt(bytes.slice(0, 4 * length + Math.floor(next() * 256)), length, `seed ${seed}, round ${round}`);
      }
      assertEquals(listPrototypes(), before);
    },
  },
  {
    name: "real blocks with some words changed",
    run() {
      const next = randomNumbers(seed);
      const values = new RandomValues(seed);
      const encoder = new Encoder();
      const before = listPrototypes();
      let survived = 0;
      for (let round = 0; round < 1000; round++) {
        encoder.encodeList([values.value(), { id: 1, name: "task", list: [1.5, 2] }, new Error("e", { cause: [] })]);
        const block = blockOf(encoder);
        const words = new Int32Array(block.buffer, 0, encoder.length);
        for (let change = 0; change < 20; change++) {
          const at = Math.floor(next() * words.length);
          const was = words[at]!;
          words[at] = next() < 0.5 ? was ^ 1 << Math.floor(next() * 32) : next() * 2 ** 32;
          if (attempt(block, words.length, `seed ${seed}, round ${round}, word ${at}`)) survived++;
          words[at] = was;
        }
      }
      assert(survived > 0);
      assertEquals(listPrototypes(), before);
    },
  },
  {
    name: "blocks that end early",
    run() {
      const encoder = new Encoder();
      encoder.encodeList([{ id: 1, name: "task 1", values: [0.5, 1.5] }, new Map([["k", new Uint8Array(2000)]])]);
      const block = blockOf(encoder);
      for (let length = 0; length < encoder.length; length++) attempt(block, length, `${length} words`);
      for (let size = 4 * encoder.length; size < block.length; size += 100) {
        assert(!attempt(block.slice(0, size), encoder.length, `${size} bytes`));
      }
    },
  },
  {
    name: "containers that claim to be huge take no memory",
    run() {
      // Arrays within arrays, each as long as all that is left; then Maps, Sets and views within views.
      for (const word of [14, 13, 20, 21, 22, 26, 30, 32, 34]) {
        for (const arg of [0, 1, 2, 3, 4 * 99_000, 2 * 99_000 + 1]) {
          const words = new Int32Array(100_000).fill(arg << 6 | word);
          words.set([1, 99_990, 0, 0]);
          attempt(new Uint8Array(words.buffer), words.length, `tag ${word}, argument ${arg}`);
        }
      }
    },
  },
  {
    name: "keys such as __proto__ become own properties",
    run() {
      const before = listPrototypes();
      const text =
        '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1,"a":{"__proto__":5}}';
      for (let time = 0; time < 3; time++) {
        const copy = cross(JSON.parse(text));
        assertEquals(JSON.stringify(copy), text);
        assertStrictEquals(Object.getPrototypeOf(copy), Object.prototype);
        assert(Object.hasOwn(copy, "__proto__") && Object.hasOwn(copy.a, "__proto__"));
      }
      const dictionary = JSON.parse(`{${Array.from({ length: 40 }, (_, n) => `"k${n}":0,`).join("")}"__proto__":[1]}`);
      assertSame(cross(dictionary), structuredClone(dictionary));
      const list = Object.defineProperty([1, 2], "__proto__", {
        value: 7,
        enumerable: true,
        configurable: true,
        writable: true,
      });
      assertSame(cross(list), structuredClone(list));
      const error = Object.defineProperty(new Error("e"), "__proto__", { value: 7, enumerable: true });
      assertStrictEquals(Object.getPrototypeOf(cross(error)), Error.prototype);
      assertEquals(({} as { polluted?: number }).polluted, undefined);
      assertEquals(listPrototypes(), before);
    },
  },
  {
    name: "a list is not taken for a value, nor a value for a list",
    run() {
      const encoder = new Encoder();
      encoder.encode([1], "result");
      assertThrows(() => decodeList(copyBlock(encoder)), RangeError, "Corrupt value");
      encoder.encodeList([1]);
      assertThrows(() => decode(copyBlock(encoder)), RangeError, "Corrupt value");
    },
  },
  {
    name: "ten thousand shapes leave the codec as it was",
    run() {
      for (let round = 0; round < 10_000; round++) {
        const value = { [`a${round % 5000}`]: round, [`b${round}`]: { c: "x" } };
        assertEquals(cross(value), value);
      }
    },
  },
];
