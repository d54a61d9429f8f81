/** What every part of a page about one project works with. */
import { createContext, useContext, useMemo, useSyncExternalStore } from "react";
import type { PageEnv } from "../data/page-env.ts";
import type { Address } from "../data/address.ts";
import type { Api } from "../data/api.ts";
import type { Feed } from "../data/feed.ts";
import { readFilter, type Filter } from "../data/filter.ts";
import type { PlanEvent } from "../data/item-events.ts";
import type { ItemStore, Picture } from "../data/item-store.ts";
import type { Log } from "../data/log-buffer.ts";
import type { Item, Project, Session } from "../data/wire.ts";

export interface Board {
  readonly api: Api;
  readonly env: PageEnv;
  readonly session: Session;
  readonly project: Project;
  readonly feed: Feed;
  /** The items of the version that is looked at, when that is not the present one. */
  readonly past: ItemStore | undefined;
  /** Wall clock of that version, in milliseconds. */
  readonly pastNow: number | undefined;
  readonly address: Address;
  readonly go: (changes: Partial<Address>, how?: "push" | "replace") => void;
  /** The token may create, cancel, requeue and pause, the present is looked at, and it still takes changes; else the page only looks. */
  readonly mayChange: boolean;
  /** The token may claim items and report on them, and the present is looked at. */
  readonly mayWork: boolean;
  /** The dialog that is open; one at a time. */
  readonly dialog: DialogOf | undefined;
  readonly open: (dialog: DialogOf | undefined) => void;
  /** Says something for a moment, to eyes and to screen readers. */
  readonly say: (words: string) => void;
}

export type DialogOf =
  | { readonly kind: "create" }
  | { readonly kind: "help" }
  | { readonly kind: "download" }
  /** `verb` is what is chosen at first; default: to requeue. */
  | { readonly kind: "bulk"; readonly verb?: PlanEvent }
  | { readonly kind: "find" }
  | { readonly kind: "cancel" | "claim" | "complete" | "fail"; readonly item: Item };

export const BoardContext = createContext<Board | undefined>(undefined);

export function useBoard(): Board {
  const board = useContext(BoardContext);
  if (board === undefined) throw new Error("a part of the board stands outside of a project");
  return board;
}

/** What is looked at: the present, or a version of the past. */
export function usePicture(): Picture {
  const { feed, past = feed.items } = useBoard();
  return useSyncExternalStore(past.subscribe, past.picture);
}

export function useLivePicture(): Picture {
  const { items } = useBoard().feed;
  return useSyncExternalStore(items.subscribe, items.picture);
}

/** The latest rows that there are, whatever is looked at. */
export function useLiveLog(): Log {
  const { log } = useBoard().feed;
  return useSyncExternalStore(log.subscribe, log.log);
}

const NO_NOTES: Log["notes"] = new Map();

/** The latest rows up to the version that is looked at; what was said last is known of the present only. */
export function useLog(): Log {
  const log = useLiveLog();
  const { at } = useBoard().address;
  return useMemo(
    () => (at === undefined ? log : { rows: log.rows.filter(({ seq }) => seq <= at), notes: NO_NOTES }),
    [log, at],
  );
}

export function useFilter(): Filter {
  const { feed, address } = useBoard();
  return useMemo(() => readFilter(address.q, (id) => feed.items.picture().item(id)?.key), [feed, address.q]);
}

/** The items that the filter lets through. A filter by time is looked at again with each change. */
export function useMatching(): readonly Item[] {
  const picture = usePicture();
  const filter = useFilter();
  const { env, address } = useBoard();
  if (filter.isEmpty) return picture.items;
  const known = matched.get(picture);
  if (known?.q === address.q) return known.items;
  const now = env.clock.now();
  const items = picture.items.filter((item) => filter.matches(item, now));
  matched.set(picture, { q: address.q, items });
  return items;
}

/** Several parts of the page ask it of one picture. */
const matched = new WeakMap<Picture, { readonly q: string; readonly items: readonly Item[] }>();
