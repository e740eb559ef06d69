/**
 * Random numbers and random values, the same for the same seed.
 *
 * @module
 */

/** Numbers from a seed, from 0 to below 1. After G. Marsaglia, "Xorshift RNGs", 2003. */
export function randomNumbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const TEXTS = [
  "",
  "a",
  "task 1",
  "grüße",
  "日本語",
  "\ud800",
  "x\udc00y",
  "😀",
  "\0",
  "__proto__",
  "constructor",
  "12",
];

/** Makes values that structured clone accepts. */
export class RandomValues {
  readonly #next: () => number;
  #made: object[] = [];

  constructor(seed: number) {
    this.#next = randomNumbers(seed);
  }

  /** A value, with objects that occur in it more than once. */
  value(): unknown {
    this.#made = [];
    return this.#value(0);
  }

  /** An integer from 0 to below `count`. */
  below(count: number): number {
    return Math.floor(this.#next() * count);
  }

  #value(depth: number): unknown {
    const kind = this.below(depth > 5 ? 8 : 20);
    switch (kind) {
      case 0:
        return [undefined, null, true, false][this.below(4)];
      case 1:
        return [0, -0, NaN, Infinity, -Infinity, 2 ** 25, -(2 ** 25) - 1, 2 ** 31, 2 ** 53, 1e308][this.below(10)];
      case 2:
        return this.below(2 ** 30) - 2 ** 29;
      case 3:
        return this.#next() * 1000;
      case 4:
        return this.#text();
      case 5:
        return this.#bigint();
      case 6:
      case 7:
        return this.#made.length > 0 && this.below(3) === 0 ? this.#made[this.below(this.#made.length)] : kind;
    }
    return this.#object(depth);
  }

  #text(): string {
    const text = TEXTS[this.below(TEXTS.length)]!;
    return this.below(20) === 0 ? text.repeat(this.below(1500)) : text + this.below(5);
  }

  #bigint(): bigint {
    const value = BigInt(this.below(2 ** 30)) ** BigInt(this.below(9));
    return this.below(2) === 0 ? value : -value;
  }

  #count(): number {
    return this.below(20) === 0 ? this.below(80) : this.below(5);
  }

  #keep<T extends object>(object: T): T {
    this.#made.push(object);
    return object;
  }

  #object(depth: number): object {
    switch (this.below(13)) {
      case 0:
      case 1:
      case 2:
        return this.#fill(this.#keep({}), depth);
      case 3: {
        const array: unknown[] = this.#keep([]);
        for (let left = this.#count(); left > 0; left--) array.push(this.#value(depth + 1));
        if (this.below(4) === 0) array.length += this.below(4);
        if (this.below(6) === 0) this.#fill(array, depth);
        return array;
      }
      case 4:
        return this.#keep(Array.from({ length: this.#count() }, () => this.#next()));
      case 5:
        return this.#keep(Array.from({ length: this.#count() }, () => this.below(100)));
      case 6: {
        const map = this.#keep(new Map());
        for (let left = this.#count(); left > 0; left--) map.set(this.#value(depth + 1), this.#value(depth + 1));
        return map;
      }
      case 7: {
        const set = this.#keep(new Set());
        for (let left = this.#count(); left > 0; left--) set.add(this.#value(depth + 1));
        return set;
      }
      case 8:
        return this.#keep(
          [new Date(this.below(2 ** 30)), /a+b/giu, Object(1), Object("text"), Object(1n)][this.below(5)]!,
        );
      case 9:
        return this.#keep(this.#bytes().buffer);
      case 10: {
        const bytes = this.#keep(this.#bytes());
        return this.#keep(new DataView(bytes.buffer, this.below(2), 1));
      }
      case 11:
        return this.#keep([new Float64Array(this.#count()), new BigInt64Array(2), new Int16Array(3)][this.below(3)]!);
      default:
        return this.#keep(new Date(NaN));
    }
  }

  #bytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.below(8) === 0 ? 1025 + this.below(1000) : 3 + this.below(20));
    return bytes.map(() => this.below(256));
  }

  #fill<T extends object>(object: T, depth: number): T {
    for (let left = this.#count(); left > 0; left--) {
      const key = this.below(3) === 0 ? this.#text() : `key${this.below(8)}`;
      const value = this.#value(depth + 1);
      // An array's elements are not wanted here, and assigning __proto__ is another thing.
      if (Array.isArray(object) && /^\d|^$/.test(key)) continue;
      Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
    }
    return object;
  }
}
