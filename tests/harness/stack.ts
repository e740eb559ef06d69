/**
 * Turns a browser's stack into one of this project's files, through the source maps that the dev server puts into what
 * it compiles.
 *
 * @module
 */

import { SourceMap, type SourceMapPayload } from "node:module";

/**
 * Maps the places in a stack.
 *
 * @param stack As the browser wrote it; the line with the message is left out.
 * @param base Where the server is.
 * @param folder What the server serves, as a URL.
 * @returns One line per frame. A frame that no source map covers stays as it is.
 */
export async function mapStack(stack: string, base: string, folder: string): Promise<string> {
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  const maps = new Map<string, Promise<SourceMap | undefined>>();
  return (await Promise.all(frames.map(async (frame) => {
    const [place, url, line, column] = frame.match(/(https?:[^\s()]+):(\d+):(\d+)/) ?? [];
    if (place === undefined || url === undefined || !url.startsWith(base)) return frame;
    if (!maps.has(url)) maps.set(url, readMap(url));
    const entry = (await maps.get(url))?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !("originalSource" in entry)) return frame;
    const source = new URL(entry.originalSource, new URL(url.slice(base.length), folder)).href;
    return frame.replace(place, `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`);
  }))).join("\n");
}

async function readMap(url: string): Promise<SourceMap | undefined> {
  const response = await fetch(url);
  const map = (await response.text()).match(/\/\/# sourceMappingURL=data:application\/json;base64,([\w+/=]+)\s*$/)?.[1];
  if (map === undefined) return undefined;
  const bytes = Uint8Array.from(atob(map), (char) => char.charCodeAt(0));
  return new SourceMap(JSON.parse(new TextDecoder().decode(bytes)) as SourceMapPayload);
}
