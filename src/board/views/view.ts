/** What every view gets: one picture, one filter, one selection, shared by all of them. */
import type { Api } from "../data/api.ts";
import type { Picture } from "../data/item-store.ts";
import type { Item } from "../data/wire.ts";

export interface ViewProps {
  /** Every item at one version; a new object with each version, so it can be compared by identity. */
  readonly picture: Picture;
  /** The items that the filter lets through, in the order in which they were made. */
  readonly matching: readonly Item[];
  /** Id of the item whose panel is open. */
  readonly selected: string | undefined;
  /** Opens the panel of an item, or closes it. */
  readonly onSelect: (id: string | undefined) => void;
  /** For what the picture does not have, such as the whole audit log. */
  readonly api: Api;
  readonly projectId: string;
}
