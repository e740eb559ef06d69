/**
 * Channels and locks in shared memory.
 *
 * Each lives in a `SharedArrayBuffer` of its own: it works with and without the runtime, between the pool's threads and
 * with workers of your own, and is collected when nobody refers to it any more.
 *
 * @module
 */

export { broadcast, type BroadcastReceiver, type BroadcastSender } from "./broadcast.ts";
export { messageBytes } from "./message.ts";
export { Barrier } from "./lock/barrier.ts";
export { Condvar } from "./lock/condvar.ts";
export { Guard, type Guardable, type LockOptions, type RoomOptions } from "./lock/guard.ts";
export { Mutex } from "./lock/mutex.ts";
export { Once } from "./lock/once.ts";
export { ReadGuard, RwLock } from "./lock/rwlock.ts";
export { oneshot } from "./oneshot.ts";
export { attach, type Parts } from "./parts.ts";
export { mpmc, mpsc, type QueueOptions } from "./queue.ts";
export { Receiver } from "./receiver.ts";
export { Permit, Semaphore } from "./lock/semaphore.ts";
export { Sender } from "./sender.ts";
export { shared, SharedArray, type SharedType, type SharedView } from "./shared.ts";
export { type Spsc, spsc } from "./spsc.ts";
export { stream, type StreamTask, type TaskStream } from "./stream.ts";
export { watch, type WatchReceiver, type WatchSender } from "./watch.ts";
