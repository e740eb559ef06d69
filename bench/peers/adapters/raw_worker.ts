/**
 * The other end of `raw.ts`.
 *
 * @module
 */

import { type TaskName, TASKS } from "../tasks.ts";

interface Scope {
  onmessage: (event: MessageEvent<[TaskName | "move", unknown]>) => void;
  postMessage(message: unknown, transfers?: Transferable[]): void;
}

const scope = globalThis as unknown as Scope;

scope.onmessage = ({ data: [name, value] }) => {
  if (name === "move") scope.postMessage(value, [(value as Uint8Array).buffer as ArrayBuffer]);
  else scope.postMessage((TASKS[name] as (value: unknown) => unknown)(value));
};
