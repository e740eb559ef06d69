/**
 * What does it cost to turn a value into words and back?
 *
 * Encoding includes the copy into the block, decoding the copy out of it, as in the runtime. `structuredClone` does
 * both at once, without the threads.
 */

import { decodeList, type Source } from "../src/value/decode.ts";
import { Encoder } from "../src/value/encode.ts";

const encoder = new Encoder();
let scratch = new Int32Array(1 << 10);

/** A block of shared memory, with a value in it. */
class Block {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #length: number;

  constructor(readonly list: readonly unknown[]) {
    encoder.encodeList(list);
    const memory = new SharedArrayBuffer(encoder.byteLength);
    this.#words = new Int32Array(memory, 0, memory.byteLength >> 2);
    this.#bytes = new Uint8Array(memory);
    this.#length = encoder.length;
    this.write();
  }

  write(): void {
    encoder.encodeList(this.list);
    copy(encoder.words, this.#words, encoder.length);
    for (const chunk of encoder.chunks) this.#bytes.set(chunk.bytes, chunk.offset);
  }

  read(): unknown[] {
    const length = this.#length;
    const bytes = this.#bytes;
    if (scratch.length < length) scratch = new Int32Array(2 * length);
    copy(this.#words, scratch, length);
    const source: Source = {
      words: scratch,
      length,
      byteLength: bytes.length,
      attachments: [],
      copy(offset, size) {
        const contents = new Uint8Array(size);
        contents.set(bytes.subarray(offset, offset + size));
        return contents.buffer;
      },
    };
    return decodeList(source);
  }
}

/** As the runtime does it: word by word while that is faster than a call. */
function copy(from: Int32Array, to: Int32Array, length: number): void {
  if (length > 64) return to.set(from.subarray(0, length));
  for (let index = 0; index < length; index++) to[index] = from[index]!;
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
  const block = new Block([value]);
  Deno.bench(`encode ${name}`, { group: name }, () => {
    block.write();
  });
  Deno.bench(`decode ${name}`, { group: name }, () => {
    block.read();
  });
  Deno.bench(`structuredClone ${name}`, { group: name, baseline: true }, () => {
    structuredClone(block.list);
  });
}

const kinds = Array.from(
  { length: 20 },
  (_, kind) => new Block([{ [`a${kind}`]: 1, [`b${kind}`]: "text", c: [kind] }]),
);
Deno.bench("encode one each of 20 shapes", { group: "shapes" }, () => {
  for (const block of kinds) block.write();
});
Deno.bench("decode one each of 20 shapes", { group: "shapes" }, () => {
  for (const block of kinds) block.read();
});
