/**
 * Sameness of values, stricter than equality: prototypes, holes, minus zero, order, attributes and identity count.
 *
 * @module
 */

/**
 * Throws where two values differ, and says where.
 *
 * Two objects are the same if their parts are, and if wherever one object occurs again on one side, its partner
 * occurs again on the other.
 */
export function assertSame(actual: unknown, expected: unknown): void {
  const partners = new Map<object, object>();
  const taken = new Set<object>();
  // A list rather than a recursion: values may be deep.
  const work: [unknown, unknown, string][] = [[actual, expected, "value"]];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const [a, b, path] = next;
    if (!isObject(a) || !isObject(b)) {
      if (!Object.is(a, b)) throw new Error(`${path}: received ${print(a)}, expected ${print(b)}`);
      continue;
    }
    const partner = partners.get(b);
    if (partner !== undefined || taken.has(a)) {
      if (partner !== a) throw new Error(`${path}: another object than where it occurred before`);
      continue;
    }
    partners.set(b, a);
    taken.add(a);
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) throw new Error(`${path}: another prototype`);
    const [partsOfA, partsOfB] = [parts(a), parts(b)];
    if (partsOfA.length !== partsOfB.length) {
      throw new Error(
        `${path}: has ${partsOfA.length} parts (${partsOfA.map(([name]) => name)}), expected ${partsOfB.length} ` +
          `(${partsOfB.map(([name]) => name)})`,
      );
    }
    partsOfA.forEach(([name, part], index) => {
      const [expectedName, expectedPart] = partsOfB[index]!;
      if (name !== expectedName) throw new Error(`${path}: has part ${name}, expected ${expectedName}`);
      work.push([part, expectedPart, path + name]);
    });
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function print(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}… (${text.length})` : text;
}

/** Everything that makes an object what it is, in order, with a name for each part. */
function parts(object: object): [string, unknown][] {
  const found: [string, unknown][] = [];
  const add = (name: string, part: unknown) => found.push([name, part]);
  if (object instanceof Date) add(".getTime()", object.getTime());
  else if (object instanceof RegExp) add(".source", `/${object.source}/${object.flags}`);
  else if (object instanceof Map) {
    let index = 0;
    for (const [key, value] of object) {
      add(`.keys()[${index}]`, key);
      add(`.values()[${index++}]`, value);
    }
  } else if (object instanceof Set) [...object].forEach((member, index) => add(`.values()[${index}]`, member));
  else if (ArrayBuffer.isView(object)) {
    add(".byteOffset", object.byteOffset);
    add(".byteLength", object.byteLength);
    add(".buffer", object.buffer);
    return found;
  } else if (object instanceof ArrayBuffer || object instanceof SharedArrayBuffer) {
    add(".bytes", [...new Uint8Array(object)].join());
    if (object instanceof ArrayBuffer) add(".maxByteLength", object.maxByteLength);
  } else if ([Number, String, Boolean, BigInt].some((type) => object instanceof type)) {
    add(".valueOf()", object.valueOf());
    return found;
  }
  for (const key of Reflect.ownKeys(object)) {
    const property = Object.getOwnPropertyDescriptor(object, key)!;
    // Engines differ in where an error's stack is.
    if (object instanceof Error && key === "stack") continue;
    add(`[${String(key)}]`, property.value);
    add(`[${String(key)}].enumerable`, property.enumerable);
  }
  if (object instanceof Error) found.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  return found;
}
