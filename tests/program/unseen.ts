/** A program whose task fails, and which never looks. */

import * as webble from "../../mod.ts";

await using _runtime = await webble.builder().workers(1).init();
webble.spawn(() => {
  throw new Error("nobody looked at this");
});
await webble.spawn(() => 1).recv();
