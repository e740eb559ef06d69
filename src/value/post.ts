/**
 * Post: the way of values that only `postMessage` can carry, such as ports, bitmaps, streams and moved buffers.
 *
 * Such values leave as a parcel, addressed to a thread and named by the task they belong to, before the task's
 * record is placed. The task starts, or its handle settles, when both have arrived; either may come first.
 * Workers know only main, so what one sends to another goes through main.
 */

/** A parcel under way. */
export interface Delivery {
  readonly webble: "parcel";
  /** The thread it is for. */
  readonly to: number;
  /** The task that it belongs to, and which way it goes; see {@linkcode parcelKey}. */
  readonly key: number;
  readonly values: readonly unknown[];
  /** Set in place of values: the parcel with this key is not needed any more. */
  readonly revoked?: true;
  /** Set in place of values: if that parcel is not here, it never will be. */
  readonly lost?: true;
  /** What is moved: sent along so that main can move it on. */
  readonly moved: readonly unknown[];
}

/** Names a parcel: a task's arguments, or its result. */
export function parcelKey(task: number, way: "arguments" | "result"): number {
  return 2 * task + (way === "result" ? 1 : 0);
}

/** One thread's post. */
export class Post {
  readonly #thread: number;
  readonly #arrived = new Map<number, readonly unknown[]>();
  readonly #expected = new Map<number, () => void>();
  /** Parcels that nobody wants any more, and that are not here yet. */
  readonly #unwanted = new Set<number>();
  #used = false;
  /** Called for each message for this thread, before it is looked at: its record is here by now, or about to be. */
  onArrival: () => void = () => {};

  /** @param carry Posts to a thread, or towards it. */
  constructor(thread: number, readonly carry: (delivery: Delivery, transfers: Transferable[]) => void) {
    this.#thread = thread;
  }

  /**
   * Sends a parcel.
   *
   * @throws {DOMException} Something in it can't be cloned or moved; nothing was sent.
   */
  send(to: number, key: number, values: readonly unknown[], transfers: Transferable[]): void {
    this.#used = true;
    if (to === this.#thread) {
      this.receive(structuredClone({ webble: "parcel", to, key, values, moved: [] }, { transfer: transfers }));
    } else this.carry({ webble: "parcel", to, key, values, moved: transfers }, transfers);
  }

  /** Lets a parcel go that was sent. */
  revoke(to: number, key: number): void {
    const delivery: Delivery = { webble: "parcel", to, key, values: [], revoked: true, moved: [] };
    if (to === this.#thread) this.receive(delivery);
    else this.carry(delivery, []);
  }

  /**
   * Tells a thread that a parcel which it may wait for does not come any more, as whoever sent it is gone: what waits goes on
   * without. By main, through which all have come that it could still get.
   */
  giveUp(to: number, key: number): void {
    const delivery: Delivery = { webble: "parcel", to, key, values: [], lost: true, moved: [] };
    if (to === this.#thread) this.receive(delivery);
    else this.carry(delivery, []);
  }

  /** Takes in a parcel, or passes it on. */
  receive(delivery: Delivery): void {
    this.#used = true;
    if (delivery.to !== this.#thread) return this.#passOn(delivery);
    this.onArrival();
    this.#accept(delivery);
  }

  #passOn(delivery: Delivery): void {
    try {
      this.carry(delivery, delivery.moved as Transferable[]);
    } catch {
      // What it moves has gone elsewhere since. Its task fails for want of it, and holds up no other.
      this.carry({ ...delivery, values: [], moved: [] }, []);
    }
  }

  #accept(delivery: Delivery): void {
    if (delivery.revoked) {
      this.#arrived.delete(delivery.key);
      this.#unwanted.delete(delivery.key);
      return;
    }
    const waiting = this.#expected.get(delivery.key);
    if (this.#unwanted.delete(delivery.key) || (delivery.lost && waiting === undefined)) return;
    this.#arrived.set(delivery.key, delivery.values);
    if (waiting !== undefined) {
      this.#expected.delete(delivery.key);
      waiting();
    }
  }

  /**
   * Whether the next thing here is likely to come by post: something waits for a parcel, or one came or left since this was
   * last asked. Then only a turn of the event loop can bring it, which looking around for other work would put off.
   */
  isExpecting(): boolean {
    const used = this.#used;
    this.#used = false;
    return used || this.isWaiting;
  }

  /** Whether something waits for a parcel. */
  get isWaiting(): boolean {
    return this.#expected.size > 0;
  }

  /** Takes a parcel out; `undefined` if it has not arrived. */
  take(key: number): readonly unknown[] | undefined {
    const values = this.#arrived.get(key);
    this.#arrived.delete(key);
    return values;
  }

  /** Whether a parcel has arrived. */
  has(key: number): boolean {
    return this.#arrived.has(key);
  }

  /** Calls `arrived` once the parcel is there, which it is not yet. */
  expect(key: number, arrived: () => void): void {
    this.#expected.set(key, arrived);
  }

  /** Whether something waits for that parcel. */
  expects(key: number): boolean {
    return this.#expected.has(key);
  }

  /** Expects a parcel no more, as its sender has died; whether anything did. */
  forget(key: number): boolean {
    return this.#expected.delete(key);
  }

  /** Lets a parcel go, whether it has arrived or not: nobody waits for it any more. */
  drop(key: number): void {
    this.#expected.delete(key);
    if (this.take(key) === undefined) this.#unwanted.add(key);
  }
}
