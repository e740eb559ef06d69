/**
 * The classes of the API, each as a function that gives it: in a bundle such a function says what the bundler calls the class,
 * which the class itself may not. See `task/aliases.ts`.
 */

import * as webble from "../mod.ts";
import * as channel from "./channel/mod.ts";
import * as executor from "./executor/mod.ts";

/** By the name that each has in the API. Not to be called before the library is there. */
export const CLASSES: Readonly<Record<string, () => unknown>> = {
  AbortError: () => webble.AbortError,
  ChannelClosedError: () => webble.ChannelClosedError,
  ChannelFullError: () => webble.ChannelFullError,
  DeadlockError: () => webble.DeadlockError,
  HandleConsumedError: () => webble.HandleConsumedError,
  InitError: () => webble.InitError,
  IsolationError: () => webble.IsolationError,
  JoinError: () => webble.JoinError,
  LifecycleError: () => webble.LifecycleError,
  NotSendError: () => webble.NotSendError,
  OutOfMemoryError: () => webble.OutOfMemoryError,
  PoisonError: () => webble.PoisonError,
  ShutdownError: () => webble.ShutdownError,
  TaskError: () => webble.TaskError,
  WebbleBuilder: () => webble.WebbleBuilder,
  WebbleError: () => webble.WebbleError,
  WorkerHandle: () => webble.WorkerHandle,
  WorkerLostError: () => webble.WorkerLostError,
  "channel.Barrier": () => channel.Barrier,
  "channel.Condvar": () => channel.Condvar,
  "channel.Guard": () => channel.Guard,
  "channel.Mutex": () => channel.Mutex,
  "channel.Once": () => channel.Once,
  "channel.Permit": () => channel.Permit,
  "channel.ReadGuard": () => channel.ReadGuard,
  "channel.Receiver": () => channel.Receiver,
  "channel.RwLock": () => channel.RwLock,
  "channel.Semaphore": () => channel.Semaphore,
  "channel.Sender": () => channel.Sender,
  "channel.SharedArray": () => channel.SharedArray,
  "executor.Executor": () => executor.Executor,
  "executor.TaskHandle": () => executor.TaskHandle,
};
