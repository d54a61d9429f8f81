/** Hands a text to the browser as a file: a link to a blob, which the page's policy has nothing against. */
export function give(page: Document, name: string, type: string, pieces: Iterable<string>): void {
  const chunks: BlobPart[] = [];
  let chunk = "";
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK_CHARS) continue;
    chunks.push(chunk);
    chunk = "";
  }
  chunks.push(chunk);
  const address = URL.createObjectURL(new Blob(chunks, { type: `${type};charset=utf-8` }));
  const link = page.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** One string should not be as long as a run is big. */
const CHUNK_CHARS = 1 << 20;
