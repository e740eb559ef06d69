/**
 * The queue that the runtime and the executor wait in line with.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Fifo } from "../../src/fifo.ts";

Deno.test("fifo: gives what an array would, whatever is done with it", () => {
  const fifo = new Fifo<number>();
  let model: number[] = [];
  let next = 0;
  let random = 1;
  for (let step = 0; step < 30_000; step++) {
    random = Math.imul(random, 1_103_515_245) + 12_345 & 0x7fffffff;
    // Long and short in turns, so that places of those that have left are taken away.
    const grows = Math.floor(step / 5000) % 2 === 0;
    const choice = (random >> 8) % 100;
    if (choice < (grows ? 80 : 20)) {
      fifo.push(next);
      model.push(next++);
    } else if (choice < 97) assertEquals(fifo.shift(), model.shift());
    else if (choice < 99) {
      const item = model[(random >> 16) % (model.length + 1)] ?? -1;
      assertEquals(fifo.remove(item), model.includes(item));
      model = model.filter((other) => other !== item);
    } else assertEquals([...fifo], model);
    assertEquals([fifo.size, fifo.isEmpty, fifo.first], [model.length, model.length === 0, model[0]]);
  }
  assert(model.length > 0);
  fifo.clear();
  assertEquals([fifo.size, fifo.shift(), [...fifo]], [0, undefined, []]);
});
