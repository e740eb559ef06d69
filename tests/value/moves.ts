/**
 * What is marked with `transfer` moves.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { NotSendError } from "../../src/errors.ts";
import { decodeList } from "../../src/value/decode.ts";
import { Encoder } from "../../src/value/encode.ts";
import { transfer } from "../../src/value/transfer.ts";
import { type Case, copyBlock, cross, crossList } from "./crossing.ts";

/** The cases of this page. */
export const moves: readonly Case[] = [
  {
    name: "transfer() gives its value back and moves every buffer in it",
    run() {
      const value = { pixels: new Uint8Array(5000).fill(7), small: new ArrayBuffer(4), text: "t" };
      const view = new DataView(value.pixels.buffer, 8, 8);
      assertStrictEquals(transfer(value), value);
      const [copy, other] = crossList(value, [view]);
      assertEquals([value.pixels.length, value.small.byteLength], [0, 0]);
      assertEquals([copy.pixels.length, copy.pixels[4999], copy.small.byteLength, copy.text], [5000, 7, 4, "t"]);
      assertStrictEquals(other[0]!.buffer, copy.pixels.buffer as ArrayBuffer);
      assertEquals(other[0]!.byteOffset, 8);
    },
  },
  {
    name: "transfer() with a list moves what it lists",
    run() {
      const value = { a: new Uint8Array(100), b: new Uint8Array(100) };
      const copy = cross(transfer(value, [value.a.buffer]));
      assertEquals([value.a.length, value.b.length], [0, 100]);
      assertEquals([copy.a.length, copy.b.length], [100, 100]);
      const kept = { a: new Uint8Array(10) };
      cross(transfer(kept, []));
      assertEquals(kept.a.length, 10);
    },
  },
  {
    name: "a mark counts once, and where the value itself is sent",
    run() {
      const bytes = transfer(new Uint8Array(10));
      assertEquals(cross({ bytes }).bytes.length, 10);
      assertEquals(bytes.length, 10);
      const copy = cross(bytes);
      assertEquals([bytes.length, copy.length], [0, 10]);
      const again = { data: new Uint8Array(10) };
      cross(transfer(again));
      again.data = new Uint8Array(20);
      cross(again);
      assertEquals(again.data.length, 20);
    },
  },
  {
    name: "a mark survives a refusal",
    run() {
      const encoder = new Encoder();
      const bytes = transfer(new Uint8Array(10));
      assertThrows(() => encoder.encodeList([bytes, Symbol()]), NotSendError);
      encoder.encodeList([bytes]);
      assertEquals(encoder.transfers, [bytes.buffer]);
    },
  },
  {
    name: "a mark is back on what is not sent after all",
    run() {
      const encoder = new Encoder();
      const bytes = transfer(new Uint8Array(10));
      const list = transfer({ a: new ArrayBuffer(1), b: new ArrayBuffer(1) });
      transfer(list, [list.b]);
      for (let time = 0; time < 2; time++) {
        encoder.encodeList([bytes, list, bytes]);
        assertEquals(encoder.transfers, [bytes.buffer, list.b]);
        encoder.undo();
      }
      encoder.encodeList([bytes]);
      encoder.encodeList([bytes]);
      assertEquals(encoder.transfers, []);
    },
  },
  {
    name: "a buffer that was met before it is to be moved is moved",
    run() {
      const bytes = new Uint8Array(3000).fill(3);
      const [first, second] = crossList({ bytes }, transfer({ bytes }));
      assertEquals(bytes.length, 0);
      assertStrictEquals(first.bytes, second.bytes);
      assertEquals(first.bytes[2999], 3);
    },
  },
  {
    name: "what is moved is listed, and the encoder itself moves nothing",
    run() {
      const encoder = new Encoder();
      const { port1 } = new MessageChannel();
      const { buffer } = new Uint8Array(50);
      encoder.encodeList([transfer([buffer, buffer, new Uint8Array(buffer)]), port1, port1]);
      assertEquals(encoder.transfers, [buffer, port1]);
      assertEquals(encoder.attachments, [buffer, port1]);
      assertEquals([encoder.chunks.length, buffer.byteLength], [0, 50]);
      const copy = decodeFirst(encoder);
      assertEquals(buffer.byteLength, 0);
      assertInstanceOf(copy, Array);
      port1.close();
    },
  },
  {
    name: "a listed buffer that is not in the value moves too",
    run() {
      const buffer = new ArrayBuffer(8);
      assertEquals(cross(transfer({ a: 1 }, [buffer])), { a: 1 });
      assertEquals(buffer.byteLength, 0);
    },
  },
  {
    name: "resizable buffers move, and views keep following them",
    run() {
      const view = new Uint8Array(new ArrayBuffer(8, { maxByteLength: 64 }));
      const copy = cross(transfer(view));
      assertEquals([view.length, copy.length, copy.buffer.maxByteLength], [0, 8, 64]);
      copy.buffer.resize(32);
      assertEquals(copy.length, 32);
    },
  },
  {
    name: "buffers deep inside move",
    run() {
      const bytes = new Uint8Array(9);
      let deep: unknown = bytes;
      for (let depth = 0; depth < 500; depth++) deep = [deep];
      cross(transfer(deep));
      assertEquals(bytes.length, 0);
    },
  },
  {
    name: "lists with what cannot be moved are refused",
    run() {
      const encoder = new Encoder();
      const refuse = (list: unknown[], message: string) =>
        assertThrows(() => encoder.encodeList([1, transfer({}, list as Transferable[])]), NotSendError, message);
      const buffer = new ArrayBuffer(8);
      refuse([buffer, buffer], "args[1] cannot be moved: list[1] of its transfer() is listed twice");
      refuse([new Blob([])], "args[1] cannot be moved: list[0] of its transfer() is a Blob, which can only be copied");
      refuse([new SharedArrayBuffer(1)], "is a SharedArrayBuffer, which can only be copied");
      structuredClone(buffer, { transfer: [buffer] });
      refuse([buffer], "args[1] cannot be moved: list[0] of its transfer() is detached");
      assertThrows(() => cross(transfer({ buffer })), NotSendError, "result.buffer is an ArrayBuffer that is detached");
    },
  },
  {
    name: "transfer() says what it cannot mark",
    run() {
      assertThrows(() => transfer(5), TypeError, "Cannot transfer 5: only objects can be moved");
      assertThrows(() => transfer("x"), TypeError, 'Cannot transfer "x"');
      assertThrows(() => transfer(null), TypeError, "Cannot transfer null");
      assertThrows(
        () => transfer({}, [new ArrayBuffer(1), 7 as never]),
        TypeError,
        "Cannot transfer as 'list[1]' must be an object: received 7",
      );
      assert(transfer([]) instanceof Array);
    },
  },
];

function decodeFirst(encoder: Encoder): unknown {
  return decodeList(copyBlock(encoder))[0];
}
