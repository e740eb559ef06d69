/**
 * Lets threads talk: results as they come, many senders for one receiver, and a number that all of them change.
 *
 * Channels and locks lie in shared memory. An end, or a lock, is handed to a task like any other argument.
 */

import * as webble from "@webble/runtime";

const { channel } = webble;

await using _runtime = await webble.builder().workers(2).init();

// A task that gives one result after the other is a generator.
const squares = channel.stream(function* (n: number) {
  for (let i = 1; i <= n; i++) yield i * i;
}, 5);
for await (const square of squares) console.log("A square:", square);

// Many senders, one receiver. Such an end is cloned by sending it; the channel ends with the last sender, so this thread
// closes its own.
const [sender, receiver] = channel.mpsc<string>(16);
for (const name of ["Ada", "Grace"]) {
  webble.spawn(
    (name: string, out: webble.channel.Sender<string>) => {
      for (const word of ["hello", "goodbye"]) out.sendSync(`${name} says ${word}`);
      out.close();
    },
    name,
    sender,
  );
}
sender.close();
for await (const message of receiver) console.log(message);

// A mutex guards a value. The guard lets go at the end of the block, and what was set counts from then on.
const counter = new channel.Mutex(0);
const tasks = Array.from(
  { length: 4 },
  () =>
    webble.spawnStealable(async (counter: webble.channel.Mutex<number>) => {
      for (let i = 0; i < 1000; i++) {
        using guard = await counter.lock();
        guard.value++;
      }
    }, counter),
);
await Promise.all(tasks.map((task) => task.recv()));
using guard = await counter.lock();
console.log("Counted to", guard.value);
