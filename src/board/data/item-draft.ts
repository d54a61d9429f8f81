/** What a person typed for a new item, and what the interface takes of it. */
export interface ItemDraft {
  readonly title: string;
  readonly key: string;
  readonly description: string;
  readonly type: string;
  readonly priority: string;
  /** Keys or ids, with commas or spaces between them. */
  readonly needs: string;
  /** A path or glob on each line. */
  readonly files: string;
  readonly attempts: string;
}

export const EMPTY_DRAFT: ItemDraft = {
  title: "",
  key: "",
  description: "",
  type: "",
  priority: "",
  needs: "",
  files: "",
  attempts: "",
};

/** Names of the interface's fields, by ours: problems come under theirs. */
export const WIRE_NAMES: Readonly<Record<keyof ItemDraft, string>> = {
  title: "title",
  key: "key",
  description: "description",
  type: "task_type",
  priority: "priority",
  needs: "dependencies",
  files: "files",
  attempts: "attempts_max",
};

export function bodyOf(draft: ItemDraft, projectId: string): Readonly<Record<string, unknown>> {
  const listed = (text: string, between: RegExp): string[] =>
    text
      .split(between)
      .map((each) => each.trim())
      .filter((each) => each !== "");
  const needs = listed(draft.needs, /[\s,]+/);
  const files = listed(draft.files, /\n/);
  const { title, key, description, type, priority, attempts } = draft;
  return {
    project_id: projectId,
    title: title.trim(),
    ...(key.trim() !== "" && { key: key.trim() }),
    ...(description.trim() !== "" && { description }),
    ...(type.trim() !== "" && { task_type: type.trim() }),
    // A word is sent as it is: the server says what it expected.
    ...(priority.trim() !== "" && { priority: numberOr(priority) }),
    ...(attempts.trim() !== "" && { attempts_max: numberOr(attempts) }),
    ...(needs.length > 0 && { dependencies: needs }),
    ...(files.length > 0 && { files }),
  };
}

function numberOr(text: string): number | string {
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

/** What is wrong with one field, in the server's words. */
export function problemOfField(
  errors: readonly { readonly path: string; readonly message: string }[],
  field: keyof ItemDraft,
): string | undefined {
  const name = `/${WIRE_NAMES[field]}`;
  return errors.find(({ path }) => path === name || path.startsWith(`${name}/`))?.message;
}
