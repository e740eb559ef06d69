/**
 * Stands in for `@std/http/file-server` where it cannot be fetched: `serveFile` with the same signature, headers
 * and status codes, over the same media types, entity tags and byte slices, which another package carries.
 *
 * @module
 */

import { extname } from "node:path";
import { eTag, ifNoneMatch } from "./etag.ts";
// @ts-types="./content_type.d.ts"
import { contentType } from "npm:deno-std@1.4.0/media_types/content_type.js";
// @ts-types="./byte_slice_stream.d.ts"
import { ByteSliceStream } from "npm:deno-std@1.4.0/streams/byte_slice_stream.js";

/** Options of {@linkcode serveFile}. */
export interface ServeFileOptions {
  /** The algorithm of the entity tag. */
  etagAlgorithm?: AlgorithmIdentifier;
  /** What `Deno.stat` says of the file, where the caller knows it already. */
  fileInfo?: Deno.FileInfo;
}

/** Answers `req` with the file at `filePath`, or with the part of it that is asked for. */
export async function serveFile(req: Request, filePath: string, options: ServeFileOptions = {}): Promise<Response> {
  await req.body?.cancel();
  if (req.method !== "GET" && req.method !== "HEAD") return plain(405, "Method Not Allowed");
  let info = options.fileInfo;
  try {
    info ??= await Deno.stat(filePath);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return plain(404, "Not Found");
    throw error;
  }
  if (info.isDirectory) return plain(404, "Not Found");

  const headers = new Headers({ server: "deno", "accept-ranges": "bytes" });
  const etag = info.mtime ? await eTag(info, { algorithm: options.etagAlgorithm ?? "SHA-256" }) : undefined;
  if (info.mtime) headers.set("last-modified", info.mtime.toUTCString());
  if (etag) headers.set("etag", etag);
  const type = contentType(extname(filePath));
  if (type) headers.set("content-type", type);

  if (req.method === "HEAD") {
    headers.set("content-length", String(info.size));
    return new Response(null, { headers });
  }
  if (isUnchanged(req, info, etag)) return new Response(null, { status: 304, statusText: "Not Modified", headers });

  const range = info.size > 0 ? parseRange(req.headers.get("range"), info.size) : undefined;
  if (range === undefined) {
    headers.set("content-length", String(info.size));
    return new Response((await Deno.open(filePath)).readable, { headers });
  }
  const { start, end } = range;
  if (end < 0 || end < start || info.size <= start) {
    headers.set("content-range", `bytes */${info.size}`);
    return plain(416, "Range Not Satisfiable", headers);
  }
  const first = Math.max(0, start);
  const last = Math.min(end, info.size - 1);
  headers.set("content-range", `bytes ${first}-${last}/${info.size}`);
  headers.set("content-length", String(last - first + 1));
  const file = await Deno.open(filePath);
  await file.seek(first, Deno.SeekMode.Start);
  const body = file.readable.pipeThrough(new ByteSliceStream(0, last - first));
  return new Response(body, { status: 206, statusText: "Partial Content", headers });
}

function plain(status: number, statusText: string, headers?: Headers): Response {
  return new Response(statusText, { status, statusText, ...(headers && { headers }) });
}

function isUnchanged(req: Request, info: Deno.FileInfo, etag: string | undefined): boolean {
  const tags = req.headers.get("if-none-match");
  if (tags !== null) return !ifNoneMatch(tags, etag);
  const since = req.headers.get("if-modified-since");
  return since !== null && info.mtime !== null && info.mtime.getTime() < new Date(since).getTime() + 1000;
}

function parseRange(value: string | null, size: number): { start: number; end: number } | undefined {
  const [, start, end] = value?.match(/bytes=(\d+)?-(\d+)?$/u) ?? [];
  if (start !== undefined) return { start: Number(start), end: end === undefined ? size - 1 : Number(end) };
  return end === undefined ? undefined : { start: size - Number(end), end: size - 1 };
}
