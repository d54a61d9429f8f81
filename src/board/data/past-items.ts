import type { Api } from "./api.ts";
import { ItemStore } from "./item-store.ts";
import type { Snapshot } from "./wire.ts";

const PAGE = 10_000;

/** The items at one version of the past, from the same audit log. @throws ApiProblem */
export async function readPast(api: Api, projectId: string, at: number, signal: AbortSignal): Promise<ItemStore> {
  const pages: Snapshot[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page: Snapshot = await api.get(`/api/projects/${projectId}/snapshot?at=${at}&limit=${PAGE}${more}`, {
      signal,
    });
    pages.push(page);
    cursor = page.next_cursor;
  } while (cursor !== null);
  const store = new ItemStore();
  store.apply(pages);
  return store;
}
