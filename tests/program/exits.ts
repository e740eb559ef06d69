/** A program as a user writes it: it ends by itself once its block is left. */

import * as webble from "../../mod.ts";

{
  await using _runtime = await webble.builder().workers(2).init();
  const sum = webble.spawn((a: number, b: number) => a + b, 40, 2);
  const text = webble.spawnStealable(async (text: string) => await Promise.resolve(text + "!"), "hello");
  console.log(await sum.recv(), await text.recv());
}
console.log(webble.lifecycle());
