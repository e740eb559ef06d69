/**
 * Send, at compile time: which types may cross threads, and the shape of `spawn` that follows from it.
 *
 * `Send<T>` is `T` where a `T` may cross. Where a part of it may not, that part alone becomes a {@linkcode NotSend},
 * to which nothing can be assigned, so the compiler stops at the argument or property and prints the reason.
 *
 * Types only, and only a first net: TypeScript compares by shape and cannot see what hides in an `unknown`, an `any` or an
 * `object`. What slips through is refused at `spawn` with `NotSendError`.
 */

import type { Carrier } from "./carry.ts";

/** @internal The brand of {@linkcode NotSend}: no value has it. */
declare const why: unique symbol;

/** @internal The brand of {@linkcode TaskReference}. */
declare const signature: unique symbol;

/**
 * The type error of a value that cannot cross threads. It says why, and what to do.
 *
 * There is no such value. You meet it in messages: `Type '() => number' is not assignable to type
 * 'NotSend<"functions cannot cross threads: send data, or …">'`.
 */
export interface NotSend<Why extends string> {
  /** @internal The reason, for the compiler only. */
  readonly [why]: Why;
}

/**
 * `T` where it may cross threads, else a readable type error on the part that may not.
 *
 * What crosses is what structured clone copies (data, `Map`, `Set`, `Date`, errors, buffers, `Blob` …), what it moves
 * (`MessagePort`, streams …), and the library's own handles, task references and channel ends. An object crosses
 * if all its properties do, so an instance of a class with methods does not.
 *
 * An array keeps its named properties, such as `list.unit`, unless it is a list of more than 64 numbers and nothing else:
 * to find names takes several times as long as to send the numbers. Give those names beside it, as in `{ list, unit }`.
 *
 * @typeParam T The type to look at.
 *
 * @example Data passes, a function in it does not
 * ```ts
 * import type { Send } from "@webble/runtime";
 *
 * const data: Send<{ name: string; tags: Set<string> }> = { name: "a", tags: new Set() };
 * // No value fits `onClick` here: its type is NotSend<"functions cannot cross threads: …">.
 * type Button = Send<{ name: string; onClick: () => void }>;
 * ```
 */
export type Send<T> =
  // `any` and `unknown` pass: nothing is known of them before the program runs.
  unknown extends T ? T
    : T extends Scalar | Cloned | Platform | Carrier ? T
    : T extends symbol ? NotSend<"symbols cannot cross threads: send a string in its place">
    : T extends Callable
      ? NotSend<"functions cannot cross threads: send data, or export it from a module and pass its task from tasks()">
    : T extends PromiseLike<unknown>
      ? NotSend<"promises cannot cross threads: await it first, or spawn what makes it and send that handle">
    // By shape, it is a Map of strings.
    : T extends Global<"URLSearchParams">
      ? NotSend<"a URLSearchParams cannot cross threads: send it as a string, and make another of that">
    : T extends Global<"URL"> ? NotSend<"a URL cannot cross threads: send its href, and make another of that">
    : T extends Global<"Headers" | "FormData">
      ? NotSend<"Headers and FormData cannot cross threads: send an array of the entries, and make another of that">
    : T extends Global<"Request" | "Response"> ? NotSend<
        "requests and responses cannot cross threads: send what is in them, as from await response.arrayBuffer()"
      >
    // Collections before weak ones: by shape, a Map is a WeakMap too.
    : T extends ReadonlyMap<infer K, infer V> ? T & { forEach(each: (value: Send<V>, key: Send<K>) => void): void }
    : T extends ReadonlySet<infer V> ? T & { forEach(each: (value: Send<V>) => void): void }
    : T extends WeakMap<WeakKey, unknown> | WeakSet<WeakKey> | WeakRef<WeakKey>
      ? NotSend<"weak collections and references cannot cross threads: send the objects in a Map, a Set or an array">
    : T extends Global<"AbortSignal">
      ? NotSend<"an AbortSignal stays on its thread: abort the handle of the task, which fires its context().signal">
    : T extends Global<"EventTarget">
      ? NotSend<"DOM nodes and other event targets stay on their thread: send data, and use onMain() to reach the page">
    // What has parts is described by members, which the compiler works out only when it needs them: so a type that
    // contains itself ends. (`Map<Send<K>, Send<V>>` or a mapped array would be worked out at once, without end.)
    : T extends readonly unknown[] ? T & { readonly [index: number]: Send<T[number]> }
    // `object` and `{}` come here, and pass: they have no members.
    : { [K in keyof T]: Send<T[K]> };

/**
 * Values without parts. Enums, literals and branded strings and numbers are among them.
 *
 * @internal
 */
type Scalar = string | number | bigint | boolean | null | undefined | void;

/**
 * What the language has and structured clone copies. Errors are not listed: they pass as objects of strings.
 *
 * @internal
 */
type Cloned =
  | Date
  | RegExp
  | RegExpMatchArray
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView
  // deno-lint-ignore ban-types -- the boxed values are meant
  | (Number | String | Boolean | BigInt);

/**
 * What the platform has and structured clone copies or moves, of those that have methods (`ImageData`, `CryptoKey`,
 * `TransformStream` have none and pass as objects; so does `WebAssembly.Module`, whose interface is empty: in this
 * union it would let everything pass).
 *
 * @internal
 */
// deno-fmt-ignore -- a list to read, not one name a line
type Platform =
  | Global<
    | "Blob" | "FileList" | "FileSystemHandle" | "MessagePort" | "ReadableStream" | "WritableStream" | "RTCDataChannel"
    | "RTCCertificate" | "ImageBitmap" | "OffscreenCanvas" | "VideoFrame" | "AudioData" | "EncodedVideoChunk"
    | "EncodedAudioChunk" | "DOMMatrixReadOnly" | "DOMPointReadOnly" | "DOMQuad" | "DOMRectReadOnly">
  | (typeof globalThis extends { WebAssembly: infer W } ? Global<"Memory", W> : never);

/**
 * The instance type of each global class named, and `never` for one that the user's `lib` does not have. A plain
 * mention of a missing type would be an error type there, which everything extends: `Send` would then refuse nothing.
 *
 * @internal
 */
type Global<Name extends string, Scope = typeof globalThis> = Name extends string
  ? Scope extends { [N in Name]: { prototype: infer T } } ? unknown extends T ? never : T : never
  : never;

/**
 * Functions and classes, abstract ones too.
 *
 * @internal
 */
type Callable = ((...args: never[]) => unknown) | (abstract new (...args: never[]) => unknown);

/**
 * The arguments of a task: its parameters `A`, each of which must be {@linkcode Send}.
 *
 * @typeParam A The parameters of the function.
 */
export type Sendable<A extends unknown[]> = { [K in keyof A]: Send<A[K]> };

/**
 * What a task may return: its result, or a promise of it, where that is {@linkcode Send}.
 *
 * @typeParam R The return type of the function.
 */
export type Returned<R> =
  // A promise is compared with a promise, so that the message is about its value and not about `then`.
  R extends Promise<infer T> ? Promise<Send<T>>
    : R extends PromiseLike<infer T> ? PromiseLike<Send<T>>
    : Send<R>;

/**
 * What arrives in the handle of a task. A `WorkerHandle` as a result stays one: it is Send, and whoever receives it
 * awaits it there.
 *
 * @typeParam R The return type of the function.
 */
export type Settled<R> = Awaited<R>;

/**
 * What can be spawned: a function to ship by source, or a reference from `tasks()`.
 *
 * `A` is inferred from the parameters or, where those have no types, from the arguments; `R` from what is returned.
 * A wrapper of `spawn` that declares the same types is checked where it is called.
 *
 * @typeParam A The parameters.
 * @typeParam R The return type, which must be {@linkcode Send} once settled.
 *
 * @example A wrapper
 * ```ts
 * import { type Sendable, type Settled, spawn, type Task } from "@webble/runtime";
 *
 * function call<A extends unknown[], R>(fn: Task<A, R>, ...args: Sendable<A>): Promise<Settled<R>> {
 *   return spawn(fn, ...args).recv();
 * }
 * ```
 */
export type Task<A extends unknown[], R> =
  | ((...args: A) => R & Returned<R>)
  | TaskReference<A, R & Returned<R>>;

/**
 * A reference to a function that a module exports. It can be spawned and sent, but not called: the function itself
 * runs on the thread that takes the task.
 *
 * @typeParam A The parameters of the function.
 * @typeParam R The return type of the function.
 */
export interface TaskReference<A extends unknown[], R> extends Carrier {
  /** @internal The signature, for the compiler only. */
  readonly [signature]: (...args: A) => R;
}

/**
 * References to the functions that a module exports; its other exports are left out. Of an overloaded function the
 * last signature counts, and type parameters of a generic one become their constraints.
 *
 * @typeParam M The module: `typeof import("./work.ts")`.
 */
export type Tasks<M> = {
  readonly [K in keyof M as M[K] extends (...args: never[]) => unknown ? K : never]: M[K] extends
    (...args: infer A) => infer R ? TaskReference<A, R> : never;
};
