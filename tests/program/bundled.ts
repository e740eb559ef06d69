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
  return [threadId(), typeof channel.spsc, Math.max(...webble.workerLoads())];
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
await say(webble.spawn(async () => {
  const rows = webble.channel.stream(function* () {
    yield webble.threadId();
    yield webble.channel.spsc(64).split().length;
  });
  return await Array.fromAsync(rows);
}));

// In a minified program these are called as parts of the library may be elsewhere.
async function capture(width: number, user: { name: string }): Promise<void> {
  for (const closure of [() => width + 1, () => user.name]) {
    console.log(await webble.spawn(closure as () => unknown).recv().then(String, (error) => error.name));
  }
}
await capture(1, { name: "user" });
