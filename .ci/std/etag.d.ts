/**
 * The signatures of `@std/http/etag` that this project uses, as that package declares them.
 *
 * @module
 */

export interface FileInfo {
  mtime: Date | null;
  size: number;
}
export interface ETagOptions {
  algorithm?: AlgorithmIdentifier;
  weak?: boolean;
}
export function eTag(entity: string | Uint8Array<ArrayBuffer>, options?: ETagOptions): Promise<string>;
export function eTag(entity: FileInfo, options?: ETagOptions): Promise<string | undefined>;
export function ifNoneMatch(value: string | null, etag: string | undefined): boolean;
