/** A program whose worker closes itself as the runtime shuts down. */

import * as webble from "../../mod.ts";

for (let round = 0; round < 5; round++) {
  await webble.builder().workers(2).init();
  await webble.spawn(() => {
    setTimeout(() => self.close(), 0);
  }).recv();
  await webble.shutdown();
}
console.log(webble.lifecycle());
