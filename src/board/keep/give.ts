import { chunksOf } from "../../base/chunks.ts";

/** Hands a text to the browser as a file: a link to a blob, which the page's policy has nothing against. */
export function give(page: Document, name: string, type: string, pieces: Iterable<string>): void {
  const chunks = [...chunksOf(pieces, CHUNK_CHARS)];
  const address = URL.createObjectURL(new Blob(chunks, { type: `${type};charset=utf-8` }));
  const link = page.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** One string should not be as long as a run is big. */
const CHUNK_CHARS = 1 << 20;
