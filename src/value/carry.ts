/**
 * Objects of the library that cross threads: handles, task references, channel ends.
 *
 * Such an object answers the symbol {@linkcode CARRY} with a kind and with data that can be sent; the other side
 * turns that data back into an object with what was registered for the kind. So the codec knows none of them.
 */

/** The method that a carried object has. Shared by all copies of the library on a thread. */
export const CARRY: unique symbol = Symbol.for("@webble/runtime/carry") as never;

/**
 * What an object of the library has that is of use on its own thread only: what it is, why it stays, and what to do
 * instead, as the end of a sentence. Without it, it would arrive as an empty object.
 */
export const STAY: unique symbol = Symbol.for("@webble/runtime/stay") as never;

/** The method of an end of a channel that lets go of it: what a failed task was given is not used any more. */
export const RELEASE: unique symbol = Symbol.for("@webble/runtime/release") as never;

/** An end of a channel. */
export interface End {
  /** Lets go of it. */
  readonly [RELEASE]: () => void;
}

/** An object that says why it does not cross. */
export interface Stayer {
  /** Why, for the error. */
  readonly [STAY]: string;
}

/** What a carried object becomes on the way. */
export interface Carried {
  /** Which {@linkcode registerCarrier} call knows how to bring it back. */
  readonly kind: string;
  /** Anything that can be sent. */
  readonly data: unknown;
  /** Called if it is not sent after all, as something beside it cannot be. */
  readonly undo?: () => void;
  /** Called, where it was sent, if nobody will receive it: its task never begins. What was on its way is let go of. */
  readonly abandon?: () => void;
  /** Set where it can be (part of) an argument or a result of a task, and not of a message in a channel: its class. */
  readonly bound?: string;
}

/** An object that can say how it crosses. */
export interface Carrier {
  /** Gives what this object becomes on the way. */
  [CARRY](): Carried;
}

const revivers = new Map<string, (data: never) => unknown>();

/** Says how objects of `kind` are brought back. */
export function registerCarrier<D>(kind: string, revive: (data: D) => unknown): void {
  revivers.set(kind, revive);
}

let loadOthers: () => void = () => {};

/** Calls `load` before the first object of a kind that is not registered: it may register more. */
export function beforeUnknown(load: () => void): void {
  loadOthers = load;
}

let received: End[] | undefined;

/** From now on, each end of a channel that is brought back goes into `list` as well, if there is one. */
export function collectEnds(list: End[] | undefined): void {
  received = list;
}

/** Brings an object back from what {@linkcode CARRY} gave. */
export function revive(carried: Carried): unknown {
  if (!revivers.has(carried.kind)) loadOthers();
  const known = revivers.get(carried.kind);
  if (known === undefined) {
    throw new TypeError(`Cannot receive a '${carried.kind}': this copy of Webble does not know it`);
  }
  const object = known(carried.data as never);
  if (received !== undefined && isEnd(object)) received.push(object);
  return object;
}

function isEnd(object: unknown): object is End {
  return typeof object === "object" && object !== null && RELEASE in object;
}
