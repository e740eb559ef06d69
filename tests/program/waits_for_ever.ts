/** A program that waits for a message, with the only sender on its own thread. */

import { channel } from "../../mod.ts";

const [sender, receiver] = channel.spsc<number>(64).split();
console.log("waiting");
await receiver.recvAsync();
sender.send(1);
