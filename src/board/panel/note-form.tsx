import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { personOf } from "../data/held-claims.ts";
import type { Item } from "../data/wire.ts";
import { useBoard } from "../ui/board-context.ts";
import { Button } from "../ui/controls.tsx";
import { wordsOf } from "../ui/use-steering.ts";
import { Section } from "./section.tsx";

/** Leaves a word for whoever holds the item next. */
export function NoteForm({ item }: { readonly item: Item }): ReactNode {
  const { api, session, say } = useBoard();
  const queries = useQueryClient();
  const [note, setNote] = useState("");
  const person = personOf(window);
  const send = useMutation({
    mutationFn: () =>
      api.post(`/api/work-items/${item.id}/notes`, { agent_id: person === "" ? "board" : person, note }),
    onSuccess: async () => {
      setNote("");
      await queries.invalidateQueries({ queryKey: ["item", item.id] });
    },
    onError: (error) => say(wordsOf(error)),
  });
  if (session.role === "read") return null;
  return (
    <Section title="Leave a note">
      <form
        className="flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (note.trim() !== "") send.mutate();
        }}
      >
        <input
          aria-label="Note"
          value={note}
          maxLength={4096}
          onChange={(event) => setNote(event.target.value)}
          className="h-7 min-w-0 flex-1 rounded-md border border-line-strong bg-ground px-2"
        />
        <Button type="submit" disabled={send.isPending || note.trim() === ""}>
          Leave
        </Button>
      </form>
    </Section>
  );
}
