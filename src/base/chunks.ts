/** The same text in pieces of at least `charsMin` characters each, but for the last: few writes, and no string as long as all of it. */
export function* chunksOf(pieces: Iterable<string>, charsMin: number): Generator<string> {
  let chunk = "";
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < charsMin) continue;
    yield chunk;
    chunk = "";
  }
  yield chunk;
}
