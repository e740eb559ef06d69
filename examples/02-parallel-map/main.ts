/**
 * Maps an array on all cores: a stealable task for each item, and `Promise.all` to wait for them.
 *
 * The items differ widely in how long they take. Whichever worker is free takes the next, so none is idle while there
 * is work; the results come in the order of the array all the same.
 */

import * as webble from "@webble/runtime";

/** How many primes there are below `limit`, by trial division: slow on purpose. */
function countPrimes(limit: number): number {
  let primes = 0;
  for (let n = 2; n < limit; n++) {
    let divisor = 2;
    while (divisor * divisor <= n && n % divisor !== 0) divisor++;
    if (divisor * divisor > n) primes++;
  }
  return primes;
}

await using _runtime = await webble.builder().init();

const limits = Array.from({ length: 40 }, (_, i) => (i + 1) * 10_000);
const handles = limits.map((limit) => webble.spawnStealable(countPrimes, limit));
const counts = await Promise.all(handles.map((handle) => handle.recv()));

console.log(`Primes below 10,000: ${counts[0]}, below 100,000: ${counts[9]}, below 400,000: ${counts[39]}.`);
console.log("As expected:", counts[0] === 1229 && counts[9] === 9592 && counts[39] === 33860);
for (const [i, { executed, stolen }] of webble.stats().workers.entries()) {
  console.log(`worker ${i} ran ${executed} tasks, of which it stole ${stolen}`);
}
