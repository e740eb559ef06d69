/** A program whose closures name the library's parts in all the ways that bundlers write anew. */

import * as webble from "../../mod.ts";

await using _runtime = await webble.builder().workers(1).init();

/** What a closure gives, as one line. */
const say = async (task: webble.WorkerHandle<unknown>) => console.log(JSON.stringify(await task.recv()));

await say(webble.spawn(() => {
  try {
    throw new webble.ChannelClosedError("closed");
  } catch (error) {
    return [error instanceof webble.WebbleError, error instanceof webble.ChannelClosedError, (error as Error).name];
  }
}));
await say(webble.spawn(() => {
  const { threadId, channel } = webble;
  return [threadId(), typeof channel.spsc, typeof webble];
}));
await say(webble.spawn(() => {
  const mutex = new webble.channel.Mutex(3);
  using guard = mutex.lockSync();
  return [guard.value, mutex instanceof webble.channel.Mutex];
}));
await say(webble.spawn(() => {
  const executor = new webble.executor.Executor();
  return executor.blockOn(function* () {
    yield* webble.executor.yieldNow();
    return executor.tasksCount();
  });
}));
await say(webble.spawnStealable(async () => {
  const handle = webble.spawn(() => webble.numWorkers());
  return [handle instanceof webble.WorkerHandle, await handle.recv()];
}));
const rows = webble.channel.stream(function* () {
  yield webble.threadId();
});
console.log(JSON.stringify(await Array.fromAsync(rows)));
