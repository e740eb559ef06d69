/** A program whose closures hold functions with names of their own, which bundlers can keep. */

import * as webble from "../../mod.ts";

await using _runtime = await webble.builder().workers(1).init();
const doubled = webble.spawn((n: number) => {
  const double = (n: number) => 2 * n;
  return `${double(n)} ${double.name}`;
}, 6);
const nested = webble.spawn(() =>
  webble.spawn(() => {
    class nested {
      static readonly seven = 7;
    }
    return `${nested.seven} ${nested.name}`;
  }).recv()
);
console.log(await doubled.recv(), await nested.recv());
