/** Patterns of paths and names: `*` and `?` within a part, `**` over parts. Time grows with text and pattern, whatever either is. */

/** Whether a text fits. */
export type Glob = (text: string) => boolean;

const PARTS = Symbol("**");
const WORD = Symbol("*");
const ONE = Symbol("?");
type Token = typeof PARTS | typeof WORD | typeof ONE | string;

const known = new Map<string, Glob | undefined>();
const KNOWN_MAX = 5_000;

/** The pattern that a text is, for whole texts; `undefined` when nothing in it stands for anything else. */
export function globOf(pattern: string): Glob | undefined {
  if (known.has(pattern)) return known.get(pattern);
  if (known.size >= KNOWN_MAX) known.clear();
  const glob = /[*?]/.test(pattern) ? compiled(pattern) : undefined;
  known.set(pattern, glob);
  return glob;
}

function compiled(pattern: string): Glob {
  // `a/**/b` is also `a/b`: the slash behind it belongs to what may be nothing.
  const tokens: Token[] = (pattern.match(/\*\*\/?|\*|\?|[^*?]/gu) ?? []).map((part) =>
    part.startsWith("**") ? PARTS : part === "*" ? WORD : part === "?" ? ONE : part,
  );
  const begin = /^[^*?]*/.exec(pattern)![0];
  return (text) => text.startsWith(begin) && fits(tokens, text);
}

/** All places in the pattern at once, sign by sign: no way back, so no text is slow. */
function fits(tokens: readonly Token[], text: string): boolean {
  let live = new Uint8Array(tokens.length + 1);
  live[0] = 1;
  opened(tokens, live);
  for (const sign of text) {
    const next = new Uint8Array(tokens.length + 1);
    for (let n = 0; n < tokens.length; n++) {
      if (live[n] === 0) continue;
      const token = tokens[n];
      if (token === PARTS || (token === WORD && sign !== "/")) next[n] = 1;
      else if (token === sign || (token === ONE && sign !== "/")) next[n + 1] = 1;
    }
    live = next;
    opened(tokens, live);
  }
  return live[tokens.length] === 1;
}

/** What may stand for nothing is passed over. */
function opened(tokens: readonly Token[], live: Uint8Array): void {
  for (let n = 0; n < tokens.length; n++)
    if (live[n] === 1 && (tokens[n] === PARTS || tokens[n] === WORD)) live[n + 1] = 1;
}
