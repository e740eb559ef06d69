/**
 * The start of a pool worker: it waits for main's first message, imports the glue, and takes work.
 *
 * This happens wherever the library is imported in a worker whose name says that it belongs to a pool, be that the library's own
 * script or a user's. Other workers are left alone, and may start runtimes of their own.
 */

import { LAYOUT_VERSION, Memory } from "../memory/layout.ts";
import { messageOf } from "../task/code.ts";
import { Member } from "../value/commons.ts";
import { Engine } from "./engine.ts";
import { holdLifeLock } from "./life_lock.ts";
import { type FromMain, reportUncaught, type Start, trouble, WORKER_NAME } from "./messages.ts";
import type { Runtime } from "./runtime.ts";
import { VERSION } from "./version.ts";

/** What is used here of a worker's global scope; TypeScript's own types are for pages. */
interface WorkerScope {
  readonly name: string;
  postMessage(message: unknown, transfers?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<FromMain>) => void): void;
  close(): void;
}

/** Makes this thread a worker of the pool, if that is what it was made for. */
export function startIfWorker(runtime: Runtime): void {
  const scope = globalThis as unknown as WorkerScope;
  if (!("WorkerGlobalScope" in globalThis) || typeof scope.name !== "string" || !scope.name.startsWith(WORKER_NAME)) {
    return;
  }
  let part: Part | undefined;
  scope.addEventListener("message", (event) => {
    const message = event.data;
    switch (message?.webble) {
      case "start":
        if (part !== undefined) return;
        part = start(scope, runtime, message);
        break;
      case "parcel":
        part?.engine.thread.post.receive(message);
        break;
      case "share":
      case "forget":
        part?.commons.receive(message);
        if (message.webble === "share") part?.engine.thread.onShare();
        break;
      default:
        return;
    }
    event.stopImmediatePropagation();
  });
  reportUncaught();
}

/** What messages from main are for. */
interface Part {
  readonly engine: Engine;
  readonly commons: Member;
}

function start(scope: WorkerScope, runtime: Runtime, message: Start): Part | undefined {
  const { layout, version, buffer, number, glue, lock } = message;
  if (layout !== LAYOUT_VERSION) {
    const what =
      `this worker's script holds version ${VERSION} of @webble/runtime (memory layout ${LAYOUT_VERSION}), ` +
      `the main thread version ${version} (memory layout ${layout}): use the same in both`;
    scope.postMessage(trouble("failed", new TypeError(what)));
    return undefined;
  }
  const lifeLock = { name: lock, held: false };
  const headStart = runtime.headStart?.();
  const held = (headStart?.held ?? holdLifeLock(lock)).then((is) => void (lifeLock.held = is));
  const close = scope.close.bind(scope);
  // A task that closes its worker takes others with it: main is told why.
  Object.defineProperty(globalThis, "close", {
    value: () => {
      scope.postMessage({ webble: "closing" });
      close();
    },
    configurable: true,
    writable: true,
  });
  const memory = Memory.attach(buffer);
  const commons = new Member();
  commons.learn(message.shared);
  const engine = new Engine({
    number,
    memory,
    glue,
    commons,
    api: (aliases) => runtime.apiFor(aliases),
    carry: (delivery, transfers) => scope.postMessage(delivery, transfers),
    leave: (isTold) => {
      if (isTold) scope.postMessage({ webble: "left" });
      close();
    },
    report: (error) => scope.postMessage(trouble("report", error)),
    kill: (thread, record, met) => scope.postMessage({ webble: "kill", thread, record, met }),
  });
  runtime.becomeWorker(engine, lifeLock);
  if (headStart !== undefined) {
    engine.incoming.takeOver(headStart.chain);
    if (headStart.unfinished !== undefined) engine.runner.takeOver(headStart.unfinished);
  }
  scope.postMessage({ webble: "attached" });
  // Shipped closures see the API as this global.
  Object.defineProperty(globalThis, "webble", { value: runtime.api, configurable: true, writable: true });
  const ready = () => {
    engine.start(headStart?.claimed);
    scope.postMessage({ webble: "ready" });
  };
  // No foreign code before the lock is held: it may end the worker.
  held.then(() => glue === undefined ? undefined : import(glue)).then(ready, (cause) => {
    const message = `the glue module ${glue} cannot be imported: ${messageOf(cause)}`;
    // With the place where it was thrown, which may be in any module that the glue imports.
    scope.postMessage({ ...trouble("failed", cause), message });
  });
  return { engine, commons };
}
