/**
 * Turns of the event loop: how the runtime lets timers, input, network and frames have their time, and then goes on.
 *
 * A message to oneself comes back after what is waiting now, and sooner than any timer.
 */

/** Calls functions in a later turn of this thread's event loop. */
export class Turns {
  readonly #next: (() => void)[] = [];
  #channel: MessageChannel | undefined;

  /** Calls `resume` in a later turn. */
  later(resume: () => void): void {
    if (this.#channel === undefined) {
      this.#channel = new MessageChannel();
      this.#channel.port1.onmessage = () => this.#next.shift()?.();
    }
    this.#next.push(resume);
    this.#channel.port2.postMessage(0);
  }

  /** Ends: an open channel would keep the program alive. What is still to be called is called soon. */
  close(): void {
    this.#channel?.port1.close();
    this.#channel = undefined;
    for (const resume of this.#next.splice(0)) queueMicrotask(resume);
  }
}
