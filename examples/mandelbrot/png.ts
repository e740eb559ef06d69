/**
 * A PNG file from pixels, with nothing but what the platform has: `CompressionStream` does the deflating.
 *
 * A PNG is a signature and a row of chunks; each chunk is its length, its name, its data and a checksum of both.
 */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const RGB_8_BIT = [8, 2, 0, 0, 0];
/** Each byte is stored as the difference to the pixel above it: smooth pictures deflate better so. */
const FILTER_UP = 2;

/**
 * Encodes a picture.
 *
 * @param width In pixels.
 * @param height In pixels.
 * @param rgba Four bytes a pixel, as a canvas has them. Transparency is left out.
 * @returns The bytes of the file.
 */
export async function encodePng(
  width: number,
  height: number,
  rgba: Uint8ClampedArray | Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set(RGB_8_BIT, 8);
  const data = await deflate(filtered(width, height, rgba));
  const parts = [
    new Uint8Array(SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", data),
    chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** The picture as PNG wants it deflated: three bytes a pixel, and before each row how it is filtered. */
function filtered(width: number, height: number, rgba: Uint8ClampedArray | Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(height * (1 + width * 3));
  let at = 0;
  for (let y = 0; y < height; y++) {
    out[at++] = FILTER_UP;
    for (let i = y * width * 4; i < (y + 1) * width * 4; i += 4) {
      for (let channel = i; channel < i + 3; channel++) {
        out[at++] = rgba[channel]! - (y === 0 ? 0 : rgba[channel - width * 4]!);
      }
    }
  }
  return out;
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function chunk(name: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) out[4 + i] = name.charCodeAt(i);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte;
});

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
