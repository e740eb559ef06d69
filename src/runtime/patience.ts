/**
 * Patience: whether a thread that waits for something had better go on awake for a while, as it is likely to come soon.
 *
 * Where the last wait was brief, so perhaps is this one. What other programs do cannot be seen, only that nothing came: then
 * it takes several brief waits in a row before it is tried again, the more the more often that was so.
 *
 * After A. R. Karlin, K. Li, M. S. Manasse and S. Owicki, "Empirical Studies of Competitive Spinning for a Shared-Memory
 * Multiprocessor", 1991: how long to spin is learnt from how long the last waits were.
 */

/** Milliseconds that count as brief, and for which a thread goes on. */
export const BRIEF = 0.25;
/** So many more it has slept when a wake has come through. */
const WAKE = 0.2;
/** Brief waits in a row that are asked for at most. */
const MOST_ASKED = 64;

/** What one thread has learnt of its waits. */
export class Patience {
  /** Brief waits in a row, and how many of them are asked for. */
  #brief = 0;
  #asked = 1;

  /** Whether going on is likely to pay. */
  get isWorthwhile(): boolean {
    return this.#brief >= this.#asked;
  }

  /** A wait has ended that took so many milliseconds, a wake among them. */
  learn(time: number): void {
    this.#brief = time < BRIEF + WAKE ? this.#brief + 1 : 0;
  }

  /** Something came while the thread went on. */
  paid(): void {
    this.#asked = 1;
  }

  /** Nothing came while the thread went on. */
  wasInVain(): void {
    this.#brief = 0;
    this.#asked = Math.min(MOST_ASKED, 2 * this.#asked);
  }
}
