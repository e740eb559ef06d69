/**
 * The signature of `contentType` in `@std/media-types`, as far as the file server's stand-in needs it.
 *
 * @module
 */

export function contentType(extensionOrType: string): string | undefined;
