/**
 * `postMessage` by hand, as thin as it can be: workers in turn, answers in order, so that no message needs a number.
 *
 * For fork and join, where a worker's tasks have nobody to post to, it runs the same async functions on one thread
 * without spawning: what the promises alone cost.
 *
 * @module
 */

import type { Adapter, Call } from "../adapter.ts";
import type { TaskName } from "../tasks.ts";

interface Line {
  readonly worker: Worker;
  readonly waiting: ((value: unknown) => void)[];
  next: number;
}

let lines: Line[] = [];
let turn = 0;

function send(line: Line, message: unknown, transfers: Transferable[]): Promise<unknown> {
  return new Promise((resolve) => {
    line.waiting.push(resolve);
    line.worker.postMessage(message, transfers);
  });
}

function nextLine(): Line {
  turn = (turn + 1) % lines.length;
  return lines[turn]!;
}

function open(): Line {
  const worker = new Worker(new URL("./raw_worker.ts", import.meta.url), { type: "module" });
  const line: Line = { worker, waiting: [], next: 0 };
  worker.onmessage = ({ data }: MessageEvent) => {
    line.waiting[line.next++]!(data);
    if (line.next === line.waiting.length) line.waiting.length = line.next = 0;
  };
  return line;
}

const NO_TRANSFERS: Transferable[] = [];

const fib = async function fib(n: number): Promise<number> {
  if (n < 2) return n;
  const a = fib(n - 1);
  const b = fib(n - 2);
  return await a + await b;
};

export const adapter: Adapter = {
  version: "–",
  start(workers: number): void {
    lines = Array.from({ length: workers }, open);
  },
  async ready(): Promise<void> {
    await Promise.all(lines.map((line) => send(line, ["noop"], NO_TRANSFERS)));
  },
  task(name: TaskName): Call {
    return (value) => send(nextLine(), [name, value], NO_TRANSFERS);
  },
  async move(bytes: Uint8Array): Promise<Uint8Array> {
    return await send(nextLine(), ["move", bytes], [bytes.buffer as ArrayBuffer]) as Uint8Array;
  },
  fib,
  stop(): Promise<void> {
    for (const { worker } of lines) worker.terminate();
    lines = [];
    return Promise.resolve();
  },
};
