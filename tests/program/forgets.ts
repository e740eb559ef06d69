/** A program that sends shared memory until it is known by number, and then lets go of it. Needs `--v8-flags=--expose-gc`. */

import * as webble from "../../mod.ts";

interface Realm {
  gc(): void;
  seen?: WeakRef<SharedArrayBuffer>;
}
const { gc } = globalThis as unknown as Realm;

await using _runtime = await webble.builder().workers(1).init();

async function use(): Promise<void> {
  const memory = new SharedArrayBuffer(1024);
  const echo = (memory: SharedArrayBuffer) => memory;
  while (await webble.spawn(echo, memory).recv() !== memory);
  await webble.spawn((memory: SharedArrayBuffer) => {
    (globalThis as unknown as Realm).seen = new WeakRef(memory);
  }, memory).recv();
}

const isSeen = () => {
  const realm = globalThis as unknown as Realm;
  realm.gc();
  return realm.seen!.deref() !== undefined;
};

await use();
let seen = true;
for (let i = 0; i < 500 && seen; i++) {
  gc();
  await new Promise((resolve) => setTimeout(resolve, 10));
  seen = await webble.spawn(isSeen).recv();
}
console.log(seen ? "still there" : "forgotten");
