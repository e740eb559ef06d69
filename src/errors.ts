/**
 * Every error that Webble throws.
 *
 * Each says what happened, to which thing, and what to do. `name` is stable: it is set as text, so that it
 * survives minifiers, and it is what crosses threads. A page may hold two copies of this library (a bundle and
 * a module task, say): `instanceof` looks at a shared mark and the name, so it is true across copies too.
 *
 * @module
 */

const MARK: unique symbol = Symbol.for("@webble/runtime/error") as never;

/** What all of Webble's errors extend. */
export class WebbleError extends Error {
  /** The stable name of this class's errors; what `instanceof` compares. */
  static readonly kind: string = "WebbleError";

  /** Whether `value` is an error of this class, made by this or by another copy of the library. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (!(value instanceof Object) || !(MARK in value) || !("name" in value)) return false;
    return this.kind === "WebbleError" || value.name === this.kind;
  }

  /**
   * Makes an error.
   *
   * @param message What happened, to which thing, and what to do.
   * @param options The error that caused this one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    // Not enumerable, as the engine's own fields are: a printed error shows its name once, in front.
    Object.defineProperty(this, MARK, { value: true });
    Object.defineProperty(this, "name", { value: new.target.kind, writable: true, configurable: true });
  }
}

/** A call that the runtime's state does not allow: work before `init` or after `shutdown`, a second `init`. */
export class LifecycleError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "LifecycleError";
}

/** A worker could not start. Names the worker, the URL and the cause; the runtime is back in its former state. */
export class InitError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "InitError";
}

/** Memory cannot be shared here. Names the two response headers that a page needs. */
export class IsolationError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "IsolationError";
}

/** A value cannot cross threads. Names its path, such as `args[0].style.onClick`. */
export class NotSendError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "NotSendError";
}

/** The shared heap is full. Gives what was asked for and what there is. */
export class OutOfMemoryError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "OutOfMemoryError";
}

/** The task was aborted; `cause` is the reason that was given, if any. */
export class AbortError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "AbortError";
}

/** The runtime shut down before the task ended; or a wait blocked a worker that is to end. */
export class ShutdownError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "ShutdownError";
}

/**
 * The worker died while it held the task, or no worker is left.
 *
 * The task may not have begun, have run in part, or have done all but say so; it is not run again. Where running
 * twice does no harm, spawn it again.
 */
export class WorkerLostError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "WorkerLostError";
}

/** The task threw something that is not an error; `cause` is what it threw. */
export class TaskError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "TaskError";
}

/** The result was taken out of this handle already. */
export class HandleConsumedError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "HandleConsumedError";
}

/** The message does not fit into the channel now. */
export class ChannelFullError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "ChannelFullError";
}

/** The other end of the channel is gone. */
export class ChannelClosedError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "ChannelClosedError";
}

/** Who had the lock died with it, so what it guards may be half changed. Says how to go on all the same. */
export class PoisonError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "PoisonError";
}

/** What was waited for can never happen. */
export class DeadlockError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "DeadlockError";
}

/** The task was evicted before it ended. */
export class JoinError extends WebbleError {
  /** The stable name. */
  static override readonly kind: string = "JoinError";
}
