/**
 * How many messages a second, and how many bytes, go from one thread to another? One iteration is the whole batch: divide.
 *
 * One way: a worker sends, this thread receives. Ping-pong: each message comes back before the next is sent.
 *
 * Each is warmed up until memory for what is received is reused: the first hundred mebibytes come fresh from the system,
 * which takes five times as long as to copy them. With `into` all is received in one array.
 */

import * as webble from "@webble/runtime";

type Sender<T> = webble.channel.Sender<T>;
type Receiver<T> = webble.channel.Receiver<T>;

const SIZES: [name: string, message: () => number | Uint8Array, count: number, trips: number][] = [
  ["8 B", () => 0.5, 200_000, 1000],
  ["1 KB", () => new Uint8Array(1024).fill(1), 20_000, 1000],
  ["1 MB", () => new Uint8Array(1 << 20).fill(1), 100, 50],
];
/** Room for some dozens of the largest, of which `MessageChannel` holds any number. */
const RING = 1 << 25;
const WARM_UP = { warmup: 10, n: 20 };

const _runtime = await webble.builder().workers(1).init();

/** Sends batches as it is told, or sends back what comes. */
const source = `
  let port, message;
  onmessage = ({ data }) => {
    if (data.port) {
      port = data.port;
      message = data.message;
      port.onmessage = ({ data }) => port.postMessage(data);
    } else for (let i = 0; i < data; i++) port.postMessage(message);
  };
`;

for (const [size, make, count, trips] of SIZES) {
  const message = make();
  const group = `one way, ${count} x ${size}`;

  const worker = new Worker(URL.createObjectURL(new Blob([source])), { type: "module" });
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ port: port2, message }, [port2]);
  Deno.bench("MessageChannel", { group, baseline: true, ...WARM_UP }, async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let left = count;
    port1.onmessage = () => --left === 0 && resolve();
    worker.postMessage(count);
    await promise;
  });

  const channels = {
    "spsc": webble.channel.spsc<number | Uint8Array>(RING).split(),
    "mpsc": webble.channel.mpsc<number | Uint8Array>(1024, { messageBytes: size === "1 MB" ? 1_100_000 : 2048 }),
  };
  for (const [name, [sender, receiver]] of Object.entries(channels)) {
    const [orders, ordered] = webble.channel.spsc<number>(64).split();
    webble.spawn(
      async (sender: Sender<number | Uint8Array>, ordered: Receiver<number>, message: number | Uint8Array) => {
        for await (const count of ordered) for (let i = 0; i < count; i++) sender.sendSync(message);
      },
      sender,
      ordered,
      message,
    );
    const asynchronous = async () => {
      orders.send(count);
      let left = count;
      for await (const _ of receiver) if (--left === 0) break;
    };
    Deno.bench(`${name}, for await`, { group, ...WARM_UP }, asynchronous);
    if (name !== "spsc") continue;
    Deno.bench(`${name}, blocking`, { group, ...WARM_UP }, async () => {
      orders.send(count);
      for (let i = 0; i < count; i++) receiver.recv();
      // The engine frees the memory of arrays in turns of the event loop.
      await webble.yieldNow();
    });
    if (!(message instanceof Uint8Array)) continue;
    const target = new Uint8Array(message.length);
    Deno.bench(`${name}, for await, into one array`, { group, ...WARM_UP }, async () => {
      receiver.into(target);
      await asynchronous();
      receiver.into(undefined);
    });
  }
  if (message instanceof Uint8Array) {
    const from = new Uint8Array(64 << 20).fill(1);
    const to = new Uint8Array(new SharedArrayBuffer(64 << 20)).fill(2);
    let at = 0;
    Deno.bench("copying alone (memcpy)", { group, ...WARM_UP }, () => {
      for (let i = 0; i < count; i++) {
        at = (at + message.length) % from.length;
        to.set(from.subarray(at, at + message.length), at);
      }
    });
  }

  const pingPong = `ping-pong, ${trips} x ${size}`;
  Deno.bench("MessageChannel", { group: pingPong, baseline: true, ...WARM_UP }, async () => {
    for (let i = 0; i < trips; i++) {
      await new Promise((resolve) => {
        port1.onmessage = resolve;
        port1.postMessage(message);
      });
    }
  });
  const [ping, pinged] = webble.channel.spsc<number | Uint8Array>(RING).split();
  const [ponging, pong] = webble.channel.spsc<number | Uint8Array>(RING).split();
  webble.spawn(
    async (pinged: Receiver<number | Uint8Array>, ponging: Sender<number | Uint8Array>) => {
      for await (const message of pinged) await ponging.sendAsync(message);
    },
    pinged,
    ponging,
  );
  Deno.bench("spsc, awaiting", { group: pingPong, ...WARM_UP }, async () => {
    for (let i = 0; i < trips; i++) {
      await ping.sendAsync(message);
      await pong.recvAsync();
    }
  });
  Deno.bench("spsc, blocking", { group: pingPong, ...WARM_UP }, () => {
    for (let i = 0; i < trips; i++) {
      ping.sendSync(message);
      pong.recv();
    }
  });
}
