/**
 * What must not compile. The line above each case expects the error, and says what its message must contain.
 *
 * The compiler checks the first half, wherever this file is checked: an error that is not expected, and one that is
 * and does not come, fail `deno check`. `types.test.ts` checks the messages. Never run.
 */

import {
  channel,
  dbg,
  executor,
  onMain,
  type Send,
  type Sendable,
  spawn,
  type Task,
  tasks,
  type WorkerHandle,
} from "../../mod.ts";

const work = tasks<typeof import("./work.ts")>();

declare const click: (callback: () => void) => void;
declare const settings: { style: { onClick: () => void } };
declare const handle: WorkerHandle<number>;

class Counter {
  count = 0;
  increment(): void {
    this.count++;
  }
}

// Arguments

// @ts-expect-error functions cannot cross threads: send data, or export it from a module and pass its task from tasks()
spawn(click, () => 1);
// @ts-expect-error functions cannot cross threads: send data, or export it from a module and pass its task from tasks()
spawn((f) => f(), () => 1);
// @ts-expect-error 'typeof Counter' is not assignable to parameter of type 'NotSend<"functions cannot cross threads
spawn((make: typeof Counter) => new make().count, Counter);
// @ts-expect-error symbols cannot cross threads: send a string in its place
spawn((s) => s, Symbol("s"));
// @ts-expect-error promises cannot cross threads: await it first, or spawn what makes it and send that handle
spawn(async (p: Promise<number>) => await p, Promise.resolve(1));
// @ts-expect-error promises cannot cross threads
spawn((p) => p, handle.recv());
// @ts-expect-error weak collections and references cannot cross threads: send the objects in a Map, a Set or an array
spawn((w) => w, new WeakMap<object, number>());
// @ts-expect-error weak collections and references cannot cross threads
spawn((w) => w, new WeakSet());
// @ts-expect-error weak collections and references cannot cross threads
spawn((w) => w, new WeakRef(settings));
// @ts-expect-error DOM nodes and other event targets stay on their thread: send data, and use onMain() to reach the page
spawn((node) => node.title, document.body);
// @ts-expect-error DOM nodes and other event targets stay on their thread
onMain((canvas: HTMLCanvasElement) => canvas.width, document.createElement("canvas"));
// @ts-expect-error an AbortSignal stays on its thread: abort the handle of the task, which fires its context().signal
spawn((signal) => signal.aborted, AbortSignal.timeout(1));
// @ts-expect-error Types of property 'increment' are incompatible
spawn((counter) => counter.count, new Counter());
// @ts-expect-error a URL cannot cross threads: send its href, and make another of that
spawn((url: URL) => url.href, new URL("https://example.org"));
// @ts-expect-error a URLSearchParams cannot cross threads: send it as a string, and make another of that
spawn((query: URLSearchParams) => query.get("q"), new URLSearchParams());
// @ts-expect-error a URLSearchParams cannot cross threads
spawn(() => new URLSearchParams());
// @ts-expect-error Headers and FormData cannot cross threads: send an array of the entries, and make another of that
spawn((headers) => headers, new Headers());
// @ts-expect-error Headers and FormData cannot cross threads
spawn((form: FormData) => form.get("name"), new FormData());
// @ts-expect-error requests and responses cannot cross threads
spawn((request: Request) => request.url, new Request("https://example.org"));
// @ts-expect-error functions cannot cross threads
spawn((values) => values, new Set([1]).values());

// Inside arguments

// @ts-expect-error The types of 'style.onClick' are incompatible between these types
spawn((s) => s, settings);
// @ts-expect-error The expected type comes from property 'onClick' which is declared here
spawn((s) => s, { onClick: () => 1 });
// @ts-expect-error functions cannot cross threads
spawn((s: { onClick?: () => void }) => s, { onClick: () => {} });
// @ts-expect-error functions cannot cross threads
spawn((list: (() => void)[]) => list.length, [() => {}]);
// @ts-expect-error functions cannot cross threads
spawn((pair: readonly [number, () => void]) => pair, [1, () => {}]);
// @ts-expect-error functions cannot cross threads
spawn((map) => map.size, new Map([["a", () => 1]]));
// @ts-expect-error Types of parameters 'key' and 'key' are incompatible
spawn((map) => map.size, new Map([[() => 1, "a"]]));
// @ts-expect-error functions cannot cross threads
spawn((set) => set.size, new Set([{ a: [() => 1] }]));
// @ts-expect-error functions cannot cross threads
spawn((value: string | (() => string)) => value, "" as string | (() => string));
// @ts-expect-error functions cannot cross threads
spawn(work.paint, { width: 1, onDone: () => {} });

// Results

// @ts-expect-error functions cannot cross threads: send data, or export it from a module and pass its task from tasks()
spawn(() => () => 1);
// @ts-expect-error Type '() => 1' is not assignable to type 'NotSend<"functions cannot cross threads
spawn(async () => await Promise.resolve(() => 1 as const));
// @ts-expect-error functions cannot cross threads
spawn((x: number) => x > 0 ? 1 : () => 1, 1);
// @ts-expect-error The types of 'style.onClick' are incompatible between these types
spawn(() => settings);
// @ts-expect-error functions cannot cross threads
spawn(() => new Map([["a", () => 1]]));
// @ts-expect-error symbols cannot cross threads
spawn(() => [Symbol("s")]);
// @ts-expect-error Types of property 'increment' are incompatible
spawn(() => new Counter());
// @ts-expect-error promises cannot cross threads
spawn(() => ({ later: Promise.resolve(1) }));
// @ts-expect-error DOM nodes and other event targets stay on their thread
onMain(() => document.querySelector("canvas"));
// @ts-expect-error requests and responses cannot cross threads: send what is in them, as from await response.arrayBuffer()
spawn((url: string) => fetch(url), "/data.json");
// @ts-expect-error Types of property 'next' are incompatible
spawn(work.rows);
// @ts-expect-error functions cannot cross threads
spawn(work.default);

// The signature

// @ts-expect-error Argument of type 'string' is not assignable to parameter of type 'number'
spawn((x: number) => x, "1");
// @ts-expect-error Expected 2 arguments, but got 1
spawn((x: number) => x);
// @ts-expect-error Expected 2 arguments, but got 3
spawn((x: number) => x, 1, 2);
// @ts-expect-error Expected 1 arguments, but got 2
spawn(() => 1, 2);
// @ts-expect-error Argument of type 'string' is not assignable to parameter of type 'number'
spawn((...all: number[]) => all, 1, "2");
// @ts-expect-error Type '[number, number, number]' is not assignable
spawn((pair: [number, number]) => pair, [1, 2, 3]);
// @ts-expect-error 'z' does not exist in type
spawn((point: { x: number; y?: number }) => point, { x: 1, z: 2 });
// @ts-expect-error Argument of type 'number' is not assignable to parameter of type 'Task<[], unknown>'
spawn(1);
// @ts-expect-error Argument of type 'typeof Counter' is not assignable to parameter of type 'Task<[], unknown>'
spawn(Counter);
// @ts-expect-error Argument of type 'WorkerHandle<number>' is not assignable to parameter of type 'Task<[], unknown>'
spawn(handle);

// References

// @ts-expect-error Argument of type 'string' is not assignable to parameter of type 'number'
spawn(work.render, "1");
// @ts-expect-error Expected 2-3 arguments, but got 1
spawn(work.render);
// @ts-expect-error This expression is not callable
work.render(1);
// @ts-expect-error Property 'version' does not exist on type 'Tasks<
work.version;
// @ts-expect-error Property 'Canvas' does not exist on type 'Tasks<
work.Canvas;

// By itself, and in wrappers

function call<A extends unknown[], R>(fn: Task<A, R>, ...args: Sendable<A>): void {
  spawn(fn, ...args);
}
function size<T>(value: Send<T>): void {
  call((v: T) => `${v}`.length, value);
}
// @ts-expect-error functions cannot cross threads
call(click, () => 1);
// @ts-expect-error functions cannot cross threads
call(() => () => 1);
// @ts-expect-error functions cannot cross threads
size(() => 1);
// @ts-expect-error functions cannot cross threads
export const sent: Send<{ onClick: () => void }> = { onClick: () => {} };

// dbg

// @ts-expect-error Type '"loud"' is not assignable to type 'DbgLevel'
dbg.level = "loud";
// @ts-expect-error Type 'string' is not assignable to type 'number'
export const text: number = dbg("text");

// Tasks of an executor

// @ts-expect-error is missing in type 'Promise<void>' but required in type 'Awaitable<
executor.spawn(async () => {});
// @ts-expect-error is not assignable to type 'Awaitable<unknown>'
executor.blockOn(() => 5);
// @ts-expect-error Argument of type '() => Generator<number
executor.spawn(function* () {
  yield 1;
});
// @ts-expect-error Type '"urgent"' is not assignable to type 'Priority | undefined'
executor.spawn(() => executor.yieldNow(), { priority: "urgent" });

// In locks

// @ts-expect-error functions cannot cross threads: send data, or export it from a module and pass its task from tasks()
new channel.Mutex(() => 1);
// @ts-expect-error The types of 'style.onClick' are incompatible between these types
new channel.RwLock(settings);
// @ts-expect-error promises cannot cross threads
new channel.Mutex(handle.recv());
// @ts-expect-error is not assignable to parameter of type
channel.shared(Array, 3);
declare const guard: channel.Guard<number>;
// @ts-expect-error functions cannot cross threads
spawn((g) => g.value, guard);

// Channels

declare const clicks: channel.Sender<{ onClick: () => void }>;
declare const jobs: channel.Sender<number>;

// @ts-expect-error functions cannot cross threads: send data, or export it from a module and pass its task from tasks()
clicks.send({ onClick: () => {} });
// @ts-expect-error Argument of type 'string' is not assignable to parameter of type 'number'
jobs.send("one");
// @ts-expect-error functions cannot cross threads: send data, or export it from a module and pass its task from tasks()
channel.watch(() => 1);
