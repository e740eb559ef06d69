/**
 * How does webble compare with its peers? The same work for all, in one run, in turns.
 *
 * `deno task bench:peers [--quick] [--only WORK,…] [--peers PEER,…]`. Each peer has a process of its own, which is
 * stopped between its turns. A round is one turn of each; the figures are medians over rounds. Prints tables, writes
 * `bench/results/peers.json` and `bench/results/peers.svg`; a part of a run goes into the results that are there.
 *
 * @module
 */

import { ABSENT, PEERS } from "./adapter.ts";
import { chart } from "./chart.ts";
import { readChoices } from "./flags.ts";
import { currentLoad, describeMachine, timeCrossing } from "./machine.ts";
import { PAGE_WORKS, runInPage } from "./page_run.ts";
import { PeerProcess } from "./peer_process.ts";
import { figuresOf, resultOf, type Results, type WorkResult } from "./results.ts";
import { table, workTable } from "./table.ts";
import type { Sample, Work } from "./work.ts";
import { readResult, writeResult } from "./write.ts";
import { WORKS } from "./works/mod.ts";

/** Lets every peer do a work, in turns. */
async function compare(name: string, work: Work, peers: readonly PeerProcess[], quick: boolean): Promise<WorkResult> {
  const result = resultOf(work, `Deno ${Deno.version.deno}`);
  const samples = new Map<PeerProcess, Sample[]>(peers.map((peer) => [peer, []]));
  const take = async (peer: PeerProcess, counts: boolean) => {
    if (peer.name in result.problems) return;
    const outcome = peer.problem === undefined ? await peer.take(name) : { problem: peer.problem };
    if (typeof outcome.problem === "string") result.problems[peer.name] = outcome.problem;
    else if (counts) samples.get(peer)!.push(outcome as Sample);
  };
  const rounds = quick ? work.quickRounds : work.rounds;
  for (let round = -(quick ? work.warmUps >> 1 : work.warmUps); round < rounds; round++) {
    if (work.together) await Promise.all(peers.map((peer) => take(peer, round >= 0)));
    else for (const peer of peers) await take(peer, round >= 0);
  }
  for (const [peer, own] of samples) {
    const figures = figuresOf(own);
    if (Object.keys(figures).length > 0) result.figures[peer.name] = figures;
  }
  return result;
}

async function run(): Promise<void> {
  const names = [...Object.keys(WORKS), ...Object.keys(PAGE_WORKS)];
  const { quick, works, peers } = readChoices(Deno.args, names, Object.keys(PEERS));
  const results: Results = { machine: describeMachine(), quick, peers: {}, absent: ABSENT, works: {} };
  const begin = performance.now();
  let last = begin;
  let crossing = await timeCrossing();
  const report = async (name: string, result: WorkResult) => {
    result.crossing = [crossing, crossing = await timeCrossing()];
    results.works[name] = result;
    const seconds = Math.round((performance.now() - last) / 1000);
    last = performance.now();
    console.log(["", ...workTable(result), `  took ${seconds} s`].join("\n"));
  };

  const processes: PeerProcess[] = [];
  try {
    const chosen = works.filter((name) => name in WORKS);
    if (chosen.length > 0) { for (const name of peers) processes.push(await PeerProcess.open(name)); }
    for (const { name, version, note } of processes) {
      results.peers[name] = { version, ...(note === undefined ? {} : { note }) };
    }
    for (const name of chosen) {
      const work = WORKS[name]!;
      const invited = processes.filter((peer) => work.peers?.includes(peer.name) ?? true);
      await report(name, await compare(name, work, invited, quick));
      for (const [i, peer] of processes.entries()) {
        if (peer.problem === undefined) continue;
        await peer.close();
        processes[i] = await PeerProcess.open(peer.name);
      }
    }
  } finally {
    await Promise.all(processes.map((peer) => peer.close()));
  }
  const inPage = works.filter((name) => name in PAGE_WORKS);
  if (inPage.length > 0) await runInPage(inPage, peers, quick, report);

  results.machine.load[1] = currentLoad();
  await write(results);
  console.log(`\n${table({ ...results, works: {} })}\n\nTook ${Math.round((performance.now() - begin) / 1000)} s.`);
}

/** Writes the results. A run of all works replaces what is there, a part of one is put into it. */
async function write(results: Results): Promise<void> {
  const before = await readResult<Results>("peers.json");
  const all: Results = {
    ...results,
    peers: { ...before?.peers, ...results.peers },
    works: { ...before?.works },
  };
  for (const [name, work] of Object.entries(results.works)) {
    const old = before?.works[name];
    all.works[name] = {
      ...work,
      figures: { ...old?.figures, ...work.figures },
      problems: { ...old?.problems, ...work.problems },
    };
  }
  await writeResult("peers", all, chart(all));
}

await run();
