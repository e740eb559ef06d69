/**
 * One peer in a process of its own: does the works that the parent names, one at a time.
 *
 * In: lines with a work's name. Out: lines that begin with `MARK`, then an `Answer` as JSON. What the peer itself prints
 * is no answer, and is passed over.
 *
 * @module
 */

import { type AdapterModule, PEERS } from "./adapter.ts";
import { type Sample, WORKERS } from "./work.ts";
import { WORKS } from "./works/mod.ts";

/** What begins a line that is an answer. */
export const MARK = "\u0001";

/** What the child says: first what it is, then what came out of each work. */
export type Answer =
  | { ok: true; version: string; note?: string }
  | { ok: true; sample: Sample }
  | { ok: false; problem: string };

async function serve(peer: string): Promise<void> {
  // Some peers reject promises of their own when a pool ends; what matters is answered.
  globalThis.addEventListener("unhandledrejection", (event) => event.preventDefault());
  const { adapter }: AdapterModule = await import(`./adapters/${PEERS[peer]}.ts`);
  // Some peers' workers do not keep a program alive, not even one that waits for their answers.
  setInterval(() => {}, 2 ** 30);
  let running = false;
  say({ ok: true, version: adapter.version, ...(adapter.note === undefined ? {} : { note: adapter.note }) });

  for await (const name of lines()) {
    const work = WORKS[name]!;
    try {
      const wanted = work.ownWorkers !== true;
      if (running && !wanted) await adapter.stop();
      if (!running && wanted) {
        adapter.start(WORKERS);
        await adapter.ready();
      }
      running = wanted;
      say({ ok: true, sample: await work.run(adapter) });
    } catch (error) {
      say({ ok: false, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  Deno.exit(); // Without asking the peer, whose workers may hang.
}

function say(answer: Answer): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${MARK}${JSON.stringify(answer)}\n`));
}

async function* lines(): AsyncGenerator<string> {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    rest += text;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      yield rest.slice(0, end);
      rest = rest.slice(end + 1);
    }
  }
}

if (import.meta.main) await serve(Deno.args[0]!);
