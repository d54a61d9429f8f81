/** What goes on with an item beside its state, of the note that says so. */
export function stageInWords(stage: unknown): string | undefined {
  return typeof stage === "string" ? STAGE_WORDS.get(stage) : undefined;
}

const STAGE_WORDS: ReadonlyMap<string, string> = new Map([
  ["prepare", "is being prepared"],
  ["verify", "is being checked"],
  ["undo", "is being undone"],
]);
