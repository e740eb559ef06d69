/** A program that ends while its workers block in a channel and in a lock. */

import * as webble from "../../mod.ts";

const [sender, receiver] = webble.channel.spsc<number>(64).split();
const mutex = new webble.channel.Mutex(0);
using _guard = await mutex.lock();
{
  await using _runtime = await webble.builder().workers(2).init();
  webble.spawn((receiver: webble.channel.Receiver<number>) => receiver.recv(), receiver);
  webble.spawn((mutex: webble.channel.Mutex<number>) => mutex.lockSync().release(), mutex);
  await new Promise((resolve) => setTimeout(resolve, 50));
}
console.log(webble.lifecycle());
sender.close();
