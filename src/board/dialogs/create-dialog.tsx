import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { ApiProblem } from "../data/api.ts";
import { bodyOf, EMPTY_DRAFT, problemOfField, type ItemDraft } from "../data/item-draft.ts";
import type { Item } from "../data/wire.ts";
import { useBoard } from "../ui/board-context.ts";
import { Button } from "../ui/controls.tsx";
import { wordsOf } from "../ui/use-steering.ts";
import { Field } from "./field.tsx";
import { DialogButtons, DialogFrame } from "./frame.tsx";

const TYPES = ["feature", "bug", "test", "docs", "refactor", "review"];

/** What is wrong with the needs is no matter of their form: the server finds it when it looks for them. */
function problemOfNeeds(error: Error | null): string | undefined {
  const isAboutNeeds = error instanceof ApiProblem && /^(invalid_dependency|dependency_cycle)$/.test(error.code);
  return isAboutNeeds ? error.message : undefined;
}

export function CreateDialog(): ReactNode {
  const { api, project, open, go, say } = useBoard();
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  // One key for one wish: an answer that was lost on its way makes no second item, and what was changed since is another wish.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const create = useMutation({
    mutationFn: () =>
      api.post<Item>("/api/work-items", bodyOf(draft, project.id), {
        headers: { "idempotency-key": key },
      }),
    onSuccess: (item) => {
      open(undefined);
      say(`Created ${item.key}`);
      go({ item: item.id });
    },
  });
  const errors = create.error instanceof ApiProblem ? create.error.errors : [];
  const field = (name: keyof ItemDraft) => ({
    value: draft[name],
    onChange: (value: string) => {
      setDraft({ ...draft, [name]: value });
      setKey(crypto.randomUUID());
    },
    problem: problemOfField(errors, name) ?? (name === "needs" ? problemOfNeeds(create.error) : undefined),
  });
  return (
    <DialogFrame title="New work item" wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Field label="Title" {...field("title")} required autoFocus maxLength={500} />
        <Field label="Description" {...field("description")} lines={3} hint="What whoever claims it has to know." />
        <div className="grid grid-cols-2 gap-x-4 max-sm:grid-cols-1">
          <Field label="Type" {...field("type")} words={TYPES} hint="One word, such as feature, bug, review." />
          <Field label="Key" {...field("key")} hint="A short name; others need it by this. Default: a number." />
          <Field label="Priority" {...field("priority")} hint="0 goes first, 9 last. Default 5." />
          <Field label="Attempts" {...field("attempts")} hint="How often it may be tried. Default 1." />
          <Field label="Needs" {...field("needs")} hint="Keys or ids of what has to be done first." />
          <Field label="Files" {...field("files")} lines={2} hint="What it will touch; one path or glob a line." />
        </div>
        {create.error !== null && (
          <p role="alert" className="mt-3 text-failed">
            {wordsOf(create.error)}
          </p>
        )}
        <DialogButtons>
          <Button onClick={() => open(undefined)}>Close</Button>
          <Button look="main" type="submit" disabled={create.isPending}>
            Create
          </Button>
        </DialogButtons>
      </form>
    </DialogFrame>
  );
}
