/**
 * Labour: tasks of every kind, each of which says that it begins, and what may come of it.
 *
 * Their functions are shipped by source: they know nothing but their arguments, `webble`, and `mark` among the globals.
 *
 * @module
 */

import * as webble from "@webble/runtime";
import type { Marking } from "./mortal.ts";

/** A task that was spawned. */
export interface Job {
  readonly handle: webble.WorkerHandle<unknown>;
  /** Whether the value is the right one. */
  readonly gives?: (value: unknown) => boolean | Promise<boolean>;
  /** The names of errors with which it may fail although no worker died. */
  readonly fails?: readonly string[];
  /** Whether it can end well. */
  readonly succeeds?: false;
}

/** A kind of task. */
export interface Kind {
  /** How many there are of it among a thousand. */
  readonly weight: number;
  /** How many tasks one of it is, itself included. */
  readonly size: number;
  /** Spawns one; it and its children have the numbers from `id` on. */
  spawn(id: number, below: (count: number) => number): Job;
}

const echo = <T>(id: number, value: T): T => {
  (globalThis as unknown as Marking).mark(id);
  return value;
};

const later = async (id: number, ms: number): Promise<number> => {
  (globalThis as unknown as Marking).mark(id);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return id;
};

const throws = (id: number, why: unknown): never => {
  (globalThis as unknown as Marking).mark(id);
  throw Object.assign(new RangeError(`task ${id}`, { cause: why }), { id });
};

const throwsLater = async (id: number): Promise<never> => {
  (globalThis as unknown as Marking).mark(id);
  await webble.yieldNow();
  throw { id };
};

const untilAborted = async (id: number): Promise<string> => {
  (globalThis as unknown as Marking).mark(id);
  const { signal } = webble.context();
  await new Promise((resolve) => signal.aborted ? resolve(0) : signal.addEventListener("abort", resolve));
  return "aborted";
};

/** Spawns children on both tracks, and on main; awaits them. */
const parent = async (id: number, text: string): Promise<number> => {
  const { mark } = globalThis as unknown as Marking;
  mark(id);
  const child = (id: number, text: string) => {
    (globalThis as unknown as Marking).mark(id);
    return text.length;
  };
  const grandparent = async (id: number, text: string) => {
    const { mark } = globalThis as unknown as Marking;
    mark(id);
    const grandchild = (id: number, text: string) => {
      (globalThis as unknown as Marking).mark(id);
      return text.length;
    };
    return await webble.spawnStealable(grandchild, id + 1, text).recv();
  };
  const children = [
    webble.spawnStealable(child, id + 1, text),
    webble.spawn(child, id + 2, text),
    webble.spawnStealable(grandparent, id + 3, text),
    webble.onMain(child, id + 5, text),
  ];
  let sum = 0;
  for (const one of await Promise.all(children.map((one) => one.recv()))) sum += one;
  return sum;
};

/** Spawns children, and lets their handles go. */
const deserts = (id: number, text: string): number => {
  (globalThis as unknown as Marking).mark(id);
  for (let i = 1; i < 6; i++) {
    const spawn = i % 2 === 0 ? webble.spawn : webble.spawnStealable;
    spawn(
      (id: number, text: string) => {
        (globalThis as unknown as Marking).mark(id);
        return text;
      },
      id + i,
      text,
    );
  }
  return id;
};

/** Awaits a handle that it was given, and gives another. */
const joins = async (id: number, handle: webble.WorkerHandle<number>): Promise<webble.WorkerHandle<number>> => {
  (globalThis as unknown as Marking).mark(id);
  const got = await handle.recv();
  return webble.spawnStealable(
    (id: number, got: number) => {
      (globalThis as unknown as Marking).mark(id);
      return got + 1;
    },
    id + 2,
    got,
  );
};

const both = (id: number) => id % 2 === 0 ? webble.spawn : webble.spawnStealable;

/** Every kind. */
export const KINDS: readonly Kind[] = [
  {
    weight: 500,
    size: 1,
    spawn: (id) => ({ handle: webble.spawnStealable(echo<number>, id, id), gives: (value) => value === id }),
  },
  {
    weight: 200,
    size: 1,
    spawn: (id) => ({ handle: webble.spawn(echo<number>, id, id), gives: (value) => value === id }),
  },
  {
    weight: 40,
    size: 1,
    spawn: (id, below) => ({ handle: both(id)(later, id, below(20)), gives: (value) => value === id }),
  },
  {
    weight: 100,
    size: 1,
    spawn(id, below) {
      const text = "s".repeat(below(4000));
      return { handle: both(id)(echo<string>, id, text), gives: (value) => value === text };
    },
  },
  {
    weight: 30,
    size: 1,
    spawn: (id, below) => ({
      handle: both(id)(echo<unknown>, id, {
        id,
        list: new Array(below(50)).fill("x"),
        map: new Map([[id, new Date(id)]]),
      }),
      gives: (value) => (value as { map: Map<number, Date> }).map.get(id)?.getTime() === id,
    }),
  },
  {
    weight: 1,
    size: 1,
    spawn(id, below) {
      const bytes = new Uint8Array(2 ** 16 * (1 + below(16))).fill(id & 0xff);
      return {
        handle: both(id)(echo<Uint8Array>, id, bytes),
        gives: (value) => (value as Uint8Array).length === bytes.length && (value as Uint8Array).at(-1) === (id & 0xff),
      };
    },
  },
  {
    weight: 30,
    size: 1,
    spawn: (id, below) => ({
      handle: both(id)(throws, id, "w".repeat(below(500))),
      fails: ["RangeError"],
      succeeds: false,
    }),
  },
  {
    weight: 10,
    size: 1,
    spawn: (id) => ({ handle: both(id)(throwsLater, id), fails: ["TaskError"], succeeds: false }),
  },
  {
    weight: 30,
    size: 1,
    spawn(id, below) {
      const handle = both(id)(echo<number>, id, id);
      if (below(2) === 0) handle.abort({ why: id });
      else queueMicrotask(() => handle.abort());
      return { handle, fails: ["AbortError"], gives: (value) => value === id };
    },
  },
  {
    weight: 10,
    size: 1,
    spawn(id, below) {
      const handle = both(id)(untilAborted, id);
      setTimeout(() => handle.abort({ why: "r".repeat(below(300)) }), below(15));
      return { handle, fails: ["AbortError"], succeeds: false };
    },
  },
  {
    weight: 20,
    size: 6,
    spawn(id, below) {
      const text = "n".repeat(below(600));
      return { handle: both(id)(parent, id, text), gives: (value) => value === 4 * text.length };
    },
  },
  {
    weight: 10,
    size: 6,
    spawn: (id, below) => ({ handle: both(id)(deserts, id, "d".repeat(below(200))), gives: (value) => value === id }),
  },
  {
    weight: 5,
    size: 3,
    spawn(id) {
      const inner = both(id)(echo<number>, id + 1, id);
      return {
        handle: webble.spawn(joins, id, inner),
        gives: async (value) => await (value as webble.WorkerHandle<number>).recv() === id + 1,
      };
    },
  },
  {
    weight: 2,
    size: 1,
    spawn: (id, below) => {
      const size = below(2000);
      return {
        handle: webble.spawn(echo<Blob>, id, new Blob(["b".repeat(size)])),
        gives: (value) => (value as Blob).size === size,
      };
    },
  },
  {
    weight: 2,
    size: 1,
    spawn: (id, below) => {
      const size = 1 + below(2000);
      return {
        handle: webble.spawn(echo<ArrayBuffer>, id, webble.transfer(new ArrayBuffer(size))),
        gives: (value) => (value as ArrayBuffer).byteLength === size,
      };
    },
  },
  {
    weight: 10,
    size: 1,
    spawn: (id) => ({ handle: webble.onMain(echo<number>, id, id), gives: (value) => value === id }),
  },
];

/** Ways of dying that a task chooses, each after it has said that it begins. */
export const DEATHS: readonly ((id: number) => Promise<never>)[] = [
  (id) => {
    (globalThis as unknown as Marking).mark(id);
    self.close();
    return new Promise<never>(() => {});
  },
  (id) => {
    (globalThis as unknown as Marking).mark(id);
    setTimeout(() => {
      throw new Error("astray");
    }, 0);
    return new Promise<never>(() => {});
  },
  (id) => {
    (globalThis as unknown as Marking).mark(id);
    Promise.reject(new Error("astray"));
    return new Promise<never>(() => {});
  },
];

/** Holds its thread, and looks at nothing: for an abort by force. */
export const spins = (id: number): void => {
  (globalThis as unknown as Marking).mark(id);
  for (const end = performance.now() + 400; performance.now() < end;);
};
