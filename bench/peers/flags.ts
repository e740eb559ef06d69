/**
 * What the benchmarks of peers are told on the command line.
 *
 * @module
 */

/** The choices of a run. */
export interface Choices {
  readonly quick: boolean;
  readonly works: readonly string[];
  readonly peers: readonly string[];
}

const HOW = `Usage: deno task bench:peers [--quick] [--only WORK,…] [--peers PEER,…]`;

/**
 * Reads the command line.
 *
 * @param args The arguments.
 * @param works All works there are.
 * @param peers All peers there are.
 * @throws {Error} One of them names what is not there.
 */
export function readChoices(args: readonly string[], works: readonly string[], peers: readonly string[]): Choices {
  let quick = false;
  let chosenWorks = works;
  let chosenPeers = peers;
  const rest = [...args];
  for (let flag = rest.shift(); flag !== undefined; flag = rest.shift()) {
    const [name, inline] = flag.split("=", 2);
    const value = () => (inline ?? rest.shift() ?? "").split(",").map((one) => one.trim()).filter((one) => one !== "");
    if (name === "--quick") quick = true;
    else if (name === "--only") chosenWorks = choose("work", value(), works);
    else if (name === "--peers") chosenPeers = choose("peer", value(), peers);
    else throw new Error(`Cannot read ${flag}. ${HOW}\nWorks: ${works.join(", ")}\nPeers: ${peers.join(", ")}`);
  }
  return { quick, works: chosenWorks, peers: chosenPeers };
}

function choose(kind: string, wanted: readonly string[], all: readonly string[]): string[] {
  for (const one of wanted) {
    if (!all.includes(one)) throw new Error(`There is no ${kind} "${one}". There are: ${all.join(", ")}. ${HOW}`);
  }
  return all.filter((one) => wanted.includes(one));
}
