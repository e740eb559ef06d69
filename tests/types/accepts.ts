/** What must compile, with the exact types that come out. Checked by `types.test.ts`, never run. */

import {
  channel,
  dbg,
  type DbgLevel,
  executor,
  onMain,
  type Send,
  type Sendable,
  type Settled,
  spawn,
  type Task,
  type TaskReference,
  tasks,
  transfer,
  type WorkerHandle,
} from "../../mod.ts";

type Equal<X, Y> = (<T>() => T extends X ? 1 : 2) extends (<T>() => T extends Y ? 1 : 2) ? true : false;

/** Compiles only where the type of `_value` is exactly `X`. */
function is<X>(): <Y>(_value: Y, ..._check: Equal<X, Y> extends true ? [] : ["is not exactly that type"]) => void {
  return () => {};
}

/** Compiles only where a `T` can be sent. */
function sends<T>(..._check: [T] extends [Send<T>] ? [] : ["cannot be sent"]): void {}

/** Compiles only where `Send<T>` is `T` itself. */
function unchanged<T>(..._check: Equal<T, Send<T>> extends true ? [] : ["is changed by Send"]): void {}

declare const url: string;
const work = tasks<typeof import("./work.ts")>(import.meta.resolve("./work.ts"));

export function scalars(): void {
  enum Level {
    Low,
    High,
  }
  enum Colour {
    Red = "red",
  }
  type UserId = string & { readonly brand: unique symbol };
  unchanged<string | number | bigint | boolean | null | undefined>();
  unchanged<"literal" | 1 | 1n | true | `a-${number}`>();
  unchanged<Level | Colour.Red>();
  unchanged<UserId>();
  unchanged<void>();
  unchanged<undefined>();
  unchanged<never>();
  unchanged<unknown>();
  // deno-lint-ignore no-explicit-any -- the test is that it passes
  unchanged<any>();
}

export function objects(): void {
  interface Point {
    readonly x: number;
    y?: number;
  }
  class Box {
    #secret = 1;
    constructor(readonly width: number, private depth: number) {}
    static from(width: number): Box {
      return new Box(width, Box.#sum(width));
    }
    static #sum(width: number): number {
      const box = new Box(width, 0);
      return box.#secret + box.depth;
    }
  }
  class _NotFoundError extends Error {
    override readonly name = "NotFoundError";
    constructor(readonly path: string) {
      super(path);
    }
  }
  unchanged<Point>();
  unchanged<{ kind: "a"; a: number } | { kind: "b"; b?: Point }>();
  unchanged<Record<string, unknown>>();
  sends<object>();
  sends<Box>();
  sends<Error | TypeError | AggregateError | _NotFoundError | DOMException>();
  spawn((box: Box) => box.width, Box.from(1));
}

export function collections(): void {
  sends<string[]>();
  sends<readonly { a: number }[]>();
  sends<[number, string?, ...boolean[]]>();
  sends<readonly [x: number, y: number]>();
  sends<Map<string, Set<{ a: number }>>>();
  sends<ReadonlyMap<string, ReadonlySet<number>>>();
  sends<Date | RegExp | RegExpExecArray>();
  // deno-lint-ignore ban-types -- the boxed values are meant
  sends<Number | String | Boolean | BigInt>();
}

export function buffers(): void {
  unchanged<ArrayBuffer | SharedArrayBuffer | ArrayBufferLike>();
  unchanged<Uint8Array>();
  unchanged<Uint8Array<ArrayBuffer> | Int32Array<SharedArrayBuffer> | BigInt64Array>();
  unchanged<DataView | ArrayBufferView>();
}

export function platform(): void {
  unchanged<Blob | File | FileList | FileSystemHandle | FileSystemFileHandle | FileSystemDirectoryHandle>();
  unchanged<MessagePort | RTCDataChannel>();
  unchanged<ReadableStream<Uint8Array> | WritableStream<string>>();
  unchanged<ImageBitmap | OffscreenCanvas | VideoFrame | AudioData>();
  unchanged<DOMPoint | DOMRect | DOMMatrix | DOMQuad>();
  unchanged<WebAssembly.Memory>();
  sends<WebAssembly.Module>();
  sends<TransformStream<string, Uint8Array>>();
  sends<ImageData>();
  sends<CryptoKey | CryptoKeyPair>();
}

export function recursion(): void {
  type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
  interface Tree {
    value: number;
    left?: Tree;
    right: Tree | null;
    children: Map<string, Tree>;
  }
  type List<T> = { head: T; tail: List<T> } | undefined;
  type Nested = [number, Nested?];
  interface Deep<T> {
    value: T;
    wider: Deep<T[]>;
  }
  type Nest = number | Map<Nest, Nest> | Set<Nest> | readonly Nest[];
  interface Index extends Map<string, Index | number> {}
  sends<Json>();
  sends<Nest>();
  sends<Index>();
  sends<Tree>();
  sends<List<Json>>();
  sends<Nested>();
  spawn((deep: Deep<number>) => deep.wider.value, null as unknown as Deep<number>);
  spawn((tree: Tree) => tree.left, { value: 1, right: null, children: new Map() });
  is<WorkerHandle<Json>>()(spawn((text: string) => JSON.parse(text) as Json, "[]"));
}

export function argumentsFromParameters(): void {
  is<WorkerHandle<number>>()(spawn((a: number, b: string) => a + b.length, 1, "x"));
  is<WorkerHandle<number>>()(spawn(async (a: number) => await a, 1));
  is<WorkerHandle<number>>()(spawn((a: number, b?: string) => a + (b?.length ?? 0), 1));
  is<WorkerHandle<number>>()(spawn((a: number, b?: string) => a + (b?.length ?? 0), 1, "x"));
  is<WorkerHandle<number>>()(spawn((a: number, b: string = "x") => a + b.length, 1));
  is<WorkerHandle<number>>()(spawn((a: number, b = "x") => a + b.length, 1, "y"));
  is<WorkerHandle<number>>()(spawn((...all: number[]) => all.length, 1, 2, 3));
  is<WorkerHandle<number>>()(spawn((a: string, ...all: number[]) => a.length + all.length, "x"));
  is<WorkerHandle<string>>()(spawn((a: string | number) => `${a}`, 1));
  is<WorkerHandle<number>>()(spawn((a: { x: number; y?: number }) => a.x, { x: 1 }));
  is<WorkerHandle<number>>()(spawn((a: readonly number[]) => a.length, [1, 2]));
  is<WorkerHandle<number>>()(spawn(({ x }: { x: number }, [y]: [number]) => x + y, { x: 1 }, [2]));
  is<WorkerHandle<number>>()(spawn(Math.max, 1, 2));
  spawn((a: unknown) => a, Symbol.iterator.description);
}

export function parametersFromArguments(): void {
  is<WorkerHandle<string>>()(onMain((t) => document.title = t, url));
  is<WorkerHandle<string>>()(onMain(async (t) => await Promise.resolve(document.title = t), url));
  is<WorkerHandle<number>>()(spawn((a, b) => a.x + b.length, { x: 1 }, ["a"]));
  is<WorkerHandle<{ a: number; b: boolean }>>()(spawn((a, b) => ({ a, b }), 1, true));
  is<WorkerHandle<Uint8Array<ArrayBuffer> | undefined>>()(
    spawn((m, key) => m.get(key), new Map([["a", new Uint8Array(3)]]), "a"),
  );
  const point: readonly [number, number] = [1, 2];
  is<WorkerHandle<readonly [number, number]>>()(spawn((p) => p, point));
  is<WorkerHandle<ArrayBuffer>>()(spawn((b) => b, transfer(new ArrayBuffer(8))));
}

export function results(): void {
  is<WorkerHandle<number>>()(spawn(() => 1));
  is<WorkerHandle<void>>()(spawn(() => {}));
  is<WorkerHandle<void>>()(spawn(async () => {
    await null;
  }));
  is<WorkerHandle<undefined>>()(spawn(() => undefined));
  is<WorkerHandle<never>>()(spawn(() => {
    throw new Error("no result");
  }));
  is<WorkerHandle<{ a: number; b: string[] }>>()(spawn(() => ({ a: 1, b: ["x"] })));
  is<WorkerHandle<"a" | null>>()(spawn((x: number) => x > 0 ? "a" : null, 1));
  is<WorkerHandle<number | "s">>()(spawn((x: number) => x > 0 ? Promise.resolve(3) : "s", 1));
  // deno-lint-ignore no-explicit-any -- what JSON.parse gives
  is<WorkerHandle<any>>()(spawn((text: string) => JSON.parse(text), "1"));
  is<WorkerHandle<unknown>>()(spawn((): unknown => 1));
  is<WorkerHandle<ArrayBuffer>>()(spawn(() => transfer(new ArrayBuffer(8))));
}

export function handles(): void {
  const handle = spawn(() => 1);
  unchanged<WorkerHandle<number>>();
  sends<Map<string, WorkerHandle<{ a: number }>[]>>();
  is<WorkerHandle<number>>()(spawn((h: WorkerHandle<number>) => h.recv(), handle));
  is<WorkerHandle<number>>()(spawn((h) => h.recv(), handle));
  is<WorkerHandle<WorkerHandle<number>>>()(spawn((h) => h, handle));
  is<WorkerHandle<WorkerHandle<number>>>()(spawn(async () => await Promise.resolve(spawn(() => 1))));
  is<WorkerHandle<number>[]>()(Array.from({ length: 4 }, (_, y) => spawn((n) => n, y)));
}

export function executors(): void {
  const handle = spawn(() => 1);
  const task = executor.spawn(function* () {
    const n = yield* handle;
    is<number>()(n);
    const text = yield* executor.yieldAsync(Promise.resolve("text"));
    is<string>()(text);
    is<number>()(yield* executor.yieldAnimationFrame());
    is<void>()(yield* executor.yieldNow());
    is<executor.IdleTime>()(yield* executor.yieldUntilIdle());
    return { n, text };
  });
  is<executor.TaskHandle<{ n: number; text: string }>>()(task);
  is<Promise<{ n: number; text: string }>>()(task.join());
  is<executor.TaskHandle<number>>()(executor.spawn(() => handle, { name: "joins", priority: "background" }));
  is<executor.TaskHandle<never>>()(executor.spawn(() => executor.pending()));
  is<string>()(executor.blockOn(function* () {
    return (yield* task).text;
  }));
  is<number | undefined>()(executor.blockOn(() => channel.mpsc<number>(4)[1]));
  is<executor.TaskHandle<string | undefined>>()(executor.spawn(function* () {
    const text = yield* channel.broadcast<string>(4)[0].subscribe();
    return is<string | undefined>()(text), text;
  }));
  is<executor.Stop>()(executor.run(task));
  is<executor.Stop>()(executor.run({ until: task, budgetMs: 4, maxPolls: 10 }));
  is<executor.TaskHandle<unknown>[]>()(executor.tasks());
}

export function references(): void {
  is<TaskReference<[y: number, scale?: number], Promise<number[]>>>()(work.render);
  is<WorkerHandle<number[]>>()(spawn(work.render, 1));
  is<WorkerHandle<number[]>>()(spawn(work.render, 1, 2));
  is<WorkerHandle<string>>()(spawn(work.parse, new Uint8Array(1)));
  is<WorkerHandle<unknown>>()(spawn(work.same, { any: "thing" }));
  is<"render" | "rows" | "paint" | "parse" | "same" | "default">()(null as unknown as keyof typeof work);
  unchanged<typeof work.render>();
  is<WorkerHandle<number[]>>()(spawn((f: typeof work.render) => spawn(f, 1).recv(), work.render));
}

export function generics(): void {
  function call<A extends unknown[], R>(fn: Task<A, R>, ...args: Sendable<A>): Promise<Settled<R>> {
    return spawn(fn, ...args).recv();
  }
  function size<T>(value: Send<T>): WorkerHandle<number> {
    return spawn((v: T) => `${v}`.length, value);
  }
  is<Promise<number>>()(call((a: number, b: string) => a + b.length, 1, "x"));
  is<Promise<number[]>>()(call(work.render, 1));
  size({ a: 1 });
  is<WorkerHandle<unknown>>()(spawn(<T>(value: T) => value, 3));
}

export function debugging(): void {
  is<number>()(dbg(url.length));
  is<{ a: number }>()(dbg({ a: 1 }));
  is<[number, string]>()(dbg(1, "a"));
  is<void>()(dbg());
  dbg.level = "warn";
  dbg.enabled = dbg.enabled && false;
  is<DbgLevel>()(dbg.level as DbgLevel);
  spawn((n: number) => dbg(n), 1);
}

export function locks(): void {
  const counter = new channel.Mutex(0);
  is<channel.Mutex<number>>()(counter);
  is<channel.Mutex<{ a: number[] }>>()(new channel.Mutex({ a: [1] }));
  is<channel.RwLock<Map<string, number>>>()(new channel.RwLock(new Map([["a", 1]])));
  is<Promise<channel.Guard<number>>>()(counter.lock());
  is<channel.Guard<number>>()(counter.lockSync());
  is<channel.Guard<number> | undefined>()(counter.lockSync(10));
  unchanged<channel.Mutex<number>>();
  unchanged<channel.RwLock<number>>();
  unchanged<channel.Semaphore>();
  unchanged<channel.Barrier>();
  unchanged<channel.Condvar>();
  unchanged<channel.Once<string>>();
  const array = channel.shared(Float64Array, 3);
  is<Float64Array<SharedArrayBuffer>>()(array.view);
  is<number>()(array.at(0));
  is<bigint>()(channel.shared(BigInt64Array, 3).at(0));
  spawn((array: channel.SharedArray<Float64Array>) => array.length, array);
  is<WorkerHandle<boolean>>()(spawn((mutex: channel.Mutex<number>) => mutex.isLocked, counter));
}

export function channels(): void {
  const [sender, receiver] = channel.spsc<{ id: number; tags?: string[] }>(1024).split();
  is<channel.Sender<{ id: number; tags?: string[] }>>()(sender);
  sender.send({ id: 1 });
  is<{ id: number; tags?: string[] } | undefined>()(receiver.tryRecv());
  sends<typeof sender>();
  sends<{ ends: [typeof sender, typeof receiver] }>();
  unchanged<channel.WatchReceiver<number> | channel.BroadcastSender<string>>();
  spawn((to: channel.Sender<{ id: number; tags?: string[] }>) => to.send({ id: 2 }), sender);
  is<WorkerHandle<channel.Receiver<number>>>()(spawn(() => channel.mpsc<number>(4)[1]));
  const [settings, current] = channel.watch({ dark: false });
  settings.send({ dark: true });
  is<{ dark: boolean }>()(current.borrow());
  const rows = channel.stream(function* (n: number) {
    yield { n };
    return "done" as string;
  }, 3);
  is<channel.TaskStream<{ n: number }, string>>()(rows);
}
