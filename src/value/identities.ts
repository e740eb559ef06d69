/**
 * Identities: which objects have been met, in order.
 */

/** So many objects are found by comparing; from then on a Map helps. */
const NEAR = 8;

/** Numbers objects in the order in which they are met. */
export class Identities {
  /** How many have been met. */
  count = 0;
  readonly #near: (object | undefined)[] = new Array(NEAR).fill(undefined);
  #far = new Map<object, number>();

  /** The number of an object; -1 if it is met for the first time, which gives it the next number. */
  find(object: object): number {
    const count = this.count;
    const near = this.#near;
    for (let id = 0; id < NEAR; id++) {
      if (id === count) break;
      if (near[id] === object) return id;
    }
    if (count < NEAR) near[count] = object;
    else {
      const id = this.#far.get(object);
      if (id !== undefined) return id;
      this.#far.set(object, count);
    }
    this.count = count + 1;
    return -1;
  }

  /** Lets go of all objects. */
  forget(): void {
    const near = this.#near;
    for (let id = 0; id < this.count && id < NEAR; id++) near[id] = undefined;
    if (this.count > NEAR) this.#far = new Map();
    this.count = 0;
  }
}
