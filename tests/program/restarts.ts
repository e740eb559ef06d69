/**
 * Starts and ends the runtime many times; prints the memory of the process after some and after all of them. With the
 * argument "ghosts" each run leaves a task behind that spins for another second.
 */

import * as webble from "../../mod.ts";

const ghosts = Deno.args.includes("ghosts");
const resident: number[] = [];
for (let i = 1; i <= 50; i++) {
  await webble.builder().workers(2).init();
  const text = await webble.spawn((text: string) => text + "!", `run ${i}`).recv();
  const numbers = Array.from({ length: 100 }, (_, n) => webble.spawnStealable((n: number) => n * n, n));
  const sum = (await Promise.all(numbers.map((task) => task.recv()))).reduce((a, b) => a + b);
  if (text !== `run ${i}!` || sum !== 328_350) throw new Error(`run ${i} computed ${text} and ${sum}`);
  if (ghosts) {
    webble.spawn(() => {
      const end = Date.now() + 1000;
      while (Date.now() < end);
    }).recv().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await webble.shutdown();
  if (i % 10 === 0) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setTimeout(resolve, ghosts ? 1100 : 20));
    resident.push(Deno.memoryUsage().rss);
  }
}
console.log(JSON.stringify(resident));
