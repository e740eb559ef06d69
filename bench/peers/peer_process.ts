/**
 * A peer as the parent sees it: a process that takes turns with the others.
 *
 * Between its turns it is stopped (SIGSTOP), whatever it would do with the time, so that a peer that spins or ticks
 * while idle does not slow the others down.
 *
 * @module
 */

import { PEERS } from "./adapter.ts";
import { type Answer, MARK } from "./child.ts";
import type { Sample } from "./work.ts";

/** After this a turn counts as hanging, and the peer is out. */
const TURN_MS = 30_000;
/** The first time, packages are fetched. */
const OPEN_MS = 60_000;
const STOPS: boolean = Deno.build.os !== "windows";

/** A peer's process. */
export class PeerProcess {
  readonly name: string;
  version = "";
  note: string | undefined;
  /** Why the peer is out, if it is. */
  problem: string | undefined;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: AsyncGenerator<Answer>;
  #stderr = "";

  private constructor(name: string) {
    this.name = name;
    const args = ["run", "-A", "--no-lock", "--quiet", "--v8-flags=--expose-gc"];
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [...args, new URL("./child.ts", import.meta.url).href, name],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#answers = answers(this.#process.stdout);
    this.#readErrors();
  }

  /** Starts a peer. One that does not start is out, and says why. */
  static async open(name: string): Promise<PeerProcess> {
    if (!(name in PEERS)) throw new Error(`There is no peer "${name}": there are ${Object.keys(PEERS).join(", ")}`);
    const peer = new PeerProcess(name);
    const answer = await peer.#answer(OPEN_MS);
    if (answer.ok && "version" in answer) {
      peer.version = answer.version;
      peer.note = answer.note;
    } else if (!answer.ok) peer.#drop(answer.problem);
    peer.#signal("SIGSTOP");
    return peer;
  }

  /** A turn: does a work once. A peer that hangs or dies is out. */
  async take(work: string): Promise<Sample | { problem: string }> {
    this.#signal("SIGCONT");
    await this.#input.write(new TextEncoder().encode(`${work}\n`)).catch(() => {});
    const answer = await this.#answer(TURN_MS);
    this.#signal("SIGSTOP");
    if (answer.ok && "sample" in answer) return answer.sample;
    return { problem: answer.ok ? "answered out of turn" : answer.problem };
  }

  /** Ends the process. */
  async close(): Promise<void> {
    this.#signal("SIGKILL");
    await this.#process.status;
    await this.#input.abort().catch(() => {});
  }

  async #answer(ms: number): Promise<Answer> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), ms);
    });
    const next = await Promise.race([this.#answers.next(), late]);
    clearTimeout(timer);
    if (next === "late") return this.#drop(`did not end within ${ms / 1000} s`);
    if (next.done) return this.#drop(`its process ended: ${firstLine(this.#stderr)}`);
    return next.value;
  }

  #drop(problem: string): Answer {
    this.problem = problem;
    this.#signal("SIGKILL");
    return { ok: false, problem };
  }

  #signal(signal: Deno.Signal): void {
    if (!STOPS && signal !== "SIGKILL") return;
    try {
      this.#process.kill(signal);
    } catch {
      // It has ended already.
    }
  }

  async #readErrors(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      if (this.#stderr.length < 10_000) this.#stderr += text;
    }
  }
}

async function* answers(output: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Answer> {
  let rest = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    rest += text;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      if (rest.startsWith(MARK)) yield JSON.parse(rest.slice(MARK.length, end));
      rest = rest.slice(end + 1);
    }
  }
}

function firstLine(text: string): string {
  return text.split("\n").find((line) => line.trim() !== "") ?? "it said nothing";
}
