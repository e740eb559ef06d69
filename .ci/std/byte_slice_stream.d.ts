/**
 * The signature of `ByteSliceStream` in `@std/streams`, as far as the file server's stand-in needs it.
 *
 * @module
 */

export class ByteSliceStream extends TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  constructor(start?: number, end?: number);
}
