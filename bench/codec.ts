/**
 * What does it cost to turn a value into words and back?
 *
 * Encoding includes the copy into the block, decoding the copy out of it, as in the runtime. `structuredClone` does
 * both at once, without the threads.
 */

import { decode, decodeList, type Source } from "../src/value/decode.ts";
import { Encoder } from "../src/value/encode.ts";

const encoder = new Encoder();
const shared = new SharedArrayBuffer(1 << 25);
const words = new Int32Array(shared);
const bytes = new Uint8Array(shared);
let scratch = new Int32Array(1 << 10);

/** As the runtime does it: word by word while that is faster than a call. */
function copy(from: Int32Array, to: Int32Array, length: number): void {
  if (length > 64) return to.set(from.subarray(0, length));
  for (let index = 0; index < length; index++) to[index] = from[index]!;
}

function write(): void {
  copy(encoder.words, words, encoder.length);
  for (const chunk of encoder.chunks) bytes.set(chunk.bytes, chunk.offset);
}

function read(length: number, byteLength: number): Source {
  if (scratch.length < length) scratch = new Int32Array(2 * length);
  copy(words, scratch, length);
  return {
    words: scratch,
    length,
    byteLength,
    attachments: [],
    copy: (offset, size) => bytes.slice(offset, offset + size).buffer as unknown as ArrayBuffer,
  };
}

const person = (id: number) => ({
  id,
  name: `person ${id}`,
  email: `person-${id}@example.org`,
  active: id % 2 === 0,
  score: id / 3,
  tags: ["a", "b"],
  address: { street: "Main Street", city: "Springfield", zip: String(10000 + id) },
});

const values: Readonly<Record<string, unknown>> = {
  "a task": { id: 1, name: "task 1", values: [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5] },
  "a record": person(7),
  "1,000 records": Array.from({ length: 1000 }, (_, id) => person(id)),
  "1,000 doubles": Array.from({ length: 1000 }, (_, index) => index + 0.5),
  "a dictionary of 1,000": Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key-${index * 7}`, index])),
  "a Map of 100": new Map(Array.from({ length: 100 }, (_, index) => [`key-${index}`, { index }])),
  "20 characters": "twenty characters, ok",
  "10,000 characters": "0123456789".repeat(1000),
  "100 bytes": new Uint8Array(100),
  "1 MiB": new Uint8Array(1 << 20),
  "an error": new TypeError("something went wrong", { cause: "this" }),
};

for (const [name, value] of Object.entries(values)) {
  const list = [value];
  Deno.bench(`encode ${name}`, { group: name }, () => {
    encoder.encodeList(list);
    write();
  });
  Deno.bench(`decode ${name}`, { group: name }, (b) => {
    encoder.encodeList(list);
    write();
    const { length, byteLength } = encoder;
    b.start();
    for (let round = 0; round < 10; round++) decodeList(read(length, byteLength));
    b.end();
  });
  Deno.bench(`structuredClone ${name}`, { group: name }, () => {
    structuredClone(list);
  });
}

Deno.bench("encode and decode 1 of 20 kinds of records", { group: "many shapes" }, () => {
  for (let kind = 0; kind < 20; kind++) {
    encoder.encode({ [`a${kind}`]: 1, [`b${kind}`]: "text", c: { [`d${kind}`]: true } }, "result");
    write();
    decode(read(encoder.length, encoder.byteLength));
  }
});
