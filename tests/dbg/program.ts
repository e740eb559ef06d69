/** Prints with `dbg` on main and on a worker; run by `deno.test.ts` with various permissions, levels, and a watch on reads. */

import * as webble from "../../mod.ts";
import { dbg } from "../../mod.ts";

interface Sized {
  readonly width: number;
}

const [level, watch] = Deno.args;
if (level !== undefined) dbg.level = level as webble.DbgLevel;
if (watch !== undefined) {
  const { readTextFileSync } = Deno;
  Deno.readTextFileSync = (path) => {
    console.log("a read");
    return readTextFileSync(path);
  };
}
const box: Sized = { width: 21 };
dbg(box.width * 2);
await using _runtime = await webble.builder().workers(1).init();
await webble.spawn(function area(width: number) {
  webble.dbg(width * 3);
}, box.width).recv();
console.log(dbg("end"));
