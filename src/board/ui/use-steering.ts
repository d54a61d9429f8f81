/** What people do to a project and its items from here. Each answers when the server has it on its disk. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { messageOf } from "../../base/error-message.ts";
import type { Item, Project } from "../data/wire.ts";
import { useBoard, useLivePicture } from "./board-context.ts";

export function usePause(): { readonly isPaused: boolean; readonly toggle: () => void; readonly isUnderWay: boolean } {
  const { api, project, say } = useBoard();
  const isPaused = useLivePicture().status === "paused";
  const change = useMutation({
    mutationFn: () => api.post<Project>(`/api/projects/${project.id}/${isPaused ? "resume" : "pause"}`, {}),
    onSuccess: ({ status }) => say(status === "paused" ? "Paused: nothing new is handed out" : "Resumed"),
    onError: (error) => say(wordsOf(error)),
  });
  return { isPaused, toggle: () => change.mutate(), isUnderWay: change.isPending };
}

export type ItemVerb = "cancel" | "requeue";

/** Sends the item back, or stops it; says how that came out. */
export function useItemVerb(): (verb: ItemVerb, item: Item, reason?: string) => Promise<void> {
  const { api, say } = useBoard();
  const queries = useQueryClient();
  return useCallback(
    async (verb, item, reason) => {
      try {
        await api.post(`/api/work-items/${item.id}/${verb}`, reason === undefined ? {} : { reason });
        say(verb === "cancel" ? `Cancelled ${item.key}` : `${item.key} is ready to be tried again`);
        await queries.invalidateQueries({ queryKey: ["item", item.id] });
      } catch (error) {
        say(wordsOf(error));
      }
    },
    [api, say, queries],
  );
}

/** Of what came to nothing. What asks for it stands in bundles of its own, and they have this file: with `base` alone they would need a further one. */
export function wordsOf(error: unknown): string {
  return messageOf(error);
}
