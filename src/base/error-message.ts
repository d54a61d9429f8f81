/** What a thrown value says: anything may be thrown, not only an error, and not all of it lets itself be read. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return "something that cannot be read";
  }
}
